"""Signing in on another screen: the states, the limits, and somebody in between."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from crypto import sm2
from crypto.jws import unb64u
from identity.errors import LoginRefused
from identity.factors import qr
from identity.factors.protocol import Attempt
from identity.factors.qr import Phone, Place, QrLogin, QrLogins, State
from identity.levels import Acr, FactorKind, assurance
from tests.identity.samples import NOW, SITE, Sequence, private_key

SECOND = timedelta(seconds=1)
HERE = Place("Chrome, Windows", "郑州", "203.0.113.0/24")
NEXT_DOOR = Place("Android", "郑州", "198.51.100.0/24")
FAR = Place("Android", "上海", "192.0.2.0/24")
KEY, OTHER_KEY = private_key("device"), private_key("another device")
PHONE = Phone("a", KEY.public, NEXT_DOOR, staff=False)
BEGUN = qr.begin(HERE, now=NOW, random=Sequence("qr"))
FRESH = BEGUN.login
WRONG = "99" if FRESH.number != "99" else "98"


def scan(login: QrLogin = FRESH, phone: Phone = PHONE, **changes: Any) -> QrLogin:
    key = KEY if phone.device == KEY.public else OTHER_KEY
    signature = changes.pop("signature", sm2.sign(key, qr.scan_message(SITE, login)))
    return qr.scan(login, SITE, phone, signature, **{"now": NOW, **changes})


SCANNED = scan()


def approve(
    login: QrLogin = SCANNED, phone: Phone = PHONE, number: str = FRESH.number, **changes: Any
) -> QrLogin:
    key = KEY if phone.device == KEY.public else OTHER_KEY
    message = qr.approve_message(SITE, login, changes.pop("signed_number", number) or "00")
    signature = changes.pop("signature", sm2.sign(key, message))
    known: dict[str, Any] = {"number": number, "signature": signature, "now": NOW, **changes}
    return qr.approve(login, SITE, phone, **known)


APPROVED = approve()


def exchange(login: QrLogin = APPROVED, secret: str = BEGUN.secret, now: Any = NOW) -> QrLogin:
    return qr.exchange(login, secret, now=now)


def refused(act: Callable[[], object]) -> None:
    with pytest.raises(LoginRefused) as caught:
        act()
    assert (caught.value.code, caught.value.params) == ("login_refused", {})


def test_the_way_to_a_session() -> None:
    states = [FRESH.state, SCANNED.state, APPROVED.state, exchange().state]

    assert states == [State.NEW, State.SCANNED, State.APPROVED, State.CONSUMED]
    assert (SCANNED.account, SCANNED.device) == ("a", KEY.public.kid)
    assert APPROVED.approved_at == NOW


def test_the_code_on_the_screen_holds_no_secret() -> None:
    text = qr.address(SITE, FRESH)

    assert text.startswith("https://kexin.zz.example/q/")
    assert unb64u(text.rsplit("/", 1)[1]) == FRESH.id
    assert len(FRESH.id) == 16
    assert len(unb64u(BEGUN.secret)) == 32
    assert FRESH.browser == qr.binding(BEGUN.secret)
    assert BEGUN.secret not in repr(BEGUN)
    assert BEGUN.secret not in text


def test_the_number_has_two_digits() -> None:
    random = Sequence("numbers")
    numbers = {qr.begin(HERE, now=NOW, random=random).login.number for _ in range(300)}

    assert len(numbers) > 80
    assert all(len(each) == 2 and each.isdecimal() for each in numbers)


def test_what_the_telephone_signs() -> None:
    assert qr.scan_message(SITE, FRESH).decode().split("\n")[0] == "EDU-QR-SCAN-V1"
    lines = qr.approve_message(SITE, FRESH, "07").decode().split("\n")
    assert (lines[0], lines[2], lines[3]) == ("EDU-QR-V1", "07", "kexin.zz.example")
    assert lines[5] == "2026-11-24T08:02:00Z"


@pytest.mark.parametrize(
    ("login", "life"),
    [(FRESH, 60), (SCANNED, 120), (APPROVED, 30)],
    ids=["new", "scanned", "approved"],
)
def test_time_ends_every_state(login: QrLogin, life: int) -> None:
    end = NOW + timedelta(seconds=life)

    assert login.expires_at == end
    assert qr.at(login, end - SECOND) == login
    assert qr.at(login, end).state is State.EXPIRED
    assert qr.at(login, NOW - SECOND).state is State.EXPIRED


def test_an_approval_late_in_the_sign_in_does_not_prolong_it() -> None:
    late = approve(now=NOW + 110 * SECOND)
    assert late.expires_at == NOW + 120 * SECOND


def test_what_is_over_stays_over() -> None:
    for state in (State.CONSUMED, State.DECLINED, State.EXPIRED, State.BLOCKED):
        over = replace(APPROVED, state=state)
        later = NOW + timedelta(hours=1)
        assert over.is_over
        assert qr.at(over, later) == over
        assert scan(over) == over
        assert approve(over) == over
        assert qr.decline(over, PHONE, now=NOW) == over
        assert exchange(over) == over


def test_nothing_happens_out_of_turn() -> None:
    assert approve(FRESH) == FRESH
    assert exchange(FRESH) == FRESH
    assert exchange(SCANNED) == SCANNED
    assert qr.decline(FRESH, PHONE, now=NOW) == FRESH
    assert approve(APPROVED) == APPROVED


def test_every_step_is_in_the_table() -> None:
    later = NOW + timedelta(minutes=10)
    for login in (FRESH, SCANNED, APPROVED):
        for step in (
            scan(login),
            scan(login, OTHER),
            approve(login),
            approve(login, OTHER),
            approve(replace(login, wrong=2), number=WRONG),
            qr.decline(login, PHONE, now=NOW),
            exchange(login),
            exchange(login, "x"),
            qr.at(login, later),
        ):
            assert step.state is login.state or step.state in qr.TRANSITIONS[login.state]


OTHER = Phone("b", OTHER_KEY.public, NEXT_DOOR, staff=False)


def test_the_owner_may_read_the_code_again_but_nobody_else() -> None:
    assert scan(SCANNED) == SCANNED
    assert scan(SCANNED, OTHER).state is State.BLOCKED
    assert scan(APPROVED, OTHER).state is State.BLOCKED
    other_device = replace(PHONE, device=OTHER_KEY.public)
    assert scan(SCANNED, other_device).state is State.BLOCKED
    assert approve(SCANNED, OTHER).state is State.BLOCKED


def test_three_wrong_numbers_block() -> None:
    login = SCANNED
    for wrong in (1, 2):
        login = approve(login, number=WRONG)
        assert (login.state, login.wrong) == (State.SCANNED, wrong)
    assert approve(login).state is State.APPROVED
    assert approve(login, number=WRONG).state is State.BLOCKED


@pytest.mark.parametrize("number", ["", "1", "123", "٠١", " 1", "1\n"])
def test_what_is_no_number_is_wrong(number: str) -> None:
    assert approve(number=number, signed_number="00").wrong == 1


def test_a_signature_for_another_number_or_code_approves_nothing() -> None:
    refused(lambda: approve(signed_number=WRONG))
    other = qr.begin(HERE, now=NOW, random=Sequence("another")).login
    message = qr.approve_message(SITE, other, FRESH.number)
    refused(lambda: approve(signature=sm2.sign(KEY, message)))
    refused(lambda: approve(signature=sm2.sign(KEY, qr.scan_message(SITE, SCANNED))))
    refused(lambda: scan(signature=sm2.sign(KEY, qr.scan_message(SITE, other))))
    refused(lambda: scan(signature=bytes(64)))


def test_declining_ends_it_for_its_owner_only() -> None:
    assert qr.decline(SCANNED, PHONE, now=NOW).state is State.DECLINED
    assert qr.decline(SCANNED, OTHER, now=NOW) == SCANNED


def test_a_foreign_browser_blocks_it() -> None:
    assert exchange(secret="another").state is State.BLOCKED
    assert exchange(secret="\ud800").state is State.BLOCKED
    assert exchange(now=NOW + 30 * SECOND).state is State.EXPIRED


@pytest.mark.parametrize(
    ("screen", "phone", "far"),
    [
        (HERE, HERE, False),
        (HERE, NEXT_DOOR, False),
        (HERE, FAR, True),
        (replace(HERE, city=""), replace(NEXT_DOOR, city=""), True),
        (replace(HERE, city=""), replace(FAR, network=HERE.network), False),
    ],
)
def test_far_is_neither_one_network_nor_one_city(screen: Place, phone: Place, far: bool) -> None:
    assert screen.is_far_from(phone) is far


def test_staff_far_from_the_screen_is_blocked_and_others_are_warned() -> None:
    assert scan(phone=replace(PHONE, place=FAR, staff=True)).state is State.BLOCKED
    assert scan(phone=replace(PHONE, staff=True)).state is State.SCANNED
    assert scan(phone=replace(PHONE, place=FAR)).state is State.SCANNED


def test_a_relayed_code_shows_the_attacker_and_gives_a_weak_session() -> None:
    """The attacker's screen, shown to a victim who believes that it is his own."""
    attackers = qr.begin(FAR, now=NOW, random=Sequence("attacker"))
    seen = scan(attackers.login)

    assert seen.place == FAR
    fooled = approve(seen, number=attackers.login.number)
    session = exchange(fooled, attackers.secret)
    assert session.state is State.CONSUMED
    assert assurance({FactorKind.QR}) is Acr.QR
    # The victim's own browser gets nothing of it.
    assert exchange(fooled, BEGUN.secret).state is State.BLOCKED


def test_codes_are_limited() -> None:
    qr.check_limits(live=2, last_hour=9)
    for live, hour, seconds in ((3, 0, 120), (0, 10, 3600)):
        with pytest.raises(LoginRefused) as caught:
            qr.check_limits(live=live, last_hour=hour)
        assert (caught.value.code, caught.value.params) == ("qr_too_many", {"seconds": seconds})


def test_as_a_factor_it_is_proved_by_the_browser_once() -> None:
    proof = QrLogins().verify(APPROVED, BEGUN.secret, Attempt(NOW))

    assert (proof.kind, proof.stored.state) == (FactorKind.QR, State.CONSUMED)
    refused(lambda: QrLogins().verify(proof.stored, BEGUN.secret, Attempt(NOW)))
    refused(lambda: QrLogins().verify(SCANNED, BEGUN.secret, Attempt(NOW)))
    refused(lambda: QrLogins().verify(APPROVED, "x", Attempt(NOW)))
