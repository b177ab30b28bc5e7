"""Check `log`: the credential stands in its issuer's log, under a checkpoint of its node.

`stands` is also what an issuer record must pass in the node's registry log.
"""

from crypto.keys import PublicKey
from identity.trust_list import TrustList
from identity.trust_nodes import Node
from ledger import checkpoint as checkpoints
from ledger import merkle, times
from ledger.errors import InvalidCheckpoint, InvalidProof
from services.evidence.errors import Unproven
from services.evidence.finding import Finding, not_reached
from services.evidence.reading import Located


def check(
    located: Located | None,
    *,
    issuer: str,
    digest: bytes,
    node: Node | None,
    trust: TrustList | None,
) -> tuple[Finding, str | None]:
    """Return the finding and the kid of the log key that signed the checkpoint."""
    if located is None:
        return Finding("log", "missing"), None
    parsed = located.note.checkpoint
    try:
        in_tree(located, log=issuer, kind="credential", digest=digest)
        if node is None or trust is None:
            return not_reached("log", "issuer"), None
        kid = signed(located, node=node, trust=trust)
    except Unproven as error:
        return Finding("log", error.code, params=error.params), None
    parts = checkpoints.split_origin(parsed.origin)
    params = {"year": parts.year, "index": located.place.index, "size": parsed.size}
    return Finding("log", "included", at=parsed.time, params=params), kid


def in_tree(located: Located, *, log: str, kind: str, digest: bytes) -> None:
    """Check that this entry is the one and that it stands in the right tree. Raises Unproven."""
    entry, parsed = located.place.entry, located.note.checkpoint
    if (entry.kind, entry.issuer, entry.digest) != (kind, log, digest):
        raise Unproven("other_entry")
    parts = checkpoints.split_origin(parsed.origin)
    if (parts.institution, parts.year) != (log, times.log_year(entry.time)):
        raise Unproven("other_log")
    try:
        merkle.verify_inclusion(
            leaf=merkle.leaf_hash(entry.encode()),
            index=located.place.index,
            size=parsed.size,
            proof=located.place.hashes,
            root=parsed.root,
        )
    except InvalidProof as error:
        raise Unproven("not_included") from error


def signed(located: Located, *, node: Node, trust: TrustList) -> str:
    """Check the checkpoint's signatures; return the kid of the node's key. Raises Unproven."""
    parsed = located.note.checkpoint
    if checkpoints.split_origin(parsed.origin).node != node.name:
        raise Unproven("other_log")
    key = _log_key(located, node)
    try:
        checkpoints.verify(
            located.place.checkpoint,
            name=node.name,
            key=key,
            witnesses={each.name: each.key for each in trust.witnesses},
            required=trust.witnesses_required,
        )
    except InvalidCheckpoint as error:
        raise _unproven(error, node.name) from error
    if trust.cut(key.kid, parsed.origin, parsed.size - 1):
        raise Unproven("log_cut")
    return key.kid


def _log_key(located: Located, node: Node) -> PublicKey:
    """Return the node's log key to which the signature line points, if it was in force."""
    at, wanted = located.note.checkpoint.time, located.note.node.key_hash
    for key in node.keys_for("log", at).values():
        if checkpoints.key_hash(node.name, key) == wanted:
            return key
    raise Unproven("checkpoint")


def _unproven(error: InvalidCheckpoint, node: str) -> Unproven:
    params = error.params
    if error.code == "checkpoint_witnesses":
        return Unproven(
            "witnesses_missing", needed=params["wanted"] or 0, found=params["found"] or 0
        )
    if "witness" in params:
        return Unproven("witness_unlisted", witness=str(params["witness"]))
    return Unproven("checkpoint" if params.get("signer") == node else "witness")
