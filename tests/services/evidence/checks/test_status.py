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


LATER = NOON + timedelta(hours=30)
"""When the bundle's assertion has expired."""


def packed(*tokens: str, now: datetime = LATER, **changes: Any) -> Verdict:
    """Return the offline verdict with a status pack at hand."""
    status = changes.pop("status", None)
    made = world.pack(*tokens, now=changes.pop("made", now), **changes)
    return judge(status, now=now, packs=[made])


def test_a_fresh_pack_tells_what_the_assertion_no_longer_can() -> None:
    verdict = packed()

    finding = verdict.finding("status")
    assert (finding.reason, finding.evidence, finding.at) == ("valid", "pack", LATER)
    assert verdict.result is Outcome.VALID


@pytest.mark.parametrize(("status", "expected"), LOSSES)
def test_a_pack_tells_a_loss_that_the_bundle_does_not_know(status: Status, expected: str) -> None:
    for now in (NOON, LATER):
        finding = packed(world.signed_list(status, now=now), now=now).finding("status")
        assert (finding.reason, finding.evidence) == (expected, "pack")


def test_of_pack_and_assertion_the_newer_word_decides() -> None:
    suspended = world.signed_list(Status.SUSPENDED, now=ASSERTED - timedelta(minutes=5))
    assert packed(suspended, now=NOON).finding("status").reason == "valid"

    finding = packed(
        world.signed_list(Status.INVALID, now=NOON), now=NOON, status=lost(Status.INVALID)
    ).finding("status")
    assert (finding.evidence, finding.at) == ("assertion", SINCE)


def test_the_newest_of_several_packs_decides() -> None:
    old = world.pack(world.signed_list(Status.SUSPENDED, now=NOON), now=NOON)
    new = world.pack(now=NOON + timedelta(hours=1))
    now = NOON + timedelta(hours=2)

    for packs in ([old, new], [new, old]):
        assert reason(now=now, packs=packs) == "valid"


@pytest.mark.parametrize(
    ("age", "expected"),
    [
        (timedelta(hours=24) - timedelta(seconds=1), "valid"),
        (timedelta(hours=24), "status_as_of"),
    ],
)
def test_a_pack_lives_a_day_and_is_told_with_its_date(age: timedelta, expected: str) -> None:
    verdict = judge(now=LATER + age, packs=[world.pack(now=LATER)])

    finding = verdict.finding("status")
    assert (finding.reason, finding.evidence, finding.at) == (expected, "pack", LATER)
    assert verdict.state == ("valid" if expected == "valid" else "status_as_of")


def test_a_pack_ends_before_its_lists_where_it_says_so() -> None:
    made = world.pack(now=LATER, expires_at=LATER + timedelta(hours=1))

    assert reason(now=LATER + timedelta(hours=1), packs=[made]) == "status_as_of"


def test_a_pack_answers_for_the_span_it_was_signed_for() -> None:
    now = LATER + timedelta(hours=2)
    packs = [world.pack(now=LATER)]

    assert reason(now=now, packs=packs, as_of=LATER + timedelta(hours=1)) == "valid"
    assert reason(now=now, packs=packs, as_of=BUNDLE) == "valid"
    assert reason(now=now, packs=packs, as_of=EXPIRES + timedelta(hours=1)) == "status_earlier"


@pytest.mark.parametrize(
    "changes",
    [
        {"key": "log"},
        {"key": "stranger"},
        {"made": LATER + timedelta(seconds=61)},
    ],
    ids=["log key", "stranger", "future"],
)
def test_a_pack_that_is_not_the_nodes_is_unusable(changes: dict[str, Any]) -> None:
    token = world.signed_list(now=LATER)
    assert packed(token, **changes).finding("status").reason == "list_unusable"
    # It does not hide a loss that the bundle itself tells.
    known = packed(token, status=lost(Status.INVALID), **changes)
    assert known.finding("status").reason == "revoked"


@pytest.mark.parametrize(
    "token",
    [
        world.signed_list(now=LATER, key="log"),
        world.signed_list(now=world.START - timedelta(days=1)),
    ],
    ids=["log key", "before its time"],
)
def test_a_list_in_a_pack_must_be_the_nodes_too(token: str) -> None:
    assert packed(token).finding("status").reason == "list_unusable"


def test_a_place_that_the_packs_list_does_not_have() -> None:
    text = world.sd_jwt(status=StatusRef(world.STATUS.uri, 10**6))
    parts = world.bundle_parts(text, status=world.assertion(text, index=10**6))

    verdict = judging.judge(parts, packs=[world.pack()])

    assert judging.reasons(verdict)["status"] == "list_unusable"


@pytest.mark.parametrize(
    "made",
    [
        world.pack(world.signed_list(uri=f"{world.STATUS_URL}/8", now=LATER), now=LATER),
        world.pack(now=LATER, node="other.example"),
    ],
    ids=["another list", "another node"],
)
def test_a_pack_without_the_credentials_list_says_nothing(made: bytes) -> None:
    assert reason(now=LATER, packs=[made]) == "status_as_of"
    assert reason(now=NOON, packs=[]) == "valid"


@pytest.mark.parametrize("cut", ["status", "status 2"])
def test_a_pack_counts_only_under_keys_that_were_not_cut(cut: str) -> None:
    """The new key signs the pack, the old one signed a list in it."""
    keys = (*world.node().keys, world.node_key("status 2", "status"))
    trust = world.trusted(nodes=(world.node(keys=keys),), cut_offs=(world.cut(cut),))
    made = world.pack(world.signed_list(now=LATER), now=LATER, key="status 2")

    assert reason(now=LATER, packs=[made], trust=trust) == "status_cut"


def test_a_new_key_speaks_after_the_old_one_was_cut() -> None:
    keys = (*world.node().keys, world.node_key("status 2", "status"))
    trust = world.trusted(nodes=(world.node(keys=keys),), cut_offs=(world.cut("status"),))
    token = world.signed_list(now=NOON, key="status 2")

    assert reason(trust=trust, packs=[world.pack(token, key="status 2")]) == "valid"
    assert reason(trust=trust) == "status_cut"


def test_online_the_list_itself_is_asked_and_no_pack() -> None:
    verdict = online(statuses=None)
    parts = world.bundle_parts(TEXT)
    sources = judging.answering(parts, statuses=None)

    assert judging.judge(parts, sources=sources, packs=[world.pack()]).finding("status") == (
        verdict.finding("status")
    )
