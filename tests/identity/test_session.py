"""Sessions end: by idleness, by age, and for what matters most after minutes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from crypto import sm3
from identity import session
from identity.errors import LoginRefused
from identity.levels import Acr, Role
from identity.roles import Duty, Post
from identity.session import (
    CONSOLE,
    FRESH,
    GRACE,
    IDLE,
    LIMITS,
    LONGEST,
    PERSON,
    ROTATE_AFTER,
    Binding,
    Limits,
    Session,
    Tokens,
)
from tests.identity.samples import NOW, Sequence

OPEN = Session(Acr.AAL2, created_at=NOW, last_seen_at=NOW)
SECOND = timedelta(seconds=1)


def refused(act: Callable[[], None]) -> str:
    with pytest.raises(LoginRefused) as caught:
        act()
    return caught.value.code


def test_a_session_ends_when_idle() -> None:
    session.check(OPEN, now=NOW + IDLE - SECOND)

    assert refused(lambda: session.check(OPEN, now=NOW + IDLE)) == "session_ended"


def test_use_keeps_a_session_open_but_not_for_ever() -> None:
    used = replace(OPEN, last_seen_at=NOW + LONGEST - SECOND)

    session.check(used, now=NOW + LONGEST - SECOND)
    assert used.ends_at == NOW + LONGEST
    assert refused(lambda: session.check(used, now=NOW + LONGEST)) == "session_ended"


def test_a_session_from_the_future_is_none() -> None:
    assert refused(lambda: session.check(OPEN, now=NOW - SECOND)) == "session_ended"
    strange = replace(OPEN, last_seen_at=NOW - SECOND)
    assert refused(lambda: session.check(strange, now=NOW)) == "session_ended"


def test_one_factor_is_too_weak() -> None:
    weak = replace(OPEN, acr=Acr.AAL1)

    assert refused(lambda: session.check(weak, now=NOW)) == "session_too_weak"
    session.check(weak, now=NOW, least=Acr.AAL1)


def test_signing_asks_for_a_fresh_sign_in() -> None:
    used = replace(OPEN, last_seen_at=NOW + FRESH)

    session.check_fresh(used, now=NOW + FRESH)
    late = NOW + FRESH + SECOND
    assert refused(lambda: session.check_fresh(used, now=late)) == "session_not_fresh"
    assert refused(lambda: session.check_fresh(used, now=NOW + LONGEST)) == "session_ended"


def test_only_the_digest_of_a_token_is_kept() -> None:
    random = Sequence("tokens")
    first, second = session.new_token(random), session.new_token(random)

    assert first != second
    assert len(first) == 43
    assert session.token_digest(first) == sm3.digest(first.encode())
    assert session.token_digest("\ud800") != session.token_digest("")


@pytest.mark.parametrize(
    ("duties", "idle", "longest"),
    [
        ([], 60, 24),
        ([Role.PREPARER], 15, 12),
        ([Role.REGISTRAR, Role.APPROVER], 15, 12),
        ([Post.SYSADMIN], 10, 8),
        ([Post.CRYPTO_AUDITOR], 10, 8),
        ([Post.ASSESSOR], 15, 8),
        ([Role.PREPARER, Post.KEY_OPERATOR], 10, 8),
        ([Role.AUDITOR, Post.ASSESSOR], 15, 8),
    ],
)
def test_the_more_somebody_may_do_the_sooner_he_signs_in_again(
    duties: list[Duty], idle: int, longest: int
) -> None:
    expected = Limits(timedelta(minutes=idle), timedelta(hours=longest))
    assert session.limits(duties) == expected


def test_every_duty_has_limits_and_none_is_looser_than_a_persons() -> None:
    assert set(LIMITS) == {*Role, *Post}
    assert all(each.idle <= CONSOLE.idle < PERSON.idle for each in LIMITS.values())
    assert all(each.longest <= CONSOLE.longest < PERSON.longest for each in LIMITS.values())


def test_a_person_on_a_telephone_stays_longer() -> None:
    person = replace(OPEN, limits=PERSON)

    session.check(person, now=NOW + PERSON.idle - SECOND)
    assert refused(lambda: session.check(person, now=NOW + PERSON.idle)) == "session_ended"
    used = replace(person, last_seen_at=NOW + PERSON.longest - SECOND)
    assert refused(lambda: session.check(used, now=NOW + PERSON.longest)) == "session_ended"


def test_a_session_begun_by_a_code_or_a_recovery_is_too_weak_for_a_second_level() -> None:
    for acr in (Acr.QR, Acr.RECOVERY):
        assert (
            refused(partial(session.check, replace(OPEN, acr=acr), now=NOW)) == "session_too_weak"
        )


HERE = Binding(bytes(32), "203.0.113.0/24")


@pytest.mark.parametrize("staff", [True, False])
def test_another_browser_ends_a_session(staff: bool) -> None:
    session.check_binding(HERE, HERE, staff=staff)
    other = replace(HERE, browser=b"\x01" * 32)
    assert refused(lambda: session.check_binding(HERE, other, staff=staff)) == "session_ended"


def test_another_network_asks_staff_again_and_nobody_else() -> None:
    moved = replace(HERE, network="198.51.100.0/24")

    session.check_binding(HERE, moved, staff=False)
    assert refused(lambda: session.check_binding(HERE, moved, staff=True)) == "session_moved"


def test_a_token_is_changed_and_the_old_one_works_for_a_moment() -> None:
    first = session.rotate(None, "first", now=NOW)
    later = NOW + ROTATE_AFTER
    second = session.rotate(first, "second", now=later)
    old, new = session.token_digest("first"), session.token_digest("second")

    assert first == Tokens(old, None, NOW)
    assert second == Tokens(new, old, later)
    assert session.rotation_due(first, now=later)
    assert not session.rotation_due(first, now=later - SECOND)
    session.check_token(first, old, now=later)
    session.check_token(second, new, now=later + LONGEST)
    session.check_token(second, old, now=later + GRACE)


def test_an_old_token_after_that_is_a_stolen_one() -> None:
    tokens = session.rotate(session.rotate(None, "first", now=NOW), "second", now=NOW)
    old = session.token_digest("first")

    late = NOW + GRACE + SECOND
    assert refused(lambda: session.check_token(tokens, old, now=late)) == "session_stolen"


def test_a_token_of_nobody_ends() -> None:
    tokens = session.rotate(None, "first", now=NOW)
    twice = session.rotate(tokens, "second", now=NOW)

    for each in (tokens, twice):
        digest = session.token_digest("another")
        ended = refused(partial(session.check_token, each, digest, now=NOW))
        assert ended == "session_ended"
