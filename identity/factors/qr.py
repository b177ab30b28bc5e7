"""Signing in on another screen: it shows a code, the telephone reads, asks, and signs.

States     NEW → SCANNED → APPROVED → CONSUMED; besides DECLINED, EXPIRED, BLOCKED, which are
           ends. Every step returns the record to store, by compare-and-swap on the state
In the QR  the address of the node and 128 random bits. Whoever reads it can ask about it, and
           gets no session: that needs the browser's own secret of 256 bits as well
Transfer   the screen shows two digits that the owner types into the telephone; he compares
           nothing. MOST_WRONG wrong ones block
Relay      an attacker who shows somebody his own code wants that somebody to approve. So the
           telephone shows where the screen is (Place), declining comes first, staff far from
           the screen is blocked, and the session is of the level `qr`, which signs, consents,
           shares and exports nothing (identity.actions)
Signed     EDU-QR-SCAN-V1 and EDU-QR-V1 by the device's SM2 key: docs/formats/device-key-v1.md
Errors     LoginRefused: login_refused for a signature that does not fit, qr_too_many (seconds)
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from hmac import compare_digest

from crypto import sm3
from crypto.entropy import Random
from crypto.jws import b64u
from crypto.keys import PublicKey
from identity import instants
from identity.errors import LoginRefused
from identity.factors import signed_lines
from identity.factors.protocol import Attempt, Proof, Site
from identity.factors.signed_lines import Domain
from identity.levels import FactorKind

ID_SIZE = 16
SECRET_SIZE = 32
NEW_LIFE = timedelta(seconds=60)
WHOLE_LIFE = timedelta(seconds=120)
APPROVED_LIFE = timedelta(seconds=30)
MOST_WRONG = 3
MOST_LIVE = 3
MOST_IN_AN_HOUR = 10


class State(StrEnum):
    """How far a sign-in got."""

    NEW = "new"
    SCANNED = "scanned"
    APPROVED = "approved"
    CONSUMED = "consumed"
    DECLINED = "declined"
    EXPIRED = "expired"
    BLOCKED = "blocked"


TRANSITIONS = {
    State.NEW: {State.SCANNED, State.BLOCKED, State.EXPIRED},
    State.SCANNED: {State.APPROVED, State.DECLINED, State.BLOCKED, State.EXPIRED},
    State.APPROVED: {State.CONSUMED, State.BLOCKED, State.EXPIRED},
    State.CONSUMED: set[State](),
    State.DECLINED: set[State](),
    State.EXPIRED: set[State](),
    State.BLOCKED: set[State](),
}
"""What may follow what."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a screen or a telephone is, as far as the node can tell."""

    browser: str
    """Shown to the owner: "Chrome, Windows"."""
    city: str
    """Coarse; empty if unknown."""
    network: str
    """identity.addresses.neighbourhood of its address."""

    def is_far_from(self, other: "Place") -> bool:
        """Return whether neither network nor city says that both are in one place."""
        same_city = self.city == other.city != ""
        return self.network != other.network and not same_city


@dataclass(frozen=True, slots=True)
class Phone:
    """Who reads the code: an account, its device, and where it is."""

    account: str
    device: PublicKey
    place: Place
    staff: bool
    """Whether the account works in a console: then a far screen is refused, not only shown."""


@dataclass(frozen=True, slots=True)
class QrLogin:
    """One sign-in, as it is stored."""

    id: bytes
    browser: bytes
    """SM3 of the secret in the browser's cookie."""
    number: str
    """What the screen shows beside the code."""
    place: Place
    """Of the screen: what the telephone shows."""
    state: State
    created_at: datetime
    approved_at: datetime | None = None
    account: str | None = None
    device: str | None = None
    """kid of the key that read the code."""
    wrong: int = 0

    @property
    def expires_at(self) -> datetime:
        """When it ends if nothing more is done."""
        match self.state:
            case State.NEW:
                return self.created_at + NEW_LIFE
            case State.APPROVED if self.approved_at is not None:
                return min(self.approved_at + APPROVED_LIFE, self.created_at + WHOLE_LIFE)
            case _:
                return self.created_at + WHOLE_LIFE

    @property
    def is_over(self) -> bool:
        """Whether nothing can happen any more."""
        return not TRANSITIONS[self.state]


@dataclass(frozen=True, slots=True)
class Begun:
    """A sign-in just begun; the secret goes into the browser's cookie, the rest is stored."""

    secret: str
    login: QrLogin

    def __repr__(self) -> str:
        return f"Begun({self.login.id.hex()})"


def begin(place: Place, *, now: datetime, random: Random) -> Begun:
    """Return a new sign-in for a browser at this place."""
    secret = b64u(random(SECRET_SIZE))
    number = f"{int.from_bytes(random(8)) % 100:02}"
    login = QrLogin(random(ID_SIZE), binding(secret), number, place, State.NEW, now)
    return Begun(secret, login)


def binding(secret: str) -> bytes:
    """Return what is stored of the browser's secret."""
    return sm3.digest(secret.encode("utf-8", "surrogatepass"))


def address(site: Site, login: QrLogin) -> str:
    """Return the text of the QR code: no secret in it."""
    return f"{site.origin}/q/{b64u(login.id)}"


def at(login: QrLogin, now: datetime) -> QrLogin:
    """Return the sign-in as it stands: time alone ends it."""
    if not login.is_over and not login.created_at <= now < login.expires_at:
        return replace(login, state=State.EXPIRED)
    return login


def check_limits(*, live: int, last_hour: int) -> None:
    """Refuse a further code for one account or browser. Raises LoginRefused."""
    if live >= MOST_LIVE:
        raise LoginRefused("qr_too_many", seconds=int(WHOLE_LIFE.total_seconds()))
    if last_hour >= MOST_IN_AN_HOUR:
        raise LoginRefused("qr_too_many", seconds=3600)


def scan_message(site: Site, login: QrLogin) -> bytes:
    """Return what a device signs when it has read the code."""
    issued = instants.write(login.created_at)
    return signed_lines.message(Domain.QR_SCAN, b64u(login.id), site.rp_id, issued)


def approve_message(site: Site, login: QrLogin, number: str) -> bytes:
    """Return what a device signs for the number that its owner typed."""
    return signed_lines.message(
        Domain.QR,
        b64u(login.id),
        number,
        site.rp_id,
        b64u(login.browser),
        instants.write(login.created_at + WHOLE_LIFE),
    )


def scan(login: QrLogin, site: Site, phone: Phone, signature: bytes, *, now: datetime) -> QrLogin:
    """Return the sign-in after a telephone read the code.

    A second reader blocks it: of two people who see one code, one is not its owner.
    """
    signed_lines.verify(phone.device, scan_message(site, login), signature)
    login = at(login, now)
    if login.is_over or _is_mine(login, phone):
        return login
    far = phone.staff and login.place.is_far_from(phone.place)
    if login.state is not State.NEW or far:
        return replace(login, state=State.BLOCKED)
    return replace(login, state=State.SCANNED, account=phone.account, device=phone.device.kid)


def approve(
    login: QrLogin,
    site: Site,
    phone: Phone,
    *,
    number: str,
    signature: bytes,
    now: datetime,
) -> QrLogin:
    """Return the sign-in after its owner typed a number and the device signed it."""
    login = at(login, now)
    if login.state is not State.SCANNED:
        return login
    if not _is_mine(login, phone):
        return replace(login, state=State.BLOCKED)
    if not number.isascii() or len(number) != 2 or not number.isdecimal():
        return _wrong_number(login)
    signed_lines.verify(phone.device, approve_message(site, login, number), signature)
    if number != login.number:
        return _wrong_number(login)
    return replace(login, state=State.APPROVED, approved_at=now)


def decline(login: QrLogin, phone: Phone, *, now: datetime) -> QrLogin:
    """Return the sign-in after its owner said no. Anybody else's no changes nothing."""
    login = at(login, now)
    if login.state is State.SCANNED and _is_mine(login, phone):
        return replace(login, state=State.DECLINED)
    return login


def exchange(login: QrLogin, secret: str, *, now: datetime) -> QrLogin:
    """Return the sign-in after a browser asked for its session: CONSUMED, once.

    A foreign browser blocks an approved sign-in; the caller raises the alarm for BLOCKED.
    """
    login = at(login, now)
    if login.state is not State.APPROVED:
        return login
    own = compare_digest(binding(secret), login.browser)
    return replace(login, state=State.CONSUMED if own else State.BLOCKED)


@dataclass(frozen=True, slots=True)
class QrLogins:
    """The factor: what is stored is an approved sign-in, the answer the browser's secret."""

    def verify(self, stored: QrLogin, answer: str, attempt: Attempt) -> Proof[QrLogin]:
        """Return the proof; a caller that must store a blocked one calls `exchange` itself."""
        if stored.is_over:  # used before
            raise LoginRefused("login_refused")
        after = exchange(stored, answer, now=attempt.now)
        if after.state is not State.CONSUMED:
            raise LoginRefused("login_refused")
        return Proof(FactorKind.QR, after, attempt.now)


def _is_mine(login: QrLogin, phone: Phone) -> bool:
    return (login.account, login.device) == (phone.account, phone.device.kid)


def _wrong_number(login: QrLogin) -> QrLogin:
    wrong = login.wrong + 1
    state = State.BLOCKED if wrong >= MOST_WRONG else login.state
    return replace(login, wrong=wrong, state=state)
