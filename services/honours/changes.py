"""Changes of status by two people: revoke, suspend, lift, for one certificate or many.

A preparer asks, another person signs the manifest of exactly these changes; then, in one
transaction, each change becomes an entry of the log, a new state and a new value in the status
list, and the list is published at once. Superseding is a batch of its own (honours.drafting).

Errors     Invalid change_reason, change_numbers, certificate_number_invalid; NotFound
           certificate_unknown; Conflict event_not_possible, request_not_open; Refused
           approver_is_preparer, role_missing; InvalidApproval (identity)
"""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crypto import canonical, sm3
from crypto.jws import b64u, unb64u
from crypto.provider import Use
from identity import approval, codes
from identity.approval import Approval, Change
from identity.credential_types import HONOUR
from identity.levels import Role
from identity.status_list import Status
from services.accounts import operators, sign_in
from services.accounts.operators import Operator
from services.accounts.personal_keys import Opened
from services.audit import trail
from services.honours import approving, authority, queries, standing
from services.honours.tables import STATUS_REQUEST
from services.honours.workflow import (
    APPROVER,
    LIVE,
    TABLE,
)
from services.platform import guarded, issuing
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid, NotFound
from services.platform.issuing import EntryDraft
from services.platform.work import Runtime, Work
from services.status import lists

STATUSES = {"revoke": Status.INVALID, "suspend": Status.SUSPENDED, "lift": Status.VALID}
REASONS = (
    "issued_in_error",
    "facts_wrong",
    "name_changed",
    "honour_withdrawn",
    "under_dispute",
    "dispute_settled",
    "key_compromise",
    "other",
)
MOST_NUMBERS = 5_000
OPEN, DONE, REFUSED = "open", "done", "refused"


@dataclass(frozen=True, slots=True)
class Asked:
    """One change of a request, with the salt of its row in the manifest."""

    change: Change
    salt: bytes


def ask(work: Work, actor: Operator, *, action: str, reason: str, numbers: Sequence[str]) -> str:
    """Ask for a change of these certificates of one institution; return the request's id."""
    if action not in STATUSES or reason not in REASONS:
        raise Invalid("change_reason", action=action)
    unique = list(dict.fromkeys(codes.validate_certificate_number(each) for each in numbers))
    if not 0 < len(unique) <= MOST_NUMBERS or len(unique) != len(numbers):
        raise Invalid("change_numbers", most=MOST_NUMBERS)
    fresh = operators.again(work, actor)
    found = _certificates(work, unique, scopes=fresh.scopes(*Role))
    institutions = {row["institution_id"] for row in found.values()}
    if len(institutions) != 1:
        raise Invalid("change_institutions")
    institution_id = institutions.pop()
    fresh.require(Role.PREPARER, institution_id)
    for row in found.values():
        TABLE.apply(row["state"], action, APPROVER, ("two_persons",))
    request_id = new_id("req", work.random)
    row = {
        "id": request_id,
        "institution_id": institution_id,
        "action": action,
        "reason": reason,
        "numbers": canonical.dumps(unique).decode(),
        "salts": canonical.dumps([b64u(work.random(16)) for _ in unique]).decode(),
        "state": OPEN,
        "preparer_id": actor.id,
        "preparer_edu_id": actor.edu_id,
        "created_at": work.now,
    }
    queries.add_status_request(work.session, guarded.stamp(work.protect, STATUS_REQUEST, row))
    trail.record(
        work, actor=actor.id, action=f"change.ask.{action}", object=request_id, count=len(unique)
    )
    return request_id


def approve(runtime: Runtime, actor: Operator, request_id: str, *, password: str, code: str) -> int:
    """Approve a request with a fresh proof of both factors; return how many changed."""
    with runtime.reading() as work:
        request = load(work, request_id)
        authority.to_approve(work, actor, request)
        _require_open(request)
        asked, now = _asked(work, request), work.now
    key = sign_in.open_personal_key(
        runtime, actor, password, code, use=Use.APPROVAL, typ=approval.TYP
    )
    manifest = _manifest(request, actor, asked, now)
    document = approval.seal(manifest, kid=key.kid, sign=key.sign)
    approval.verify(document, key.public)  # remembered, so that no lock is held meanwhile
    with runtime.writing() as work:
        _apply(work, actor, key, request_id, document)
    return len(asked)


def refuse(work: Work, actor: Operator, request_id: str) -> None:
    """Refuse a request; nothing changes."""
    request = load(work, request_id, lock=True)
    authority.to_decide(work, actor, request)
    _require_open(request)
    _change_state(work, request, REFUSED)
    trail.record(work, actor=actor.id, action="change.refuse", object=request_id)


def load(work: Work, request_id: str, *, lock: bool = False) -> Mapping[Any, Any]:
    """Return a request. Raises NotFound, Tampered."""
    row = queries.status_request(work.session, request_id, lock=lock)
    if row is None:
        raise NotFound("request_unknown")
    return guarded.check(work.protect, STATUS_REQUEST, row)


def numbers_of(request: Mapping[Any, Any]) -> list[str]:
    """Return the numbers of the certificates that a request is about."""
    listed = canonical.loads(request["numbers"].encode())
    return [str(number) for number in listed] if isinstance(listed, list) else []


def _apply(work: Work, actor: Operator, key: Opened, request_id: str, document: bytes) -> None:
    """Do what was approved, all of it or nothing."""
    request = load(work, request_id, lock=True)
    ground = authority.to_approve(work, actor, request)
    _require_open(request)
    asked = _asked(work, request)
    numbers = [each.change.number for each in asked]
    certificates = queries.lock_certificates(work.session, numbers)
    standing.check(work, certificates.values())
    states = {
        number: TABLE.apply(row["state"], request["action"], APPROVER, ("two_persons",))
        for number, row in certificates.items()
    }
    queries.change_states(work.session, states)
    ended = [row["row_id"] for number, row in certificates.items() if states[number] not in LIVE]
    queries.set_live(work.session, ended, live=False)
    lists.change(work, [_listed(each.change) for each in asked])
    bound = approving.keep(work, request, actor, key, document, ground=ground)
    for position, each in enumerate(asked):
        approval.check_change(bound.grounds, each.change, position=position, salt=each.salt)
    _log(work, request, asked, bound.digest)
    _change_state(work, request, DONE)
    trail.record(
        work,
        actor=actor.id,
        action=f"change.approve.{request['action']}",
        object=request_id,
        count=len(asked),
        ground=ground.ground,
        delegation=ground.delegation_id,
    )
    work.after_commit(lambda: lists.publish_at_once(work.runtime))


def _log(
    work: Work, request: Mapping[Any, Any], asked: Sequence[Asked], approval_digest: bytes
) -> None:
    """Make each change an entry of the institution's log."""
    rows = [_row(work, request, each.change) for each in asked]
    drafts = [
        EntryDraft("status", sm3.digest(row["content"].encode()), approval_digest) for row in rows
    ]
    appended = issuing.append(work, institution=request["institution_id"], drafts=drafts)
    queries.add_status_changes(
        work.session,
        [
            {**row, "log_origin": at.origin, "log_index": at.index}
            for row, at in zip(rows, appended, strict=True)
        ],
    )


def _row(work: Work, request: Mapping[Any, Any], change: Change) -> dict[str, Any]:
    salt = work.random(16)
    content = {
        "action": change.action,
        "credential": b64u(change.credential),
        "number": change.number,
        "reason": change.reason,
        "salt": b64u(salt),
    }
    return {
        "request_id": request["id"],
        "number": change.number,
        "action": change.action,
        "salt": salt,
        "content": canonical.dumps(content).decode(),
        "at": work.now,
    }


def _listed(change: Change) -> lists.Change:
    """A lifted suspension leaves no reason behind: the credential is simply valid again."""
    reason = None if change.action == "lift" else change.reason
    return lists.Change(change.credential, STATUSES[change.action], reason=reason)


def _change_state(work: Work, request: Mapping[Any, Any], state: str) -> None:
    row = {name: value for name, value in request.items() if name != "mac"} | {"state": state}
    queries.replace_status_request(work.session, guarded.stamp(work.protect, STATUS_REQUEST, row))


def _manifest(
    request: Mapping[Any, Any], actor: Operator, asked: Sequence[Asked], now: datetime
) -> Approval:
    return Approval(
        action=request["action"],
        institution=request["institution_id"],
        batch=request["id"],
        type=HONOUR.name,
        template=None,
        rows=tuple(
            approval.row_commitment(each.salt, approval.change_row(each.change)) for each in asked
        ),
        preparer=request["preparer_edu_id"],
        approver=actor.edu_id,
        approved_at=now,
        expires_at=now + approval.LIFE,
        exclusions=0,
    )


def _asked(work: Work, request: Mapping[Any, Any]) -> list[Asked]:
    numbers = canonical.loads(request["numbers"].encode())
    salts = canonical.loads(request["salts"].encode())
    if not isinstance(numbers, list) or not isinstance(salts, list):
        raise NotFound("request_unknown")
    named = [str(number) for number in numbers]
    found = _certificates(work, named, scopes={request["institution_id"]})
    return [
        Asked(
            Change(number, found[number]["credential"], request["action"], request["reason"]),
            unb64u(str(salt)),
        )
        for number, salt in zip(named, salts, strict=True)
    ]


def _certificates(
    work: Work, numbers: Sequence[str], *, scopes: Container[str]
) -> dict[str, Mapping[Any, Any]]:
    """Return certificates by number; one of another institution is as unknown as none.

    Raises NotFound; Tampered for one whose row is not what was signed, or stands otherwise: a
    revoked certificate that somebody's other hands call suspended is never lifted.
    """
    found = queries.certificates_of(work.session, numbers)
    for number in numbers:
        if number not in found or found[number]["institution_id"] not in scopes:
            raise NotFound("certificate_unknown", number=number)
    standing.check(work, found.values())
    return {**found}


def _require_open(request: Mapping[Any, Any]) -> None:
    if request["state"] != OPEN:
        raise Conflict("request_not_open", state=request["state"])
