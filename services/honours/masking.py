"""Show just enough of a personal value that the person with the sheet finds the cell.

Name        the first character; the rest are stars: 张*, 阿*******
Numbers     the first and last two symbols, of short ones fewer: 41**************2X. The length
            stays visible, because a wrong length is the commonest mistake
Others      as they are, but nine or more digits in a row become stars (a column out of place)
Invisible and private-use characters are shown as □, so that a terminal or a page shows all alike.
"""

import re

from services.honours.titles import Field

SHOWN_LENGTH = 40

_LONG_NUMBER = re.compile("[0-9]{9,}[0-9Xx]?")
_NUMBERS = frozenset({Field.XJH, Field.ID_NUMBER, Field.STUDENT_NO})


def masked(field: Field, text: str) -> str:
    """Return what may be shown of a cell."""
    if field is Field.NAME:
        text = text[:1] + "*" * (len(text) - 1)
    elif field in _NUMBERS:
        kept = min(2, len(text) // 3)
        text = text[:kept] + "*" * (len(text) - 2 * kept) + text[len(text) - kept :]
    else:
        text = _LONG_NUMBER.sub(lambda found: "*" * len(found[0]), text)
    return visible(text)


def visible(text: str) -> str:
    """Return a text that any terminal or page can show, not longer than it needs to be."""
    shown = "".join(symbol if symbol.isprintable() else "□" for symbol in text)
    return shown if len(shown) <= SHOWN_LENGTH else shown[:SHOWN_LENGTH] + "…"
