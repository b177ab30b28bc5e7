"""How classes are written at a school: 九3班 in a new roster is 九(3)班 in the earlier ones.

Known       the classes of the institution's newest rows, as their certificates state them; for a
            school that has none yet, the spelling that most rows of this very roster use
Same class  two spellings are the same if stage, grade and number agree, however these are
            written: 高二（3）班, 高二3班 and 高2(三)班. Any other name is like itself alone
Suggestion  only where exactly one known spelling is the same class; nothing is ever changed
            without the preparer, and a class that is merely new is no mistake
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from services.honours.dry_run import Report
from services.honours.titles import Field

_DIGITS = {numeral: value for value, numeral in enumerate("一二三四五六七八九", start=1)}
_BRACKETS = re.compile(r"[\s()\[\]【】〔〕第]+")
_CLASS = re.compile(
    "(?P<stage>小学?|初中?|高中?|)(?P<grade>[一二三四五六七八九1-9])(?P<word>年级|级|年|)(?P<gap>\\|?)"
    "(?P<number>[0-9]{1,2}|[一二三四]?十[一二三四五六七八九]?|[一二三四五六七八九])\\|?班?"
)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One spelling that could be another one, and the rows that have it."""

    written: str
    known: str
    rows: tuple[int, ...]
    cells: Mapping[int, str]
    """What the class cell of each row would hold; the grade may stand in a column of its own."""


def suggest(report: Report, earlier: Iterable[str]) -> list[Suggestion]:
    """Return what the rows of a roster could be spelt like."""
    column = report.layout.column(Field.CLASS)
    if column is None:
        return []
    grade = report.layout.column(Field.GRADE)
    rows: dict[tuple[str, str], list[int]] = {}
    for row in report.layout.body:
        written = row.cell(column.index).text
        above = "" if grade is None else row.cell(grade.index).text
        if written.strip():
            rows.setdefault((above, written), []).append(row.number)
    known = _by_key(earlier) or _majority(rows)
    found = (_suggestion(known, above, written, at) for (above, written), at in rows.items())
    return [each for each in found if each is not None]


def key(name: str) -> str:
    """Return what all spellings of one class share; another name is its own key."""
    text = _BRACKETS.sub("|", unicodedata.normalize("NFKC", name)).strip("|")
    found = _CLASS.fullmatch(text)
    if found is None:
        return text.replace("|", "")
    told = found["stage"] or found["word"] or found["gap"] or not found["grade"].isascii()
    if not told:  # 12班 may be class 12
        return text
    return f"{found['stage'][:1]}/{_number(found['grade'])}/{_number(found['number'])}"


def _number(text: str) -> int:
    """Return the value of a numeral: 3, 三, 十二, 二十."""
    if text.isascii():
        return int(text)
    tens, ten, ones = text.rpartition("十") if "十" in text else ("", "", text)
    return (10 * _DIGITS.get(tens, 1) if ten else 0) + _DIGITS.get(ones, 0)


def _suggestion(
    known: Mapping[str, set[str]], above: str, written: str, rows: Sequence[int]
) -> Suggestion | None:
    whole = above + written
    spellings = known.get(key(whole), set())
    if len(spellings) != 1 or whole in spellings:
        return None
    [spelling] = spellings
    if not spelling.startswith(above):
        return None
    cell = spelling[len(above) :]
    return Suggestion(whole, spelling, tuple(rows), dict.fromkeys(rows, cell))


def _by_key(names: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for name in names:
        found.setdefault(key(name), set()).add(name)
    return found


def _majority(rows: Mapping[tuple[str, str], Sequence[int]]) -> dict[str, set[str]]:
    """Return for each class of the roster the spelling that more than half of its rows use."""
    counts: dict[str, Counter[str]] = {}
    for (above, written), at in rows.items():
        whole = above + written
        counts.setdefault(key(whole), Counter())[whole] += len(at)
    return {
        each: {spelling}
        for each, counter in counts.items()
        for spelling, number in counter.most_common(1)
        if len(counter) > 1 and number * 2 > counter.total()
    }
