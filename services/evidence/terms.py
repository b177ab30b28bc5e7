"""On what terms a verdict is given: whom we trust, at what time, and what we may ask.

trust     the trust list in force, or NoTrust with the reason why there is none
now       when the question is asked; trust list, cut-offs and algorithms are always judged by it
as_of     another instant for `dates` and `status`, or BUNDLE: when the bundle's status was signed
require   the least evidence of an anchor; None leaves it to the trust list
sources   whom to ask; None means offline
packs     status packs at hand, for offline answers; verified like everything else
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from identity.status_pack import StatusPack
from identity.trust_list import TrustList
from ledger.evidence import Level
from services.evidence.sources import Sources

BUNDLE: Final = "bundle"
SKEW: Final = timedelta(seconds=60)
"""How far the clocks of issuer, node and verifier may differ."""

AsOf = datetime | Literal["bundle"] | None


@dataclass(frozen=True, slots=True)
class NoTrust:
    """Why there is no trust list: one of reasons.TRUST_PROBLEMS."""

    reason: str


@dataclass(frozen=True, slots=True)
class Terms:
    """Everything but the bytes."""

    trust: TrustList | NoTrust
    now: datetime
    as_of: AsOf = None
    require: Level | None = None
    sources: Sources | None = None
    packs: tuple[StatusPack, ...] = ()

    @property
    def list(self) -> TrustList | None:
        """Return the trust list, None if there is none."""
        return self.trust if isinstance(self.trust, TrustList) else None
