"""How far the status lists were signed, remembered outside the database (ledger.high_water).

Each list counts its changes, and the count is written here and flushed before a signed list
leaves this node. Rows put back to an older copy carry good MACs, so no check inside the database
can miss what was undone; but the list then has fewer changes than its mark, or others. Nothing
is signed of it then, nothing is served and nothing is changed, and `/readyz` says why.

File       high-water/status.json: for `status/<list>` the number of changes as `size`, the MAC
           over its changed entries as `root`. Who makes MACs anew must count that as a change
Races      a mark is raised after the commit of what it counts, so a snapshot taken after the
           file was read has that much; where an older snapshot seems to be below, look again
Errors     Unavailable status_below_mark, status_other_mark, status_mark_missing (list);
           LogInconsistent mark_unreadable, LogMoved mark_moved (ledger); Tampered
"""

from collections.abc import Mapping
from typing import Any

from ledger.high_water import HighWater, Mark
from services.platform import guarded
from services.platform.errors import Unavailable
from services.platform.settings import Settings
from services.platform.work import Work
from services.status import queries
from services.status.tables import STATUS_LIST

Row = Mapping[Any, Any]

CODES = ("status_below_mark", "status_other_mark", "status_mark_missing")


def check(work: Work, listed: Row, *, signed: bool = False) -> None:
    """Raise Unavailable unless a list has all that was ever signed of it. Raises Tampered, too.

    `signed` says that a signed list is in the database: then a mark must be there too.
    """
    number = guarded.check(work.protect, STATUS_LIST, listed)["number"]
    mark = _water(work.settings).marks().get(_origin(number))
    try:
        _compare(mark, listed, signed=signed)
    except Unavailable:
        with work.runtime.reading() as fresh:
            _compare(mark, queries.status_list(fresh.session, number), signed=signed)


def check_all(work: Work) -> None:
    """Check all lists, also for one that is gone. Raises Unavailable, LogInconsistent."""
    known = dict(_water(work.settings).marks())
    for number in queries.list_numbers(work.session):
        signed = queries.publication(work.session, number) is not None
        check(work, queries.status_list(work.session, number), signed=signed)
        known.pop(_origin(number), None)
    if known:
        with work.runtime.reading() as fresh:
            there = {_origin(number) for number in queries.list_numbers(fresh.session)}
        for origin in known.keys() - there:
            raise Unavailable("status_below_mark", list=int(origin.removeprefix(_PREFIX)))


def raise_to(settings: Settings, listed: Row) -> None:
    """Write down that a list is about to be released as it stands, and flush it.

    Raises LogMoved if another process released more changes of it meanwhile.
    """
    mark = Mark(_origin(listed["number"]), listed["changes"], listed["changed_mac"])
    water = _water(settings)
    if water.marks().get(mark.origin) != mark:
        water.advance([mark])


def _compare(mark: Mark | None, listed: Row, *, signed: bool) -> None:
    if mark is None:
        if signed:
            raise Unavailable("status_mark_missing", list=listed["number"])
        return
    if listed["changes"] < mark.size:
        raise Unavailable("status_below_mark", list=listed["number"])
    if listed["changes"] == mark.size and listed["changed_mac"] != mark.root:
        raise Unavailable("status_other_mark", list=listed["number"])


_PREFIX = "status/"


def _origin(number: int) -> str:
    return f"{_PREFIX}{number}"


def _water(settings: Settings) -> HighWater:
    settings.high_water_folder.mkdir(parents=True, exist_ok=True)
    return HighWater(settings.high_water_folder / "status.json")
