"""The audit trail: an event in the transaction of what it tells, chained a moment later.

Event    id, time, actor, action, object, result, detail; a row MAC from the first moment, and a
         row of the outbox
Chain    link_i = HMAC-SM3(K_audit, link_(i-1) ‖ MAC of event i), made from the outbox by one
         sealer at a time, so that no transaction waits for another's event (engineering G9)
Head     the last link becomes an entry of the node's registry log, so that it is checkpointed
         and anchored like any log; what was sealed before a head cannot be changed, and not cut
         off either, without changing that log
Errors   Tampered audit_altered (seq): a link, an event or a head does not fit, or there is an
         event that neither is chained nor waits for it

Details are facts without persons: ids, counts, codes.
"""

from collections.abc import Mapping
from typing import Any

from crypto import canonical, sm3
from crypto.jws import b64u
from ledger import entry, sql_store
from ledger.errors import InvalidEntry, UnknownEntry
from services.audit import queries
from services.audit.tables import AUDIT_EVENT
from services.platform import issuing
from services.platform.db import new_id
from services.platform.errors import Tampered
from services.platform.work import Work

ACTOR_SYSTEM = "system"
FIRST = bytes(32)
_COVERED = tuple(column.name for column in AUDIT_EVENT.c if column.name != "mac")
CHUNK = 500

Fact = str | int | bool | None


def record(
    work: Work, *, actor: str, action: str, object: str, result: str = "ok", **detail: Fact
) -> None:
    """Write down what is done in this transaction; it is told exactly if it happens."""
    values = {
        "id": new_id("evt", work.random),
        "at": work.now,
        "actor": actor,
        "action": action,
        "object": object,
        "result": result,
        "detail": canonical.dumps(detail).decode(),
    }
    queries.add_event(work.session, {**values, "mac": _event_mac(work, values)})


def seal(work: Work) -> int:
    """Chain what is not chained yet; return how many events that were."""
    last = queries.last_seal(work.session, lock=True)
    seq, link = (0, FIRST) if last is None else (last["seq"], last["mac"])
    rows = []
    for event in queries.unsealed(work.session, limit=CHUNK):
        _check_event(work, event, seq + 1)
        seq, link = seq + 1, work.protect.mac("audit", link, event["mac"])
        rows.append({"seq": seq, "event_id": event["id"], "mac": link})
    if rows:
        queries.add_seals(work.session, rows)
    return len(rows)


def publish_head(work: Work) -> int | None:
    """Make the last link an entry of the registry log; return its seq, None if it is one."""
    last, head = queries.last_seal(work.session, lock=True), queries.last_head(work.session)
    if last is None or (head is not None and head["seq"] == last["seq"]):
        return None
    salt = work.random(16)
    draft = issuing.EntryDraft(kind="record", digest=_head_digest(last["seq"], last["mac"], salt))
    [appended] = issuing.append(work, institution=issuing.REGISTRY, drafts=[draft])
    row = {"seq": last["seq"], "mac": last["mac"], "salt": salt, "at": work.now}
    place = {"log_origin": appended.origin, "log_index": appended.index}
    queries.add_head(work.session, {**row, **place})
    return int(last["seq"])


def check(work: Work) -> int:
    """Check the whole chain against its events and heads; return its length. Raises Tampered."""
    seq, link = 0, FIRST
    heads = {row["seq"]: row["mac"] for row in queries.heads(work.session)}
    _check_logged(work)
    _check_waiting(work)
    while rows := queries.sealed_events(work.session, after=seq, limit=CHUNK):
        for row in rows:
            _check_event(work, row, seq + 1)
            link = work.protect.mac("audit", link, row["mac"])
            if row["seq"] != seq + 1 or row["link"] != link:
                raise Tampered("audit_altered", seq=seq + 1)
            seq += 1
            if heads.pop(seq, link) != link:
                raise Tampered("audit_altered", seq=seq)
    if heads:
        raise Tampered("audit_altered", seq=seq + 1)
    return seq


def head_digests(work: Work) -> set[bytes]:
    """Return the digests of the entries that heads of the chain are in the registry log."""
    return {_head_digest(r["seq"], r["mac"], r["salt"]) for r in queries.heads(work.session)}


def raise_alarm(work: Work, kind: str, subject: str) -> None:
    """Raise an alarm, once until it is cleared."""
    if queries.open_alarm(work.session, kind, subject) is None:
        alarm_id = new_id("alm", work.random)
        values = {"kind": kind, "subject": subject, "raised_at": work.now, "cleared_at": None}
        queries.add_alarm(work.session, {"id": alarm_id, **values})
        record(work, actor=ACTOR_SYSTEM, action="alarm.raise", object=kind, subject=subject)


def alarms(work: Work) -> list[tuple[str, str]]:
    """Return kind and subject of every alarm that nobody has cleared."""
    return [(row["kind"], row["subject"]) for row in queries.alarms(work.session)]


def clear_alarm(work: Work, kind: str, subject: str) -> None:
    """Clear an alarm whose cause is gone."""
    found = queries.open_alarm(work.session, kind, subject)
    if found is not None:
        queries.clear_alarm(work.session, found["id"], at=work.now)
        record(work, actor=ACTOR_SYSTEM, action="alarm.clear", object=kind, subject=subject)


def _check_logged(work: Work) -> None:
    """Check that every head is the entry of the registry log that it says it is."""
    for head in queries.heads(work.session):
        log = sql_store.open_log(work.session, head["log_origin"])
        try:
            logged = entry.decode(log.entry(head["log_index"])).digest
        except (InvalidEntry, UnknownEntry) as error:
            raise Tampered("audit_altered", seq=head["seq"]) from error
        if logged != _head_digest(head["seq"], head["mac"], head["salt"]):
            raise Tampered("audit_altered", seq=head["seq"])


def _check_waiting(work: Work) -> None:
    """Check that whatever is not chained is before the sealer."""
    last = queries.last_seal(work.session)
    if queries.unsealed_count(work.session) != queries.outbox_count(work.session):
        raise Tampered("audit_altered", seq=1 + (0 if last is None else last["seq"]))


def _check_event(work: Work, event: Mapping[Any, Any], seq: int) -> None:
    if _event_mac(work, event) != event["mac"]:
        raise Tampered("audit_altered", seq=seq)


def _event_mac(work: Work, event: Mapping[Any, Any]) -> bytes:
    covered = {name: event[name] for name in _COVERED}
    return work.protect.row_mac(AUDIT_EVENT.name, covered["id"], 1, covered)


def _head_digest(seq: int, link: bytes, salt: bytes) -> bytes:
    content = {"audit": {"mac": b64u(link), "seq": seq}, "salt": b64u(salt)}
    return sm3.digest(canonical.dumps(content))
