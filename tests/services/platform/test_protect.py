"""Sealed values open in their own place only; altered rows and missing rows are noticed."""

from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto.errors import InvalidCiphertext
from services.platform.errors import Tampered
from services.platform.protect import Protect, Value, lengths

PROTECT = Protect(bytes(range(32)))
PLACE = {"tenant": "inst_a", "table": "person", "column": "name", "key": "p_1"}
NOON = datetime(2026, 11, 24, 4, tzinfo=UTC)
ROW: dict[str, Value] = {
    "role": "approver",
    "scope": "inst_a",
    "since": NOON,
    "active": True,
    "level": 3,
    "key": b"\1\2",
    "end": None,
}


@given(st.binary(max_size=300))
def test_what_was_sealed_opens(value: bytes) -> None:
    assert PROTECT.unseal(PROTECT.seal(value, **PLACE), **PLACE) == value


def test_the_envelope_has_its_version_the_keys_version_and_nothing_readable() -> None:
    sealed = PROTECT.seal(b"Zhang San", **PLACE)
    assert sealed[:3] == b"\x01\x00\x01"
    assert len(sealed) == 3 + 12 + 9 + 16
    assert b"Zhang" not in sealed
    assert sealed != PROTECT.seal(b"Zhang San", **PLACE)


@pytest.mark.parametrize("moved", list(PLACE))
def test_a_value_that_was_moved_does_not_open(moved: str) -> None:
    sealed = PROTECT.seal(b"x", **PLACE)
    with pytest.raises(InvalidCiphertext):
        PROTECT.unseal(sealed, **{**PLACE, moved: "elsewhere"})


def test_no_altered_byte_opens() -> None:
    sealed = PROTECT.seal(b"abc", **PLACE)
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(InvalidCiphertext):
            PROTECT.unseal(bytes(altered), **PLACE)
    for cut in range(len(sealed)):
        with pytest.raises(InvalidCiphertext):
            PROTECT.unseal(sealed[:cut], **PLACE)


def test_two_places_never_write_the_same_bytes() -> None:
    assert lengths(b"ab", b"c") != lengths(b"a", b"bc")
    with pytest.raises(InvalidCiphertext):
        PROTECT.unseal(
            PROTECT.seal(b"x", tenant="t", table="ab", column="c", key="k"),
            tenant="t",
            table="a",
            column="bc",
            key="k",
        )


def test_a_new_key_version_still_opens_what_the_old_one_sealed() -> None:
    newer = Protect(bytes(32), version=2, older={1: bytes(range(32))})
    sealed = PROTECT.seal(b"x", **PLACE)
    assert newer.unseal(sealed, **PLACE) == b"x"
    assert newer.seal(b"x", **PLACE)[:3] == b"\x01\x00\x02"
    with pytest.raises(InvalidCiphertext):
        PROTECT.unseal(newer.seal(b"x", **PLACE), **PLACE)


def test_a_master_key_of_another_length_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        Protect(bytes(16))


def test_nothing_secret_is_printed() -> None:
    assert repr(PROTECT) == "Protect(version=1)"


def test_an_index_differs_by_tenant_by_field_and_by_value() -> None:
    same = PROTECT.index("inst_a", "student_register", "G1")
    others = {
        PROTECT.index("inst_b", "student_register", "G1"),
        PROTECT.index("inst_a", "id_number", "G1"),
        PROTECT.index("inst_a", "student_register", "G2"),
        Protect(bytes(32)).index("inst_a", "student_register", "G1"),
    }
    assert same == PROTECT.index("inst_a", "student_register", "G1")
    assert len(others | {same}) == 5


def test_a_row_is_what_was_written_whatever_the_order_of_its_columns() -> None:
    mac = PROTECT.row_mac("role", "r_1", 1, ROW)
    PROTECT.check_row(mac, "role", "r_1", 1, dict(reversed(ROW.items())))


ALTERED: list[tuple[str, Callable[[dict[str, Value]], object]]] = [
    ("role", lambda row: row.update(role="registrar")),
    ("end", lambda row: row.update(end=NOON)),
    ("bool-int", lambda row: row.update(active=1)),
    ("int-text", lambda row: row.update(level="3")),
    ("bytes-text", lambda row: row.update(key="\1\2")),
    ("gone", lambda row: row.pop("end")),
    ("more", lambda row: row.update(extra=None)),
]


@pytest.mark.parametrize("alter", [each[1] for each in ALTERED], ids=[each[0] for each in ALTERED])
def test_an_altered_row_is_refused(alter: Callable[[dict[str, Value]], object]) -> None:
    mac = PROTECT.row_mac("role", "r_1", 1, ROW)
    row = dict(ROW)
    alter(row)
    with pytest.raises(Tampered) as caught:
        PROTECT.check_row(mac, "role", "r_1", 1, row)
    assert (caught.value.code, caught.value.params) == ("row_altered", {"table": "role"})


@pytest.mark.parametrize(("table", "key", "version"), [("x", "r", 1), ("t", "x", 1), ("t", "r", 2)])
def test_a_row_in_another_place_is_refused(table: str, key: str, version: int) -> None:
    mac = PROTECT.row_mac("t", "r", 1, ROW)
    with pytest.raises(Tampered):
        PROTECT.check_row(mac, table, key, version, ROW)


def test_a_missing_new_or_changed_row_of_a_set_is_noticed() -> None:
    rows = [bytes([number]) * 32 for number in range(3)]
    mac = PROTECT.set_mac("role", "op_1", 4, rows)
    PROTECT.check_set(mac, "role", "op_1", 4, reversed(rows))
    wrong = [rows[:2], [*rows, bytes(32)], [*rows[:2], b"\7" * 32], [], [*rows, rows[0]]]
    for found in wrong:
        with pytest.raises(Tampered, match="rows_altered"):
            PROTECT.check_set(mac, "role", "op_1", 4, found)
    with pytest.raises(Tampered):
        PROTECT.check_set(mac, "role", "op_1", 5, rows)
    with pytest.raises(Tampered):
        PROTECT.check_set(mac, "role", "op_2", 4, rows)


def test_the_empty_set_is_a_set() -> None:
    PROTECT.check_set(PROTECT.set_mac("role", "op", 1, []), "role", "op", 1, [])


def test_an_instant_without_a_zone_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="time zone"):
        PROTECT.row_mac("t", "r", 1, {"at": datetime(2026, 1, 1)})  # noqa: DTZ001


def test_a_value_that_we_never_write_is_not_ours() -> None:
    broken: dict[str, Value] = {"count": 1.5}  # type: ignore[dict-item]
    with pytest.raises(TypeError, match="float"):
        PROTECT.row_mac("grant", "1", 1, broken)
    with pytest.raises(Tampered, match="row_altered"):
        PROTECT.check_row(bytes(32), "grant", "1", 1, broken)
