"""Check `anchor`: the checkpoint stands on a chain that the trust list counts on.

Evidence   local < receipt < seals < live. Required is the trust list's minimum for the chain, or
           more where the verifier asks for more
Live       asked of the verifier's own endpoints; other content fails, silence leaves the receipt
Cut-offs   where a key involved was cut off, a receipt alone no longer shows the order of things
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from identity.errors import InvalidTrust
from identity.trust_list import TrustedChain, TrustList
from identity.trust_nodes import Node
from ledger import evidence
from ledger.errors import InvalidReceipt
from ledger.evidence import Level, Receipt
from services.evidence.errors import SourceContradicts, SourceUnavailable, Unproven
from services.evidence.finding import Fact, Finding, Names, Term, not_reached
from services.evidence.reading import Located
from services.evidence.sources import LIVE_NONE, Sources
from services.evidence.terms import SKEW, Terms


@dataclass(frozen=True, slots=True)
class Anchored:
    """A checkpoint that is anchored with as much evidence as was required."""

    level: Level
    receipt: Receipt
    chain: TrustedChain
    silent: bool
    """Whether the chain itself was asked and did not answer."""

    @property
    def time(self) -> datetime:
        """Return the instant by which keys and rights are judged."""
        return self.receipt.block_time


def check(
    located: Located | None, *, node: Node | None, kids: Collection[str], terms: Terms
) -> tuple[Finding, Anchored | None]:
    """Return the finding and the anchor, None unless it passed."""
    if located is None:
        return Finding("anchor", "not_anchored"), None
    if node is None:
        return not_reached("anchor", "issuer"), None
    try:
        anchored = anchor(located, node=node, kids=kids, terms=terms, ask=True)
    except Unproven as error:
        return Finding("anchor", error.code, params=_params(error)), None
    return _passed(anchored), anchored


def anchor(
    located: Located, *, node: Node, kids: Collection[str], terms: Terms, ask: bool
) -> Anchored:
    """Return the anchor of a checkpoint. Raises Unproven.

    `kids` are the keys involved besides the receipt key; `ask` whether to ask the chain even
    where the receipt would do.
    """
    trust = terms.list
    if located.receipt is None or trust is None:
        raise Unproven("not_anchored")
    # 1. the node's signed word about this very checkpoint
    receipt, kid = _receipt(located, node, trust)
    if receipt.block_time > terms.now + SKEW:
        raise Unproven("receipt_wrong")
    # 2. a chain that counts
    chain = _chain(receipt, trust)
    # 3. the chain's own word, where it can be had
    touched = any(trust.cut_off(each) for each in {*kids, kid})
    required = max(Level.of(chain.minimum), terms.require or Level.LOCAL)
    level, silent = receipt.level, False
    if terms.sources is not None and (ask or touched or required > level):
        level, silent = _live(receipt, chain, terms.sources)
    # 4. enough?
    if touched and level < Level.SEALS:
        raise Unproven("receipt_alone")
    if level < required:
        raise Unproven("evidence_below", required=required.word, found=level.word)
    return Anchored(level, receipt, chain, silent)


def _receipt(located: Located, node: Node, trust: TrustList) -> tuple[Receipt, str]:
    parsed = located.note.checkpoint
    try:
        found = evidence.verify_receipt(located.place.receipt, node.keys_for("receipt"), parsed)
        node.key(found.kid, "receipt", found.receipt.issued)
    except InvalidReceipt as error:
        code = "other_head" if error.code == "receipt_checkpoint" else "receipt_wrong"
        raise Unproven(code) from error
    except InvalidTrust as error:
        raise Unproven("receipt_wrong") from error
    if trust.cut(found.kid, parsed.origin, parsed.size - 1):
        raise Unproven("receipt_cut")
    return found.receipt, found.kid


def _chain(receipt: Receipt, trust: TrustList) -> TrustedChain:
    try:
        chain = trust.chain(receipt.chain)
    except InvalidTrust as error:
        raise Unproven("chain_unlisted", chain=receipt.chain) from error
    listed = (chain.genesis, chain.contract, chain.driver)
    if (receipt.genesis, receipt.contract, receipt.driver) != listed:
        raise Unproven("other_chain", chain=receipt.chain)
    return chain


def _live(receipt: Receipt, chain: TrustedChain, sources: Sources) -> tuple[Level, bool]:
    """Ask the chain; return the level reached and whether it was silent. Raises Unproven."""
    try:
        sources.live(receipt, chain.code_digest)
    except SourceUnavailable as error:
        return receipt.level, error.code != LIVE_NONE
    except SourceContradicts as error:
        raise Unproven("live_differs", cause=error.code) from error
    return Level.LIVE, False


def _passed(anchored: Anchored) -> Finding:
    chain, level = anchored.chain, anchored.level
    notes = []
    if level is Level.LOCAL:
        notes.append("one_operator")
    if chain.assurance == "demo":
        notes.append("demo_chain")
    if anchored.silent:
        notes.append("live_silent")
    params: dict[str, Fact] = {
        "time": anchored.time,
        "chain": Names(chain.title.zh, chain.title.en),
        "block": anchored.receipt.block_number,
    }
    return Finding("anchor", level.word, level.word, anchored.time, params, tuple(notes))


def _params(error: Unproven) -> dict[str, Fact]:
    if error.code == "evidence_below":
        return {name: Term(f"level.{value}") for name, value in error.params.items()}
    return dict(error.params)
