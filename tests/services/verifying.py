"""A stranger who verifies what a node hands out: by the file alone, or asking the node."""

from datetime import datetime

from crypto import canonical
from identity import trust_list
from identity.trust_list import TrustList
from ledger.evidence import Receipt
from services.evidence.errors import SourceUnavailable
from services.evidence.sources import LIVE_NONE
from services.evidence.verdict import AsOf, Verdict, verify
from services.registry import proofs, trust
from services.status import lists
from tests.services.nodes import Node


class Asking:
    """Sources that are the node itself."""

    def __init__(self, node: Node) -> None:
        self._node = node

    def status_list(self, uri: str) -> str:
        with self._node.runtime.reading() as work:
            return lists.published(work, int(uri.rsplit("/", 1)[1]))

    def record(self, records_url: str, institution: str) -> bytes:
        with self._node.runtime.reading() as work:
            return proofs.issuer_part(work, institution)

    def live(self, receipt: Receipt, code_digest: bytes) -> None:
        raise SourceUnavailable(LIVE_NONE)


def trusted(node: Node) -> TrustList:
    folder = node.runtime.settings.trust_folder
    document = canonical.loads((folder / trust.LIST).read_bytes())
    return trust_list.open(document, node.root, now=node.clock.now, seen=None)


def offline(node: Node, data: bytes, *, as_of: AsOf = None, now: datetime | None = None) -> Verdict:
    return verify(data, trust=trusted(node), now=now or node.clock.now, as_of=as_of)


def online(node: Node, data: bytes) -> Verdict:
    return verify(data, trust=trusted(node), now=node.clock.now, sources=Asking(node))


def reasons(verdict: Verdict) -> dict[str, str]:
    return {each.check: each.reason for each in verdict.checks}
