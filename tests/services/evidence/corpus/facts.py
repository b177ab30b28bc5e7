"""Cases about who says it, when, whether it still holds, and where it is kept."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from identity import codes
from identity.credential import StatusRef
from identity.issuer import Accreditation
from identity.status_list import Status
from identity.validity import Span
from services.evidence.bundle import IssuerPart, Place
from tests.services.evidence import world
from tests.services.evidence.corpus.case import (
    LAST,
    LATER,
    OTHER,
    RIGHT,
    SINCE,
    TEXT,
    Case,
    lost,
    made,
    recorded,
    setting,
    swapped,
)
from tests.services.evidence.world import ANCHORED, ASSERTED, NODE, NOON, START

PLACE = world.credential_place(TEXT)
PART = world.registry_part()


def _registered(part: IssuerPart) -> bytes:
    return made(issuer=part)


def _sealed(*signers: str, **changes: Any) -> bytes:
    return _registered(world.registry_part(world.sealed(world.record(**changes), signers)))


def issuer() -> list[Case]:
    stranger = world.record(node="kexin.stranger.example")
    unlisted = world.registry_part(world.sealed(stranger), node="kexin.stranger.example")
    bureau = world.sealed(world.record(id=world.BUREAU, superior=None))
    late = world.registry_part(at=ANCHORED + timedelta(hours=1), chain=world.LOCAL)
    number = codes.number("3441000002", 2026, "comprehensive", 1)
    pending = replace(PART, place=replace(PART.place, receipt=None))
    outsider = world.record(keys=(world.issuer_key("outsider"),))
    return [
        Case(
            "issuer-unlisted-node",
            "A node that is not on the trust list",
            "issuer.node_unlisted",
            _registered(unlisted),
        ),
        Case(
            "issuer-node-withdrawn",
            "The trust list names another node",
            "issuer.node_unlisted",
            RIGHT,
            trust="other-node",
        ),
        Case(
            "issuer-swapped",
            "The record of another institution",
            "issuer.other_issuer",
            _registered(world.registry_part(bureau)),
        ),
        Case(
            "issuer-other-number",
            "The number of another school",
            "issuer.other_number",
            made(world.sd_jwt(number=number)),
        ),
        Case(
            "issuer-one-registrar",
            "One registrar alone",
            "issuer.registrars",
            _sealed("registrar 1"),
        ),
        Case(
            "issuer-stranger",
            "A stranger in the place of a registrar",
            "issuer.registrars",
            _sealed("registrar 1", "stranger"),
        ),
        Case(
            "issuer-forged",
            "An outsider writes the school's name into a record of his own",
            "issuer.registrars",
            made(
                world.sd_jwt(key="outsider"),
                issuer=world.registry_part(world.sealed(outsider, ("outsider", "outsider 2"))),
            ),
        ),
        Case(
            "issuer-registrars-ended",
            "The registrars' keys had ended",
            "issuer.registrars",
            RIGHT,
            trust="ended-registrars",
        ),
        Case(
            "issuer-registrar-cut",
            "A registrar's key was cut off before",
            "issuer.registrar_cut",
            RIGHT,
            trust="cut-registrar",
        ),
        Case(
            "issuer-beyond-ids",
            "An institution of another province",
            "issuer.beyond_bounds",
            RIGHT,
            trust="bounds-id",
        ),
        Case(
            "issuer-beyond-regions",
            "A region of another node",
            "issuer.beyond_bounds",
            RIGHT,
            trust="bounds-region",
        ),
        Case(
            "issuer-record-changed",
            "A record that is not the one in the log",
            "issuer.record_not_logged",
            _registered(replace(PART, record=world.sealed(world.record(telephone="110-110")))),
        ),
        Case(
            "issuer-record-salt",
            "Another salt",
            "issuer.record_not_logged",
            _registered(replace(PART, salt=bytes(16))),
        ),
        Case(
            "issuer-record-other-log",
            "The log is not the registry",
            "issuer.record_not_logged",
            _registered(world.registry_part(origin=f"{NODE}/log/audit/2026")),
        ),
        Case(
            "issuer-record-log-key",
            "The registry's checkpoint by another key",
            "issuer.record_not_logged",
            _registered(world.registry_part(log_key="receipt")),
        ),
        Case(
            "issuer-record-receipt",
            "The receipt of another checkpoint",
            "issuer.record_anchor",
            swapped("evidence", _registered(world.registry_part(others=7)), "issuer"),
        ),
        Case(
            "issuer-record-after",
            "The record was anchored after the credential, by its block",
            "issuer.record_after_credential",
            _registered(world.registry_part(block_number=10**9)),
        ),
        Case(
            "issuer-record-after-elsewhere",
            "Likewise on another chain, by its time",
            "issuer.record_after_credential",
            _registered(late),
            trust="both-chains",
        ),
        Case(
            "issuer-record-pending",
            "The record is not anchored yet",
            "issuer.record_not_anchored",
            _registered(pending),
        ),
    ]


def trust_lists() -> list[Case]:
    """Lists by which nothing can be judged."""

    def fault(reason: str, about: str, trust: str | None, **more: Any) -> Case:
        name = f"trust-{trust or 'missing'}{'-seen' if more else ''}"
        return Case(name, about, f"issuer.trust_list_{reason}", RIGHT, trust=trust, **more)

    return [
        fault("missing", "No trust list at hand", None),
        fault("unreadable", "A damaged trust list", "unreadable"),
        fault("root", "A list of another root", "other-root"),
        fault("signature", "One operator alone signed", "one-operator"),
        fault("signature", "One operator and a stranger signed", "stranger"),
        fault("signature", "One operator signed twice", "twice"),
        fault("expired", "A list that is over", "expired"),
        fault("not_yet", "A list of tomorrow", "not-yet"),
        fault("rollback", "A list older than the one seen before", "earlier", seen="current"),
        fault("rollback", "Another list of the same number", "demo-chain", seen="current"),
        fault("broken_chain", "The next list, but not after the one seen", "next", seen="current"),
        Case(
            "trust-missing-and-swapped",
            "Without a list a wrong part is still wrong",
            "log.other_entry",
            swapped("entry", made(OTHER)),
            trust=None,
        ),
    ]


def validity() -> list[Case]:
    key = world.issuer_key
    ended, early = Span(START, ANCHORED), Span(ANCHORED + timedelta(seconds=1), None)
    county = Accreditation("honour/1", ("county",), world.ALWAYS)
    over = Accreditation("honour/1", ("school",), ended)
    fault = "accreditation.not_accredited"
    return [
        Case(
            "key-ended",
            "The key ended when the entry was anchored",
            "key_at_time.not_in_force",
            recorded(keys=(key("issuer", ended),)),
        ),
        Case(
            "key-early",
            "The key began a second later",
            "key_at_time.not_in_force",
            recorded(keys=(key("issuer", early),)),
        ),
        Case(
            "key-just-in-time",
            "The key began in that second",
            "key_at_time.in_force",
            recorded(keys=(key("issuer", Span(ANCHORED, None)),)),
        ),
        Case(
            "key-cut",
            "The key was cut off before this entry",
            "key_at_time.cut_off",
            RIGHT,
            trust="cut-issuer",
        ),
        Case(
            "key-cut-earlier-year",
            "The cut-off keeps the years before this one alone",
            "key_at_time.cut_off",
            RIGHT,
            trust="cut-issuer-earlier-year",
        ),
        Case(
            "key-cut-kept",
            "The key was cut off after this entry",
            "anchor.receipt_alone",
            RIGHT,
            trust="cut-issuer-kept",
        ),
        Case("accreditation-none", "No accreditation", fault, recorded(accreditations=())),
        Case(
            "accreditation-level",
            "Accredited for another level",
            fault,
            recorded(accreditations=(county,)),
        ),
        Case(
            "accreditation-ended",
            "The accreditation had ended",
            fault,
            recorded(accreditations=(over,)),
        ),
        Case(
            "accreditation-node",
            "The node may not vouch for this type",
            "accreditation.beyond_node",
            RIGHT,
            trust="other-type",
        ),
        Case(
            "dates-not-yet",
            "Issued tomorrow",
            "dates.not_yet",
            made(world.sd_jwt(issued_at=NOON + timedelta(seconds=61))),
        ),
        Case(
            "dates-skew",
            "Issued a minute ahead, as clocks may differ",
            "dates.within",
            made(world.sd_jwt(issued_at=NOON + timedelta(seconds=60))),
        ),
        Case(
            "dates-expired",
            "It ended this second",
            "dates.expired",
            made(world.sd_jwt(expires_at=NOON)),
        ),
        Case(
            "dates-last-second",
            "It ends the next second",
            "dates.within",
            made(world.sd_jwt(expires_at=NOON + timedelta(seconds=1))),
        ),
        Case(
            "dates-then",
            "It was in force when its status was signed",
            "dates.within",
            made(world.sd_jwt(expires_at=NOON - timedelta(minutes=30))),
            as_of="bundle",
        ),
    ]


def status() -> list[Case]:
    elsewhere = world.sd_jwt(status=StatusRef("https://elsewhere.example/status/7", 1))
    outside = world.sd_jwt(status=StatusRef(world.STATUS.uri, 10**6))
    future = world.assertion(TEXT, issued_at=NOON + timedelta(seconds=61))
    last = world.assertion(TEXT, issued_at=LAST - timedelta(seconds=5), expires_at=LAST)
    revoked = made(status=lost(Status.INVALID, reason="issued_in_error"))
    wrong = "status.assertion"
    return [
        Case("revoked", "It was revoked", "status.revoked", revoked),
        Case(
            "suspended", "It is suspended", "status.suspended", made(status=lost(Status.SUSPENDED))
        ),
        Case(
            "superseded",
            "It was replaced by another",
            "status.superseded",
            made(status=lost(Status.SUPERSEDED)),
        ),
        Case(
            "revoked-long-ago",
            "A loss outlives its assertion",
            "status.revoked",
            revoked,
            now=LATER,
        ),
        Case(
            "revoked-since",
            "Asked about the moment of the loss",
            "status.revoked",
            revoked,
            as_of=SINCE,
        ),
        Case(
            "revoked-later",
            "Asked about the second before the loss",
            "status.status_earlier",
            revoked,
            as_of=SINCE - timedelta(seconds=1),
        ),
        Case(
            "status-elsewhere",
            "A status address that is not the node's",
            "status.elsewhere",
            made(
                elsewhere,
                status=world.assertion(
                    elsewhere, uri="https://elsewhere.example/status/7", index=1
                ),
            ),
        ),
        Case(
            "status-swapped",
            "The status of another credential",
            wrong,
            setting("status", world.assertion(OTHER)),
        ),
        Case(
            "status-other-list",
            "A word on another list",
            wrong,
            made(status=world.assertion(TEXT, uri=f"{world.STATUS_URL}/8")),
        ),
        Case(
            "status-other-place",
            "A word on another place",
            wrong,
            made(status=world.assertion(TEXT, index=1)),
        ),
        Case(
            "status-log-key",
            "Signed by a key of another use",
            wrong,
            made(status=world.assertion(TEXT, key="log")),
        ),
        Case(
            "status-stranger",
            "Signed by a stranger",
            wrong,
            made(status=world.assertion(TEXT, key="stranger")),
        ),
        Case("status-future", "Signed tomorrow", wrong, made(status=future)),
        Case(
            "status-end-of-calendar", "Signed at the end of the calendar", wrong, made(status=last)
        ),
        Case(
            "status-key-ended", "The status key had ended", wrong, RIGHT, trust="ended-status-key"
        ),
        Case(
            "status-cut",
            "The status key was cut off",
            "status.status_cut",
            RIGHT,
            trust="cut-status",
        ),
        Case("status-old", "The assertion has expired", "status.status_as_of", RIGHT, now=LATER),
        Case(
            "status-last-second",
            "The last second of the assertion",
            "status.valid",
            RIGHT,
            now=ASSERTED + timedelta(hours=24, seconds=-1),
        ),
        Case(
            "status-as-of-bundle",
            "Asked about the assertion's own moment",
            "status.valid",
            RIGHT,
            now=LATER,
            as_of="bundle",
        ),
        Case(
            "status-as-of-earlier",
            "Asked about a moment before it",
            "status.status_earlier",
            RIGHT,
            as_of=ASSERTED - timedelta(seconds=61),
        ),
        *_packed(outside),
    ]


def _packed(outside: str) -> list[Case]:
    """Cases with a status pack, when the assertion has expired."""

    def with_pack(name: str, about: str, expects: str, *packs: str, **more: Any) -> Case:
        terms = {"data": RIGHT, "now": LATER, **more}
        return Case(f"pack-{name}", about, f"status.{expects}", packs=packs, **terms)

    far = made(outside, status=world.assertion(outside, index=10**6))
    revoked = made(status=lost(Status.INVALID))
    day = timedelta(hours=24)
    return [
        with_pack("fresh", "A pack of this minute", "valid", "fresh"),
        with_pack("two", "An old pack beside a new one", "valid", "small", "fresh"),
        with_pack("revoked", "Revoked, says the pack", "revoked", "revoked"),
        with_pack("suspended", "Suspended, says the pack", "suspended", "suspended"),
        with_pack("superseded", "Replaced, says the pack", "superseded", "superseded"),
        with_pack(
            "last-second",
            "The last second of a pack",
            "valid",
            "fresh",
            now=LATER + day - timedelta(seconds=1),
        ),
        with_pack("old", "A pack that is over", "status_as_of", "fresh", now=LATER + day),
        with_pack(
            "short",
            "A pack that ends before its lists",
            "status_as_of",
            "short",
            now=LATER + timedelta(hours=1),
        ),
        with_pack(
            "as-of-before",
            "Asked about a moment before the pack",
            "status_earlier",
            "fresh",
            as_of=LATER - timedelta(minutes=5),
        ),
        with_pack("log-key", "A pack by a key of another use", "list_unusable", "log-key"),
        with_pack("future", "A pack of tomorrow", "list_unusable", "future"),
        with_pack(
            "list-by-log-key",
            "A list in it by a key of another use",
            "list_unusable",
            "list-by-log-key",
        ),
        with_pack(
            "no-such-place",
            "A place that the list does not have",
            "list_unusable",
            "fresh",
            data=far,
        ),
        with_pack(
            "known-loss", "A wrong pack does not hide a loss", "revoked", "log-key", data=revoked
        ),
        with_pack(
            "another-list", "A pack without the credential's list", "status_as_of", "another-list"
        ),
        with_pack(
            "cut", "A pack by a key that was cut off", "status_cut", "fresh", trust="cut-status"
        ),
        with_pack(
            "new-key",
            "A pack by the key after the one that was cut off",
            "valid",
            "new-key",
            now=NOON,
            trust="two-status-keys",
        ),
        with_pack("nothing-known", "No list to judge it by", "not_reached", "fresh", trust=None),
    ]


def log() -> list[Case]:
    def placed(name: str, about: str, reason: str, place: Place, **more: Any) -> Case:
        return Case(f"log-{name}", about, f"log.{reason}", made(place=place), **more)

    entry, other = PLACE.entry, world.credential_place(OTHER, others=6)
    in_2025 = replace(entry, time=NOON - timedelta(days=365))
    again = world.credential_place(TEXT, at=ANCHORED + timedelta(seconds=1))
    lines = "\n\n".join([PLACE.checkpoint.split("\n\n")[0], again.checkpoint.split("\n\n")[1]])
    seen = world.credential_place(TEXT, witnesses=("witness1",))
    late = world.credential_place(TEXT, witnesses=("witness1",), at=ANCHORED + timedelta(seconds=1))
    mixed = "\n".join([*seen.checkpoint.split("\n")[:-2], *late.checkpoint.split("\n")[-2:]])
    return [
        Case(
            "log-swapped-entry",
            "The entry of another credential",
            "log.other_entry",
            swapped("entry", made(OTHER)),
        ),
        placed(
            "entry-kind",
            "An entry of another kind",
            "other_entry",
            replace(PLACE, entry=replace(entry, kind="status")),
        ),
        placed(
            "entry-issuer",
            "An entry of another institution",
            "other_entry",
            replace(PLACE, entry=replace(entry, issuer=world.BUREAU)),
        ),
        placed(
            "of-registry",
            "The log of another institution",
            "other_log",
            world.credential_place(TEXT, origin=f"{NODE}/log/registry/2026"),
        ),
        placed(
            "of-other-node",
            "The log of another node",
            "other_log",
            world.credential_place(TEXT, node="kexin.other.example"),
        ),
        placed(
            "of-other-year", "The log of another year", "other_log", replace(PLACE, entry=in_2025)
        ),
        placed(
            "end-of-calendar",
            "An entry at the end of the calendar",
            "other_log",
            replace(PLACE, entry=replace(entry, time=LAST)),
        ),
        placed(
            "swapped-proof",
            "The proof of another entry",
            "not_included",
            replace(PLACE, hashes=other.hashes),
        ),
        placed("other-index", "Another index", "not_included", replace(PLACE, index=2)),
        placed("index-beyond", "An index beyond the size", "not_included", replace(PLACE, index=6)),
        placed(
            "index-enormous",
            "An index of 2^53 - 2",
            "not_included",
            replace(PLACE, index=2**53 - 2),
        ),
        placed(
            "surplus-node",
            "A node of the proof more",
            "not_included",
            replace(PLACE, hashes=(*PLACE.hashes, PLACE.hashes[0])),
        ),
        placed(
            "missing-node",
            "A node of the proof less",
            "not_included",
            replace(PLACE, hashes=PLACE.hashes[:-1]),
        ),
        placed(
            "swapped-checkpoint",
            "The checkpoint of another tree",
            "not_included",
            replace(PLACE, checkpoint=world.credential_place(OTHER).checkpoint),
        ),
        placed(
            "key-of-another-use",
            "A checkpoint by another key of the node",
            "checkpoint",
            world.credential_place(TEXT, log_key="receipt"),
        ),
        placed(
            "signature",
            "The signature of another checkpoint",
            "checkpoint",
            replace(PLACE, checkpoint=lines),
        ),
        placed(
            "late-key", "A log key that was not in force", "checkpoint", PLACE, trust="late-log-key"
        ),
        placed(
            "cut",
            "The log key was cut off before this checkpoint",
            "log_cut",
            PLACE,
            trust="cut-log",
        ),
        placed(
            "witness-wrong",
            "The signature of a witness is wrong",
            "witness",
            replace(seen, checkpoint=mixed),
            trust="one-witness",
        ),
        placed("witness-unlisted", "A witness that nobody listed", "witness_unlisted", seen),
        placed(
            "witnesses-missing",
            "One witness where two are required",
            "witnesses_missing",
            seen,
            trust="two-witnesses",
        ),
        Case(
            "log-missing",
            "A credential alone has no place in a log",
            "log.missing",
            TEXT.encode(),
            suffix="sd-jwt",
        ),
    ]


def anchor() -> list[Case]:
    def placed(name: str, about: str, reason: str, place: Place, **more: Any) -> Case:
        return Case(f"anchor-{name}", about, f"anchor.{reason}", made(place=place), **more)

    local = made(
        place=world.credential_place(TEXT, chain=world.LOCAL),
        issuer=world.registry_part(chain=world.LOCAL),
    )
    tomorrow = world.credential_place(TEXT, block_time=NOON + timedelta(minutes=2))
    return [
        Case(
            "anchor-local", "A node without a chain says so", "anchor.local", local, trust="local"
        ),
        Case(
            "anchor-local-below",
            "More is required than a node's own table",
            "anchor.evidence_below",
            local,
            trust="local",
            require="receipt",
        ),
        Case(
            "anchor-demo",
            "A demonstration chain is named",
            "anchor.receipt",
            RIGHT,
            trust="demo-chain",
        ),
        placed("pending", "Not anchored yet", "not_anchored", replace(PLACE, receipt=None)),
        placed(
            "other-key",
            "A receipt by another key of the node",
            "receipt_wrong",
            world.credential_place(TEXT, receipt_key="log"),
        ),
        placed(
            "late-key",
            "A receipt key that was not in force",
            "receipt_wrong",
            PLACE,
            trust="late-receipt-key",
        ),
        placed("tomorrow", "A block of tomorrow", "receipt_wrong", tomorrow),
        Case(
            "anchor-swapped",
            "The receipt of another checkpoint",
            "anchor.other_head",
            swapped("evidence", made(OTHER)),
        ),
        placed(
            "chain-unlisted",
            "A chain that is not on the list",
            "chain_unlisted",
            PLACE,
            trust="no-chain",
        ),
        placed("other-contract", "Another contract", "other_chain", PLACE, trust="other-contract"),
        placed(
            "other-genesis",
            "A chain with another genesis",
            "other_chain",
            PLACE,
            trust="other-genesis",
        ),
        placed(
            "list-asks-more",
            "The trust list asks for more than a receipt",
            "evidence_below",
            PLACE,
            trust="seals",
        ),
        placed(
            "reader-asks-more",
            "The reader asks for more than a receipt",
            "evidence_below",
            PLACE,
            require="live",
        ),
        placed(
            "reader-asks-less",
            "The reader asks for less than the list",
            "receipt",
            PLACE,
            require="local",
        ),
        placed(
            "receipt-cut",
            "The receipt key was cut off before",
            "receipt_cut",
            PLACE,
            trust="cut-receipt",
        ),
    ]


def cases() -> list[Case]:
    groups = (issuer, trust_lists, validity, status, log, anchor)
    return [case for group in groups for case in group()]
