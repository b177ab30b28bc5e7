"""Checks `signature` and `disclosure`."""

from crypto import canonical
from crypto.jws import b64u, unb64u
from services.evidence.verdict import Outcome
from tests.services.evidence import judging, world


def forged(text: str) -> str:
    """Return the credential with the level raised and the signature kept."""
    token, *rest = text.split("~")
    head, payload, signature = token.split(".")
    members = canonical.loads(unb64u(payload))
    assert isinstance(members, dict)
    members["level"] = "city"
    return "~".join([f"{head}.{b64u(canonical.dumps(members))}.{signature}", *rest])


def test_a_changed_word_breaks_the_signature() -> None:
    text = forged(world.sd_jwt())

    verdict = judging.judge(world.bundle_parts(text))

    assert judging.reasons(verdict)["signature"] == "forged"
    assert verdict.shown is None


def test_a_key_that_is_not_in_the_record_is_unknown() -> None:
    verdict = judging.judge(world.bundle_parts(world.sd_jwt(key="log")))

    assert judging.reasons(verdict)["signature"] == "unknown_key"
    assert verdict.result is Outcome.INVALID


def test_a_swapped_kid_is_not_believed() -> None:
    """The header names a key of the record, another one signed."""
    record = world.record(keys=(world.issuer_key("issuer"), world.issuer_key("issuer 2")))
    token, *rest = world.sd_jwt(key="issuer 2").split("~")
    _, payload, signature = token.split(".")
    text = "~".join([f"{world.header(world.kid('issuer'))}.{payload}.{signature}", *rest])

    verdict = judging.judge(
        world.bundle_parts(text, issuer=world.registry_part(world.sealed(record)))
    )

    assert judging.reasons(verdict)["signature"] == "forged"


def test_a_header_that_brings_a_key_or_another_algorithm_is_not_read() -> None:
    token, *rest = world.sd_jwt().split("~")
    _, payload, signature = token.split(".")
    plain = {"alg": "SGD_SM3_SM2", "kid": world.kid("issuer"), "typ": "dc+sd-jwt"}
    for change in (
        {"alg": "none"},
        {"alg": "ES256"},
        {"typ": "statuslist+jwt"},
        {"jwk": dict(world.public("issuer").jwk())},
        {"jku": "https://elsewhere.example"},
        {"x5c": ["AA"]},
        {"crit": ["b64"]},
    ):
        head = b64u(canonical.dumps({**plain, **change}))
        text = "~".join([f"{head}.{payload}.{signature}", *rest])
        verdict = judging.judge(text.encode(), media="application/dc+sd-jwt")
        assert judging.reasons(verdict)["format"] == "unreadable", change


def test_an_algorithm_that_the_list_withdrew_does_not_count() -> None:
    verdict = judging.judge(world.bundle_parts(), trust=world.trusted(algorithms=()))

    assert judging.reasons(verdict)["signature"] == "algorithm"


def test_a_record_of_somebody_else_establishes_nothing() -> None:
    part = world.registry_part(world.sealed(world.record(id=world.BUREAU, superior=None)))

    verdict = judging.judge(world.bundle_parts(issuer=part))

    assert judging.reasons(verdict)["signature"] == "issuer_not_established"
    assert judging.reasons(verdict)["issuer"] == "other_issuer"


def test_a_withheld_minimum_is_named() -> None:
    text = world.withhold(world.sd_jwt(), "name", "award")

    finding = judging.judge(world.bundle_parts(text)).finding("disclosure")

    assert finding.reason == "incomplete"
    assert judging.message(finding)["zh"] == "有必须出示的内容被隐去：姓名、荣誉。"
    assert (
        judging.message(finding)["en"] == "Something that must be shown is withheld: Name, Award."
    )


def test_what_else_is_withheld_does_not_matter() -> None:
    text = world.withhold(world.sd_jwt({**world.CLAIMS, "class": "高一(3)班"}), "class")

    assert judging.judge(world.bundle_parts(text)).result is Outcome.VALID


def test_a_disclosure_of_another_credential_is_foreign() -> None:
    other = world.sd_jwt({**world.CLAIMS, "name": "欧阳𠮷"}, random=world.Numbers("other"))
    token = world.sd_jwt().split("~")[0]
    text = "~".join([token, *other.split("~")[1:]])

    verdict = judging.judge(world.bundle_parts(text))

    assert judging.reasons(verdict)["disclosure"] == "foreign"
    assert judging.reasons(verdict)["signature"] == "genuine"
    assert verdict.shown is not None
    assert "name" not in verdict.shown.claims
