"""A guarded row is used only as it was written, and a set of them only whole."""

from typing import Any

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table

from services.platform import guarded
from services.platform.errors import Tampered
from services.platform.protect import Protect

PROTECT = Protect(bytes(32))
GRANT = Table(
    "grant",
    MetaData(),
    Column("operator", String, primary_key=True),
    Column("key", LargeBinary, primary_key=True),
    Column("role", String),
    Column("version", Integer),
    Column("mac", LargeBinary),
)


def row(role: str = "approver", key: bytes = b"\1") -> dict[str, Any]:
    values = {"operator": "op_1", "key": key, "role": role, "version": 1}
    return guarded.stamp(PROTECT, GRANT, values)


def test_a_row_is_given_back_as_it_was_written() -> None:
    assert guarded.check(PROTECT, GRANT, row()) == row()


@pytest.mark.parametrize(
    "change", [{"role": "registrar"}, {"operator": "op_2"}, {"key": b"\2"}, {"mac": bytes(32)}]
)
def test_an_altered_row_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(Tampered, match="row_altered"):
        guarded.check(PROTECT, GRANT, {**row(), **change})


def test_a_set_is_whole_or_refused() -> None:
    rows = [row(key=bytes([number])) for number in range(3)]
    mac = guarded.set_mac(PROTECT, GRANT, "op_1", rows, version=2)
    guarded.check_set(PROTECT, GRANT, "op_1", rows, version=2, mac=mac)
    for wrong in (rows[:2], [*rows, row(key=b"\7")], []):
        with pytest.raises(Tampered, match="rows_altered"):
            guarded.check_set(PROTECT, GRANT, "op_1", wrong, version=2, mac=mac)
    with pytest.raises(Tampered, match="rows_altered"):
        guarded.check_set(PROTECT, GRANT, "op_1", rows, version=3, mac=mac)
    rows[0]["role"] = "registrar"
    with pytest.raises(Tampered, match="row_altered"):
        guarded.check_set(PROTECT, GRANT, "op_1", rows, version=2, mac=mac)
