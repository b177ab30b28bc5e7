"""Show just enough of a personal value that the person with the sheet finds the cell.

Names, numbers of a person: by their rule in the catalogue (services/platform/catalogue.py)
Others      as they are, but nine or more digits in a row become stars (a column out of place)
Invisible and private-use characters are shown as □, so that a terminal or a page shows all alike.
"""

import re

from services.honours.titles import Field
from services.platform import catalogue

SHOWN_LENGTH = 40

_LONG_NUMBER = re.compile("[0-9]{9,}[0-9Xx]?")
_ITEMS = {
    Field.NAME: "name",
    Field.XJH: "student_register",
    Field.ID_NUMBER: "id_number",
    Field.STUDENT_NO: "student_no",
}


def masked(field: Field, text: str) -> str:
    """Return what may be shown of a cell."""
    item = _ITEMS.get(field)
    if item is not None:
        text = catalogue.masked(item, text)
    else:
        text = _LONG_NUMBER.sub(lambda found: "*" * len(found[0]), text)
    return visible(text)


def visible(text: str) -> str:
    """Return a text that any terminal or page can show, not longer than it needs to be."""
    shown = "".join(symbol if symbol.isprintable() else "□" for symbol in text)
    return shown if len(shown) <= SHOWN_LENGTH else shown[:SHOWN_LENGTH] + "…"
