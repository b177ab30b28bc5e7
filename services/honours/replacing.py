"""Replacing one certificate: a roster of one row, filled in from what the old one states.

It goes the way of every roster (intake, draft, approval by another person), so there is one way
to issue and not two. Who the pupil is must be typed anew: identifiers are kept as keyed digests
only, and the draft finds the old certificate by them.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass, field
from io import StringIO

from services.honours.drafting import RANKS
from services.honours.titles import IDENTIFIERS, Field, recommended

COLUMNS = (
    Field.NAME,
    Field.AWARD,
    Field.XJH,
    Field.ID_NUMBER,
    Field.STUDENT_NO,
    Field.RANK,
    Field.CLASS,
    Field.SUBJECT,
    Field.AWARD_DATE,
)


@dataclass(frozen=True, slots=True)
class Sheet:
    """The bytes of a roster of one row, and its file's name."""

    data: bytes = field(repr=False)
    filename: str


def filled(claims: Mapping[str, str]) -> dict[str, str]:
    """Return what the form holds at first, by the fields of a roster."""
    ranks: dict[str, str] = {}
    for written, rank in RANKS.items():
        ranks.setdefault(rank, written)
    known = {
        Field.NAME: claims["name"],
        Field.AWARD: claims["award"],
        Field.RANK: ranks.get(claims["rank"], ""),
        Field.CLASS: claims["class"],
        Field.SUBJECT: claims["subject"],
        Field.AWARD_DATE: claims["award_date"],
        Field.STUDENT_NO: claims["student_no"],
    }
    return {each.value: known.get(each, "") for each in COLUMNS}


def sheet(number: str, given: Mapping[str, str]) -> Sheet:
    """Return the roster. What is empty has no column, so that nothing is missed in it."""
    wanted = (*IDENTIFIERS, Field.NAME, Field.AWARD)
    used = [each for each in COLUMNS if given.get(each.value) or each in wanted]
    text = StringIO()
    writer = csv.writer(text)
    writer.writerow([recommended(each) for each in used])
    writer.writerow([given.get(each.value, "") for each in used])
    return Sheet(text.getvalue().encode("utf-8-sig"), f"{number}.csv")
