"""Cases about the form of a file, its signature and its disclosures."""

from typing import Any

from tests.services.evidence import world
from tests.services.evidence.corpus.case import (
    OTHER,
    RIGHT,
    TEXT,
    Case,
    changed,
    claiming,
    crediting,
    disclosing,
    headed,
    made,
    recorded,
    setting,
    without,
)

UNREADABLE = "format.unreadable"


def right() -> list[Case]:
    """What is in order, in all its shapes."""
    rare = {**world.CLAIMS, "name": "𬭎𠮷㛃䶮·欧阳", "class": "高一(3)班", "rank": "first"}
    contest = world.contest()
    witnesses = ("witness1", "witness2")
    place = world.credential_place(TEXT, witnesses=witnesses)
    return [
        Case("right", "A bundle in order", "anchor.receipt", RIGHT),
        Case(
            "rare-characters",
            "Characters beyond the basic plane",
            "signature.genuine",
            made(world.sd_jwt(rare)),
        ),
        Case(
            "contest", "A contest with its compulsory sentence", "signature.genuine", made(contest)
        ),
        Case(
            "no-english-name",
            "A school without an English name",
            "issuer.recorded",
            recorded(name_en=None),
        ),
        Case(
            "supersedes",
            "It replaces another certificate",
            "signature.genuine",
            made(world.sd_jwt(), status=world.assertion(TEXT)),
        ),
        Case(
            "large-log",
            "A log of 200 entries",
            "log.included",
            made(place=world.credential_place(TEXT, others=200)),
        ),
        Case(
            "small-log",
            "A log of one entry has an empty proof",
            "log.included",
            made(place=world.credential_place(TEXT, others=0)),
        ),
        Case(
            "witnessed",
            "Two witnesses signed, two are required",
            "log.included",
            made(place=place, issuer=world.registry_part(witnesses=witnesses)),
            trust="two-witnesses",
        ),
        Case(
            "artifacts",
            "A trust list that vouches for files",
            "issuer.recorded",
            RIGHT,
            trust="artifacts",
        ),
        Case(
            "list-again", "The list that was seen before", "issuer.recorded", RIGHT, seen="current"
        ),
        Case(
            "withheld",
            "A claim that need not be shown is withheld",
            "disclosure.complete",
            made(world.withhold(world.sd_jwt({**world.CLAIMS, "class": "高一(3)班"}), "class")),
        ),
    ]


def form() -> list[Case]:
    """What cannot be read, or is no certificate of ours."""

    def fault(name: str, about: str, data: bytes, expects: str = UNREADABLE, **more: Any) -> Case:
        return Case(name, about, expects, data, **more)

    surplus = lambda members: members["proof"].update(more=1)  # noqa: E731
    floating = RIGHT.replace(b'"index":3', b'"index":3.0', 1)
    return [
        fault("empty", "Nothing at all", b"", "format.not_ours", suffix="txt"),
        fault("text", "A text", "这不是证书".encode(), "format.not_ours", suffix="txt"),
        fault("page", "A web page", b"<!DOCTYPE html><p>{}</p>", "format.not_ours", suffix="html"),
        fault("other-json", "JSON of somebody else", b'{"a":1}', "format.not_ours"),
        fault(
            "a-list",
            "JSON that is no object",
            b'{"a":1}'.replace(b'{"a":1}', b"[1]"),
            "format.not_ours",
        ),
        fault(
            "next-version",
            "A format of tomorrow",
            setting("format", "kexin/bundle/v2"),
            "format.not_ours",
        ),
        fault(
            "picture",
            "A photograph of the certificate",
            b"\xff\xd8\xff\xe0\x00\x10JFIF",
            "format.picture",
            suffix="jpg",
        ),
        fault(
            "too-large", "More than 64 KiB", b'{"a":"' + b"x" * 65530 + b'"}', "format.too_large"
        ),
        fault("cut-short", "The end is missing", RIGHT[:-100]),
        fault("line-break", "A line break at the end", RIGHT + b"\n"),
        fault("spaces", "A space that need not be", RIGHT.replace(b":", b": ", 1)),
        fault(
            "byte-order-mark",
            "A byte order mark before it",
            b"\xef\xbb\xbf" + RIGHT,
            "format.not_ours",
        ),
        fault("fraction", "An index with a fraction", floating),
        fault(
            "duplicate-member",
            "A member twice",
            RIGHT.replace(b'"renewals":[],', b'"renewals":[],"renewals":[],'),
        ),
        fault("unknown-member", "A member that the format does not know", setting("note", "")),
        fault("prototype-member", "A member called __proto__", setting("__proto__", {})),
        fault("missing-member", "A member is missing", without("renewals")),
        fault("renewals", "Renewals, of which there are none", setting("renewals", [1])),
        fault("surplus-in-proof", "A surplus member in the proof", changed(surplus)),
        fault(
            "negative-index",
            "A negative index",
            changed(lambda members: members["proof"].update(index=-1)),
        ),
        fault(
            "short-hash",
            "A hash of 31 bytes",
            changed(lambda members: members["proof"]["hashes"].append("A" * 42)),
        ),
        fault(
            "spare-bits",
            "Spare bits in base64url",
            changed(lambda members: members["proof"]["hashes"].append("A" * 42 + "B")),
        ),
        fault(
            "two-receipts",
            "Two receipts",
            changed(lambda members: members["evidence"].extend(members["evidence"])),
        ),
        fault(
            "unknown-evidence",
            "Evidence of a kind that is not there yet",
            changed(lambda members: members["evidence"][0].update(kind="seals")),
        ),
        fault(
            "entry-with-claims",
            "An entry with a member more",
            changed(lambda members: members["entry"].update(name="阿依古丽")),
        ),
        fault(
            "entry-unapproved",
            "An entry of a credential without its approval",
            changed(lambda members: members["entry"].pop("approval")),
        ),
        fault(
            "record-unsealed",
            "A record that is no signed document",
            changed(lambda members: members["issuer"].update(record={})),
        ),
        fault("status-no-token", "A status that is no token", setting("status", "valid")),
        fault(
            "checkpoint-cr",
            "Line ends of another system in the checkpoint",
            changed(lambda m: m.update(checkpoint=m["checkpoint"].replace("\n", "\r\n"))),
        ),
        fault(
            "checkpoint-plain",
            "A checkpoint without signatures",
            changed(lambda m: m.update(checkpoint=m["checkpoint"].split("\n\n")[0] + "\n")),
        ),
        fault(
            "checkpoint-leading-zero",
            "A size with a leading zero",
            changed(lambda m: m.update(checkpoint=m["checkpoint"].replace("\n6\n", "\n06\n"))),
        ),
        *credential(),
    ]


def credential() -> list[Case]:
    """Credentials that are not in their one form, and types that nobody knows."""

    def fault(name: str, about: str, text: str, expects: str = UNREADABLE) -> Case:
        return Case(name, about, expects, crediting(text))

    jwk: Any = {**world.public("stranger").jwk()}
    binding = f"{TEXT}eyJ0eXAiOiJrYitqd3QifQ.e30.AA"
    early = claiming(iat=1_600_000_000)
    return [
        fault("alg-none", "The header asks for no signature", headed(alg="none")),
        fault("alg-swap", "The header names another algorithm", headed(alg="ES256")),
        fault("header-jwk", "The header brings its own key", headed(jwk=jwk)),
        fault("header-crit", "The header says that something is critical", headed(crit=["exp"])),
        fault("header-typ", "The header names another type", headed(typ="kexin-status+jwt")),
        fault("bare-jwt", "No tilde at the end", TEXT.split("~")[0]),
        fault("key-binding", "A key binding after the disclosures", binding),
        fault("surplus-claim", "A member more in the payload", claiming(name="阿依古丽")),
        fault("other-digest", "Digests by another hash", claiming(_sd_alg="sha-256")),
        fault("fewer-digests", "Fifteen digests", claiming(_sd=["A" * 43] * 15)),
        fault("unknown-level", "A level that is none", claiming(level="galactic")),
        fault(
            "no-notice", "A contest without its sentence", claiming(category="discipline_contest")
        ),
        fault(
            "number-of-another-category",
            "The letter of another category",
            claiming(category="moral"),
        ),
        fault(
            "number-check-character",
            "A mistyped certificate number",
            claiming(number=world.NUMBER[:-1] + "0"),
        ),
        fault("number-of-another-year", "A number of six years after", early),
        fault("expiry-before-issue", "It ends before it begins", claiming(exp=1)),
        fault(
            "unknown-type", "A type of tomorrow", claiming(vct="growth/1"), "format.type_unknown"
        ),
        fault(
            "test",
            "A test certificate, in order but for its type and signed by the school",
            claiming(vct="test/1"),
            "format.test",
        ),
        Case(
            "test-alone",
            "A test certificate without evidence",
            "format.test",
            claiming(vct="test/1").encode(),
            suffix="sd-jwt",
        ),
        Case(
            "alone",
            "A credential without its evidence",
            "format.credential_only",
            TEXT.encode(),
            suffix="sd-jwt",
        ),
        Case(
            "alone-line-break",
            "A credential alone with a line break",
            UNREADABLE,
            TEXT.encode() + b"\n",
            suffix="sd-jwt",
        ),
        Case(
            "alone-other-letters",
            "A credential alone with a letter beyond ASCII",
            UNREADABLE,
            f"{TEXT}é~".encode(),
            suffix="sd-jwt",
        ),
    ]


def words() -> list[Case]:
    """Cases about `signature` and `disclosure`."""
    token, *rest = TEXT.split("~")
    forged = ".".join([*token.split(".")[:2], OTHER.split("~")[0].split(".")[2]])
    signed_test = claiming(vct="test/1").split("~")[0].split(".")[2]
    unmarked = ".".join([*token.split(".")[:2], signed_test])
    foreign = OTHER.split("~")[1:]
    long = world.withhold(TEXT, "name", "award")
    return [
        Case(
            "forged",
            "The signature of another credential",
            "signature.forged",
            crediting("~".join([forged, *rest])),
        ),
        Case(
            "stranger",
            "Signed by a key that the record does not hold",
            "signature.unknown_key",
            made(world.sd_jwt(key="stranger")),
        ),
        Case(
            "test-unmarked",
            "A test certificate whose type was changed to that of an honour certificate",
            "signature.forged",
            crediting("~".join([unmarked, *rest])),
        ),
        Case(
            "kid-swap",
            "The header names another key of the node",
            "signature.unknown_key",
            crediting(headed(kid=world.kid("log"))),
        ),
        Case(
            "algorithm-withdrawn",
            "The trust list withdraws the algorithm",
            "signature.algorithm",
            RIGHT,
            trust="no-algorithm",
        ),
        Case(
            "disclosure-foreign",
            "The name of another person",
            "disclosure.foreign",
            crediting("~".join([token, *foreign])),
        ),
        Case(
            "disclosure-twice",
            "A disclosure twice",
            "disclosure.foreign",
            disclosing(lambda parts: [parts[0], *parts]),
        ),
        Case(
            "disclosure-order",
            "Disclosures in another order",
            "disclosure.foreign",
            disclosing(lambda parts: parts[::-1]),
        ),
        Case(
            "disclosure-rubbish",
            "A disclosure that is none",
            "disclosure.foreign",
            disclosing(lambda parts: [*parts, "AAAA"]),
        ),
        Case(
            "disclosure-incomplete",
            "Name and award are withheld",
            "disclosure.incomplete",
            made(long),
        ),
        Case(
            "disclosure-none",
            "Everything is withheld",
            "disclosure.incomplete",
            disclosing(lambda parts: []),
        ),
    ]


def cases() -> list[Case]:
    return [*right(), *form(), *words()]
