"""What comes of it: verdicts on the world's bundles, with sources that answer from memory."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from identity import status_pack
from identity.trust_list import TrustList
from ledger.evidence import Level, Receipt
from services.evidence import bundle, messages
from services.evidence.bundle import Bundle
from services.evidence.errors import SourceContradicts, SourceUnavailable
from services.evidence.finding import Finding
from services.evidence.sources import LIVE_NONE, UNREACHABLE
from services.evidence.verdict import AsOf, NoTrust, Verdict, verify
from tests.services.evidence.world import NOON, signed_list, trusted


class Answers:
    """Sources that answer from memory. What is None does not answer.

    `chain` is what asking the chain comes to: agrees, differs, silent, or none to ask.
    """

    def __init__(
        self,
        *,
        statuses: str | None = None,
        record: bytes | None = None,
        chain: str = "agrees",
    ) -> None:
        self._statuses, self._record, self._chain = statuses, record, chain
        self.asked: list[str] = []

    def status_list(self, uri: str) -> str:
        self.asked.append(uri)
        if self._statuses is None:
            raise SourceUnavailable(UNREACHABLE)
        return self._statuses

    def record(self, records_url: str, institution: str) -> bytes:
        self.asked.append(f"{records_url}/{institution}")
        if self._record is None:
            raise SourceUnavailable(UNREACHABLE)
        return self._record

    def live(self, receipt: Receipt, code_digest: bytes) -> None:
        self.asked.append(f"{receipt.chain} {receipt.origin} {receipt.seq}")
        if self._chain == "differs":
            raise SourceContradicts("chain_block")
        if self._chain != "agrees":
            raise SourceUnavailable(LIVE_NONE if self._chain == "none" else UNREACHABLE)


def answering(parts: Bundle, **changes: Any) -> Answers:
    """Return sources that confirm this bundle. Arguments of Answers fit."""
    defaults: dict[str, Any] = {
        "statuses": signed_list(),
        "record": bundle.build_issuer(parts.issuer),
    }
    return Answers(**{**defaults, **changes})


def judge(
    data: bytes | Bundle,
    *,
    trust: TrustList | NoTrust | None = None,
    now: datetime = NOON,
    media: str | None = None,
    as_of: AsOf = None,
    require: Level | None = None,
    sources: Answers | None = None,
    packs: Sequence[bytes] = (),
) -> Verdict:
    """Verify on the default terms."""
    if isinstance(data, Bundle):
        data = bundle.build(data)
    return verify(
        data,
        trust=trust or trusted(),
        now=now,
        media=media,
        as_of=as_of,
        require=require,
        sources=sources,
        packs=[status_pack.parse(each) for each in packs],
    )


def message(finding: Finding) -> dict[str, str]:
    return messages.message(finding)


def reasons(verdict: Verdict) -> dict[str, str]:
    return {each.check: each.reason for each in verdict.checks}
