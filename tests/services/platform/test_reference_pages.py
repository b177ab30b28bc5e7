"""The pages made from code say what the code says."""

from scripts import reference_pages
from services.honours import cells
from services.platform.settings import Settings


def test_the_reference_pages_are_current() -> None:
    assert not reference_pages.stale(), "run: python scripts/reference_pages.py"


def test_the_page_of_settings_promises_as_many_rows_as_a_sheet_may_have() -> None:
    assert f"{cells.MAX_ROWS:,} rows fits" in reference_pages.settings_page()
    assert "MAX_ROWS" not in reference_pages.settings_page()


def test_every_setting_is_explained() -> None:
    assert all(info.description for info in Settings.model_fields.values())
