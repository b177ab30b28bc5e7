"""Checkpoints: sign the committed heads of logs that grew, never past what was signed before.

1 read the heads of logs that grew, and check each against the high-water mark; 2 sign outside;
3 raise and flush the marks; 4 keep the checkpoints. A node whose database went back in time
fails at 1, and from then on signs nothing (LogInconsistent; `/readyz` is 503).

Before anything is signed every mark is compared with the newest checkpoint in the database, by
one statement for all logs; only where they differ, and for logs that grew, is the tree asked.
A worker that another one overtook keeps nothing and comes back later.
"""

from collections.abc import Sequence

from crypto.provider import Use
from ledger import checkpoint as notes
from ledger import high_water, sql_store
from ledger.checkpoint import Checkpoint
from ledger.errors import LogInconsistent, LogMoved
from ledger.high_water import HighWater, Mark
from services.audit import trail
from services.platform.errors import NotFound
from services.platform.health import OK, Outcome, fail
from services.platform.settings import Settings
from services.platform.work import Runtime, Work
from services.registry import keys

LIMIT = 500
TYP = "kexin-checkpoint"
ALARM = "log_inconsistent"


def marks(settings: Settings) -> HighWater:
    """Return the node's high-water marks."""
    settings.high_water_folder.mkdir(parents=True, exist_ok=True)
    return HighWater(settings.high_water_folder / "marks.json")


def sign_due(runtime: Runtime) -> int:
    """Sign a checkpoint for each log that grew; return how many. Raises LogInconsistent."""
    try:
        return _sign_due(runtime)
    except LogInconsistent as error:
        with runtime.writing() as work:
            trail.raise_alarm(work, ALARM, error.code)
        raise
    except LogMoved:  # another worker signed first: its checkpoints are as good as ours
        return 0


def health(runtime: Runtime) -> Outcome:
    """Return whether the database still has everything that was ever signed."""
    try:
        with runtime.reading() as work:
            _check_all(work)
    except LogInconsistent as error:
        return fail(error.code)
    return OK


def newest(work: Work, origin: str) -> tuple[Checkpoint, str]:
    """Return the newest signed checkpoint of a log and its note. Raises NotFound, UnknownLog."""
    sql_store.open_log(work.session, origin)
    note = sql_store.latest_note(work.session, origin)
    if note is None:
        raise NotFound("checkpoint_missing")
    return notes.parse(note).checkpoint, note


def _sign_due(runtime: Runtime) -> int:
    water = marks(runtime.settings)
    # 1
    with runtime.reading() as work:
        _check_all(work)
        due = _due(work, water)
        if not due:
            return 0
        ref = keys.node_ref(work, Use.LOG)
    # 2
    name, sign = runtime.settings.node_name, runtime.provider.signer(ref, TYP)
    signed = [(each, notes.sign(each, name, ref.public, sign)) for each in due]
    # 3
    water.advance(Mark(each.origin, each.size, each.root) for each in due)
    # 4
    with runtime.writing() as work:
        for each, note in signed:
            sql_store.store_checkpoint(work.session, each, note)
    return len(signed)


def _due(work: Work, water: HighWater) -> Sequence[Checkpoint]:
    known = water.marks()
    due = []
    for head in sql_store.heads_to_sign(work.session, limit=LIMIT):
        log = sql_store.open_log(work.session, head.origin)
        high_water.check(known.get(head.origin), log, signed_size=head.signed_size)
        due.append(Checkpoint(head.origin, head.size, head.root, work.now))
    return due


def _check_all(work: Work) -> None:
    known, signed = marks(work.settings).marks(), sql_store.signed_heads(work.session)
    for origin, (size, _) in signed.items():
        if origin not in known:
            high_water.check(None, sql_store.open_log(work.session, origin), signed_size=size)
    doubtful = [mark for mark in known.values() if signed.get(mark.origin) != _head(mark)]
    high_water.check_all(doubtful, lambda origin: sql_store.open_log(work.session, origin))


def _head(mark: Mark) -> tuple[int, bytes]:
    return mark.size, mark.root
