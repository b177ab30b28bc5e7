"""The trust root and the trust list of a node that is its own operator.

A root is made once from the operators' public keys; a list is proposed from what the registry
holds now, signed by two of the operators, each with his own key file, and only then published:
first the file list.json is replaced, and the one before is kept under its number.

Files      trust/root.json, trust/list.json, trust/list-<seq>.json; trust/proposal.json is a
           sealed document that lacks signatures; trust/kexin-verify.html is the offline page,
           and the next list vouches for it
Errors     NotFound trust_root_missing, trust_proposal_missing; Conflict trust_root_exists;
           Refused trust_key_unknown; InvalidTrust (identity)
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

from crypto import canonical, jws, sm3
from crypto.canonical import Json
from crypto.errors import InvalidEncoding
from crypto.jws import SignBytes
from crypto.keys import PublicKey
from identity import trust_list, trust_root
from identity.credential_types import TYPES
from identity.cut_offs import CutOff
from identity.trust_list import Artifact, TrustedChain, TrustList
from identity.trust_nodes import Node, NodeKey, Title
from identity.trust_root import TrustRoot
from identity.validity import Span
from ledger.chain import ChainIdentity
from services.accounts import personal_keys
from services.platform import files
from services.platform.errors import Conflict, NotFound, Refused
from services.platform.work import Work
from services.registry import keys
from services.registry.records import THRESHOLD

ROOT, LIST, PROPOSAL = "root.json", "list.json", "proposal.json"
PAGE = "kexin-verify.html"
RESIGN = timedelta(days=30)
"""A list lives 90 days and is signed anew every month."""

STATUS_PATH, RECORDS_PATH = "/v1/status", "/v1/records"


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the operators decide about a list besides what the registry says."""

    title: Title
    chain: ChainIdentity
    chain_title: Title
    assurance: str
    minimum: str
    url: str
    cut_offs: tuple[CutOff, ...] = ()


def make_root(folder: Path, *, name: str, keys: Sequence[PublicKey], now: datetime) -> TrustRoot:
    """Make a root that two of these operators speak for, and write its file."""
    path = folder / ROOT
    if path.exists():
        raise Conflict("trust_root_exists")
    root = trust_root.make(name=name, issued_at=now, threshold=2, keys=tuple(keys))
    folder.mkdir(parents=True, exist_ok=True)
    files.replace(path, root.to_bytes(), mode=files.PUBLIC)
    return root


def read_root(folder: Path) -> TrustRoot:
    """Return the root. Raises NotFound, InvalidTrust."""
    try:
        return trust_root.parse((folder / ROOT).read_bytes())
    except FileNotFoundError as error:
        raise NotFound("trust_root_missing") from error


def newest(folder: Path) -> Json:
    """Return the published list's document, None before the first."""
    try:
        return canonical.loads((folder / LIST).read_bytes())
    except FileNotFoundError:
        return None


def published(folder: Path) -> TrustList | None:
    """Return what the published list says, in force or not; None before the first."""
    document = newest(folder)
    return None if document is None else _payload(document)


def due(folder: Path, now: datetime) -> int | None:
    """Return the number of the published list if it is time to sign the next one."""
    last = published(folder)
    return None if last is None or now < last.issued_at + RESIGN else last.seq


def propose(work: Work, folder: Path, wishes: Wishes) -> TrustList:
    """Write down what the next list should say; nobody has signed it yet."""
    root = read_root(folder)
    before = newest(folder)
    last = None if before is None else _payload(before)
    proposal = TrustList(
        root=root.fingerprint,
        seq=1 if last is None else last.seq + 1,
        previous=None if before is None else trust_list.digest(before),
        issued_at=work.now,
        next_update=work.now + trust_list.LIFE,
        nodes=(_node(work, wishes),),
        witnesses=(),
        witnesses_required=0,
        chains=(_chain(wishes),),
        cut_offs=tuple(sorted(wishes.cut_offs, key=lambda each: each.kid)),
        artifacts=_artifacts(folder),
    )
    payload = proposal.to_json()
    trust_list.parse(payload)
    files.replace(
        folder / PROPOSAL,
        canonical.dumps({"payload": payload, "signatures": []}),
        mode=files.PUBLIC,
    )
    return proposal


def sign(folder: Path, key: PublicKey, sign: SignBytes, *, now: datetime) -> bool:
    """Add an operator's signature; publish and return True once there are enough.

    Raises Refused for a key that is not the root's: a stranger's signature would spoil the list
    for those who sign after him.
    """
    root = read_root(folder)
    if key.kid not in root.by_kid:
        raise Refused("trust_key_unknown")
    payload, signatures = _proposal(folder)
    signatures.append(jws.document_signature(payload, typ=trust_list.TYP, kid=key.kid, sign=sign))
    document = jws.assemble(payload, signatures)
    if len(signatures) < root.threshold:
        content: dict[str, Json] = {"payload": payload, "signatures": document["signatures"]}
        files.replace(folder / PROPOSAL, canonical.dumps(content), mode=files.PUBLIC)
        return False
    published = trust_list.open(document, root, now=now, seen=None)
    data = canonical.dumps(document)
    files.replace(folder / f"list-{published.seq}.json", data, mode=files.PUBLIC)
    files.replace(folder / LIST, data, mode=files.PUBLIC)
    (folder / PROPOSAL).unlink()
    return True


def unchanged(work: Work, folder: Path, wishes: Wishes) -> bool:
    """Return whether the published list says just this and need not be signed again yet."""
    last = published(folder)
    if last is None:
        return False
    now = replace(
        last,
        nodes=(_node(work, wishes),),
        chains=(_chain(wishes),),
        cut_offs=tuple(sorted(wishes.cut_offs, key=lambda each: each.kid)),
        artifacts=_artifacts(folder),
    )
    return now == last and work.now < last.issued_at + RESIGN


def published_url(folder: Path) -> str | None:
    """Return the address that the published list names, None before the first list."""
    last = published(folder)
    return None if last is None else last.nodes[0].status_url.removesuffix(STATUS_PATH)


def _payload(document: Json) -> TrustList:
    return trust_list.parse(jws.open_document(document, typ=trust_list.TYP).payload)


def _node(work: Work, wishes: Wishes) -> Node:
    region = work.settings.node_region
    return Node(
        name=work.settings.node_name,
        title=wishes.title,
        ids=(f"inst_{region}",),
        regions=(region,),
        types=tuple(sorted(TYPES)),
        registrars=THRESHOLD,
        keys=tuple(_keys(work)),
        status_url=wishes.url + STATUS_PATH,
        records_url=wishes.url + RECORDS_PATH,
    )


def _artifacts(folder: Path) -> tuple[Artifact, ...]:
    """Return what the node hands out and the operators are to vouch for."""
    try:
        page = (folder / PAGE).read_bytes()
    except FileNotFoundError:
        return ()
    return (Artifact(PAGE, sm3.digest(page)),)


def _keys(work: Work) -> list[NodeKey]:
    rows = [*personal_keys.registrar_rows(work), *keys.node_keys(work)]
    return [
        NodeKey(PublicKey(row["public"]), row["use"], Span(row["valid_from"], row["valid_to"]))
        for row in rows
    ]


def _chain(wishes: Wishes) -> TrustedChain:
    return TrustedChain(
        id=wishes.chain.id,
        genesis=wishes.chain.genesis,
        contract=wishes.chain.contract,
        code_digest=wishes.chain.code_digest,
        driver=wishes.chain.driver,
        assurance=wishes.assurance,
        minimum=wishes.minimum,
        title=wishes.chain_title,
    )


def _proposal(folder: Path) -> tuple[Json, list[dict[str, str]]]:
    try:
        match canonical.loads((folder / PROPOSAL).read_bytes()):
            case {"payload": payload, "signatures": list(signatures)}:
                made = [each for each in signatures if isinstance(each, dict)]
                return payload, [{n: str(v) for n, v in each.items()} for each in made]
    except (FileNotFoundError, InvalidEncoding) as error:
        raise NotFound("trust_proposal_missing") from error
    raise NotFound("trust_proposal_missing")
