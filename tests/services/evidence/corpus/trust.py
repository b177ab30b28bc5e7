"""Trust lists and status packs of the shared corpus, by name."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crypto import canonical
from crypto.canonical import Json
from identity import trust_list
from identity.status_list import Status
from identity.trust_list import TrustList, Witness
from identity.validity import Span
from tests.services.evidence import world
from tests.services.evidence.corpus.case import LATER, LOG, REGISTRY
from tests.services.evidence.world import ASSERTED, NODE, NOON, SCHOOL, START


def _keys(*more: Any, span: Span = world.ALWAYS, use: str = "") -> tuple[Any, ...]:
    """Return the node's keys; those of `use` only during `span`."""
    found = (replace(each, span=span) if each.use == use else each for each in world.node().keys)
    return (*found, *more)


def _listing(**changes: Any) -> TrustList:
    return world.trusted(nodes=(world.node(**changes),))


def _witnesses(*names: str, required: int = 0) -> TrustList:
    listed = tuple(Witness(name, world.public(name)) for name in names)
    return world.trusted(witnesses=listed, witnesses_required=required)


def _chains(**changes: Any) -> TrustList:
    return world.trusted(chains=(replace(world.EVM, **changes),))


def _cut(name: str, *keep: tuple[str, int]) -> TrustList:
    return world.trusted(cut_offs=(world.cut(name, *keep),))


DOCUMENT = world.node_key("document", "document")

TRUSTED: Mapping[str, TrustList] = {
    "current": _listing(keys=_keys(DOCUMENT)),
    "earlier": world.trusted(seq=1, previous=None),
    "next": world.trusted(seq=3, previous=b"\7" * 32),
    "expired": world.trusted(next_update=NOON),
    "not-yet": world.trusted(issued_at=NOON + timedelta(seconds=61)),
    "other-root": world.trusted(root=bytes(32)),
    "no-algorithm": world.trusted(algorithms=()),
    "other-node": _listing(name="kexin.kf.example"),
    "bounds-id": _listing(ids=("inst_11",)),
    "bounds-region": _listing(regions=("11", "4102")),
    "other-type": _listing(types=("grade/1",)),
    "late-log-key": _listing(keys=_keys(span=Span(NOON, None), use="log")),
    "late-receipt-key": _listing(keys=_keys(span=Span(NOON, None), use="receipt")),
    "ended-status-key": _listing(keys=_keys(span=Span(START, ASSERTED), use="status")),
    "ended-registrars": _listing(keys=_keys(span=Span(START, world.REGISTERED), use="registrar")),
    "late-document-key": _listing(
        keys=_keys(world.node_key("document", "document", Span(NOON, None)))
    ),
    "two-status-keys": world.trusted(
        nodes=(world.node(keys=_keys(world.node_key("status 2", "status"))),),
        cut_offs=(world.cut("status"),),
    ),
    "cut-issuer": _cut("issuer", (LOG, 3), (REGISTRY, 6)),
    "cut-issuer-kept": _cut("issuer", (LOG, 4)),
    "cut-issuer-earlier-year": _cut("issuer", (f"{NODE}/log/{SCHOOL}/2025", 100)),
    "cut-registrar": _cut("registrar 2", (REGISTRY, 3)),
    "cut-log": _cut("log", (LOG, 5), (REGISTRY, 6)),
    "cut-receipt": _cut("receipt", (LOG, 5), (REGISTRY, 6)),
    "cut-status": _cut("status"),
    "cut-document": world.trusted(
        nodes=(world.node(keys=_keys(DOCUMENT)),), cut_offs=(world.cut("document", (LOG, 1)),)
    ),
    "cut-document-kept": world.trusted(
        nodes=(world.node(keys=_keys(DOCUMENT)),), cut_offs=(world.cut("document", (LOG, 60)),)
    ),
    "one-witness": _witnesses("witness1"),
    "two-witnesses": _witnesses("witness1", "witness2", required=2),
    "no-chain": world.trusted(chains=()),
    "other-contract": _chains(contract="0x" + "00" * 20),
    "other-genesis": _chains(genesis=bytes(32)),
    "demo-chain": _chains(assurance="demo"),
    "seals": _chains(minimum="seals"),
    "local": world.trusted(chains=(world.LOCAL,)),
    "both-chains": world.trusted(chains=(world.EVM, world.LOCAL)),
    "artifacts": world.trusted(artifacts=(trust_list.Artifact("kexin-verify.html", b"\5" * 32),)),
}


def lists() -> dict[str, bytes]:
    """Return the trust lists by name, as files."""
    found = {name: _sealed(each) for name, each in TRUSTED.items()}
    one = world.seal(world.trusted().to_json(), trust_list.TYP, world.OPERATORS[:1])
    stranger = world.seal(world.trusted().to_json(), trust_list.TYP, ("operator 1", "stranger"))
    found["one-operator"] = canonical.dumps(one)
    found["stranger"] = canonical.dumps(stranger)
    found["unreadable"] = found["current"][:-1]
    found["twice"] = canonical.dumps(_twice(found["current"]))
    return found


def _sealed(trust: TrustList) -> bytes:
    return canonical.dumps(world.seal(trust.to_json(), trust_list.TYP, world.OPERATORS[:2]))


def _twice(data: bytes) -> Json:
    document: Any = canonical.loads(data)
    return {**document, "signatures": [document["signatures"][0]] * 2}


def packs() -> dict[str, bytes]:
    """Return the status packs by name, as files."""
    token = world.signed_list(now=LATER)
    revoked = world.signed_list(Status.INVALID, now=LATER)
    return {
        "fresh": world.pack(now=LATER),
        "revoked": world.pack(revoked, now=LATER),
        "suspended": world.pack(world.signed_list(Status.SUSPENDED, now=LATER), now=LATER),
        "superseded": world.pack(world.signed_list(Status.SUPERSEDED, now=LATER), now=LATER),
        "short": world.pack(now=LATER, expires_at=LATER + timedelta(hours=1)),
        "log-key": world.pack(token, now=LATER, key="log"),
        "future": world.pack(token, now=LATER + timedelta(seconds=61)),
        "list-by-log-key": world.pack(world.signed_list(now=LATER, key="log"), now=LATER),
        "another-list": world.pack(
            world.signed_list(uri=f"{world.STATUS_URL}/8", now=LATER), now=LATER
        ),
        "new-key": world.pack(world.signed_list(key="status 2"), key="status 2"),
        "small": world.pack(now=LATER),
    }
