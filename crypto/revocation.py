"""What is said of a certificate's status, whoever says it: good, revoked, or not to be found out.

Reasons    RFC 5280 clause 5.3.1. `unspecified` is written by leaving it away.
Hold       certificateHold is a revocation that may end: the certificate leaves the next list.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum


class Reason(IntEnum):
    """Why a certificate was revoked."""

    UNSPECIFIED = 0
    KEY_COMPROMISE = 1
    CA_COMPROMISE = 2
    AFFILIATION_CHANGED = 3
    SUPERSEDED = 4
    CESSATION_OF_OPERATION = 5
    CERTIFICATE_HOLD = 6
    PRIVILEGE_WITHDRAWN = 9
    AA_COMPROMISE = 10


class Outcome(StrEnum):
    """What is known."""

    GOOD = "good"
    REVOKED = "revoked"
    UNCHECKED = "unchecked"


@dataclass(frozen=True, slots=True)
class Revoked:
    """Since when, and why."""

    at: datetime
    reason: Reason = Reason.UNSPECIFIED


@dataclass(frozen=True, slots=True)
class Standing:
    """The status of one certificate, and until when it may be told so."""

    outcome: Outcome
    as_of: datetime | None = None
    next_update: datetime | None = None
    revoked: Revoked | None = None


UNCHECKED = Standing(Outcome.UNCHECKED)
