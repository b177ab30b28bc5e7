"""Keys of institutions and of the node, over time.

A key retires only when everything it signed is anchored (design 4): until then a cut-off could
not tell what came before from what came after. Its end is later than the block time of all that,
whatever the chain's clock says. The set of an institution's keys carries a MAC, and so does
that of the node's keys.

Errors     NotFound key_unknown; Conflict node_key_missing, key_has_pending (entries),
           key_not_active; Tampered
"""

from collections.abc import Mapping, Sequence
from typing import Any

from crypto.keys import PublicKey
from crypto.provider import KeyRef, Use
from identity.levels import Role
from ledger import sql_store
from services.accounts.operators import NODE, Operator
from services.audit import trail
from services.platform import guarded
from services.platform.errors import Conflict, NotFound, Tampered
from services.platform.work import Work
from services.registry import institutions, pending, queries
from services.registry.tables import INSTITUTION_KEY, NODE_KEY

NODE_USES = (Use.LOG, Use.RECEIPT, Use.STATUS, Use.DOCUMENT)


def make_issuer_key(work: Work, actor: Operator, institution_id: str) -> str:
    """Make a new issuer key for an institution and return its kid; the old one stays active."""
    actor.require(Role.REGISTRAR, NODE)
    institution = institutions.load(work, institution_id, lock=True)
    issuer_keys(work, institution)  # the set before must have been whole
    ref = work.provider.generate(Use.ISSUER)
    values = {**_columns(work, ref), "institution_id": institution_id}
    queries.add_institution_key(work.session, guarded.stamp(work.protect, INSTITUTION_KEY, values))
    institutions.reseal(work, institution_id, institutions.KEYS)
    trail.record(work, actor=actor.id, action="key.make", object=ref.kid, use=ref.use.value)
    return ref.kid


def retire_issuer_key(work: Work, actor: Operator, kid: str) -> None:
    """End a key. Raises Conflict key_has_pending while something it may have signed waits."""
    actor.require(Role.REGISTRAR, NODE)
    found = queries.institution_key(work.session, kid)
    if found is None:
        raise NotFound("key_unknown")
    institution = institutions.load(work, found["institution_id"], lock=True)
    issuer_keys(work, institution)
    if found["state"] != "active":
        raise Conflict("key_not_active", kid=kid)
    pending.refuse(work, institution["id"], "key_has_pending")
    values = {
        **found,
        "state": "retired",
        "valid_to": pending.end(work, institution["id"], found["valid_from"]),
        "version": found["version"] + 1,
    }
    queries.replace_institution_key(
        work.session, guarded.stamp(work.protect, INSTITUTION_KEY, values)
    )
    institutions.reseal(work, institution["id"], institutions.KEYS)
    trail.record(work, actor=actor.id, action="key.retire", object=kid)


def issuer_keys(work: Work, institution: Mapping[Any, Any]) -> Sequence[Mapping[Any, Any]]:
    """Return the keys of an institution's row, oldest first. Raises Tampered."""
    return institutions.owned(work, institution, institutions.KEYS)


def active_issuer_refs(work: Work, institution_id: str) -> list[KeyRef]:
    """Return the keys of an institution that have not retired, the newest first.

    Which of them may be used the newest record decides (services.honours.obstacles).
    """
    institution = institutions.load(work, institution_id)
    rows = issuer_keys(work, institution)
    return [_ref(row) for row in reversed(rows) if row["state"] == "active"]


def ensure_node_keys(work: Work) -> None:
    """Make the node's keys that are missing."""
    present = {row["use"] for row in _held_node_keys(work)}
    for use in NODE_USES:
        if use.value not in present:
            ref = _add_node_key(work, use)
            trail.record(work, actor="system", action="key.make", object=ref.kid, use=ref.use.value)


def node_keys(work: Work) -> Sequence[Mapping[Any, Any]]:
    """Return all keys of the node, oldest first. Raises Tampered, also where one is missing."""
    return _whole(work, queries.node_set(work.session, NODE_KEY.name))


def node_ref(work: Work, use: Use) -> KeyRef:
    """Return the node's present key for a use."""
    for row in reversed(node_keys(work)):
        if row["use"] == use.value and row["state"] == "active":
            return _ref(row)
    raise Conflict("node_key_missing", use=use.value)


def retire_node_key(work: Work, actor: Operator, kid: str) -> str:
    """Replace a key of the node; return the new one's kid. The trust list must name it."""
    actor.require(Role.REGISTRAR, NODE)
    for row in _held_node_keys(work):
        if row["kid"] == kid and row["state"] == "active":
            pending.refuse(work, None, "key_has_pending")
            values = {
                **row,
                "state": "retired",
                "valid_to": pending.end(work, None, row["valid_from"]),
                "version": row["version"] + 1,
            }
            queries.replace_node_key(work.session, guarded.stamp(work.protect, NODE_KEY, values))
            ref = _add_node_key(work, Use(row["use"]))
            trail.record(work, actor=actor.id, action="key.retire", object=kid, successor=ref.kid)
            return ref.kid
    raise NotFound("key_unknown")


def _held_node_keys(work: Work) -> Sequence[Mapping[Any, Any]]:
    """Return the same and hold the set until the commit, for whoever is about to change it."""
    return _whole(work, queries.node_set(work.session, NODE_KEY.name, lock=True))


def _whole(work: Work, sealed: Mapping[Any, Any] | None) -> Sequence[Mapping[Any, Any]]:
    """Return all keys of the node. Only a node that never wrote anything has no seal over them."""
    found = queries.node_keys(work.session)
    if sealed is not None:
        version, mac = sealed["version"], sealed["mac"]
        guarded.check_set(work.protect, NODE_KEY, NODE, found, version=version, mac=mac)
    elif found or sql_store.origins(work.session):
        raise Tampered("rows_altered", table=NODE_KEY.name)
    return found


def _add_node_key(work: Work, use: Use) -> KeyRef:
    """Make a key of the node and seal the set anew, which the caller checked and holds."""
    ref = work.provider.generate(use)
    queries.add_node_key(work.session, guarded.stamp(work.protect, NODE_KEY, _columns(work, ref)))
    before = queries.node_set(work.session, NODE_KEY.name)
    version = 1 if before is None else before["version"] + 1
    found = queries.node_keys(work.session)
    mac = guarded.set_mac(work.protect, NODE_KEY, NODE, found, version=version)
    queries.put_node_set(work.session, {"name": NODE_KEY.name, "version": version, "mac": mac})
    return ref


def _columns(work: Work, ref: KeyRef) -> dict[str, Any]:
    return {
        "kid": ref.kid,
        "use": ref.use.value,
        "public": ref.public.xy,
        "wrapped": ref.wrapped,
        "valid_from": work.now,
        "valid_to": None,
        "state": "active",
        "version": 1,
    }


def _ref(row: Mapping[Any, Any]) -> KeyRef:
    return KeyRef(row["kid"], Use(row["use"]), PublicKey(row["public"]), row["wrapped"])
