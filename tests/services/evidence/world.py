"""A whole small world in memory: operators, a node with two registrars, a school, logs, a chain.

Everything is right by default. A test says what is wrong by overriding one part:

    judging.judge(world.bundle_parts())                              valid at NOON
    judging.judge(world.bundle_parts(place=...))                     with another place in the log
    judging.judge(parts, trust=world.trusted(cut_offs=(...,)))       under another trust list

Time     the record was anchored in September, the credential two hours before NOON, its status
         assertion is an hour old
Keys     by name, fixed: private_key("issuer"), ("log"), ("receipt"), ("status"), ("registrar 1")…
"""

from collections.abc import Sequence as Many
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from crypto import canonical, jws, sm2, sm3
from crypto.canonical import Json
from crypto.jws import SignBytes
from crypto.keys import PrivateKey, PublicKey
from identity import (
    codes,
    credential,
    issuer,
    status_list,
    status_pack,
    trust_list,
    trust_root,
)
from identity.credential import StatusRef
from identity.cut_offs import CutOff, Kept
from identity.issuer import Accreditation, HeldCode, IssuerKey, IssuerRecord
from identity.statement import Notice, Statement
from identity.status_list import Assertion, Status, StatusList
from identity.trust_list import TrustedChain, TrustList
from identity.trust_nodes import Node, NodeKey, Title
from identity.validity import Span
from ledger import checkpoint, evidence
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.evidence import Receipt
from ledger.log import Log, MemoryStore
from services.evidence import bundle
from services.evidence.bundle import Bundle, IssuerPart, Place

NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
START = datetime(2026, 9, 1, tzinfo=UTC)
ALWAYS = Span(START, None)
REGISTERED = datetime(2026, 9, 2, 1, tzinfo=UTC)
ISSUED = NOON - timedelta(hours=2)
ANCHORED = ISSUED + timedelta(minutes=1)
ASSERTED = NOON - timedelta(hours=1)

NODE = "kexin.zz.example"
SCHOOL = "inst_417KQ2M9XW4HD0RT3F"
BUREAU = "inst_41B2C4D6E8F0G1H3JY"
STATUS_URL = "https://kexin.zz.example/status"
RECORDS_URL = "https://kexin.zz.example/records"
STATUS = StatusRef(f"{STATUS_URL}/7", 10423)
CODE = "3441000001"
CLAIMS = {"name": "阿依古丽·买买提", "award": "三好学生", "award_date": "2026-11-20"}
NUMBER = codes.number(CODE, 2026, "comprehensive", 123)
SUCCESSOR = codes.number(CODE, 2026, "comprehensive", 124)
REGISTRARS = ("registrar 1", "registrar 2")
OPERATORS = ("operator 1", "operator 2", "operator 3")


@cache
def private_key(name: str) -> PrivateKey:
    return PrivateKey.from_scalar(sm3.digest(f"kexin example key: {name}".encode()))


def public(name: str) -> PublicKey:
    return private_key(name).public


def kid(name: str) -> str:
    return public(name).kid


@cache
def signature(name: str, message: bytes) -> bytes:
    """Return one signature for one message, so that a part made twice is the same part."""
    return sm2.sign(private_key(name), message)


def signer(name: str) -> SignBytes:
    return lambda message: signature(name, message)


def seal(payload: Json, typ: str, names: Many[str]) -> Json:
    signers = [(kid(name), signer(name)) for name in names]
    return {**jws.seal_document(payload, typ=typ, signers=signers)}


class Numbers:
    """SM3 in counter mode: stands where crypto.entropy.system would."""

    def __init__(self, label: str) -> None:
        self._label, self._drawn = label.encode(), 0

    def __call__(self, size: int) -> bytes:
        octets = b""
        while len(octets) < size:
            octets += sm3.digest(self._label + self._drawn.to_bytes(8))
            self._drawn += 1
        return octets[:size]


EVM = TrustedChain(
    id="eip155:31337",
    genesis=sm3.digest(b"genesis"),
    contract="0x" + "5f" * 20,
    code_digest=sm3.digest(b"code"),
    driver="evm",
    assurance="production",
    minimum="receipt",
    title=Title("豫教链", "Henan Education Chain"),
)
LOCAL = TrustedChain(
    id=f"local:{NODE}",
    genesis=sm3.digest(b"local genesis"),
    contract=kid("chain"),
    code_digest=sm3.digest(b"rules"),
    driver="local",
    assurance="demo",
    minimum="local",
    title=Title("本机演示链", "local demonstration chain"),
)


def record(**changes: Any) -> IssuerRecord:
    plain = IssuerRecord(
        id=SCHOOL,
        node=NODE,
        seq=1,
        previous=None,
        issued_at=REGISTERED,
        name_zh="郑州市示范高级中学",
        name_en="Zhengzhou Model Senior High School",
        codes=(HeldCode(CODE, ALWAYS),),
        uscc="12410100MB00000015",
        telephone="0371-66880000",
        superior=BUREAU,
        region="410102",
        keys=(IssuerKey(public("issuer"), ALWAYS),),
        accreditations=(Accreditation("honour/1", ("school",), ALWAYS),),
    )
    return replace(plain, **changes)


def sealed(record: IssuerRecord, names: Many[str] = REGISTRARS) -> Json:
    return seal(record.to_json(), issuer.TYP, names)


def sd_jwt(
    claims: dict[str, str] | None = None,
    *,
    key: str = "issuer",
    level: str = "school",
    **changes: Any,
) -> str:
    """Return a credential of the school. `expires_at` and arguments of credential.build fit."""
    statement = Statement(
        "honour/1",
        level,
        "comprehensive",
        claims or CLAIMS,
        expires_at=changes.pop("expires_at", None),
    )
    arguments: dict[str, Any] = {
        "issuer": SCHOOL,
        "issued_at": ISSUED,
        "number": NUMBER,
        "status": STATUS,
        "random": Numbers("credential"),
    }
    unsigned = credential.build(statement, **{**arguments, **changes})
    return credential.sign(unsigned, kid=kid(key), sign=signer(key))


def contest() -> str:
    """Return a credential of a contest, which must carry the compulsory sentence."""
    statement = Statement(
        "honour/1",
        "school",
        "discipline_contest",
        CLAIMS,
        notice=Notice("教监管厅函〔2026〕1号"),
    )
    unsigned = credential.build(
        statement,
        issuer=SCHOOL,
        issued_at=ISSUED,
        number=codes.number(CODE, 2026, "discipline_contest", 1),
        status=STATUS,
        random=Numbers("contest"),
    )
    return credential.sign(unsigned, kid=kid("issuer"), sign=signer("issuer"))


def withhold(text: str, *names: str) -> str:
    """Return the credential without these disclosures."""
    read = credential.parse(text)
    shown = zip(read.disclosures, read.claims, strict=True)
    return credential.present(
        read.issuer_jwt, tuple(part for part, name in shown if name not in names)
    )


def header(kid: str) -> str:
    return jws.header(kid=kid, typ=credential.TYP)


def issuer_key(name: str, span: Span = ALWAYS) -> IssuerKey:
    return IssuerKey(public(name), span)


def digest(text: str) -> bytes:
    return credential.digest(text.split("~")[0])


def place(
    entry: Entry,
    *,
    origin: str,
    at: datetime,
    log_key: str = "log",
    witnesses: Many[str] = (),
    others: int = 5,
    **receipt: Any,
) -> Place:
    """Return the place of an entry as number 3 of a log of `others` + 1 entries, anchored."""
    parts = checkpoint.split_origin(origin)
    log = Log(MemoryStore(), origin)
    for index in range(others + 1):
        other = Entry("key", parts.institution, entry.time, sm3.digest(bytes([index])))
        log.append([entry if index == min(3, others) else other])
    head = Checkpoint(origin, log.size, log.root(), at)
    note = checkpoint.sign(head, parts.node, public(log_key), signer(log_key))
    for name in witnesses:
        note = checkpoint.cosign(note, name, public(name), signer(name))
    index = log.index_of(entry.digest)
    return Place(entry, index, tuple(log.prove(index)), note, sealed_receipt(head, **receipt))


def sealed_receipt(
    head: Checkpoint, *, chain: TrustedChain = EVM, receipt_key: str = "receipt", **changes: Any
) -> Json:
    plain = Receipt(
        node=checkpoint.split_origin(head.origin).node,
        origin=head.origin,
        size=head.size,
        root=head.root,
        seq=1,
        chain=chain.id,
        genesis=chain.genesis,
        contract=chain.contract,
        driver=chain.driver,
        block_number=int(head.time.timestamp()) // 10,
        block_hash=sm3.digest(head.root + b"block"),
        block_time=head.time,
        tx_hash=sm3.digest(head.root + b"transaction"),
        issued=head.time + timedelta(seconds=5),
    )
    return {
        **evidence.seal_receipt(
            replace(plain, **changes), kid=kid(receipt_key), sign=signer(receipt_key)
        )
    }


def without_receipt(where: Place) -> Place:
    return replace(where, receipt=None)


def registry_part(document: Json = None, *, node: str = NODE, **changes: Any) -> IssuerPart:
    """Return a record with its place in the node's registry log. Arguments of `place` fit."""
    document = sealed(record()) if document is None else document
    salt = Numbers("salt")(16)
    entry = Entry(
        "record", "registry", REGISTERED, bundle.record_digest(issuer.digest(document), salt)
    )
    arguments: dict[str, Any] = {
        "origin": f"{node}/log/registry/2026",
        "at": REGISTERED + timedelta(minutes=1),
    }
    return IssuerPart(document, salt, place(entry, **{**arguments, **changes}))


def credential_place(text: str, *, node: str = NODE, **changes: Any) -> Place:
    """Return the place of a credential in the school's log. Arguments of `place` fit."""
    time = changes.pop("time", ISSUED)
    entry = Entry("credential", SCHOOL, time, digest(text), sm3.digest(b"approval"))
    arguments: dict[str, Any] = {"origin": f"{node}/log/{SCHOOL}/2026", "at": ANCHORED}
    return place(entry, **{**arguments, **changes})


def assertion(text: str, *, key: str = "status", **changes: Any) -> str:
    """Return the signed status of a credential. Members of Assertion fit."""
    plain = Assertion(
        uri=STATUS.uri,
        index=STATUS.index,
        status=Status.VALID,
        credential=digest(text),
        seq=12,
        issued_at=ASSERTED,
        expires_at=ASSERTED + timedelta(hours=24),
    )
    return status_list.sign_assertion(replace(plain, **changes), kid=kid(key), sign=signer(key))


def signed_list(
    status: Status = Status.VALID,
    *,
    now: datetime = NOON,
    key: str = "status",
    uri: str = STATUS.uri,
) -> str:
    statuses = StatusList.empty(16384)
    statuses.set(STATUS.index, status)
    return status_list.sign_list(statuses, uri=uri, seq=13, now=now, kid=kid(key), sign=signer(key))


def pack(
    *tokens: str,
    now: datetime = NOON,
    key: str = "status",
    node: str = NODE,
    trust: Json = None,
    expires_at: datetime | None = None,
) -> bytes:
    """Return the status pack of these list tokens; by default of one, signed `now`."""
    lists = {list_address(token): token for token in tokens or (signed_list(now=now),)}
    return status_pack.build(
        node=node,
        lists=lists,
        trust=trust,
        now=now,
        expires_at=expires_at or now + timedelta(hours=24),
        kid=kid(key),
        sign=signer(key),
    )


def list_address(token: str) -> str:
    payload: Any = canonical.loads(jws.parse_compact(token).payload)
    return str(payload["sub"])


def bundle_parts(text: str | None = None, **parts: Any) -> Bundle:
    """Return a bundle that is valid at NOON, but for the parts that are given."""
    text = text or sd_jwt()
    defaults: dict[str, Any] = {
        "credential": text,
        "place": parts.get("place") or credential_place(text),
        "issuer": parts.get("issuer") or registry_part(),
        "status": parts.get("status") or assertion(text),
    }
    return Bundle(**{**defaults, **parts})


def bundle_bytes(text: str | None = None, **parts: Any) -> bytes:
    return bundle.build(bundle_parts(text, **parts))


def node_key(name: str, use: str, span: Span = ALWAYS) -> NodeKey:
    return NodeKey(public(name), use, span)


def node(**changes: Any) -> Node:
    plain = Node(
        name=NODE,
        title=Title("郑州市教育局节点", "Zhengzhou Education Bureau node"),
        ids=("inst_41",),
        regions=("41",),
        types=("honour/1",),
        registrars=2,
        keys=(
            node_key("registrar 1", "registrar"),
            node_key("registrar 2", "registrar"),
            node_key("log", "log"),
            node_key("receipt", "receipt"),
            node_key("status", "status"),
        ),
        status_url=STATUS_URL,
        records_url=RECORDS_URL,
    )
    return replace(plain, **changes)


ROOT = trust_root.make(
    name="河南省教育厅",
    issued_at=START,
    threshold=2,
    keys=tuple(public(name) for name in OPERATORS),
)


def trusted(**changes: Any) -> TrustList:
    plain = TrustList(
        root=ROOT.fingerprint,
        seq=2,
        previous=sm3.digest(b"list 1"),
        issued_at=NOON - timedelta(days=10),
        next_update=NOON + timedelta(days=80),
        nodes=(node(),),
        witnesses=(),
        witnesses_required=0,
        chains=(EVM,),
        cut_offs=(),
    )
    return replace(plain, **changes)


def trust_document(names: Many[str] = OPERATORS[:2], **changes: Any) -> Json:
    return seal(trusted(**changes).to_json(), trust_list.TYP, names)


def cut(name: str, *keep: tuple[str, int]) -> CutOff:
    """Return the cut-off of a key that keeps the first entries of these logs."""
    kept = tuple(Kept(origin, size) for origin, size in keep)
    return CutOff(kid(name), "key_compromise", NOON - timedelta(days=1), kept)
