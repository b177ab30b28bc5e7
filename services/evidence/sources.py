"""Whom a verifier may ask, and what came of it. Nothing here is believed: all of it is verified.

Addresses  of status lists and records come from the trust list, never from a bundle alone
Privacy    no request names a single credential: a whole status list is fetched, a whole record
Errors     SourceUnavailable: live_none (no endpoints of our own), else unreachable
"""

from typing import Protocol

from identity.trust_list import TrustedChain
from ledger.chain import AnchorEvent

LIVE_NONE = "live_none"
UNREACHABLE = "unreachable"


class Sources(Protocol):
    """What can be asked while a verdict is made. Each answer must come within seconds."""

    def status_list(self, uri: str) -> str:
        """Return the status list token published at this address. Raises SourceUnavailable."""
        ...

    def record(self, records_url: str, institution: str) -> bytes:
        """Return the newest issuer part (bundle.build_issuer). Raises SourceUnavailable."""
        ...

    def live(
        self, chain: TrustedChain, *, node_id: bytes, log_id: bytes, seq: int
    ) -> AnchorEvent | None:
        """Return the anchor event from f+1 endpoints of the verifier's own, None if there is none.

        Raises SourceUnavailable, with the code LIVE_NONE where no endpoint was configured.
        """
        ...
