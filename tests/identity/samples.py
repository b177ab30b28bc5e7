"""What the tests of identity share: fixed keys, fixed randomness, one school and its papers.

SM2 signatures are random. So that the examples in docs/formats stay the same byte for byte, the
signatures over them are recorded in tests/vectors/identity/signatures.json; `signer` replays
them and `scripts/format_examples.py` records new ones when a format changes.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from crypto import canonical, jws, sm2, sm3
from crypto.canonical import Json
from crypto.jws import SignBytes, b64u, unb64u
from crypto.keys import PrivateKey, PublicKey
from identity import (
    approval,
    challenges,
    consent,
    credential,
    issuer,
    status_list,
    status_pack,
    step_up,
    trust_list,
    trust_root,
)
from identity.actions import Action
from identity.approval import Approval, Change, Grounds
from identity.challenges import Purpose as ChallengePurpose
from identity.consent import Actor, Basis, Controller, Purpose, Receipt
from identity.credential import StatusRef, Unsigned
from identity.cut_offs import CutOff, Kept
from identity.factors import device_key
from identity.factors.protocol import Site
from identity.issuer import Accreditation, HeldCode, IssuerKey, IssuerRecord
from identity.levels import Acr
from identity.statement import Statement
from identity.status_list import Assertion, Status, StatusList
from identity.step_up import Order, Text
from identity.trust_list import TrustedChain, TrustList, Witness
from identity.trust_nodes import Node, NodeKey, Title
from identity.validity import Span

VECTORS = Path(__file__).parents[1] / "vectors" / "identity"
SIGNATURES = VECTORS / "signatures.json"

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
START = datetime(2026, 9, 1, tzinfo=UTC)
ALWAYS = Span(START, None)

SCHOOL = "inst_417KQ2M9XW4HD0RT3F"
BUREAU = "inst_41B2C4D6E8F0G1H3JY"
NODE = "kexin.zz.example"
STATUS = StatusRef("https://kexin.zz.example/status/7", 10423)
NUMBER = "34410000012026H000123W"

CLAIMS = {
    "name": "阿依古丽·买买提",
    "award": "三好学生",
    "award_date": "2026-11-20",
    "period": "2025-2026学年",
    "programme": "校级荣誉评选",
    "class": "高一(3)班",
    "student_no": "20260317",
}
STATEMENT = Statement("honour/1", "school", "comprehensive", CLAIMS)


def private_key(name: str) -> PrivateKey:
    """Return the fixed key of this name."""
    return PrivateKey.from_scalar(sm3.digest(f"kexin example key: {name}".encode()))


class Sequence:
    """SM3 in counter mode over a label: stands where crypto.entropy.system would."""

    def __init__(self, label: str) -> None:
        self._label = label.encode()
        self._drawn = 0

    def __call__(self, size: int) -> bytes:
        octets = b""
        while len(octets) < size:
            octets += sm3.digest(self._label + self._drawn.to_bytes(8))
            self._drawn += 1
        return octets[:size]


SIGNED: dict[str, str] = json.loads(SIGNATURES.read_text("utf-8"))["signatures"]
"""Every signature recorded or made so far: name of key and message -> signature."""

USED: set[str] = set()


def signer(name: str) -> SignBytes:
    """Return a signer that gives one message always the same signature, a recorded one first."""

    def sign(message: bytes) -> bytes:
        label = b64u(sm3.digest(name.encode() + b"\x00" + message))
        if label not in SIGNED:
            SIGNED[label] = b64u(sm2.sign(private_key(name), message))
        USED.add(label)
        return unb64u(SIGNED[label])

    return sign


def kid(name: str) -> str:
    return private_key(name).public.kid


RECORD = IssuerRecord(
    id=SCHOOL,
    node=NODE,
    seq=1,
    previous=None,
    issued_at=datetime(2026, 9, 1, 2, tzinfo=UTC),
    name_zh="郑州市示范高级中学",
    name_en="Zhengzhou Model Senior High School",
    codes=(HeldCode("3441000001", ALWAYS),),
    uscc="12410100MB00000015",
    telephone="0371-66880000",
    superior=BUREAU,
    region="410102",
    keys=(IssuerKey(private_key("issuer").public, ALWAYS),),
    accreditations=(Accreditation("honour/1", ("school",), ALWAYS),),
)


REGISTRARS = ("registrar 1", "registrar 2")


def keys(*names: str) -> dict[str, PublicKey]:
    return {kid(name): private_key(name).public for name in names}


def seal(payload: Json, typ: str, *names: str) -> dict[str, Json]:
    return jws.seal_document(
        payload, typ=typ, signers=[(kid(name), signer(name)) for name in names]
    )


def sealed_record(record: IssuerRecord = RECORD) -> dict[str, Json]:
    return seal(record.to_json(), issuer.TYP, *REGISTRARS)


def build(statement: Statement = STATEMENT, **changes: Any) -> Unsigned:
    arguments: dict[str, Any] = {
        "issuer": SCHOOL,
        "issued_at": NOW,
        "number": NUMBER,
        "status": STATUS,
        "random": Sequence("credential"),
    }
    return credential.build(statement, **{**arguments, **changes})


def sign(unsigned: Unsigned, name: str = "issuer") -> str:
    return credential.sign(unsigned, kid=kid(name), sign=signer(name))


SALTS = tuple(Sequence("approval salts")(16 * 2)[at : at + 16] for at in (0, 16))
SECOND = replace(STATEMENT, claims={**CLAIMS, "name": "欧阳𠮷", "student_no": "20260318"})
APPROVAL = Approval(
    action="issue",
    institution=SCHOOL,
    batch="batch_01JD0000000000000000000001",
    type="honour/1",
    template="programme_01JD0000000000000000000001",
    rows=tuple(
        approval.row_commitment(salt, approval.issue_row(statement, position))
        for position, (salt, statement) in enumerate(zip(SALTS, (STATEMENT, SECOND), strict=True))
    ),
    preparer="E417KQ2M9XW4HD0RT4",
    approver="E41B2C4D6E8F0G1H3J",
    approved_at=datetime(2026, 11, 24, 7, 30, tzinfo=UTC),
    expires_at=datetime(2026, 12, 1, 7, 30, tzinfo=UTC),
    exclusions=0,
)


CHANGE = Change(
    number=NUMBER,
    credential=credential.digest(sign(build()).split("~")[0]),
    action="revoke",
    reason="issued_in_error",
)


def sealed_approval(manifest: Approval = APPROVAL, name: str = "approver") -> bytes:
    return canonical.dumps(seal(manifest.to_json(), approval.TYP, name))


def grounds(document: bytes, **changes: Any) -> Grounds:
    known = Grounds(
        document=document,
        approver_key=private_key("approver").public,
        approver=APPROVAL.approver,
        preparer=APPROVAL.preparer,
        institution=SCHOOL,
        now=NOW,
    )
    return replace(known, **changes)


ROOT = trust_root.make(
    name="河南省教育信任根(示例)",
    issued_at=datetime(2026, 8, 1, tzinfo=UTC),
    threshold=2,
    keys=tuple(private_key(f"operator {each}").public for each in (1, 2, 3)),
)
OPERATORS = ("operator 1", "operator 2")
ZHENGZHOU = Node(
    name=NODE,
    title=Title("郑州市教育局可信节点(示例)", "Zhengzhou education node (example)"),
    ids=("inst_41",),
    regions=("4101",),
    types=("honour/1",),
    registrars=2,
    keys=tuple(
        NodeKey(private_key(name).public, use, ALWAYS)
        for name, use in (
            ("registrar 1", "registrar"),
            ("registrar 2", "registrar"),
            ("log", "log"),
            ("receipt", "receipt"),
            ("status", "status"),
        )
    ),
    status_url="https://kexin.zz.example/v1/status",
    records_url="https://kexin.zz.example/v1/records",
)
DEV_CHAIN = TrustedChain(
    id="eip155:31337",
    genesis=sm3.digest(b"example genesis"),
    contract="0x5fbdb2315678afecb367f032d93f642f64180aa3",
    code_digest=sm3.digest(b"example code"),
    driver="evm",
    assurance="demo",
    minimum="receipt",
    title=Title("演示链", "Demonstration chain"),
)
CUT_OFF = CutOff(
    kid=kid("stolen"),
    reason="key_compromise",
    at=datetime(2026, 11, 1, tzinfo=UTC),
    keep=(Kept(f"{NODE}/log/{SCHOOL}/2026", 120),),
)
LIST = TrustList(
    root=ROOT.fingerprint,
    seq=2,
    previous=sm3.digest(b"example first list"),
    issued_at=datetime(2026, 11, 1, tzinfo=UTC),
    next_update=datetime(2027, 1, 30, tzinfo=UTC),
    nodes=(ZHENGZHOU,),
    witnesses=(Witness("witness.example", private_key("witness").public),),
    witnesses_required=0,
    chains=(DEV_CHAIN,),
    cut_offs=(CUT_OFF,),
)


def sealed_list(trust: TrustList = LIST, *names: str) -> dict[str, Json]:
    return seal(trust.to_json(), trust_list.TYP, *(names or OPERATORS))


def statuses() -> StatusList:
    changed = StatusList.empty(16_384)
    changed.set(17, Status.INVALID)
    changed.set(423, Status.SUSPENDED)
    return changed


def status_token(**changes: Any) -> str:
    arguments: dict[str, Any] = {"uri": STATUS.uri, "seq": 7, "now": NOW}
    return status_list.sign_list(
        statuses(), **{**arguments, **changes}, kid=kid("status"), sign=signer("status")
    )


ASSERTION = Assertion(
    uri=STATUS.uri,
    index=STATUS.index,
    status=Status.VALID,
    credential=credential.digest(sign(build()).split("~")[0]),
    seq=7,
    issued_at=NOW,
    expires_at=NOW + status_list.LIFE,
)


def assertion_token(assertion: Assertion = ASSERTION) -> str:
    return status_list.sign_assertion(assertion, kid=kid("status"), sign=signer("status"))


def pack(**changes: Any) -> bytes:
    arguments: dict[str, Any] = {
        "node": NODE,
        "lists": {STATUS.uri: status_token()},
        "trust": sealed_list(),
        "now": NOW,
        "expires_at": NOW + status_list.LIFE,
    }
    return status_pack.build(**{**arguments, **changes}, kid=kid("status"), sign=signer("status"))


SITE = Site(NODE, f"https://{NODE}", "可信")
SESSION = sm3.digest(b"example secret of a browser")
CHALLENGE = challenges.new(
    ChallengePurpose.SIGN_IN, session=SESSION, account=None, now=NOW, random=Sequence("challenge")
)
AUTH = device_key.auth_message(SITE, CHALLENGE)

ORDER = Order(
    action=Action.REVOKE,
    actor="opr_01JD0000000000000000000001",
    scope=SCHOOL,
    text=Text(
        zh=(f"撤销证书 {NUMBER}", "理由:错误颁发", "撤销后不能恢复。"),
        en=(f"Revoke certificate {NUMBER}", "Reason: issued in error", "This cannot be undone."),
    ),
    payload=approval.change_row(CHANGE),
)
ACT = step_up.prepare(ORDER, SITE, session=SESSION, now=NOW, random=Sequence("act"))


CONSENT = Receipt(
    id="cns_01JD0000000000000000000001",
    node=NODE,
    decision=consent.Decision.GIVEN,
    decided_at=NOW,
    language="zh-CN",
    principal=sm3.digest(b"example pairwise number of a child"),
    actor=Actor(guardian=True, id=sm3.digest(b"example pairwise number of a mother")),
    acr=Acr.AAL2PR,
    amr=("pop", "swk", "user"),
    controller=Controller(SCHOOL, RECORD.name_zh, RECORD.uscc, "个人信息保护负责人 0371-66880000"),
    notice=consent.Notice(
        f"https://{NODE}/privacy", "2026-09", sm3.digest(b"example privacy notice")
    ),
    text=sm3.digest("同意向竞赛组织方提供姓名和班级。".encode()),
    purposes=(
        Purpose(
            id="competition",
            text="报名参加市级科技竞赛",
            categories=("class", "name"),
            basis=Basis.GUARDIAN,
            recipients=("郑州市科技竞赛组委会(示例)",),
            ends_at=datetime(2027, 6, 30, 16, tzinfo=UTC),
            primary=False,
        ),
        Purpose(
            id="photo",
            text="在学校网站展示获奖照片",
            categories=("name", "photo"),
            basis=Basis.GUARDIAN,
            recipients=(),
            ends_at=None,
            primary=False,
        ),
    ),
    sensitive=True,
    under_14=True,
    withdraw_url=f"https://{NODE}/consent",
    previous=None,
)


def consent_token(receipt: Receipt = CONSENT) -> str:
    return consent.sign(receipt, kid=kid("consent"), sign=signer("consent"))
