"""Sessions end: by idleness, by age, and for what matters most after minutes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from crypto import sm3
from identity import session
from identity.errors import LoginRefused
from identity.levels import Acr
from identity.session import FRESH, IDLE, LONGEST, Session
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
