"""The console behind a sign-in: which rooms have pages, and the navigation between them.

Part of the composition root: `services/app.py` includes it.
"""

from fastapi import FastAPI

from services.accounts import browser
from services.accounts.operators import NODE
from services.accounts.pages import doors, operators
from services.honours.pages import (
    batches,
    certificates,
    changes,
    delegations,
    papers,
    programmes,
    rosters,
    schools,
    work,
)
from services.platform.work import Work
from services.registry import institutions as registry
from services.registry import queries
from services.registry.pages import institutions, records
from services.reports import pages as reports
from services.web.layout import DeskLink

_STAFF = frozenset({"preparer", "approver"})
_REGISTRARS = frozenset({"registrar"})
_PEOPLE_OF_NODE = frozenset({"registrar", "auditor"})

LINKS = (
    DeskLink("nav_work", "/work", "home"),
    DeskLink("nav_rosters", "/rosters/new", "upload", "group_honours", frozenset({"preparer"})),
    DeskLink("nav_batches", "/batches", "stack", "group_honours", _STAFF),
    DeskLink("nav_certificates", "/certificates", "award", "group_honours", _STAFF),
    DeskLink("nav_changes", "/changes", "swap", "group_honours", _STAFF),
    DeskLink("nav_programmes", "/programmes", "book", "group_honours", _STAFF),
    DeskLink("nav_delegations", "/delegations", "hand", "group_honours", _STAFF),
    DeskLink("nav_steps", "/first-steps", "flag", "group_registry", _STAFF),
    DeskLink("nav_check", "/self-check", "check", "group_registry", _STAFF),
    DeskLink("nav_registry", "/registry/institutions", "school", "group_registry"),
    DeskLink("nav_records", "/registry/records", "seal", "group_registry", _REGISTRARS),
    DeskLink("nav_reports", "/registry/reports", "info", "group_registry", _PEOPLE_OF_NODE),
    DeskLink("nav_operators", "/operators", "users", "group_registry", _PEOPLE_OF_NODE),
)

SLICES = ("accounts", "registry", "reports", "honours")


def scopes(work: Work) -> list[tuple[str, str]]:
    """Return where a role may count: the node itself, and every institution."""
    found = registry.checked(work, queries.institutions(work.session))
    return [(NODE, NODE), *((row["id"], row["name_zh"]) for row in found)]


def include(app: FastAPI) -> None:
    """Add the pages to an application."""
    for room in (
        doors,
        work,
        rosters,
        batches,
        certificates,
        changes,
        papers,
        programmes,
        delegations,
        schools,
        institutions,
        records,
        reports,
        operators,
    ):
        app.include_router(room.router)
    browser.install(app)
