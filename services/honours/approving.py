"""Approval: another person signs the manifest of exactly these rows, and the numbers are taken.

1 read the batch, refuse what could not be bound, and make the manifest; 2 prove the approver's
factors and open his key; 3 sign; 4 in one transaction: keep the approval and its entry, reserve
the numbers, bind the rows, queue the job. From then on the batch can only finish: an approval's
life ends where it is bound (docs/decisions/0009-an-approved-batch-can-only-finish.md).

Errors     Refused approver_is_preparer, role_missing; Conflict batch_not_draft, notice_over,
           not_accredited, institution_closed, event_not_possible; Invalid reason_missing;
           Unauthenticated sign_in_refused; NotFound batch_unknown; Tampered
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crypto import canonical, sm3
from crypto.errors import NotAuthorized
from crypto.jws import b64u
from crypto.provider import Use
from identity import approval, codes, instants
from identity.approval import Approval, Grounds
from identity.credential_types import HONOUR
from identity.levels import Role
from services.accounts import operators, personal_keys, sign_in
from services.accounts.operators import Operator
from services.accounts.personal_keys import Opened as OpenedKey
from services.audit import trail
from services.honours import authority, obstacles, programmes, queries, rows
from services.honours.authority import Authority
from services.honours.remarks import texts as remarks
from services.honours.tables import APPROVAL, BATCH
from services.honours.workflow import APPROVER, NUMBERED, PREPARER, SYSTEM, TABLE
from services.platform import clock, guarded, issuing
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid, NotFound
from services.platform.jobs import queue
from services.platform.work import Runtime, Work
from services.registry import institutions

JOB = "honours.issue"
DRAFT, APPROVED, RETURNED, DONE = "draft", "approved", "returned", "done"
WITHDRAWN = "withdrawn"
REASON_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval set going."""

    batch_id: str
    job_id: str
    first_number: str
    last_number: str


@dataclass(frozen=True, slots=True)
class Bound:
    """An approval that was bound: what the issuer's key asks for, and what entries name."""

    grounds: Grounds
    digest: bytes


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
    approval.verify(document, key.public)  # remembered, so that no lock is held meanwhile
    # 4
    with runtime.writing() as work:
        return _bind(work, actor, key, manifest, document)


def send_back(work: Work, actor: Operator, batch_id: str, reason: str) -> None:
    """Return a draft to its preparer, who makes a new one; its rows are cancelled."""
    said = reason.strip()[:REASON_LENGTH]
    if not said:
        raise Invalid("reason_missing")
    batch = load(work, batch_id, lock=True)
    authority.to_decide(work, actor, batch)
    _cancel(work, batch, event="return", role=APPROVER)
    sealed = remarks.seal(work, batch_id, "returned", said)
    change(work, batch, state=RETURNED, returned_sealed=sealed)
    trail.record(work, actor=actor.id, action="batch.return", object=batch_id)


def withdraw(work: Work, actor: Operator, batch_id: str) -> None:
    """Take a draft back as a preparer; its rows are cancelled and may be imported again."""
    batch = load(work, batch_id, lock=True)
    operators.again(work, actor).require(Role.PREPARER, batch["institution_id"])
    _cancel(work, batch, event="withdraw", role=PREPARER)
    change(work, batch, state=WITHDRAWN)
    trail.record(work, actor=actor.id, action="batch.withdraw", object=batch_id)


def resume(work: Work, actor: Operator, batch_id: str) -> str:
    """Queue the rest of an approved batch whose job failed; return the job's id."""
    batch = load(work, batch_id, lock=True)
    authority.to_decide(work, actor, batch)
    if batch["state"] != APPROVED:
        raise Conflict("batch_not_approved", state=batch["state"])
    left = queries.row_states(work.session, batch_id).get(NUMBERED, 0)
    trail.record(work, actor=actor.id, action="batch.resume", object=batch_id, rows=left)
    return queue.enqueue_once(work, kind=JOB, subject=batch_id, total=left)


def load(work: Work, batch_id: str, *, lock: bool = False) -> Mapping[Any, Any]:
    """Return a batch. Raises NotFound, Tampered."""
    row = queries.batch(work.session, batch_id, lock=lock)
    if row is None:
        raise NotFound("batch_unknown")
    return guarded.check(work.protect, BATCH, row)


def change(work: Work, batch: Mapping[Any, Any], **values: object) -> None:
    """Change columns of a batch that the caller holds."""
    row = {name: value for name, value in batch.items() if name != "mac"} | values
    queries.replace_batch(work.session, guarded.stamp(work.protect, BATCH, row))


def keep(
    work: Work,
    subject: Mapping[Any, Any],
    actor: Operator,
    key: OpenedKey,
    document: bytes,
    *,
    ground: Authority,
) -> Bound:
    """Bind an approval: check it once more, store it and write its entry, with its ground."""
    digest, salt = approval.digest(document), work.random(16)
    content = canonical.dumps(
        {
            "delegation": ground.delegation_id,
            "digest": b64u(digest),
            "ground": ground.ground,
            "salt": b64u(salt),
        }
    )
    draft = issuing.EntryDraft(kind="approval", digest=sm3.digest(content), approval=digest)
    [appended] = issuing.append(work, institution=subject["institution_id"], drafts=[draft])
    row = {
        "id": new_id("apr", work.random),
        "subject_id": subject["id"],
        "document": document.decode(),
        "digest": digest,
        "preparer_edu_id": subject["preparer_edu_id"],
        "approver_edu_id": actor.edu_id,
        "approver_kid": key.kid,
        "ground": ground.ground,
        "delegation_id": ground.delegation_id,
        "salt": salt,
        "log_origin": appended.origin,
        "log_index": appended.index,
        "bound_at": work.now,
    }
    queries.add_approval(work.session, guarded.stamp(work.protect, APPROVAL, row))
    return bound(work, subject)


def bound(work: Work, subject: Mapping[Any, Any]) -> Bound:
    """Return the approval that a batch or request was bound by. Raises NotAuthorized, Tampered."""
    row = queries.approval_of(work.session, subject["id"])
    if row is None:
        raise NotAuthorized("authorization_missing", kid="")
    guarded.check(work.protect, APPROVAL, row)
    approver_key, _ = personal_keys.public_key(work, row["approver_kid"])
    grounds = Grounds(
        document=row["document"].encode(),
        approver_key=approver_key,
        approver=row["approver_edu_id"],
        preparer=subject["preparer_edu_id"],
        institution=subject["institution_id"],
        now=row["bound_at"],
    )
    return Bound(grounds, row["digest"])


def _manifest(work: Work, actor: Operator, batch_id: str) -> _Manifest:
    batch = load(work, batch_id)
    authority.to_approve(work, actor, batch)
    programme = programmes.load(work, batch["programme_id"])
    found = rows.of_batch(work, batch)
    _require_ready(work, batch, programme, found)
    opened = rows.open_rows(work, programme, found)
    return _Manifest(batch, programme, tuple(each.commitment for each in opened))


def _bind(
    work: Work, actor: Operator, key: OpenedKey, manifest: _Manifest, document: bytes
) -> Approved:
    """Do everything that follows from the signature, together or not at all."""
    batch_id, institution_id = manifest.batch["id"], manifest.batch["institution_id"]
    batch = load(work, batch_id, lock=True)
    institutions.load(work, institution_id, lock=True)
    ground = authority.to_approve(work, actor, batch)
    found = rows.of_batch(work, batch)
    _require_ready(work, batch, manifest.programme, found)
    kept = keep(work, batch, actor, key, document, ground=ground)
    approval.check_grounds(kept.grounds, approval.ISSUE)
    numbers = _number(work, batch, manifest.programme["category"], found)
    change(work, batch, state=APPROVED)
    job_id = queue.enqueue(work, kind=JOB, subject=batch_id, total=len(numbers))
    trail.record(
        work,
        actor=actor.id,
        action="batch.approve",
        object=batch_id,
        rows=len(numbers),
        ground=ground.ground,
        delegation=ground.delegation_id,
    )
    return Approved(batch_id, job_id, numbers[0], numbers[-1])


def _require_ready(
    work: Work,
    batch: Mapping[Any, Any],
    programme: Mapping[Any, Any],
    found: Sequence[Mapping[Any, Any]],
) -> None:
    """Refuse what could not be issued. Asked before the approver proves himself, and again."""
    if batch["state"] != DRAFT:
        raise Conflict("batch_not_draft", state=batch["state"])
    for state in sorted({row["state"] for row in found}):
        TABLE.apply(state, "approve", APPROVER, _facts(work, batch))
    institution = institutions.load(work, batch["institution_id"])
    if not obstacles.may_issue(work, institution, programme["level"]):
        raise Conflict("not_accredited", level=programme["level"])
    institutions.current_code(work, batch["institution_id"])


def _number(
    work: Work, batch: Mapping[Any, Any], category: str, found: Sequence[Mapping[Any, Any]]
) -> list[str]:
    """Reserve one number for each row and move the rows to NUMBERED."""
    facts = _facts(work, batch)
    prefix = institutions.current_code(work, batch["institution_id"])
    year = clock.year_of(work.now)
    letter = codes.LETTERS[category]
    first = queries.reserve_numbers(work.session, prefix, year, letter, len(found))
    numbers = [codes.number(prefix, year, category, first + n) for n in range(len(found))]
    changed = []
    for row, number in zip(found, numbers, strict=True):
        state = TABLE.apply(row["state"], "approve", APPROVER, facts)
        state = TABLE.apply(state, "number", SYSTEM)
        changed.append((row, {"state": state, "number": number}))
    rows.change(work, changed)
    return numbers


def _facts(work: Work, batch: Mapping[Any, Any]) -> tuple[str, ...]:
    """The public notice ends at the end of its last day in Asia/Shanghai."""
    over = clock.in_shanghai(work.now).date() > instants.read_day(batch["notice_to"])
    return ("notice_over",) if over else ()


def _cancel(work: Work, batch: Mapping[Any, Any], *, event: str, role: str) -> None:
    if batch["state"] != DRAFT:
        raise Conflict("batch_not_draft", state=batch["state"])
    found = rows.of_batch(work, batch)
    rows.change(work, [(row, {"state": TABLE.apply(row["state"], event, role)}) for row in found])
