"""The audit trail over HTTP."""

from services.audit import trail
from tests.services.calling import Api


def test_an_auditor_reads_events_and_alarms(api: Api) -> None:
    auditor = api.signed_in("auditor")
    events = auditor.get("/v1/audit/events", limit=500).json()
    assert "session.start" in {each["action"] for each in events}
    assert all(isinstance(each["detail"], dict) for each in events)
    assert len(auditor.get("/v1/audit/events", limit=1).json()) == 1
    assert auditor.get("/v1/audit/events", limit=501).status_code == 422
    assert auditor.get("/v1/audit/alarms").json() == []
    with api.node.runtime.writing() as work:
        trail.raise_alarm(work, "status", "list_unsigned")
    [alarm] = auditor.get("/v1/audit/alarms").json()
    assert (alarm["kind"], alarm["subject"]) == ("status", "list_unsigned")
