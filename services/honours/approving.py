"""Approval: another person signs the manifest of exactly these rows, and the numbers are taken.

1 read the batch and make the manifest; 2 prove the approver's factors and open his key; 3 sign;
4 in one transaction: keep the approval and its entry, reserve the numbers, bind the rows, queue
the job. From then on the batch can only finish.

Errors     Refused approver_is_preparer, role_missing; Conflict batch_not_draft, notice_over,
           event_not_possible; Unauthenticated sign_in_refused
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crypto import canonical, sm3
from crypto.jws import b64u
from crypto.provider import Use
from identity import approval, codes, instants
from identity.approval import Approval
from identity.credential_types import HONOUR
from identity.levels import Role
from services.accounts import sign_in
from services.accounts.operators import Operator
from services.accounts.personal_keys import Opened as OpenedKey
from services.audit import trail
from services.honours import programmes, queries, rows
from services.honours.workflow import APPROVER, SYSTEM, TABLE
from services.platform import clock, issuing
from services.platform.db import new_id
from services.platform.errors import Conflict, NotFound, Refused
from services.platform.jobs import queue
from services.platform.work import Runtime, Work
from services.registry import institutions

JOB = "honours.issue"
DRAFT, APPROVED, RETURNED, DONE = "draft", "approved", "returned", "done"


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval set going."""

    batch_id: str
    job_id: str
    first_number: str
    last_number: str


@dataclass(frozen=True, slots=True)
class _Manifest:
    batch: Mapping[Any, Any]
    programme: Mapping[Any, Any]
    commitments: tuple[bytes, ...]


def approve(
    runtime: Runtime, actor: Operator, batch_id: str, *, password: str, code: str
) -> Approved:
    """Approve a batch with a fresh proof of both factors."""
    # 1
    with runtime.reading() as work:
        manifest = _manifest(work, actor, batch_id)
        now = work.now
    # 2
    key = sign_in.open_personal_key(
        runtime, actor, password, code, use=Use.APPROVAL, typ=approval.TYP
    )
    # 3
    signed = Approval(
        action=approval.ISSUE,
        institution=manifest.batch["institution_id"],
        batch=batch_id,
        type=HONOUR.name,
        template=manifest.programme["id"],
        rows=manifest.commitments,
        preparer=manifest.batch["preparer_edu_id"],
        approver=actor.edu_id,
        approved_at=now,
        expires_at=now + approval.LIFE,
        exclusions=manifest.batch["excluded"],
    )
    document = approval.seal(signed, kid=key.kid, sign=key.sign)
    # 4
    with runtime.writing() as work:
        return _bind(work, actor, key, manifest, document)


def send_back(work: Work, actor: Operator, batch_id: str, reason: str) -> None:
    """Return a draft to its preparer, who makes a new one; its rows are withdrawn."""
    batch = load(work, batch_id, lock=True)
    actor.require(Role.APPROVER, batch["institution_id"])
    if batch["state"] != DRAFT:
        raise Conflict("batch_not_draft", state=batch["state"])
    values = {"state": RETURNED, "returned_reason": reason[:200]}
    queries.change_batch(work.session, batch_id, values)
    queries.change_all_rows(work.session, batch_id, {"state": "CANCELLED"})
    trail.record(work, actor=actor.id, action="batch.return", object=batch_id)


def load(work: Work, batch_id: str, *, lock: bool = False) -> Mapping[Any, Any]:
    """Return a batch. Raises NotFound."""
    row = queries.batch(work.session, batch_id, lock=lock)
    if row is None:
        raise NotFound("batch_unknown")
    return row


def keep(
    work: Work, subject: Mapping[Any, Any], actor: Operator, key: OpenedKey, document: bytes
) -> bytes:
    """Store an approval and write its entry; return its digest."""
    digest, salt = approval.digest(document), work.random(16)
    content = canonical.dumps({"digest": b64u(digest), "salt": b64u(salt)})
    draft = issuing.EntryDraft(kind="approval", digest=sm3.digest(content), approval=digest)
    issuing.append(work, institution=subject["institution_id"], drafts=[draft])
    row = {
        "id": new_id("apr", work.random),
        "subject_id": subject["id"],
        "document": document.decode(),
        "digest": digest,
        "preparer_edu_id": subject["preparer_edu_id"],
        "approver_edu_id": actor.edu_id,
        "approver_kid": key.kid,
        "created_at": work.now,
    }
    queries.add_approval(work.session, row)
    return digest


def require_second_person(actor: Operator, subject: Mapping[Any, Any]) -> None:
    """Raise Refused unless the approver is another person than the preparer."""
    actor.require(Role.APPROVER, subject["institution_id"])
    if actor.edu_id == subject["preparer_edu_id"]:
        raise Refused("approver_is_preparer")


def _manifest(work: Work, actor: Operator, batch_id: str) -> _Manifest:
    batch = load(work, batch_id)
    require_second_person(actor, batch)
    if batch["state"] != DRAFT:
        raise Conflict("batch_not_draft", state=batch["state"])
    programme = programmes.load(work, batch["programme_id"])
    opened = rows.open_rows(work, programme, queries.batch_rows(work.session, batch_id))
    return _Manifest(batch, programme, tuple(each.commitment for each in opened))


def _bind(
    work: Work, actor: Operator, key: OpenedKey, manifest: _Manifest, document: bytes
) -> Approved:
    """Do everything that follows from the signature, together or not at all."""
    batch_id, institution_id = manifest.batch["id"], manifest.batch["institution_id"]
    batch = load(work, batch_id, lock=True)
    if batch["state"] != DRAFT:
        raise Conflict("batch_not_draft", state=batch["state"])
    institutions.load(work, institution_id, lock=True)
    keep(work, batch, actor, key, document)
    numbers = _number(work, manifest)
    queries.change_batch(work.session, batch_id, {"state": APPROVED})
    job_id = queue.enqueue(work, kind=JOB, subject=batch_id, total=len(numbers))
    trail.record(work, actor=actor.id, action="batch.approve", object=batch_id, rows=len(numbers))
    return Approved(batch_id, job_id, numbers[0], numbers[-1])


def _number(work: Work, manifest: _Manifest) -> list[str]:
    """Reserve one number for each row and move the rows to NUMBERED."""
    batch, category = manifest.batch, manifest.programme["category"]
    facts = ("notice_over",) if _notice_over(work, batch) else ()
    prefix = institutions.current_code(work, batch["institution_id"])
    year = clock.year_of(work.now)
    found = queries.batch_rows(work.session, batch["id"])
    letter = codes.LETTERS[category]
    first = queries.reserve_numbers(work.session, prefix, year, letter, len(found))
    numbers = [codes.number(prefix, year, category, first + n) for n in range(len(found))]
    changed = []
    for row, number in zip(found, numbers, strict=True):
        state = TABLE.apply(row["state"], "approve", APPROVER, facts)
        state = TABLE.apply(state, "number", SYSTEM)
        changed.append({"row_id": row["id"], "state": state, "number": number, "void_reason": None})
    queries.change_rows(work.session, changed)
    return numbers


def _notice_over(work: Work, batch: Mapping[Any, Any]) -> bool:
    """The public notice ends at the end of its last day in Asia/Shanghai."""
    return clock.in_shanghai(work.now).date() > instants.read_day(batch["notice_to"])
