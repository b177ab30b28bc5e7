"""Whom the node asks when it verifies: itself for what is its own, others over the network.

Own         status lists and records, read from the database: a node needs no way to its own
            address, and an answer from there is as fresh as one from outside
Others      other nodes of the trust list at the addresses that it names; the chain at the node's
            own endpoints, for two seconds at most
"""

from identity.errors import InvalidTrust
from identity.trust_list import TrustList
from identity.trust_nodes import Node
from ledger.evidence import Receipt
from services.evidence.errors import SourceUnavailable
from services.evidence.fetching import UrlSources
from services.evidence.sources import UNREACHABLE
from services.platform.errors import Conflict, NotFound, Unavailable
from services.platform.work import Runtime
from services.registry import proofs
from services.status import lists


class NodeSources:
    """Sources of the node for one verdict. Holds no connection between two questions."""

    def __init__(self, runtime: Runtime, trust: TrustList | None) -> None:
        self._runtime = runtime
        self._own = _own(runtime, trust)
        self._others = UrlSources(endpoints=runtime.settings.chain_urls)

    def status_list(self, uri: str) -> str:
        """Return the status list token published at this address."""
        if self._own is None or not uri.startswith(f"{self._own.status_url.rstrip('/')}/"):
            return self._others.status_list(uri)
        try:
            with self._runtime.reading() as work:
                return lists.published_at(work, uri)
        except (NotFound, Unavailable) as error:
            raise SourceUnavailable(UNREACHABLE) from error

    def record(self, records_url: str, institution: str) -> bytes:
        """Return the newest issuer part of an institution."""
        if self._own is None or records_url != self._own.records_url:
            return self._others.record(records_url, institution)
        try:
            with self._runtime.reading() as work:
                return proofs.issuer_part(work, institution)
        except (Conflict, NotFound, Unavailable) as error:
            raise SourceUnavailable(UNREACHABLE) from error

    def live(self, receipt: Receipt, code_digest: bytes) -> None:
        """Return if enough of the node's own endpoints show the anchor of this receipt."""
        self._others.live(receipt, code_digest)


def _own(runtime: Runtime, trust: TrustList | None) -> Node | None:
    """Return what the list says of this node; None if it does not know it."""
    if trust is None:
        return None
    try:
        return trust.node(runtime.settings.node_name)
    except InvalidTrust:
        return None
