"""The trust list: which nodes, witnesses and chains a verifier believes, and how far.

Document   general JWS, typ kexin-trust-list+jws, signed by the keys of a trust root
Life       90 days at most, no grace; docs/formats/trust-list-v1.md
Order      a list replaces its predecessor: `seq` rises, `prev` is the digest of the one before
Digest     SM3 of the canonical bytes of the whole document, signatures included
Errors     InvalidTrust, in the order of the checks: trust_list_unreadable (member),
           trust_list_root, trust_list_signature, trust_list_expired, trust_list_not_yet,
           trust_list_rollback, trust_list_broken_chain; then trust_list_unknown_node,
           trust_list_unknown_chain
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from crypto import canonical, jws, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding, InvalidSignature
from crypto.jws import b64u
from crypto.keys import PublicKey
from identity import instants
from identity.cut_offs import CutOff
from identity.errors import IdentityError, InvalidTrust
from identity.issuer import NODE_NAME
from identity.members import Members
from identity.trust_nodes import Node, Title
from identity.trust_root import TrustRoot

TYP = "kexin-trust-list+jws"
FORMAT = "kexin/trust-list/v1"
LIFE = timedelta(days=90)
SKEW = timedelta(seconds=60)
"""How far the clocks of operators and verifier may differ."""

EVIDENCE = ("local", "receipt", "seals", "live")
"""How strong the evidence of an anchor can be, from the weakest."""

CHAIN_ID = f"eip155:[1-9][0-9]{{0,17}}|local:{NODE_NAME}"
MAX_NODES = 1000
MAX_CHAINS = 100
MAX_WITNESSES = 100
MAX_CUT_OFFS = 1000
MAX_ARTIFACTS = 20
ARTIFACT_NAME = "[a-z0-9][a-z0-9.-]{0,62}"


@dataclass(frozen=True, slots=True)
class Seen:
    """The newest list that a verifier has accepted."""

    seq: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Witness:
    """Who cosigns checkpoints after comparing them with the ones before."""

    name: str
    key: PublicKey


@dataclass(frozen=True, slots=True)
class TrustedChain:
    """A chain that anchors count on: its identity, and what evidence of it is asked for."""

    id: str
    genesis: bytes
    contract: str
    code_digest: bytes
    driver: str
    assurance: str
    minimum: str
    title: Title

    def to_json(self) -> dict[str, Json]:
        """Return the chain as it stands in the list."""
        return {
            "assurance": self.assurance,
            "code_digest": b64u(self.code_digest),
            "contract": self.contract,
            "driver": self.driver,
            "genesis": b64u(self.genesis),
            "id": self.id,
            "minimum": self.minimum,
            "title": self.title.to_json(),
        }

    @classmethod
    def read(cls, read: Members) -> "TrustedChain":
        """Read a chain of a list."""
        chain = cls(
            id=read.match("id", CHAIN_ID),
            genesis=read.octets("genesis", 32),
            contract=read.match("contract", "0x[0-9a-f]{40}|[A-Za-z0-9_-]{43}"),
            code_digest=read.octets("code_digest", 32),
            driver=read.one_of("driver", ("evm", "local")),
            assurance=read.one_of("assurance", ("demo", "production")),
            minimum=read.one_of("minimum", EVIDENCE),
            title=Title.read(read.object("title")),
        )
        read.end()
        if (chain.driver == "local") != chain.id.startswith("local:"):
            read.refuse("driver")
        # One operator's own word: only a demonstration without a chain may ask for no more.
        if chain.minimum == "local" and (chain.driver, chain.assurance) != ("local", "demo"):
            read.refuse("minimum")
        return chain


@dataclass(frozen=True, slots=True)
class Artifact:
    """A file that the operators hand out, such as the offline page, and the SM3 of its bytes."""

    name: str
    sm3: bytes

    @classmethod
    def read(cls, read: Members) -> "Artifact":
        """Read an artifact of a list."""
        artifact = cls(read.match("name", ARTIFACT_NAME), read.octets("sm3", 32))
        read.end()
        return artifact


@dataclass(frozen=True, slots=True)
class TrustList:
    """What the operators of a trust root say until `next_update`."""

    root: bytes
    seq: int
    previous: bytes | None
    issued_at: datetime
    next_update: datetime
    nodes: tuple[Node, ...]
    witnesses: tuple[Witness, ...]
    witnesses_required: int
    chains: tuple[TrustedChain, ...]
    cut_offs: tuple[CutOff, ...]
    algorithms: tuple[str, ...] = (jws.ALG,)
    artifacts: tuple[Artifact, ...] = ()

    def to_json(self) -> dict[str, Json]:
        """Return the payload that the operators sign; without artifacts the member is absent."""
        artifacts: list[Json] = [
            {"name": each.name, "sm3": b64u(each.sm3)} for each in self.artifacts
        ]
        return {
            **({"artifacts": artifacts} if artifacts else {}),
            "algorithms": [*self.algorithms],
            "chains": [each.to_json() for each in self.chains],
            "cut_offs": [each.to_json() for each in self.cut_offs],
            "format": FORMAT,
            "issued": instants.write(self.issued_at),
            "next_update": instants.write(self.next_update),
            "nodes": [each.to_json() for each in self.nodes],
            "prev": None if self.previous is None else b64u(self.previous),
            "recognitions": [],
            "root": b64u(self.root),
            "seq": self.seq,
            "witnesses": [
                {"jwk": {**each.key.jwk()}, "name": each.name} for each in self.witnesses
            ],
            "witnesses_required": self.witnesses_required,
        }

    def node(self, name: str) -> Node:
        """Return the node of this name. Raises InvalidTrust."""
        for node in self.nodes:
            if node.name == name:
                return node
        raise InvalidTrust("trust_list_unknown_node")

    def chain(self, chain_id: str) -> TrustedChain:
        """Return the chain of this id. Raises InvalidTrust."""
        for chain in self.chains:
            if chain.id == chain_id:
                return chain
        raise InvalidTrust("trust_list_unknown_chain")

    def cut_off(self, kid: str) -> CutOff | None:
        """Return the cut-off of this key, if it has one."""
        return next((each for each in self.cut_offs if each.kid == kid), None)

    def cut(self, kid: str, origin: str, index: int) -> bool:
        """Return whether what this key signed in entry `index` of the log counts no longer."""
        cut_off = self.cut_off(kid)
        return cut_off is not None and cut_off.cuts(origin, index)


def digest(document: Json) -> bytes:
    """Return SM3 of the document's canonical bytes: what the next list names as `prev`."""
    return sm3.digest(canonical.dumps(document))


def open(document: Json, root: TrustRoot, *, now: datetime, seen: Seen | None) -> TrustList:
    """Return the list after every check that a verifier owes it. Raises InvalidTrust.

    The caller keeps Seen(list.seq, digest(document)) of the highest `seq` it has accepted.
    """
    # 1. form
    trust_list = _parse_document(document)
    # 2. made under this root
    if trust_list.root != root.fingerprint:
        raise InvalidTrust("trust_list_root")
    # 3. signed by enough of the root's operators
    try:
        jws.verify_document(document, root.by_kid, typ=TYP, threshold=root.threshold)
    except InvalidSignature as error:
        raise InvalidTrust("trust_list_signature") from error
    # 4. in its time, without grace
    if now >= trust_list.next_update:
        raise InvalidTrust("trust_list_expired", seq=trust_list.seq)
    if now < trust_list.issued_at - SKEW:
        raise InvalidTrust("trust_list_not_yet", seq=trust_list.seq)
    # 5. not older than, nor another than, the newest one accepted here
    if seen is not None:
        _check_order(trust_list, digest(document), seen)
    return trust_list


def parse(payload: Json) -> TrustList:
    """Read the payload of a list. Raises InvalidTrust."""
    read = Members(payload, _wrong)
    read.constant("format", FORMAT)
    read.array("recognitions", 0, 0)
    witnesses = tuple(_read_witness(each) for each in read.objects("witnesses", 0, MAX_WITNESSES))
    trust_list = TrustList(
        root=read.octets("root", 32),
        seq=read.integer("seq", 1),
        previous=read.or_null("prev", lambda name: read.octets(name, 32)),
        issued_at=read.instant("issued"),
        next_update=read.instant("next_update"),
        nodes=tuple(Node.read(each) for each in read.objects("nodes", 1, MAX_NODES)),
        witnesses=witnesses,
        witnesses_required=read.integer("witnesses_required", 0, len(witnesses)),
        chains=tuple(TrustedChain.read(each) for each in read.objects("chains", 0, MAX_CHAINS)),
        cut_offs=tuple(CutOff.read(each) for each in read.objects("cut_offs", 0, MAX_CUT_OFFS)),
        algorithms=read.texts("algorithms", 0, 10, jws.ALG),
        artifacts=read.or_absent("artifacts", lambda name: _read_artifacts(read, name)) or (),
    )
    read.end()
    _check_whole(trust_list)
    return trust_list


def _parse_document(document: Json) -> TrustList:
    try:
        payload = jws.open_document(document, typ=TYP).payload
    except InvalidEncoding as error:
        if error.code == "jws_order":  # one operator signed twice, or the order is not ours
            raise InvalidTrust("trust_list_signature") from error
        raise _wrong("document") from error
    return parse(payload)


def _check_order(trust_list: TrustList, found: bytes, seen: Seen) -> None:
    if trust_list.seq < seen.seq or (trust_list.seq == seen.seq and found != seen.digest):
        raise InvalidTrust("trust_list_rollback", seq=trust_list.seq, seen=seen.seq)
    if trust_list.seq == seen.seq + 1 and trust_list.previous != seen.digest:
        raise InvalidTrust("trust_list_broken_chain", seq=trust_list.seq)


def _read_witness(read: Members) -> Witness:
    witness = Witness(read.match("name", NODE_NAME), read.key("jwk"))
    read.end()
    return witness


def _read_artifacts(read: Members, name: str) -> tuple[Artifact, ...]:
    return tuple(Artifact.read(each) for each in read.objects(name, 1, MAX_ARTIFACTS))


def _check_whole(trust_list: TrustList) -> None:
    """Check what no single member shows: order, and one use for each key."""
    if (trust_list.seq == 1) != (trust_list.previous is None):
        raise _wrong("prev")
    if not timedelta(0) < trust_list.next_update - trust_list.issued_at <= LIFE:
        raise _wrong("next_update")
    _check_ascending("nodes", [node.name for node in trust_list.nodes])
    _check_ascending("witnesses", [witness.name for witness in trust_list.witnesses])
    _check_ascending("chains", [chain.id for chain in trust_list.chains])
    _check_ascending("cut_offs", [cut_off.kid for cut_off in trust_list.cut_offs])
    _check_ascending("artifacts", [artifact.name for artifact in trust_list.artifacts])
    keys = [held.key for node in trust_list.nodes for held in node.keys]
    keys += [witness.key for witness in trust_list.witnesses]
    if len(set(keys)) != len(keys):
        raise _wrong("keys")


def _check_ascending(member: str, names: Sequence[str]) -> None:
    if list(names) != sorted(set(names)):
        raise _wrong(member)


def _wrong(member: str) -> IdentityError:
    return InvalidTrust("trust_list_unreadable", member=member)
