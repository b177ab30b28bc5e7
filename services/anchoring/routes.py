"""HTTP of logs and anchors: public proofs, and what waits for its anchor for auditors.

A log is named by its origin, `<node>/log/<institution>/<year>`. Nothing beyond the newest signed
checkpoint is shown: what is not signed yet may still be taken back by a crash.
"""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import Response

from crypto.jws import b64u
from identity.levels import Role
from ledger import entry, queries, sql_store
from ledger.checkpoint import Checkpoint
from ledger.log import Log
from services.accounts.access import OperatorDep
from services.accounts.operators import NODE
from services.anchoring import checkpoints
from services.anchoring.schemas import (
    Consistency,
    Entries,
    Inclusion,
    Pending,
    Stopped,
    WaitingEntry,
)
from services.platform.errors import NotFound
from services.platform.work import Work
from services.web.deps import WorkDep
from services.web.http_errors import problems

public_router = APIRouter(prefix="/v1/logs", tags=["public"])
router = APIRouter(prefix="/v1/anchors", tags=["anchors"])

MOST = 500
Origin = Annotated[str, Query(pattern=r"^[a-z0-9.-]+/log/[A-Za-z0-9_]+/[0-9]{4}$", max_length=200)]
Size = Annotated[int, Query(ge=0, le=2**53 - 1)]
Limit = Annotated[int, Query(ge=1, le=MOST)]


@public_router.get("", responses=problems())
def list_logs(work: WorkDep, after: str = "", limit: Limit = MOST) -> list[str]:
    """List the origins of the node's logs in order, those after one of them."""
    return [each for each in sql_store.origins(work.session) if each > after][:limit]


@public_router.get("/checkpoint", responses=problems(404))
def read_checkpoint(origin: Origin, work: WorkDep) -> Response:
    """Read the newest signed checkpoint of a log (checkpoint-v1)."""
    _, note = checkpoints.newest(work, origin)
    return Response(note, media_type="text/plain; charset=utf-8")


@public_router.get("/inclusion", responses=problems(404))
def read_inclusion(
    origin: Origin, index: Size, work: WorkDep, size: Size | None = None
) -> Inclusion:
    """Prove that an entry stands in the tree of `size` entries; by default the newest signed."""
    log, wanted = _signed(work, origin, size)
    hashes = log.prove(index, wanted)
    members = {name: str(value) for name, value in entry.decode(log.entry(index)).to_json().items()}
    return Inclusion(
        origin=origin,
        index=index,
        size=wanted,
        root=b64u(log.root(wanted)),
        hashes=[b64u(each) for each in hashes],
        entry=members,
    )


@public_router.get("/consistency", responses=problems(404))
def read_consistency(
    origin: Origin, old_size: Size, work: WorkDep, size: Size | None = None
) -> Consistency:
    """Prove that a tree begins with an older one: nothing was changed or taken out between."""
    log, wanted = _signed(work, origin, size)
    hashes = log.consistency(old_size, wanted)
    return Consistency(
        origin=origin,
        old_size=old_size,
        size=wanted,
        old_root=b64u(log.root(old_size)),
        root=b64u(log.root(wanted)),
        hashes=[b64u(each) for each in hashes],
    )


@public_router.get("/entries", responses=problems(404))
def read_entries(origin: Origin, work: WorkDep, start: Size = 0, limit: Limit = MOST) -> Entries:
    """Read entries in order, to compute the tree without believing anybody."""
    log, size = _signed(work, origin, None)
    stop = max(start, min(size, start + limit))
    entries = [data.decode() for data in log.entries(start, stop)]
    return Entries(origin=origin, start=start, size=size, entries=entries)


@router.get("/pending", responses=problems(401, 403))
def read_pending(who: OperatorDep, work: WorkDep, limit: Limit = MOST) -> Pending:
    """List what is not anchored yet, for auditors of the node."""
    who.require(Role.AUDITOR, NODE)
    waiting = sql_store.unanchored(work.session, institution=None, limit=limit)
    stopped = queries.diverged(work.session)
    return Pending(
        waiting=[WaitingEntry(origin=origin, index=index) for origin, index in waiting],
        stopped=[Stopped(origin=origin, seq=seq) for origin, seq in sorted(stopped.items())],
    )


def _signed(work: Work, origin: str, size: int | None) -> tuple[Log, int]:
    """Return the log and the wanted size, which must have been signed."""
    newest: Checkpoint
    newest, _ = checkpoints.newest(work, origin)
    wanted = newest.size if size is None else size
    if wanted > newest.size:
        raise NotFound("tree_size_unsigned", size=newest.size)
    return sql_store.open_log(work.session, origin), wanted
