"""HTTP of the audit trail and the alarms.

Who asks is not known down here: the composition root puts services.accounts.access.auditor before
these routes, and a test asks them without a sign-in.
"""

import json
from typing import Annotated

from fastapi import APIRouter, Query

from services.audit import queries
from services.audit.schemas import AlarmOut, EventOut
from services.web.deps import WorkDep
from services.web.http_errors import problems

router = APIRouter(prefix="/v1/audit", tags=["audit"])

MOST = 500


@router.get("/events", responses=problems(401, 403))
def list_events(work: WorkDep, limit: Annotated[int, Query(ge=1, le=MOST)] = 100) -> list[EventOut]:
    """List the newest events of the audit trail."""
    names = ("id", "at", "actor", "action", "object", "result")
    return [
        EventOut(detail=json.loads(row["detail"]), **{name: row[name] for name in names})
        for row in queries.events(work.session, limit=limit)
    ]


@router.get("/alarms", responses=problems(401, 403))
def list_alarms(work: WorkDep) -> list[AlarmOut]:
    """List the alarms that nobody has cleared."""
    return [
        AlarmOut(id=row["id"], kind=row["kind"], subject=row["subject"], raised=row["raised_at"])
        for row in queries.alarms(work.session)
    ]
