"""What is stated in a credential: the part a person decides on, without number, status and dates.

The approver signs statements (identity.approval), the issuer's key signs credentials made of
them (identity.credential), and both read the rules of the type here, so that nothing can be
approved that cannot be issued, nor issued that was not approved.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from crypto.canonical import Json
from crypto.jws import b64u
from identity import instants
from identity.credential_types import NOTICE_SENTENCE, TYPES, TypeRules
from identity.errors import InvalidCredential
from identity.members import Members


@dataclass(frozen=True, slots=True)
class Notice:
    """The compulsory sentence of a contest and the number of the ministry's approval."""

    approval_number: str

    def to_json(self) -> dict[str, Json]:
        """Return the member `notice`."""
        return {"approval_number": self.approval_number, "sentence": NOTICE_SENTENCE}

    @classmethod
    def read(cls, read: Members) -> "Notice":
        """Read the member `notice`; its sentence has one wording."""
        read.constant("sentence", NOTICE_SENTENCE)
        notice = cls(read.text("approval_number", 80))
        read.end()
        return notice


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement about one person. Claims are texts under the names of the type."""

    type: str
    level: str
    category: str
    claims: Mapping[str, str]
    notice: Notice | None = None
    supersedes: bytes | None = None
    """Digest of the credential that this one replaces."""
    expires_at: datetime | None = None

    @property
    def rules(self) -> TypeRules:
        """The rules of the type. Raises InvalidCredential for a type that is not ours."""
        if self.type not in TYPES:
            raise InvalidCredential("credential_type_unknown")
        return TYPES[self.type]

    def check(self) -> None:
        """Refuse what the type does not allow. Claims may be fewer than the minimum."""
        rules = self.rules
        if self.level not in rules.levels:
            raise InvalidCredential("credential_level")
        if self.category not in rules.categories:
            raise InvalidCredential("credential_category")
        if self.category in rules.contests and self.notice is None:
            raise InvalidCredential("credential_notice_missing")
        for name, value in self.claims.items():
            if name not in rules.disclosable:
                raise InvalidCredential("credential_claim_unknown")
            if not rules.disclosable[name](value):
                raise InvalidCredential("credential_claim_value", claim=name)

    def missing(self) -> tuple[str, ...]:
        """Return the names of the type's minimum that are not among the claims."""
        return tuple(name for name in self.rules.minimum if name not in self.claims)

    def visible(self) -> dict[str, Json]:
        """Return the members that stand readable in the credential."""
        members: dict[str, Json] = {"category": self.category, "level": self.level}
        if self.notice is not None:
            members["notice"] = self.notice.to_json()
        if self.supersedes is not None:
            members["supersedes"] = b64u(self.supersedes)
        if self.expires_at is not None:
            members["exp"] = instants.seconds(self.expires_at)
        return members
