"""Anchors: drive the outbox one step, and sign a receipt for what is final.

The outbox itself is ledger.anchor; here stand the node's key, its alarms and its round:
checkpoints, plan, steps until it waits, receipts.
"""

from dataclasses import dataclass

from crypto import canonical
from crypto.provider import Use
from ledger import anchor, evidence, queries
from ledger.anchor import Did
from ledger.chain import Chain, ChainIdentity
from ledger.checkpoint import node_id
from ledger.errors import AnchorDivergence, ChainError
from services.anchoring import checkpoints
from services.audit import trail
from services.platform.health import OK, Outcome, fail, unknown
from services.platform.work import Runtime
from services.registry import keys

LIMIT = 500
MOST_STEPS = 50
DIVERGENCE, CHAIN = "anchor_divergence", "chain_trouble"


@dataclass(frozen=True, slots=True)
class Round:
    """What one round did."""

    checkpoints: int
    planned: int
    finalised: int
    receipts: int
    waiting: bool


def round_(runtime: Runtime, chain: Chain) -> Round:
    """Sign, anchor and receipt whatever is due; return what was done.

    Raises LogInconsistent, AnchorDivergence, ChainMismatch, ChainUnavailable, ChainRefused; each
    has raised its alarm.
    """
    signed = checkpoints.sign_due(runtime)
    try:
        planned, finalised, waiting = _drive(runtime, chain)
    except AnchorDivergence as error:
        _alarm(runtime, DIVERGENCE, str(error))
        raise
    except ChainError as error:
        _alarm(runtime, CHAIN, error.code)
        raise
    _calm(runtime)
    return Round(signed, planned, finalised, sign_receipts(runtime, chain.identity()), waiting)


def sign_receipts(runtime: Runtime, identity: ChainIdentity) -> int:
    """Sign a receipt for each settled anchor that has none; return how many."""
    with runtime.reading() as work:
        settled = queries.awaiting_receipt(work.session, identity.name, limit=LIMIT)
        if not settled:
            return 0
        ref = keys.node_ref(work, Use.RECEIPT)
        now = work.now
    sign = runtime.provider.signer(ref, evidence.TYP)
    signed = []
    for each in settled:
        stated = anchor.receipt(identity, each, max(now, each.event.block_time))
        document = evidence.seal_receipt(stated, kid=ref.kid, sign=sign)
        signed.append((each, canonical.dumps(document).decode()))
    with runtime.writing() as work:
        for each, document_text in signed:
            queries.keep_receipt(work.session, each.log, each.event.seq, document_text)
    return len(signed)


def health(runtime: Runtime, chain: Chain) -> Outcome:
    """Return whether the chain is the pinned one and no log stands stopped."""
    with runtime.reading() as work:
        if queries.diverged(work.session):
            return fail(DIVERGENCE)
    try:
        chain.identity()
    except ChainError as error:
        return unknown(error.code)
    return OK


def _drive(runtime: Runtime, chain: Chain) -> tuple[int, int, bool]:
    """Plan once, then step until there is nothing to do at once; return what came of it."""
    node = node_id(runtime.settings.node_name)
    planned, finalised = anchor.plan(runtime, chain), 0
    for _ in range(MOST_STEPS):
        outcome = anchor.step(runtime, chain, node)
        finalised += outcome.anchors if outcome.did is Did.FINALISED else 0
        if outcome.did not in (Did.SIGNED, Did.FINALISED):
            return planned, finalised, outcome.did is not Did.NOTHING
    return planned, finalised, True


def _alarm(runtime: Runtime, kind: str, subject: str) -> None:
    with runtime.writing() as work:
        trail.raise_alarm(work, kind, subject[:200])


def _calm(runtime: Runtime) -> None:
    with runtime.reading() as work:
        raised = trail.alarms(work)
    for kind, subject in raised:
        if kind == CHAIN:
            with runtime.writing() as work:
                trail.clear_alarm(work, kind, subject)
