"""Check `status`."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from identity.credential import StatusRef
from identity.status_list import Status
from identity.validity import Span
from services.evidence.verdict import BUNDLE, AsOf, Outcome, Verdict
from tests.services.evidence import judging, world
from tests.services.evidence.world import ASSERTED, NOON

TEXT = world.sd_jwt()
SINCE = NOON - timedelta(days=1)
EXPIRES = ASSERTED + timedelta(hours=24)


def judge(status: str | None = None, **terms: Any) -> Verdict:
    verdict = judging.judge(
        world.bundle_parts(TEXT, status=status or world.assertion(TEXT)), **terms
    )
    assert verdict.finding("status").passed or verdict.result is not Outcome.VALID
    return verdict


def reason(status: str | None = None, **terms: Any) -> str:
    return judge(status, **terms).finding("status").reason


def online(status: str | None = None, **answers: Any) -> Verdict:
    return judge(status, sources=judging.answering(world.bundle_parts(TEXT), **answers))


def lost(status: Status, **changes: Any) -> str:
    successor = world.SUCCESSOR if status is Status.SUPERSEDED else None
    changes = {"since": SINCE, "successor": successor, **changes}
    return world.assertion(TEXT, status=status, **changes)


LOSSES = [
    (Status.INVALID, "revoked"),
    (Status.SUSPENDED, "suspended"),
    (Status.SUPERSEDED, "superseded"),
]


@pytest.mark.parametrize(("status", "expected"), LOSSES)
def test_a_loss_fails_offline_and_online(status: Status, expected: str) -> None:
    offline = judge(lost(status))
    online_too = online(lost(status), statuses=world.signed_list(status))

    for verdict in (offline, online_too):
        finding = verdict.finding("status")
        assert (finding.reason, finding.at) == (expected, SINCE)
        assert verdict.result is Outcome.INVALID
    assert offline.shown is not None


def test_the_successor_is_named_and_not_followed() -> None:
    message = judging.message(judge(lost(Status.SUPERSEDED)).finding("status"))

    assert world.SUCCESSOR in message["zh"]
    assert world.SUCCESSOR in message["en"]


@pytest.mark.parametrize(("status", "expected"), LOSSES)
def test_the_list_tells_a_loss_that_the_bundle_does_not_know(status: Status, expected: str) -> None:
    verdict = online(statuses=world.signed_list(status))

    finding = verdict.finding("status")
    assert (finding.reason, finding.evidence, finding.at) == (expected, "list", NOON)
    assert judging.message(finding)["zh"]


def test_the_newer_word_decides() -> None:
    lifted = world.assertion(TEXT, issued_at=NOON)
    suspended = world.signed_list(Status.SUSPENDED, now=NOON - timedelta(minutes=5))

    assert online(lifted, statuses=suspended).finding("status").reason == "valid"
    assert online(lost(Status.SUSPENDED)).finding("status").reason == "valid"


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (EXPIRES - timedelta(seconds=1), "valid"),
        (EXPIRES, "status_as_of"),
        (EXPIRES + timedelta(days=3650), "trust_list_expired"),
    ],
)
def test_offline_the_assertion_holds_until_it_expires(now: datetime, expected: str) -> None:
    if expected == "trust_list_expired":
        trust = world.trusted(next_update=world.trusted().issued_at + timedelta(days=90))
        assert reason(now=now, trust=trust) == "status_as_of"
    else:
        assert reason(now=now) == expected


def test_ten_years_later_it_says_how_old_its_status_is() -> None:
    verdict = judge(now=NOON + timedelta(days=3652))

    finding = verdict.finding("status")
    assert (finding.reason, finding.at, verdict.state) == (
        "status_as_of",
        ASSERTED,
        "status_as_of",
    )


@pytest.mark.parametrize(("status", "expected"), LOSSES)
def test_a_loss_outlives_its_assertion(status: Status, expected: str) -> None:
    assert reason(lost(status), now=EXPIRES + timedelta(days=1)) == expected


@pytest.mark.parametrize(
    ("status", "as_of", "expected"),
    [
        (None, BUNDLE, "valid"),
        (None, ASSERTED, "valid"),
        (None, ASSERTED - timedelta(seconds=61), "status_earlier"),
        (lost(Status.INVALID), SINCE, "revoked"),
        (lost(Status.INVALID), SINCE - timedelta(seconds=1), "status_earlier"),
    ],
    ids=["signed", "at signing", "before it", "since then", "before the loss"],
)
def test_another_instant_is_answered_as_far_as_the_assertion_goes(
    status: str | None, as_of: AsOf, expected: str
) -> None:
    assert reason(status, as_of=as_of) == expected


def test_an_answer_for_another_instant_asks_nobody_for_the_list() -> None:
    sources = judging.answering(world.bundle_parts(TEXT))

    assert reason(as_of=BUNDLE, sources=sources) == "valid"
    assert world.STATUS.uri not in sources.asked


@pytest.mark.parametrize(
    "status",
    [
        world.assertion(world.sd_jwt(random=world.Numbers("other"))),
        world.assertion(TEXT, uri=f"{world.STATUS_URL}/8"),
        world.assertion(TEXT, index=1),
        world.assertion(TEXT, key="log"),
        world.assertion(TEXT, key="stranger"),
        world.assertion(
            TEXT,
            issued_at=NOON + timedelta(seconds=61),
            expires_at=NOON + timedelta(hours=1),
        ),
    ],
    ids=["another credential", "another list", "another place", "log key", "stranger", "future"],
)
def test_an_assertion_that_does_not_belong_here(status: str) -> None:
    assert reason(status) == "assertion"
    assert online(status).finding("status").reason == "assertion"


def test_a_status_key_that_was_not_in_force() -> None:
    over = Span(world.START, ASSERTED)
    keys = tuple(
        world.node_key("status", "status", over) if each.use == "status" else each
        for each in world.node().keys
    )

    assert reason(trust=world.trusted(nodes=(world.node(keys=keys),))) == "assertion"


def test_an_address_that_is_not_the_nodes() -> None:
    for uri in ("https://elsewhere.example/status/7", f"{world.STATUS_URL}more/7"):
        text = world.sd_jwt(status=StatusRef(uri, 1))
        parts = world.bundle_parts(text, status=world.assertion(text, uri=uri, index=1))
        assert judging.reasons(judging.judge(parts))["status"] == "elsewhere"


def test_silence_is_unknown_and_never_valid() -> None:
    verdict = online(statuses=None)

    assert verdict.finding("status").reason == "unreachable"
    assert verdict.result is Outcome.UNDETERMINED


def test_silence_does_not_hide_a_loss_that_is_known() -> None:
    assert online(lost(Status.INVALID), statuses=None).finding("status").reason == "revoked"


@pytest.mark.parametrize(
    "statuses",
    [
        world.signed_list(now=NOON - timedelta(minutes=15, seconds=1)),
        world.signed_list(now=NOON + timedelta(minutes=2)),
        world.signed_list(key="log"),
        world.signed_list(key="stranger"),
        world.signed_list(uri=f"{world.STATUS_URL}/8"),
        "not a token",
    ],
    ids=["older than its ttl", "future", "log key", "stranger", "another list", "no token"],
)
def test_a_list_that_cannot_be_used_is_unknown(statuses: str) -> None:
    verdict = online(statuses=statuses)

    assert verdict.finding("status").reason == "list_unusable"
    assert verdict.result is Outcome.UNDETERMINED


def test_a_place_that_the_list_does_not_have() -> None:
    text = world.sd_jwt(status=StatusRef(world.STATUS.uri, 10**6))
    parts = world.bundle_parts(text, status=world.assertion(text, index=10**6))

    verdict = judging.judge(parts, sources=judging.answering(parts))

    assert judging.reasons(verdict)["status"] == "list_unusable"


def test_a_status_key_that_was_cut_off() -> None:
    cut = world.trusted(cut_offs=(world.cut("status"),))
    parts = world.bundle_parts(TEXT)

    assert reason(trust=cut) == "status_cut"
    verdict = judging.judge(parts, trust=cut, sources=judging.answering(parts))
    assert judging.reasons(verdict)["status"] == "list_unusable"


def test_a_credential_alone_has_no_status_offline() -> None:
    """With a record at hand the node is known, but nobody may be asked about another instant."""
    sources = judging.answering(world.bundle_parts(TEXT))

    verdict = judging.judge(TEXT.encode(), sources=sources, as_of=BUNDLE)

    assert judging.reasons(verdict)["status"] == "missing"
