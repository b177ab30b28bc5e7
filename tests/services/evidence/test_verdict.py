"""The verdict as a whole: its order, what follows from the checks, and what it shows."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from crypto import canonical
from services.evidence import bundle
from services.evidence.finding import Finding
from services.evidence.reasons import CHECKS, REASONS, Result
from services.evidence.verdict import BUNDLE, NoTrust, Outcome, Verdict
from services.platform.texts import EN, ZH
from tests.services.evidence import judging, world
from tests.services.evidence.world import NOON

WITHOUT_PDF = [each for each in CHECKS if each != "document"]


def test_a_right_bundle_is_valid_offline() -> None:
    verdict = judging.judge(world.bundle_parts())

    assert verdict.result is Outcome.VALID
    assert [each.check for each in verdict.checks] == WITHOUT_PDF
    assert {each.result for each in verdict.checks} == {Result.PASS}
    assert verdict.finding("anchor").evidence == "receipt"
    assert verdict.finding("status").evidence == "assertion"


def test_a_right_bundle_is_valid_online() -> None:
    parts = world.bundle_parts()
    sources = judging.answering(parts)

    verdict = judging.judge(parts, sources=sources)

    assert verdict.result is Outcome.VALID
    assert judging.reasons(verdict)["issuer"] == "newest"
    assert verdict.finding("anchor").evidence == "live"
    assert verdict.finding("status").evidence == "list"
    assert sources.asked == [
        f"eip155:31337 {world.NODE}/log/{world.SCHOOL}/2026 1",
        f"{world.RECORDS_URL}/{world.SCHOOL}",
        world.STATUS.uri,
    ]


def test_a_verdict_as_json_has_every_member() -> None:
    shown = judging.judge(world.bundle_parts()).to_json()

    assert set(shown) == {"format", "result", "current", "as_of", "credential", "checks"}
    assert (shown["format"], shown["result"]) == ("kexin/verdict/v1", "valid")
    assert (shown["current"], shown["as_of"]) == (True, "2026-11-24T04:00:00Z")
    assert shown["credential"] == {
        "type": "honour/1",
        "number": world.NUMBER,
        "issuer": {
            "id": world.SCHOOL,
            "names": {"zh": "郑州市示范高级中学", "en": "Zhengzhou Model Senior High School"},
            "codes": [world.CODE],
            "telephone": "0371-66880000",
            "node": {
                "name": world.NODE,
                "title": {
                    "zh": "郑州市教育局节点",
                    "en": "Zhengzhou Education Bureau node",
                },
            },
        },
        "claims": {**world.CLAIMS, "level": "school", "category": "comprehensive"},
    }
    checks = shown["checks"]
    assert isinstance(checks, list)
    members = {"code", "result", "evidence", "reason", "message", "remedy", "at"}
    assert all(isinstance(each, dict) and set(each) == members for each in checks)


def test_a_contest_shows_its_compulsory_sentence() -> None:
    text = world.contest()

    shown = judging.judge(world.bundle_parts(text)).shown

    assert shown is not None
    assert shown.claims["notice"] == {
        "approval_number": "教监管厅函〔2026〕1号",
        "sentence": "不作为中小学招生入学依据",
    }


def test_an_issuer_without_an_english_name_keeps_its_own() -> None:
    part = world.registry_part(world.sealed(world.record(name_en=None)))

    shown = judging.judge(world.bundle_parts(issuer=part)).shown

    assert shown is not None
    assert shown.issuer["names"] == {"zh": "郑州市示范高级中学"}
    assert shown.issuer_name(EN) == shown.issuer_name(ZH) == "郑州市示范高级中学"


@pytest.mark.parametrize("problem", ["trust_list_missing", "trust_list_expired"])
def test_without_a_trust_list_nothing_is_valid_and_the_reason_is_named(problem: str) -> None:
    verdict = judging.judge(world.bundle_parts(), trust=NoTrust(problem))

    assert verdict.result is Outcome.UNDETERMINED
    assert judging.reasons(verdict) == {
        "format": "bundle",
        "signature": "issuer_not_established",
        "disclosure": "complete",
        "issuer": problem,
        "key_at_time": "not_reached",
        "accreditation": "not_reached",
        "dates": "within",
        "status": "not_reached",
        "log": "not_reached",
        "anchor": "not_reached",
    }
    assert verdict.shown is None


def test_without_a_trust_list_a_broken_part_still_fails() -> None:
    other = world.credential_place(world.sd_jwt(random=world.Numbers("other")))

    verdict = judging.judge(world.bundle_parts(place=other), trust=NoTrust("trust_list_missing"))

    assert verdict.result is Outcome.INVALID
    assert judging.reasons(verdict)["log"] == "other_entry"


def test_unreadable_bytes_are_a_verdict() -> None:
    verdict = judging.judge(b"\x89PNG")

    assert verdict.result is Outcome.INVALID
    assert [each.check for each in verdict.checks] == WITHOUT_PDF
    assert {each.reason for each in verdict.checks[1:]} == {"not_reached"}
    assert verdict.to_json()["credential"] == {
        "type": None,
        "number": None,
        "issuer": None,
        "claims": None,
    }


def test_a_credential_alone_is_undetermined_and_shows_nothing() -> None:
    verdict = judging.judge(world.sd_jwt().encode(), media="application/dc+sd-jwt")

    assert verdict.result is Outcome.UNDETERMINED
    assert verdict.shown is None
    assert judging.reasons(verdict) == {
        "format": "credential_only",
        "signature": "record_missing",
        "disclosure": "complete",
        "issuer": "record_missing",
        "key_at_time": "not_reached",
        "accreditation": "not_reached",
        "dates": "within",
        "status": "not_reached",
        "log": "missing",
        "anchor": "not_anchored",
    }


def test_a_credential_alone_is_read_with_a_record_at_hand() -> None:
    sources = judging.answering(world.bundle_parts())

    verdict = judging.judge(world.sd_jwt().encode(), sources=sources)

    assert verdict.result is Outcome.UNDETERMINED
    assert verdict.shown is not None
    assert judging.reasons(verdict) == {
        "format": "credential_only",
        "signature": "genuine",
        "disclosure": "complete",
        "issuer": "newest",
        "key_at_time": "not_anchored",
        "accreditation": "not_anchored",
        "dates": "within",
        "status": "valid",
        "log": "missing",
        "anchor": "not_anchored",
    }


def test_an_instant_asked_for_moves_dates_and_status_alone_and_is_said_first() -> None:
    expires = NOON - timedelta(minutes=30)
    text = world.sd_jwt(expires_at=expires)
    parts = world.bundle_parts(text)

    now, then = judging.judge(parts), judging.judge(parts, as_of=BUNDLE)

    assert judging.reasons(now)["dates"] == "expired"
    assert then.result is Outcome.VALID
    assert (then.current, then.as_of) == (False, world.ASSERTED)
    assert then.headline(ZH).startswith("以下结论针对北京时间 2026-11-24 11:00 当时，不代表现在。")
    assert then.headline(EN).startswith("This answer is for 2026-11-24 11:00 Beijing time")


def test_as_of_bundle_without_a_bundle_is_as_of_now() -> None:
    verdict = judging.judge(world.sd_jwt().encode(), as_of=BUNDLE)

    assert (verdict.current, verdict.as_of) == (False, NOON)


def test_the_trust_list_is_always_todays() -> None:
    cut = world.trusted(cut_offs=(world.cut("issuer"),))

    verdict = judging.judge(world.bundle_parts(), trust=cut, as_of=BUNDLE)

    assert judging.reasons(verdict)["key_at_time"] == "cut_off"


def test_a_future_instant_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="future"):
        judging.judge(world.bundle_parts(), as_of=NOON + timedelta(seconds=1))


def test_genuine_with_an_old_status_is_a_state_of_its_own() -> None:
    verdict = judging.judge(world.bundle_parts(), now=NOON + timedelta(days=2))

    assert (verdict.result, verdict.state) == (Outcome.UNDETERMINED, "status_as_of")
    assert verdict.headline(ZH).startswith("真实，状态截至北京时间 2026-11-24 11:00：")


@pytest.mark.parametrize(
    ("reasons", "outcome"),
    [
        ({"format": "bundle"}, "valid"),
        ({"format": "bundle", "log": "missing"}, "undetermined"),
        ({"format": "bundle", "log": "missing", "dates": "expired"}, "invalid"),
        ({"status": "status_as_of", "log": "missing"}, "undetermined"),
    ],
)
def test_any_fail_is_invalid_and_any_unknown_undetermined(
    reasons: dict[str, str], outcome: str
) -> None:
    findings = tuple(Finding(check, reason) for check, reason in reasons.items())

    verdict = Verdict(True, NOON, None, findings)

    assert verdict.result.value == verdict.state == outcome


def test_a_finding_has_a_reason_of_its_own_check() -> None:
    with pytest.raises(ValueError, match="signature has no reason revoked"):
        Finding("signature", "revoked")


def test_the_table_of_reasons_covers_the_checks() -> None:
    assert tuple(REASONS) == CHECKS


def test_a_forged_name_in_the_credential_never_reaches_the_issuer() -> None:
    """An outsider writes our school's name into a claim and signs with a key of his own."""
    claims = {**world.CLAIMS, "statement": "郑州市示范高级中学 颁发"}
    outsider = world.record(keys=(world.issuer_key("outsider"),))
    document = world.sealed(outsider, ("outsider", "outsider 2"))
    text = world.sd_jwt(claims, key="outsider")
    parts = world.bundle_parts(text, issuer=world.registry_part(document))

    verdict = judging.judge(bundle.build(parts))

    assert verdict.result is Outcome.INVALID
    assert judging.reasons(verdict)["issuer"] == "registrars"
    assert judging.reasons(verdict)["signature"] == "issuer_not_established"
    assert verdict.shown is None


def test_the_end_of_the_calendar_is_an_answer_like_any_other() -> None:
    last = datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)
    text = world.sd_jwt()
    status = world.assertion(text, issued_at=last - timedelta(seconds=5), expires_at=last)
    members = json.loads(world.bundle_bytes(text, status=status))
    members["entry"]["time"] = "9999-12-31T23:59:59Z"

    verdict = judging.judge(canonical.dumps(members))

    assert judging.reasons(verdict)["status"] == "assertion"
    assert judging.reasons(verdict)["log"] == "other_log"
    assert verdict.to_json()["result"] == "invalid"
