"""Rows that decide what somebody may do: stamped when written, checked when read (design 5).

A guarded table has a column `mac` over all its other columns, under the primary key and the
column `version`. A parent that owns a set of such rows keeps `<set>_version` and `<set>_mac`.

Errors     Tampered row_altered, rows_altered: the row was not written by us. Fail closed.
"""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import Any

from sqlalchemy import Table

from services.platform.protect import Protect

Row = Mapping[Any, Any]


def stamp(protect: Protect, table: Table, values: Row) -> dict[str, Any]:
    """Return the row with its MAC, ready to be inserted or to replace the old values."""
    covered = _covered(table, values)
    return {**covered, "mac": protect.row_mac(table.name, _key(table, values), 1, covered)}


def check(protect: Protect, table: Table, row: Row) -> Row:
    """Return the row as it was given. Raises Tampered unless it is as we wrote it."""
    protect.check_row(row["mac"], table.name, _key(table, row), 1, _covered(table, row))
    return row


def check_set(
    protect: Protect, table: Table, parent: str, rows: Iterable[Row], *, version: int, mac: bytes
) -> None:
    """Check every row and that none is missing or new. Raises Tampered."""
    macs = [check(protect, table, row)["mac"] for row in rows]
    protect.check_set(mac, table.name, parent, version, macs)


def set_mac(
    protect: Protect, table: Table, parent: str, rows: Iterable[Row], *, version: int
) -> bytes:
    """Return the MAC that `check_set` will ask for."""
    return protect.set_mac(table.name, parent, version, [row["mac"] for row in rows])


@cache
def _names(table: Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the names of a table's key columns, and of those that the MAC covers."""
    keys = tuple(column.name for column in table.primary_key.columns)
    return keys, tuple(column.name for column in table.columns if column.name != "mac")


def _key(table: Table, row: Row) -> str:
    parts = [row[name] for name in _names(table)[0]]
    return "/".join(part.hex() if isinstance(part, bytes) else str(part) for part in parts)


def _covered(table: Table, row: Row) -> dict[str, Any]:
    return {name: row[name] for name in _names(table)[1]}
