"""What is shown before an act that binds, and the factor that signs it.

Document   canonical JSON, docs/formats/action-v1.md: action, actor, text, payload, session, nonce
Challenge  SM3 of the document. A passkey signs it through WebAuthn; a device key has it, the
           action and the payload in its lines. So a signature for one text is none for another
Flow       prepare → show, store → answer → confirm → identity.actions.check → act
Kept       document, answer, key and time: `confirm` at that time passes again, years later
Errors     ValueError for what cannot be shown; LoginRefused("login_refused") for every answer
           that does not fit
"""

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from crypto import canonical, sm3
from crypto.canonical import Json
from crypto.entropy import Random
from crypto.errors import InvalidEncoding
from crypto.jws import b64u
from identity import instants
from identity.actions import SIGNERS, Action, Policy, Signed
from identity.challenges import LIFE, Challenge, Purpose
from identity.errors import IdentityError, LoginRefused
from identity.factors.protocol import Attempt, Factor, Site
from identity.members import Members, is_plain

FORMAT = "kexin/action/v1"
NONCE_SIZE = 16
MOST_LINES = 40
MOST_LINE = 200
NODE = "node"

SHOWN = tuple(each for each in Action if each not in (Action.READ, Action.CONSOLE))
"""Acts that can be shown and signed; looking at something is none."""

_ACCOUNT = "[A-Za-z0-9_-]{1,40}"
_SCOPE = "node|inst_[0-9A-Z]{18}"
_HOST = r"[a-z0-9.-]{1,253}"
_ORIGIN = r"https?://[a-z0-9.-]{1,253}(?::[0-9]{1,5})?"

Stored = TypeVar("Stored")
Answer = TypeVar("Answer")


@dataclass(frozen=True, slots=True)
class Text:
    """What is shown, line by line, in both languages."""

    zh: tuple[str, ...]
    en: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Act:
    """One act that somebody is asked to confirm."""

    action: Action
    actor: str
    """The account of who acts."""
    scope: str
    text: Text
    payload: bytes | None
    """SM3 of what the act works on."""
    rp_id: str
    origin: str
    session: bytes
    nonce: bytes
    issued_at: datetime
    expires_at: datetime

    def encode(self) -> bytes:
        """Return the document."""
        shown: dict[str, Json] = {"en": [*self.text.en], "zh": [*self.text.zh]}
        return canonical.dumps(
            {
                "action": self.action.value,
                "actor": self.actor,
                "expires": instants.write(self.expires_at),
                "format": FORMAT,
                "issued": instants.write(self.issued_at),
                "nonce": b64u(self.nonce),
                "origin": self.origin,
                "payload": None if self.payload is None else b64u(self.payload),
                "rp_id": self.rp_id,
                "scope": self.scope,
                "session": b64u(self.session),
                "text": shown,
            }
        )

    def challenge(self) -> Challenge:
        """Return the challenge that the factor answers."""
        return Challenge(
            sm3.digest(self.encode()),
            Purpose.ACT,
            self.session,
            self.actor,
            self.issued_at,
            self.expires_at,
        )


@dataclass(frozen=True, slots=True)
class Order:
    """What somebody wants to do, before it is shown."""

    action: Action
    actor: str
    scope: str
    text: Text
    payload: bytes | None
    """The bytes that the act works on."""


def prepare(order: Order, site: Site, *, session: bytes, now: datetime, random: Random) -> Act:
    """Return the act to show and to store. Raises ValueError for what cannot be shown."""
    act = Act(
        action=order.action,
        actor=order.actor,
        scope=order.scope,
        text=order.text,
        payload=None if order.payload is None else sm3.digest(order.payload),
        rp_id=site.rp_id,
        origin=site.origin,
        session=session,
        nonce=random(NONCE_SIZE),
        issued_at=now,
        expires_at=now + LIFE,
    )
    try:
        parse(act.encode())
    except (LoginRefused, InvalidEncoding) as error:
        raise ValueError("this act cannot be shown") from error
    return act


def parse(document: bytes) -> Act:
    """Read a document. Raises LoginRefused("login_refused") unless it is canonical and whole."""
    try:
        value = canonical.loads(document)
    except InvalidEncoding:
        raise LoginRefused("login_refused") from None
    read = Members(value, _wrong)
    read.constant("format", FORMAT)
    act = Act(
        action=Action(read.one_of("action", SHOWN)),
        actor=read.match("actor", _ACCOUNT),
        scope=read.match("scope", _SCOPE),
        text=_read_text(read.object("text")),
        payload=read.or_null("payload", lambda name: read.octets(name, sm3.DIGEST_SIZE)),
        rp_id=read.match("rp_id", _HOST),
        origin=read.match("origin", _ORIGIN),
        session=read.octets("session", sm3.DIGEST_SIZE),
        nonce=read.octets("nonce", NONCE_SIZE),
        issued_at=read.instant("issued"),
        expires_at=read.instant("expires"),
    )
    read.end()
    if not act.issued_at < act.expires_at <= act.issued_at + LIFE:
        raise _wrong("expires")
    return act


@dataclass(frozen=True, slots=True)
class Confirmed:
    """An act that a factor signed: what identity.actions.check asks for, and what to store."""

    act: Act
    signed: Signed
    stored: object
    """The factor's data afterwards, to be stored before anything is done."""


def confirm(
    act: Act,
    factor: Factor[Stored, Answer],
    stored: Stored,
    answer: Answer,
    *,
    site: Site,
    account: str,
    session: bytes,
    now: datetime,
) -> Confirmed:
    """Return the act as signed by this factor of `account`, answering from `session`.

    The caller has taken the stored act out of its table, once. Raises LoginRefused.
    """
    if (act.rp_id, act.origin) != (site.rp_id, site.origin):
        raise LoginRefused("login_refused")
    attempt = Attempt(
        now,
        act.challenge(),
        session=session,
        account=account,
        purpose=Purpose.ACT,
        action=act.action.value,
        payload=act.payload,
    )
    proof = factor.verify(stored, answer, attempt)
    if proof.kind not in SIGNERS[Policy.DEFAULT]:  # a password is right for any text
        raise LoginRefused("login_refused")
    return Confirmed(act, Signed(act.action, proof.kind, proof.at), proof.stored)


def _read_text(read: Members) -> Text:
    text = Text(zh=_lines(read, "zh"), en=_lines(read, "en"))
    read.end()
    return text


def _lines(read: Members, name: str) -> tuple[str, ...]:
    given = read.array(name, 1, MOST_LINES)
    lines = tuple(line for line in given if isinstance(line, str) and is_plain(line, MOST_LINE))
    if len(lines) < len(given):
        read.refuse(name)
    return lines


def _wrong(_: str) -> IdentityError:
    return LoginRefused("login_refused")
