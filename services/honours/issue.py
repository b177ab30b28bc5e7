"""The issuing job: one chunk at a time, signed outside, written down in one short transaction.

Released     nothing before its commit: certificates, status places, entries, tree nodes, row
             states and the job's cursor commit together, under the job's fencing token
Again        signing again after a crash is harmless; the constraints keep one certificate a row.
             A chunk is whatever rows still have a number and no certificate, so a job may also
             be queued anew
Void         a row that can never be issued (services.honours.obstacles) becomes a logged void
             number, so that numbers stay free of gaps
Waits        for the institution's newest record, its anchor, and what else obstacles.NotYet names
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crypto import canonical, sm3
from crypto.jws import b64u
from identity.status_list import Status
from services.audit import trail
from services.honours import approving, obstacles, programmes, queries, rows, signing, standing
from services.honours.approving import DONE, load
from services.honours.obstacles import Issuer, NotYet
from services.honours.rows import Opened
from services.honours.signing import Made, Signer
from services.honours.workflow import APPROVER, LIVE, NUMBERED, SYSTEM, TABLE
from services.platform import issuing
from services.platform.errors import Conflict, Tampered, Unavailable
from services.platform.issuing import Appended, EntryDraft
from services.platform.jobs import queue
from services.platform.jobs.queue import Lease
from services.platform.record_keys import RecordKeys
from services.platform.work import Runtime, Work
from services.registry import institutions, keys
from services.status import lists
from services.status.lists import Change, Place

CHUNK = 500
TRIES = 5
WAIT_SECONDS = 2

MOVED = "issuing_moved"
"""Something that the chunk was made from changed before it was stored."""


@dataclass(frozen=True, slots=True)
class _Chunk:
    """What one chunk needs, read in one snapshot."""

    batch: Mapping[Any, Any]
    level: str
    issuer: Issuer
    signer: Signer
    rows: Sequence[Opened]
    places: Sequence[Place]
    void: Sequence[tuple[Mapping[Any, Any], str]]
    approval_digest: bytes

    @property
    def size(self) -> int:
        """How many rows are done with it."""
        return len(self.rows) + len(self.void)


def run(runtime: Runtime, lease: Lease) -> Lease:
    """Issue one chunk of a batch; return the lease, ended when the batch is done or waits."""
    for _ in range(TRIES):
        try:
            return _run_once(runtime, lease)
        except NotYet as error:
            with runtime.writing() as work:
                return queue.give_back(work, lease, delay_seconds=WAIT_SECONDS, code=error.code)
        except Conflict as error:
            if error.code not in ("already_exists", MOVED, rows.MOVED):
                raise
    raise Unavailable("issuing_contended", batch=lease.subject)


def _run_once(runtime: Runtime, lease: Lease) -> Lease:
    lists.make_room(runtime, CHUNK)
    with runtime.reading() as work:
        chunk = _load(work, lease)
    if chunk is None:
        with runtime.writing() as work:
            return _finish(work, lease)
    made = signing.make_all(chunk.signer, chunk.rows, chunk.places)
    with runtime.writing() as work:
        return _store(work, lease, chunk, made)


def _load(work: Work, lease: Lease) -> _Chunk | None:
    """Return the next chunk, None if no row is left. Raises NotYet, NotAuthorized, Tampered."""
    batch = load(work, lease.subject)
    waiting = queries.batch_rows(work.session, batch["id"], state=NUMBERED, limit=CHUNK)
    found = rows.checked(work, waiting)
    if not found:
        return None
    programme = programmes.load(work, batch["programme_id"])
    issuer = obstacles.find_issuer(work, batch["institution_id"], programme["level"])
    record_keys = RecordKeys.of(work.runtime).open_kept(work.session, [row["id"] for row in found])
    void = obstacles.voids(work, batch, found, record_keys, accredited=issuer.accredited)
    good = [row for row in found if row["id"] not in void]
    bound = approving.bound(work, batch)
    return _Chunk(
        batch=batch,
        level=programme["level"],
        issuer=issuer,
        signer=Signer(
            provider=work.provider,
            random=work.random,
            ref=issuer.ref,
            grounds=bound.grounds,
            institution=batch["institution_id"],
            record_keys=record_keys,
            now=work.now,
        ),
        rows=rows.open_rows(work, programme, good, record_keys),
        places=lists.places(work, len(good)),
        void=[(row, void[row["id"]]) for row in found if row["id"] in void],
        approval_digest=bound.digest,
    )


def _store(work: Work, lease: Lease, chunk: _Chunk, made: Sequence[Made]) -> Lease:
    """Write a chunk down: what it replaces first, then its certificates, then its voids."""
    # Another worker may have the job by now: then nothing below may wait for its locks.
    moved = queue.advance(
        work, lease, cursor=lease.cursor + chunk.size, done=lease.done + chunk.size
    )
    _require_issuer(work, chunk)
    replaced = _supersede(work, chunk, made)
    drafts = [
        EntryDraft(kind="credential", digest=each.digest, approval=chunk.approval_digest)
        for each in made
    ]
    contents = [*(row["content"] for row in replaced), *_void(work, chunk)]
    appended = issuing.append(
        work,
        institution=chunk.batch["institution_id"],
        drafts=drafts + [_status_entry(chunk, content) for content in contents],
    )
    if made:
        _add(work, chunk, made, appended[: len(made)])
    if replaced:
        places = appended[len(made) : len(made) + len(replaced)]
        queries.add_status_changes(work.session, _placed(work, replaced, places))
        work.after_commit(lambda: lists.publish_at_once(work.runtime))
    return moved


def _require_issuer(work: Work, chunk: _Chunk) -> None:
    """A key or accreditation that ended meanwhile must not be what later anchors rest on."""
    row = institutions.load(work, chunk.batch["institution_id"], lock=True)
    active = {ref.kid for ref in keys.active_issuer_refs(work, row["id"])}
    accredited = obstacles.may_issue(work, row, chunk.level)
    if chunk.issuer.ref.kid not in active or accredited != chunk.issuer.accredited:
        raise Conflict(MOVED)


def _add(work: Work, chunk: _Chunk, made: Sequence[Made], appended: Sequence[Appended]) -> None:
    certificates = [_certificate(chunk, each, at) for each, at in zip(made, appended, strict=True)]
    lists.register(work, [(each.digest, each.place) for each in made])
    queries.add_certificates(work.session, certificates)
    rows.change(
        work,
        [
            (one.row.row, {"state": each["state"], "credential": each["credential"]})
            for one, each in zip(made, certificates, strict=True)
        ],
    )
    queries.set_live(work.session, [each["row_id"] for each in certificates], live=True)


def _certificate(chunk: _Chunk, made: Made, at: Appended) -> dict[str, Any]:
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
        "record_digest": chunk.issuer.record_digest,
        "log_origin": at.origin,
        "log_index": at.index,
        "code_digest": made.code_digest,
        "supersedes": row["supersedes"],
        "issued_at": chunk.signer.now,
    }


def _supersede(work: Work, chunk: _Chunk, made: Sequence[Made]) -> list[dict[str, Any]]:
    """Mark what this chunk replaces; return the changes, each with its content."""
    successors = {
        each.row.row["supersedes"]: each.row.row["number"]
        for each in made
        if each.row.row["supersedes"] is not None
    }
    if not successors:
        return []
    old = queries.lock_certificates(work.session, list(successors))
    standing.check(work, old.values())
    if any(row["state"] not in LIVE for row in old.values()):
        raise Conflict(MOVED)
    states = {
        number: TABLE.apply(row["state"], "supersede", APPROVER, ("one_successor",))
        for number, row in old.items()
    }
    queries.change_states(work.session, states)
    queries.set_live(work.session, [row["row_id"] for row in old.values()], live=False)
    lists.change(
        work,
        [
            Change(row["credential"], Status.SUPERSEDED, successor=successors[number])
            for number, row in old.items()
        ],
    )
    return [_change(work, chunk, row, successors[number]) for number, row in old.items()]


def _change(work: Work, chunk: _Chunk, old: Mapping[Any, Any], successor: str) -> dict[str, Any]:
    salt = work.random(16)
    content = {
        "action": "supersede",
        "credential": b64u(old["credential"]),
        "number": old["number"],
        "salt": b64u(salt),
        "successor": successor,
    }
    return {
        "request_id": chunk.batch["id"],
        "number": old["number"],
        "action": "supersede",
        "salt": salt,
        "content": canonical.dumps(content).decode(),
    }


def _placed(
    work: Work, changes: Sequence[dict[str, Any]], places: Sequence[Appended]
) -> list[dict[str, Any]]:
    return [
        {**row, "log_origin": at.origin, "log_index": at.index, "at": work.now}
        for row, at in zip(changes, places, strict=True)
    ]


def _void(work: Work, chunk: _Chunk) -> list[str]:
    """Turn rows that cannot be issued into void numbers; return what their entries say."""
    changed: list[tuple[Mapping[Any, Any], dict[str, Any]]] = []
    contents: list[str] = []
    for row, reason in chunk.void:
        state = TABLE.apply(row["state"], "void", SYSTEM)
        said = {"action": "void", "number": row["number"], "reason": reason}
        contents.append(canonical.dumps({**said, "salt": b64u(work.random(16))}).decode())
        values = {"state": state, "void_reason": reason, "void_content": contents[-1]}
        changed.append((row, values))
        trail.record(
            work,
            actor=trail.ACTOR_SYSTEM,
            action="number.void",
            object=row["number"],
            result=reason,
        )
    rows.change(work, changed)
    return contents


def _status_entry(chunk: _Chunk, content: str) -> EntryDraft:
    digest = sm3.digest(content.encode())
    return EntryDraft(kind="status", digest=digest, approval=chunk.approval_digest)


def _finish(work: Work, lease: Lease) -> Lease:
    done = queue.finish(work, lease)
    batch = load(work, lease.subject, lock=True)
    if sum(queries.row_states(work.session, batch["id"]).values()) != batch["rows"]:
        raise Tampered("rows_altered", table="batch_row")
    approving.change(work, batch, state=DONE)
    trail.record(work, actor=trail.ACTOR_SYSTEM, action="batch.issued", object=lease.subject)
    return done
