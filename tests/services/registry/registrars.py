"""What the two registrars of a test's node do, and the worker's round of anchoring alone."""

from datetime import timedelta

from crypto.provider import Use
from identity import issuer
from services import demo
from services.accounts import sign_in
from services.accounts.personal_keys import Opened
from services.anchoring import anchors
from services.honours import bundles
from services.registry import keys, records
from tests.services.nodes import WORKER_SECONDS, Node


def opened(node: Node, login: str) -> Opened:
    """Open a registrar's key with a fresh proof."""
    return sign_in.open_personal_key(
        node.runtime, node.operator(login), **node.proof(login), use=Use.REGISTRAR, typ=issuer.TYP
    )


def propose(node: Node, institution_id: str, login: str = "registrar-1") -> None:
    records.propose(node.runtime, node.operator(login), institution_id, opened(node, login))


def publish(node: Node, institution_id: str, login: str = "registrar-2") -> bytes:
    actor = node.operator(login)
    return records.publish(node.runtime, actor, institution_id, opened(node, login))


def record(node: Node, institution_id: str) -> bytes:
    """Publish the record as the registry stands now; return its digest."""
    propose(node, institution_id)
    return publish(node, institution_id)


def new_key(node: Node, institution_id: str) -> str:
    with node.runtime.writing() as work:
        return keys.make_issuer_key(work, node.operator("registrar-1"), institution_id)


def retire(node: Node, kid: str) -> None:
    with node.runtime.writing() as work:
        keys.retire_issuer_key(work, node.operator("registrar-1"), kid)


def anchor(node: Node) -> None:
    """Anchor what there is; the jobs wait."""
    node.clock.now += timedelta(seconds=WORKER_SECONDS)
    waiting = True
    while waiting:
        done = anchors.round_(node.runtime, node.chain)
        waiting = done.waiting or bool(done.checkpoints or done.finalised)
    bundles.release(node.runtime)


def trust(node: Node) -> None:
    """Sign a new trust list if the registry says something new."""
    demo.ensure_trust(node.runtime, node.chain)
