"""The catalogue names every sealed column there is, and masking hides enough."""

import importlib
from pathlib import Path

import pytest

from services.platform import catalogue
from services.platform.catalogue import ITEMS, SEALED, Class, Rule
from services.platform.db import METADATA

ROOT = Path(__file__).parents[3]


def all_columns() -> set[str]:
    """Import every tables.py, as the migrations do, and name all columns."""
    for path in sorted((ROOT / "services").rglob("tables.py")):
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts))
    return {
        f"{table.name}.{column.name}" for table in METADATA.tables.values() for column in table.c
    }


def test_every_sealed_column_is_in_the_catalogue() -> None:
    sealed = {name for name in all_columns() if catalogue.is_sealed(name.rsplit(".", 1)[1])}
    assert sealed <= set(SEALED), "add the new column to services/platform/catalogue.py"


def test_every_blind_index_is_in_the_catalogue() -> None:
    indexes = {name for name in all_columns() if name.endswith("_index")} - {
        name for name in all_columns() if name.endswith(".log_index")
    }
    assert indexes == set(catalogue.INDEXED)


def test_the_catalogue_names_no_column_that_is_not_there() -> None:
    assert set(SEALED) <= all_columns()


def test_every_item_is_complete_and_stored_somewhere() -> None:
    stored = {item for items in SEALED.values() for item in items}
    assert stored == set(ITEMS)
    for item in ITEMS.values():
        assert all((item.title, item.owner, item.purpose, item.retention)), item.name
        assert not item.minors or item.cls is Class.SENSITIVE
        assert item.cls is not Class.KEY or item.rule is Rule.HIDDEN


@pytest.mark.parametrize(
    ("rule", "value", "shown"),
    [
        (Rule.NAME, "张三", "张*"),
        (Rule.NAME, "阿依古丽·买买提", "阿*******"),
        (Rule.NAME, "𠮷", "𠮷"),
        (Rule.NAME, "", ""),
        (Rule.NUMBER, "41010220100101123X", "41**************3X"),
        (Rule.NUMBER, "1234567", "12***67"),
        (Rule.NUMBER, "00123", "0***3"),
        (Rule.NUMBER, "12", "**"),
        (Rule.NUMBER, "", ""),
        (Rule.HIDDEN, "高三(1)班", "***"),
        (Rule.PLAIN, "一等奖", "一等奖"),
    ],
)
def test_masking(rule: Rule, value: str, shown: str) -> None:
    assert catalogue.mask(value, rule) == shown


def test_an_item_knows_its_rule() -> None:
    assert catalogue.masked("id_number", "41010220100101123X") == "41**************3X"
    with pytest.raises(KeyError):
        catalogue.masked("shoe_size", "43")
