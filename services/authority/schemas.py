"""Bodies and answers of the authority slice."""

from enum import StrEnum
from typing import Annotated

from pydantic import BeforeValidator, StringConstraints

from crypto.revocation import Reason
from services.web.bodies import Answer, Body, Instant, choice, identifier

CertificateId = Annotated[str, StringConstraints(pattern=identifier("crt"))]
Subject = Annotated[str, StringConstraints(pattern=r"^(inst_[0-9A-Z]{18}|E[0-9A-Z]{17})$")]
"""An EDU-ID or an institution id."""

Pem = Annotated[str, StringConstraints(min_length=1, max_length=4_096)]


class RevocationReason(StrEnum):
    """Why a registrar revokes. There is no hold: it would be a revocation that ends."""

    UNSPECIFIED = "unspecified"
    KEY_COMPROMISE = "key_compromise"
    AFFILIATION_CHANGED = "affiliation_changed"
    SUPERSEDED = "superseded"
    CESSATION_OF_OPERATION = "cessation_of_operation"
    PRIVILEGE_WITHDRAWN = "privilege_withdrawn"

    @property
    def reason(self) -> Reason:
        """The reason as lists and answers have it."""
        return Reason[self.name]


class OrderIn(Body):
    """Whom a certificate is for, and the requests (PKCS#10, PEM) that he brought."""

    subject: Subject
    request: Pem | None = None
    """The key to sign with. An institution may leave it out: then its newest issuer key is."""
    encryption_request: Pem | None = None
    """The other key of an institution's pair."""


class RevocationIn(Body):
    """Why a certificate is revoked."""

    reason: Annotated[RevocationReason, BeforeValidator(choice(RevocationReason))]


class Issued(Answer):
    """What was issued, by id: one for a person; to sign, then to encrypt for an institution."""

    ids: list[str]


class X509Brief(Answer):
    """A certificate in a list."""

    id: str
    kind: str
    subject: str
    own: bool
    serial: str
    valid_from: Instant
    valid_to: Instant
    ends_within_days: int | None
    """90, 30 or 7 when it ends within so many days, 0 after its end."""
    revoked: Instant | None
    reason: str | None


class X509Out(X509Brief):
    """A certificate with its text and those above it."""

    pem: str
    chain: str
