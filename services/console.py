"""The console behind a sign-in: which rooms have pages, and the navigation between them.

Part of the composition root: `services/app.py` includes it.
"""

from fastapi import FastAPI

from services.accounts import browser
from services.accounts.pages import doors
from services.honours.pages import batches, rosters, work
from services.web.layout import DeskLink

_STAFF = frozenset({"preparer", "approver"})

LINKS = (
    DeskLink("nav_work", "/work", "home"),
    DeskLink("nav_rosters", "/rosters/new", "upload", "group_honours", frozenset({"preparer"})),
    DeskLink("nav_batches", "/batches", "stack", "group_honours", _STAFF),
)

SLICES = ("accounts", "registry", "honours")


def include(app: FastAPI) -> None:
    """Add the pages to an application."""
    for router in (doors.router, work.router, rosters.router, batches.router):
        app.include_router(router)
    browser.install(app)
