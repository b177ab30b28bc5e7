"""Ask twice, get it once: the answer to a request that carries an Idempotency-Key is kept.

After       draft-ietf-httpapi-idempotency-key-header; the key is the caller's, 1 to 64 of the
            characters A-Z a-z 0-9 . _ -; keys of different actors never meet
Same key    and the same request: the first answer again, nothing is done twice
            and another request: Invalid idempotency_key_reused
In the transaction of the work: an answer is kept exactly if its work was committed, and a
second request that comes meanwhile waits for the first. Around work that has transactions of its
own, `begin` and `keep` stand in transactions before and after it: a second request that comes
meanwhile is refused with Conflict idempotency_key_in_use; the key of a process that died between
the two is free again after CLAIM_SECONDS, and what it did or not is told by the constraints of
the work itself. The body is sealed like a column, because it repeats what the columns seal.
Answers are kept for KEPT_DAYS.
"""

import re
from dataclasses import dataclass
from datetime import timedelta

from services.platform import queries
from services.platform.errors import Conflict, Invalid
from services.platform.work import Work

KEPT_DAYS = 7
CLAIM_SECONDS = 120
"""Longer than any request may take."""

_KEY = re.compile(r"[A-Za-z0-9._-]{1,64}")
_TENANT = "node"


@dataclass(frozen=True, slots=True)
class Answer:
    """What was answered."""

    status: int
    body: bytes


def check_key(key: str | None) -> str:
    """Return the key. Raises Invalid idempotency_key_missing, idempotency_key_malformed."""
    if key is None:
        raise Invalid("idempotency_key_missing")
    if not _KEY.fullmatch(key):
        raise Invalid("idempotency_key_malformed")
    return key


def begin(work: Work, *, actor: str, key: str, digest: bytes) -> Answer | None:
    """Return the answer this actor got under the key, or None: then do the work and `keep`.

    Raises Invalid if the key stood for another request.
    """
    if queries.claim_answer(work.session, actor=actor, key=key, digest=digest, now=work.now):
        return None
    kept = queries.answer(work.session, actor=actor, key=key)
    if kept is None:
        raise Conflict("idempotency_key_in_use")
    if kept["digest"] != digest:
        raise Invalid("idempotency_key_reused")
    if kept["status"] is None:
        dead = work.now - timedelta(seconds=CLAIM_SECONDS)
        if queries.take_claim(work.session, actor=actor, key=key, before=dead, now=work.now):
            return None
        raise Conflict("idempotency_key_in_use")
    body = work.protect.unseal(kept["body_sealed"], **_place(actor, key))
    return Answer(kept["status"], body)


def keep(work: Work, answer: Answer, *, actor: str, key: str) -> None:
    """Keep the answer beside the work that it tells of."""
    sealed = work.protect.seal(answer.body, **_place(actor, key))
    queries.keep_answer(work.session, actor=actor, key=key, status=answer.status, body=sealed)


def release(work: Work, *, actor: str, key: str) -> None:
    """Free a key whose work failed, so that the same request may be made again."""
    queries.drop_claim(work.session, actor=actor, key=key)


def forget_old(work: Work) -> int:
    """Delete the answers that are older than KEPT_DAYS; return how many there were."""
    return queries.delete_answers(work.session, before=work.now - timedelta(days=KEPT_DAYS))


def _place(actor: str, key: str) -> dict[str, str]:
    return {
        "tenant": _TENANT,
        "table": "idempotency",
        "column": "body_sealed",
        "key": f"{actor}/{key}",
    }
