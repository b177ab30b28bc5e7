"""What must be anchored before a key or an accreditation may end, and when the end may be.

Verifiers ask for keys and rights at the block time of the anchor. So nothing may be waiting, and
the end is later than every block time so far, whatever the chain's clock says.

Errors     Conflict with the caller's code; `entries` names what waits
"""

from datetime import datetime, timedelta

from ledger import sql_store
from services.platform.errors import Conflict
from services.platform.work import Work

MOST_NAMED = 20
SECOND = timedelta(seconds=1)


def refuse(work: Work, institution_id: str | None, code: str) -> None:
    """Raise Conflict if an entry of the institution, or of anybody, has no final anchor."""
    pending = sql_store.unanchored(work.session, institution=institution_id, limit=MOST_NAMED)
    if pending:
        named = ", ".join(f"{origin}#{index}" for origin, index in pending)
        raise Conflict(code, entries=named)


def end(work: Work, institution_id: str | None, start: datetime) -> datetime:
    """Return now, or the first instant that is later than all anchors and than `start`."""
    anchored = sql_store.last_block_time(work.session, institution=institution_id)
    return max(work.now, start + SECOND, start if anchored is None else anchored + SECOND)
