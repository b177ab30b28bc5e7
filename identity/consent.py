"""Consent receipts: what somebody agreed to, refused or took back, provable without us.

Form       compact JWS, typ kexin-consent+jws; docs/formats/consent-receipt-v1.md
Who        pairwise numbers: two receipts for two controllers do not show that they are one person
Under 14   agreed to by a guardian only (PIPL 31); identity.minors says who is one
No         a refusal and a withdrawal may be proved by less than an agreement
Errors     InvalidConsent: consent_unreadable (member), consent_signature, consent_actor,
           consent_guardian, consent_too_weak
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from crypto import canonical, jws, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.jws import SignBytes, b64u
from crypto.keys import PublicKey
from identity import codes, instants
from identity.errors import IdentityError, InvalidConsent
from identity.levels import Acr
from identity.members import Members

TYP = "kexin-consent+jws"
FORMAT = "kexin/consent-receipt/v1"
JURISDICTION = "CN"
LANGUAGES = ("zh-CN", "en")
MOST_PURPOSES = 20
MOST_CATEGORIES = 40

_ID = "[A-Za-z0-9_-]{1,40}"
_NAME = "[a-z][a-z0-9_]{0,39}"
_NODE = "[a-z0-9.-]{1,253}"
_URL = "https?://[!-~]{1,500}"
_AMR = "[a-z0-9]{1,20}"


class Decision(StrEnum):
    """What was decided."""

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Basis(StrEnum):
    """On what the processing rests (PIPL 13, 29 and 31)."""

    CONSENT = "consent"
    SEPARATE = "separate_consent"
    GUARDIAN = "guardian_consent"


@dataclass(frozen=True, slots=True)
class Actor:
    """Who decided: the person, or a guardian."""

    guardian: bool
    id: bytes


@dataclass(frozen=True, slots=True)
class Controller:
    """Who is responsible for the processing."""

    institution: str
    name: str
    uscc: str | None
    contact: str


@dataclass(frozen=True, slots=True)
class Notice:
    """The privacy notice that applied."""

    url: str
    version: str
    digest: bytes


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose, decided on by itself."""

    id: str
    text: str
    categories: tuple[str, ...]
    basis: Basis
    recipients: tuple[str, ...]
    ends_at: datetime | None
    primary: bool

    def to_json(self) -> dict[str, Json]:
        """Return one item of `purposes`."""
        return {
            "basis": self.basis.value,
            "categories": [*self.categories],
            "ends": None if self.ends_at is None else instants.write(self.ends_at),
            "id": self.id,
            "primary": self.primary,
            "recipients": [*self.recipients],
            "text": self.text,
        }

    @classmethod
    def read(cls, read: Members) -> "Purpose":
        """Read one item of `purposes`."""
        purpose = cls(
            id=read.match("id", _NAME),
            text=read.text("text", 300),
            categories=read.texts("categories", 1, MOST_CATEGORIES, _NAME),
            basis=Basis(read.one_of("basis", tuple(Basis))),
            recipients=read.texts("recipients", 0, 20, ".{1,120}"),
            ends_at=read.or_null("ends", read.instant),
            primary=_flag(read, "primary"),
        )
        read.end()
        return purpose


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a receipt says."""

    id: str
    node: str
    decision: Decision
    decided_at: datetime
    language: str
    principal: bytes
    actor: Actor
    acr: Acr
    amr: tuple[str, ...]
    controller: Controller
    notice: Notice
    text: bytes
    """SM3 of what was shown."""
    purposes: tuple[Purpose, ...]
    sensitive: bool
    under_14: bool
    withdraw_url: str
    previous: bytes | None

    def to_json(self) -> dict[str, Json]:
        """Return the payload."""
        actor = "guardian" if self.actor.guardian else "self"
        amr: list[Json] = [*self.amr]
        purposes: list[Json] = [each.to_json() for each in self.purposes]
        return {
            "actor": {"as": actor, "id": b64u(self.actor.id)},
            "controller": {
                "contact": self.controller.contact,
                "institution": self.controller.institution,
                "name": self.controller.name,
                "uscc": self.controller.uscc,
            },
            "decided": instants.write(self.decided_at),
            "decision": self.decision.value,
            "format": FORMAT,
            "id": self.id,
            "jurisdiction": JURISDICTION,
            "language": self.language,
            "method": {"acr": self.acr.value, "amr": amr},
            "node": self.node,
            "policy": {
                "digest": b64u(self.notice.digest),
                "url": self.notice.url,
                "version": self.notice.version,
            },
            "previous": None if self.previous is None else b64u(self.previous),
            "principal": b64u(self.principal),
            "purposes": purposes,
            "sensitive": self.sensitive,
            "text": b64u(self.text),
            "under_14": self.under_14,
            "withdraw_url": self.withdraw_url,
        }


def sign(receipt: Receipt, *, kid: str, sign: SignBytes) -> str:
    """Return the receipt, signed by the node. Raises InvalidConsent for what it may not say."""
    payload = canonical.dumps(receipt.to_json())
    _read(payload)
    return jws.sign_compact(payload=payload, typ=TYP, kid=kid, sign=sign)


def verify(token: str, key: PublicKey) -> Receipt:
    """Return what the receipt says after checking that `key` signed it. Raises InvalidConsent."""
    try:
        payload = jws.verify_compact(token, key, typ=TYP)
    except InvalidEncoding:
        raise _wrong("token") from None
    except InvalidSignature as error:
        raise InvalidConsent("consent_signature") from error
    return _read(payload)


def digest(token: str) -> bytes:
    """Return the name of a receipt in `previous` of a later one."""
    return sm3.digest(token.encode("ascii"))


def _read(payload: bytes) -> Receipt:
    try:
        value = canonical.loads(payload)
    except InvalidEncoding:
        raise _wrong("payload") from None
    read = Members(value, _wrong)
    read.constant("format", FORMAT)
    read.constant("jurisdiction", JURISDICTION)
    acr, amr = _read_method(read.object("method"))
    receipt = Receipt(
        id=read.match("id", _ID),
        node=read.match("node", _NODE),
        decision=Decision(read.one_of("decision", tuple(Decision))),
        decided_at=read.instant("decided"),
        language=read.one_of("language", LANGUAGES),
        principal=read.octets("principal", sm3.DIGEST_SIZE),
        actor=_read_actor(read.object("actor")),
        acr=acr,
        amr=amr,
        controller=_read_controller(read.object("controller")),
        notice=_read_notice(read.object("policy")),
        text=read.octets("text", sm3.DIGEST_SIZE),
        purposes=_read_purposes(read),
        sensitive=_flag(read, "sensitive"),
        under_14=_flag(read, "under_14"),
        withdraw_url=read.match("withdraw_url", _URL),
        previous=read.or_null("previous", lambda name: read.octets(name, sm3.DIGEST_SIZE)),
    )
    read.end()
    _check(receipt)
    return receipt


def _check(receipt: Receipt) -> None:
    """Refuse what the parts say together. The numbers are those of the format's page."""
    # 2. Who acts for whom.
    if receipt.actor.guardian == (receipt.actor.id == receipt.principal):
        raise InvalidConsent("consent_actor")
    if receipt.decision is Decision.GIVEN:
        _check_given(receipt)
    # 5. Ends, and what is taken back.
    if any(each.ends_at and each.ends_at <= receipt.decided_at for each in receipt.purposes):
        raise _wrong("ends")
    if receipt.decision is Decision.WITHDRAWN and receipt.previous is None:
        raise _wrong("previous")


def _check_given(receipt: Receipt) -> None:
    # 3. Under 14, and what guardians alone can give.
    by_guardian = {each.basis is Basis.GUARDIAN for each in receipt.purposes}
    if True in by_guardian and not receipt.actor.guardian:
        raise InvalidConsent("consent_guardian")
    if receipt.under_14 and (by_guardian != {True} or not receipt.sensitive):
        raise InvalidConsent("consent_guardian")
    # 4. How well proved.
    if receipt.acr < Acr.AAL2:
        raise InvalidConsent("consent_too_weak")


def _read_actor(read: Members) -> Actor:
    actor = Actor(
        guardian=read.one_of("as", ("guardian", "self")) == "guardian",
        id=read.octets("id", sm3.DIGEST_SIZE),
    )
    read.end()
    return actor


def _read_method(read: Members) -> tuple[Acr, tuple[str, ...]]:
    acr = Acr(read.one_of("acr", tuple(Acr)))
    amr = read.texts("amr", 1, 10, _AMR)
    read.end()
    return acr, amr


def _read_controller(read: Members) -> Controller:
    controller = Controller(
        institution=read.code("institution", codes.validate_institution_id),
        name=read.text("name", 120),
        uscc=read.or_null("uscc", lambda name: read.code(name, codes.validate_uscc)),
        contact=read.text("contact", 200),
    )
    read.end()
    return controller


def _read_notice(read: Members) -> Notice:
    notice = Notice(
        url=read.match("url", _URL),
        version=read.text("version", 40),
        digest=read.octets("digest", sm3.DIGEST_SIZE),
    )
    read.end()
    return notice


def _read_purposes(read: Members) -> tuple[Purpose, ...]:
    items = read.objects("purposes", 1, MOST_PURPOSES)
    purposes = tuple(Purpose.read(each) for each in items)
    ids = [each.id for each in purposes]
    if ids != sorted(set(ids)):
        read.refuse("purposes")
    return purposes


def _flag(read: Members, name: str) -> bool:
    value = read.take(name)
    if not isinstance(value, bool):
        read.refuse(name)
    return value


def _wrong(member: str) -> IdentityError:
    return InvalidConsent("consent_unreadable", member=member)
