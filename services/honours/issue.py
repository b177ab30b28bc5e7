"""The issuing job: one chunk at a time, signed outside, written down in one short transaction.

Released     nothing before its commit: certificates, status places, entries, tree nodes, row
             states and the job's cursor commit together, under the job's fencing token
Again        signing again after a crash is harmless; the constraints keep one certificate a row
Void         a row that cannot be issued (its pupil has the award already, or was forgotten)
             becomes a logged void number, so that numbers stay free of gaps
Waits        until the institution's issuer record is anchored: no credential is older than it
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crypto import canonical, sm3, sm4
from crypto.entropy import Random
from crypto.errors import NotAuthorized
from crypto.jws import b64u
from crypto.provider import KeyRef
from identity import credential
from identity.approval import Authorization, Grounds
from identity.check_characters import ALPHABET
from identity.status_list import Status
from ledger import sql_store
from services.accounts import personal_keys
from services.audit import trail
from services.honours import programmes, queries, rows
from services.honours.approving import DONE, load
from services.honours.rows import Opened
from services.honours.workflow import APPROVER, LIVE, NUMBERED, SYSTEM, TABLE
from services.platform import issuing
from services.platform.errors import Conflict
from services.platform.issuing import EntryDraft
from services.platform.jobs import queue
from services.platform.jobs.queue import Lease
from services.platform.record_keys import RecordKeys
from services.platform.work import Runtime, Work
from services.registry import keys, records
from services.status import lists
from services.status.lists import Place

CHUNK = 250
CODE_LENGTH = 16
TRIES = 5
RECORD_WAIT_SECONDS = 2


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What one chunk needs, read in one snapshot."""

    batch: Mapping[Any, Any]
    programme: Mapping[Any, Any]
    rows: Sequence[Opened]
    void: Sequence[tuple[Mapping[Any, Any], str]]
    places: Sequence[Place]
    ref: KeyRef
    record_digest: bytes
    grounds: Grounds
    approval_digest: bytes
    record_keys: Mapping[str, bytes]
    now: datetime


@dataclass(frozen=True, slots=True)
class _Made:
    """A signed certificate that nobody has seen yet."""

    row: Opened
    place: Place
    digest: bytes
    sealed: bytes
    code_digest: bytes


def run(runtime: Runtime, lease: Lease) -> Lease:
    """Issue one chunk of a batch; return the lease, ended when the batch is done."""
    with runtime.reading() as work:
        waiting = not _record_anchored(work, lease.subject)
    if waiting:
        with runtime.writing() as work:
            return queue.give_back(
                work, lease, delay_seconds=RECORD_WAIT_SECONDS, code="record_not_anchored"
            )
    for _ in range(TRIES):
        try:
            return _run_once(runtime, lease)
        except Conflict as error:
            if error.code != "already_exists":
                raise
    raise Conflict("issuing_contended", batch=lease.subject)


def _run_once(runtime: Runtime, lease: Lease) -> Lease:
    with runtime.reading() as work:
        chunk = _load(work, lease)
    if not chunk.rows and not chunk.void:
        with runtime.writing() as work:
            return _finish(work, lease)
    made = [
        _make(runtime, chunk, opened, place)
        for opened, place in zip(chunk.rows, chunk.places, strict=True)
    ]
    with runtime.writing() as work:
        _store(work, chunk, made)
        count = len(made) + len(chunk.void)
        return queue.advance(work, lease, cursor=lease.cursor + count, done=lease.done + count)


def _record_anchored(work: Work, batch_id: str) -> bool:
    batch = load(work, batch_id)
    _, row = records.newest(work, batch["institution_id"])
    anchored = sql_store.anchored(work.session, row["log_origin"], row["log_index"])
    return anchored is not None and anchored.receipt is not None


def _load(work: Work, lease: Lease) -> _Chunk:
    batch = load(work, lease.subject)
    programme = programmes.load(work, batch["programme_id"])
    found = queries.batch_rows(work.session, batch["id"], start=lease.cursor, limit=CHUNK)
    found = [row for row in found if row["state"] == NUMBERED]
    void = _cannot(work, batch, found)
    good = [row for row in found if row["id"] not in void]
    signed = queries.approval_of(work.session, batch["id"])
    if signed is None:
        raise NotAuthorized("authorization_missing", kid="")
    approver_key, _ = personal_keys.public_key(work, signed["approver_kid"])
    _, record = records.newest(work, batch["institution_id"])
    return _Chunk(
        batch=batch,
        programme=programme,
        rows=rows.open_rows(work, programme, good),
        void=[(row, void[row["id"]]) for row in found if row["id"] in void],
        places=lists.places(work, len(good)),
        ref=keys.issuer_ref(work, batch["institution_id"]),
        record_digest=record["digest"],
        grounds=Grounds(
            document=signed["document"].encode(),
            approver_key=approver_key,
            approver=signed["approver_edu_id"],
            preparer=batch["preparer_edu_id"],
            institution=batch["institution_id"],
            now=work.now,
        ),
        approval_digest=signed["digest"],
        record_keys=RecordKeys.of(work.runtime).open_many(
            work.session, [row["id"] for row in good]
        ),
        now=work.now,
    )


def _cannot(
    work: Work, batch: Mapping[Any, Any], found: Sequence[Mapping[Any, Any]]
) -> dict[str, str]:
    """Return the rows that cannot become certificates, with the reason."""
    open_keys = RecordKeys.of(work.runtime).open_existing(
        work.session, [row["id"] for row in found]
    )
    void = {row["id"]: "forgotten" for row in found if open_keys.get(row["id"]) is None}
    live = queries.live_of_persons(
        work.session,
        batch["institution_id"],
        batch["programme_id"],
        batch["period"],
        [row["person_index"] for row in found],
    )
    held = {(each["person_index"], each["award_index"]): each["number"] for each in live}
    for row in found:
        other = held.get((row["person_index"], row["award_index"]))
        if other is not None and other != row["supersedes"]:
            void.setdefault(row["id"], "duplicate")
        if row["supersedes"] is not None:
            replaced = queries.certificate(work.session, row["supersedes"])
            if replaced is None or replaced["state"] not in LIVE:
                void.setdefault(row["id"], "successor_exists")
    return void


def _make(runtime: Runtime, chunk: _Chunk, opened: Opened, place: Place) -> _Made:
    """Build, sign and seal one certificate. The provider verifies what it signs."""
    number = opened.row["number"]
    unsigned = credential.build(
        opened.statement,
        issuer=chunk.batch["institution_id"],
        issued_at=chunk.now,
        number=number,
        status=place.ref,
        random=runtime.random,
    )
    why = Authorization(
        grounds=chunk.grounds,
        position=opened.row["position"],
        salt=opened.salt,
        disclosures=unsigned.disclosures,
        decoys=unsigned.decoys,
    )
    text = credential.sign(
        unsigned,
        kid=chunk.ref.kid,
        sign=runtime.provider.signer(chunk.ref, credential.TYP, why),
    )
    code = new_code(runtime.random)
    content = canonical.dumps({"code": code, "credential": text})
    key = chunk.record_keys[opened.row["id"]]
    return _Made(
        row=opened,
        place=place,
        digest=credential.digest(text.partition("~")[0]),
        sealed=sm4.seal(key, content, number.encode()),
        code_digest=sm3.digest(code.encode()),
    )


def new_code(random: Random) -> str:
    """Return the code of a paper: 16 symbols, 79 random bits."""
    value, symbols = int.from_bytes(random(24)), ""
    for _ in range(CODE_LENGTH):
        value, place = divmod(value, len(ALPHABET))
        symbols += ALPHABET[place]
    return symbols


def _store(work: Work, chunk: _Chunk, made: Sequence[_Made]) -> None:
    """Write a chunk down: what it replaces first, then its certificates, then its voids."""
    drafts = [
        EntryDraft(kind="credential", digest=each.digest, approval=chunk.approval_digest)
        for each in made
    ]
    replaced = _supersede(work, chunk, made)
    voided = _void(work, chunk)
    appended = issuing.append(
        work,
        institution=chunk.batch["institution_id"],
        drafts=drafts + [draft for _, draft in replaced] + voided,
    )
    if made:
        lists.register(work, [(each.digest, each.place) for each in made])
        certificates = [
            _certificate(chunk, each, at) for each, at in zip(made, appended, strict=False)
        ]
        queries.add_certificates(work.session, certificates)
        queries.change_rows(work.session, [_signed(each) for each in certificates])
    changes = [
        {**row, "log_origin": at.origin, "log_index": at.index, "at": work.now}
        for (row, _), at in zip(replaced, appended[len(made) :], strict=False)
    ]
    if changes:
        queries.add_status_changes(work.session, changes)
        work.after_commit(lambda: _publish(work.runtime))


def _publish(runtime: Runtime) -> None:
    lists.publish(runtime, force=True)


def _certificate(chunk: _Chunk, made: _Made, at: issuing.Appended) -> dict[str, Any]:
    row = made.row.row
    return {
        "number": row["number"],
        "institution_id": chunk.batch["institution_id"],
        "programme_id": chunk.batch["programme_id"],
        "batch_id": chunk.batch["id"],
        "row_id": row["id"],
        "position": row["position"],
        "period": chunk.batch["period"],
        "person_index": row["person_index"],
        "award_index": row["award_index"],
        "state": TABLE.apply(row["state"], "sign", SYSTEM, ("in_manifest",)),
        "sealed": made.sealed,
        "credential": made.digest,
        "record_digest": chunk.record_digest,
        "log_origin": at.origin,
        "log_index": at.index,
        "code_digest": made.code_digest,
        "supersedes": row["supersedes"],
        "issued_at": chunk.now,
    }


def _signed(certificate: Mapping[Any, Any]) -> dict[str, Any]:
    return {
        "row_id": certificate["row_id"],
        "state": certificate["state"],
        "number": certificate["number"],
        "void_reason": None,
    }


def _supersede(
    work: Work, chunk: _Chunk, made: Sequence[_Made]
) -> list[tuple[dict[str, Any], EntryDraft]]:
    """Mark what this chunk replaces; return the changes with their entries."""
    done = []
    for each in made:
        number, successor = each.row.row["supersedes"], each.row.row["number"]
        if number is None:
            continue
        old = queries.certificate(work.session, number, lock=True)
        if old is None:
            raise Conflict("certificate_unknown")
        state = TABLE.apply(old["state"], "supersede", APPROVER, ("one_successor",))
        queries.change_certificate(work.session, number, {"state": state})
        lists.change(work, old["credential"], Status.SUPERSEDED, successor=successor)
        salt = work.random(16)
        content = {
            "action": "supersede",
            "number": number,
            "salt": b64u(salt),
            "successor": successor,
        }
        done.append(_change(chunk, number, "supersede", content, salt))
    return done


def _void(work: Work, chunk: _Chunk) -> list[EntryDraft]:
    """Turn rows that cannot be issued into void numbers; return their entries."""
    drafts = []
    for row, reason in chunk.void:
        state = TABLE.apply(row["state"], "void", SYSTEM)
        values = {"row_id": row["id"], "state": state, "number": row["number"]}
        queries.change_rows(work.session, [{**values, "void_reason": reason}])
        content = {
            "action": "void",
            "number": row["number"],
            "reason": reason,
            "salt": b64u(work.random(16)),
        }
        digest = sm3.digest(canonical.dumps(content))
        drafts.append(EntryDraft(kind="status", digest=digest, approval=chunk.approval_digest))
        trail.record(
            work,
            actor=trail.ACTOR_SYSTEM,
            action="number.void",
            object=row["number"],
            result=reason,
        )
    return drafts


def _change(
    chunk: _Chunk, number: str, action: str, content: dict[str, str], salt: bytes
) -> tuple[dict[str, Any], EntryDraft]:
    written = canonical.dumps(content)
    draft = EntryDraft(kind="status", digest=sm3.digest(written), approval=chunk.approval_digest)
    row = {
        "request_id": chunk.batch["id"],
        "number": number,
        "action": action,
        "salt": salt,
        "content": written.decode(),
    }
    return row, draft


def _finish(work: Work, lease: Lease) -> Lease:
    queries.change_batch(work.session, lease.subject, {"state": DONE})
    trail.record(work, actor=trail.ACTOR_SYSTEM, action="batch.issued", object=lease.subject)
    return queue.finish(work, lease)
