"""Whom a verifier may ask, and what came of it. Nothing here is believed: all of it is verified.

Addresses  of status lists and records come from the trust list, never from a bundle alone
Privacy    no request names a single credential: a whole status list is fetched, a whole record
Errors     SourceUnavailable: live_none (no endpoints of our own), else unreachable;
           SourceContradicts with the code of ledger.chains.live
"""

from typing import Protocol

from ledger.evidence import Receipt

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

    def live(self, receipt: Receipt, code_digest: bytes) -> None:
        """Return if f+1 endpoints of the verifier's own show the anchor of this receipt.

        Raises SourceContradicts; SourceUnavailable, LIVE_NONE where no endpoint was configured.
        """
        ...
