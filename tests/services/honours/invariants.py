"""What must hold of a node whatever happened to it: numbers, logs, lists and states agree."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import RowMapping, Table, select

from identity import codes
from identity.status_list import Status
from ledger import entry, merkle, sql_store
from ledger.tables import LOG
from services.honours.tables import (
    APPROVAL,
    BATCH_ROW,
    CERTIFICATE,
    NUMBER_SERIES,
    ROW_PERSON,
    STATUS_CHANGE,
)
from services.honours.workflow import LIVE, REVOKED, SUPERSEDED, SUSPENDED, VOID
from services.platform.work import Work
from services.status import lists
from services.status.tables import STATUS_ENTRY
from tests.services.nodes import Node

LISTED = {REVOKED: Status.INVALID, SUSPENDED: Status.SUSPENDED, SUPERSEDED: Status.SUPERSEDED}


def check(node: Node) -> None:
    with node.runtime.reading() as work:
        certificates = {row["number"]: row for row in _all(work, CERTIFICATE)}
        _numbers(work, certificates)
        _rows(work, certificates)
        _logs(work, certificates)
        _statuses(work, certificates)
        _persons(work, certificates)
        lists.check_all(work)


def _all(work: Work, table: Table) -> Sequence[RowMapping]:
    return work.session.execute(select(table)).mappings().all()


def _numbers(work: Work, certificates: Mapping[str, RowMapping]) -> None:
    """Each series counts from one without a gap, and nobody has two numbers of one place."""
    used: dict[tuple[str, int, str], list[int]] = {}
    for row in _all(work, BATCH_ROW):
        if row["number"] is not None:
            number = codes.parse_number(row["number"])
            series = number.prefix, number.year, codes.LETTERS[number.category]
            used.setdefault(series, []).append(number.serial)
    last = {(r["prefix"], r["year"], r["letter"]): r["last"] for r in _all(work, NUMBER_SERIES)}
    assert set(used) == set(last)
    for series, serials in used.items():
        assert sorted(serials) == list(range(1, last[series] + 1)), series


def _rows(work: Work, certificates: Mapping[str, RowMapping]) -> None:
    """A numbered row has one certificate, or is void, or waits; nothing else has one."""
    by_row = Counter(row["row_id"] for row in certificates.values())
    for row in _all(work, BATCH_ROW):
        assert by_row[row["id"]] == (row["state"] == "SIGNED"), row["state"]
        assert (row["state"] == VOID) == (row["void_reason"] is not None)
        assert (row["number"] is None) == (row["state"] in ("ON_NOTICE", "CANCELLED"))


def _logs(work: Work, certificates: Mapping[str, RowMapping]) -> None:
    """The logs hold every certificate, change, void and approval once, and hash to their root."""
    kinds: Counter[str] = Counter()
    places: dict[tuple[str, int], bytes] = {}
    for row in work.session.execute(select(LOG)).mappings():
        log = sql_store.open_log(work.session, row["origin"])
        data = list(log.entries(0, log.size))
        assert merkle.root([merkle.leaf_hash(each) for each in data]) == log.root()
        for index, each in enumerate(data):
            read = entry.decode(each)
            kinds[read.kind] += 1
            places[row["origin"], index] = read.digest
    for certificate in certificates.values():
        place = certificate["log_origin"], certificate["log_index"]
        assert places[place] == certificate["credential"]
    voids = sum(row["state"] == VOID for row in _all(work, BATCH_ROW))
    assert kinds["credential"] == len(certificates)
    assert kinds["status"] == len(_all(work, STATUS_CHANGE)) + voids
    assert kinds["approval"] == len(_all(work, APPROVAL))


def _statuses(work: Work, certificates: Mapping[str, RowMapping]) -> None:
    """The lists say of each certificate what its state says, and of nothing else anything."""
    entries = {row["credential"]: row for row in _all(work, STATUS_ENTRY)}
    assert set(entries) == {row["credential"] for row in certificates.values()}
    for row in certificates.values():
        listed = Status(entries[row["credential"]]["value"])
        assert listed is LISTED.get(row["state"], Status.VALID), row["state"]
        successor = entries[row["credential"]]["successor"]
        if row["state"] == SUPERSEDED:
            assert certificates[successor]["supersedes"] == row["number"]
        else:
            assert successor is None


def _persons(work: Work, certificates: Mapping[str, RowMapping]) -> None:
    """Nobody has an award of a programme and period twice, by whatever identifier."""
    live = {row["row_id"] for row in certificates.values() if row["state"] in LIVE}
    seen: set[tuple[Any, ...]] = set()
    for row in _all(work, ROW_PERSON):
        assert row["live"] == (row["row_id"] in live)
        if row["live"]:
            names = ("programme_id", "period", "person_index", "award_index")
            key = tuple(row[name] for name in names)
            assert key not in seen
            seen.add(key)
