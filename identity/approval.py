"""Approvals: an approver's signature over the manifest of exactly what will happen.

Document    general JWS with one signature, typ kexin-approval+jws; docs/formats/approval-v1.md
Row         canonical JSON of what one credential will state, or of one change of status
Commitment  SM3(salt || row): the manifest shows nobody what is in the rows
Errors      InvalidApproval: approval_unreadable (member), approval_signature, approval_person,
            approval_same_person, approval_expired, approval_not_yet, approval_institution,
            approval_action, approval_type, approval_message, approval_digests, approval_row

An issuer's key signs only what passes `check`. The provider of the key calls it with the bytes
to be signed, so that the caller's own opinion of them does not count.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Protocol

from crypto import canonical, jws, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding, InvalidSignature, NotAuthorized
from crypto.jws import SignBytes, b64u
from crypto.keys import PublicKey
from identity import codes, credential, instants
from identity.errors import IdentityError, InvalidApproval, InvalidCredential
from identity.members import Members
from identity.statement import Statement

TYP = "kexin-approval+jws"
FORMAT = "kexin/approval/v1"
SALT_SIZE = 16
LIFE = timedelta(days=30)
"""How long after its signature an approval may be used, at most."""
SKEW = timedelta(seconds=60)

ISSUE = "issue"
CHANGES = ("revoke", "suspend", "lift", "supersede")
ACTIONS = (ISSUE, *CHANGES)

MAX_ROWS = 100_000
_ID = "[A-Za-z0-9_-]{1,40}"


@dataclass(frozen=True, slots=True)
class Approval:
    """A manifest: what may happen, to how many rows, who prepared and who approved it."""

    action: str
    institution: str
    batch: str
    type: str
    template: str | None
    """What the statements were made from; None for changes of status."""
    rows: tuple[bytes, ...]
    """Commitments, in the order of the positions."""
    preparer: str
    approver: str
    approved_at: datetime
    expires_at: datetime
    exclusions: int
    """Rows of the roster that were left out by name."""

    def to_json(self) -> dict[str, Json]:
        """Return the payload that the approver signs."""
        return {
            "action": self.action,
            "approved": instants.write(self.approved_at),
            "approver": self.approver,
            "batch": self.batch,
            "count": len(self.rows),
            "exclusions": self.exclusions,
            "expires": instants.write(self.expires_at),
            "format": FORMAT,
            "institution": self.institution,
            "preparer": self.preparer,
            "rows": [b64u(row) for row in self.rows],
            "template": self.template,
            "type": self.type,
        }


@dataclass(frozen=True, slots=True)
class Change:
    """One change of status: of which credential, what, and why."""

    number: str
    credential: bytes
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class Grounds:
    """A sealed approval, and what the caller knows from elsewhere about who may give it."""

    document: bytes
    """Canonical JSON, verified once for all rows of a batch."""
    approver_key: PublicKey
    approver: str
    preparer: str
    institution: str
    now: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "document", _same(self.document))


@dataclass(frozen=True, slots=True)
class Authorization:
    """Why an issuer's key should sign this credential: row `position` of an approval."""

    grounds: Grounds
    position: int
    salt: bytes
    disclosures: tuple[str, ...]
    decoys: tuple[bytes, ...]


class NamedKey(Protocol):
    """As much of a provider's key as is needed here."""

    @property
    def kid(self) -> str:
        """The key's thumbprint."""
        ...


def issue_row(statement: Statement, position: int) -> bytes:
    """Return what is approved about one credential. Its number and status place come later."""
    claims: dict[str, Json] = {**statement.claims}
    return canonical.dumps(
        {
            "claims": claims,
            "position": position,
            "type": statement.type,
            "visible": statement.visible(),
        }
    )


def change_row(change: Change) -> bytes:
    """Return what is approved about one change of status."""
    return canonical.dumps(
        {
            "action": change.action,
            "credential": b64u(change.credential),
            "number": change.number,
            "reason": change.reason,
        }
    )


def row_commitment(salt: bytes, row: bytes) -> bytes:
    """Return SM3(salt || row) for a random salt of SALT_SIZE bytes."""
    if len(salt) != SALT_SIZE:
        raise ValueError(f"a salt has {SALT_SIZE} bytes")
    return sm3.digest(salt + row)


def seal(approval: Approval, *, kid: str, sign: SignBytes) -> bytes:
    """Return the document with the approver's signature, canonical. Raises InvalidApproval."""
    payload = approval.to_json()
    parse(payload)
    return canonical.dumps(jws.seal_document(payload, typ=TYP, signers=[(kid, sign)]))


def digest(document: bytes) -> bytes:
    """Return SM3 of the document: what entries that rest on the approval name."""
    return sm3.digest(document)


def parse(payload: Json) -> Approval:
    """Read the payload of an approval. Raises InvalidApproval."""
    read = Members(payload, _wrong)
    read.constant("format", FORMAT)
    rows = read.digests("rows", 1, MAX_ROWS)
    read.constant("count", len(rows))
    approval = Approval(
        action=read.one_of("action", ACTIONS),
        institution=read.code("institution", codes.validate_institution_id),
        batch=read.match("batch", _ID),
        type=read.match("type", "[a-z_]{1,30}/[1-9][0-9]?"),
        template=read.or_null("template", lambda name: read.text(name, 200)),
        rows=rows,
        preparer=read.match("preparer", _ID),
        approver=read.match("approver", _ID),
        approved_at=read.instant("approved"),
        expires_at=read.instant("expires"),
        exclusions=read.integer("exclusions", 0, MAX_ROWS),
    )
    read.end()
    if (approval.action == ISSUE) != (approval.template is not None):
        raise _wrong("template")
    if not timedelta(0) < approval.expires_at - approval.approved_at <= LIFE:
        raise _wrong("expires")
    if approval.preparer == approval.approver:
        raise InvalidApproval("approval_same_person")
    return approval


def verify(document: bytes, approver_key: PublicKey) -> Approval:
    """Return the approval after checking that `approver_key` signed it. Raises InvalidApproval.

    Remembered, because a batch asks once a row and its document may have megabytes.
    """
    return _verify(_same(document), approver_key)


@lru_cache(maxsize=4)
def _same(document: bytes) -> bytes:
    """Return one object for equal documents, so that to compare them is to look at one address."""
    return document


@lru_cache(maxsize=4)
def _verify(document: bytes, approver_key: PublicKey) -> Approval:
    try:
        payload = jws.verify_document(
            canonical.loads(document), {approver_key.kid: approver_key}, typ=TYP, threshold=1
        )
    except InvalidEncoding as error:
        raise _wrong("document") from error
    except InvalidSignature as error:
        raise InvalidApproval("approval_signature") from error
    return parse(payload)


def check_grounds(grounds: Grounds, action: str) -> Approval:
    """Return the approval if it is signed, in time, by and about whom the caller says."""
    approval = verify(grounds.document, grounds.approver_key)
    if (approval.approver, approval.preparer) != (grounds.approver, grounds.preparer):
        raise InvalidApproval("approval_person")
    if approval.institution != grounds.institution:
        raise InvalidApproval("approval_institution")
    if approval.action != action:
        raise InvalidApproval("approval_action")
    if grounds.now < approval.approved_at - SKEW:
        raise InvalidApproval("approval_not_yet")
    if grounds.now >= approval.expires_at:
        raise InvalidApproval("approval_expired")
    return approval


def check(kid: str, typ: str, message: bytes, authorization: object) -> None:
    """Check that `message`, to be signed by the issuer key `kid`, is approved to the last claim.

    Raises InvalidApproval.
    """
    if not isinstance(authorization, Authorization):
        raise InvalidApproval("approval_message")
    # 1. The approval: signed, in time, by and about whom the caller says.
    approval = check_grounds(authorization.grounds, ISSUE)
    # 2. The message: a credential of this key, institution and type.
    body = _read_message(kid, typ, message)
    if body.issuer != approval.institution:
        raise InvalidApproval("approval_institution")
    if body.type != approval.type:
        raise InvalidApproval("approval_type")
    # 3. Nothing hidden: every digest is of a disclosure or of a decoy that cannot be one.
    claims = _read_claims(body, authorization)
    # 4. The row: what the credential states is what was committed to at this place.
    row = issue_row(body.statement(claims), authorization.position)
    _check_row(approval, authorization.position, authorization.salt, row)


def authorize(ref: NamedKey, typ: str, message: bytes, authorization: object) -> None:
    """Be the check that a crypto provider is given. Raises NotAuthorized with our code."""
    try:
        check(ref.kid, typ, message, authorization)
    except InvalidApproval as error:
        raise NotAuthorized(error.code, **error.params) from error


def check_change(grounds: Grounds, change: Change, *, position: int, salt: bytes) -> Approval:
    """Return the approval of this change of status. Raises InvalidApproval."""
    approval = check_grounds(grounds, change.action)
    _check_row(approval, position, salt, change_row(change))
    return approval


def _read_message(kid: str, typ: str, message: bytes) -> credential.Body:
    """Read a JWS signing input, whose header has one spelling for this key and type."""
    said = jws.header(kid=kid, typ=credential.TYP).encode("ascii") + b"."
    if typ != credential.TYP or not message.startswith(said):
        raise InvalidApproval("approval_message")
    try:
        return credential.read_body(jws.unb64u(message.removeprefix(said).decode()))
    except (UnicodeDecodeError, InvalidEncoding, InvalidCredential) as error:
        raise InvalidApproval("approval_message") from error


def _read_claims(body: credential.Body, authorization: Authorization) -> dict[str, str]:
    if any(len(decoy) != credential.SALT_SIZE for decoy in authorization.decoys):
        raise InvalidApproval("approval_digests")
    try:
        return credential.read_sealed(authorization.disclosures, authorization.decoys, body)
    except InvalidCredential as error:
        raise InvalidApproval("approval_digests") from error


def _check_row(approval: Approval, position: int, salt: bytes, row: bytes) -> None:
    if not 0 <= position < len(approval.rows) or len(salt) != SALT_SIZE:
        raise InvalidApproval("approval_row")
    if approval.rows[position] != row_commitment(salt, row):
        raise InvalidApproval("approval_row")


def _wrong(member: str) -> IdentityError:
    return InvalidApproval("approval_unreadable", member=member)
