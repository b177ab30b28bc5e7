"""What the tests of two-party signing share: a pair of halves, a store, repeatable randomness."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from crypto import entropy, sm3, two_party
from crypto.entropy import Random
from crypto.keys import PublicKey
from crypto.two_party import PhoneShare, PhoneSigning, ServerShare, Session, Statement
from crypto.two_party_keys import NewPhoneKey, accept

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
SOON = NOW + timedelta(seconds=60)
TYP = "KEXIN-TEST-V1"
CONTEXT = sm3.digest(b"one enrolment")


class Store:
    """Open sessions in memory, one a device."""

    def __init__(self) -> None:
        self.open: dict[str, Session] = {}

    def put(self, session: Session) -> None:
        self.open[session.device] = session

    def take(self, session_id: bytes) -> Session | None:
        for device, session in self.open.items():
            if session.id == session_id:
                return self.open.pop(device)
        return None


def repeatable(seed: str) -> Random:
    """Return a source that gives the same numbers in every run."""
    count = 0

    def random(size: int) -> bytes:
        nonlocal count
        count += 1
        return sm3.hmac(seed.encode(), count.to_bytes(4))[:size]

    return random


def given(*values: bytes) -> Random:
    """Return a source that gives these values, one a call."""
    left = list(values)
    return lambda size: left.pop(0)


def made(
    random: Random = entropy.system, context: bytes = CONTEXT
) -> tuple[PhoneShare, ServerShare]:
    """Make a key in two halves."""
    phone = NewPhoneKey(context, random)
    server_share, acceptance = accept(phone.offer, context=context, random=random)
    return phone.complete(acceptance), server_share


def allow(session: Session) -> None:
    """A policy that lets everything pass."""


def statement(key: PublicKey, text: str = "approve 12 certificates") -> Statement:
    return Statement(key, TYP, f"{TYP}\n{text}".encode())


def begin(
    phone: PhoneShare, store: Store, what: Statement | None = None, random: Random = entropy.system
) -> PhoneSigning:
    """Open a session at the server and begin at the phone."""
    what = what or statement(phone.public)
    session = two_party.open_session(
        store, device="phone", statement=what, expires_at=SOON, random=random
    )
    return PhoneSigning(phone, session.id, what, random=random)


def answered(
    server: ServerShare,
    request: bytes,
    store: Store,
    *,
    check: Callable[[Session], None] = allow,
    now: datetime = NOW,
    random: Random = entropy.system,
) -> bytes:
    return two_party.answer(server, request, sessions=store, check=check, now=now, random=random)


def signed(phone: PhoneShare, server: ServerShare, what: Statement | None = None) -> bytes:
    """Sign once, both parts."""
    store = Store()
    signing = begin(phone, store, what)
    return signing.complete(answered(server, signing.request, store))
