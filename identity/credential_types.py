"""The credential types: which claims each may carry, how they are written, what must be shown.

honour/1   an honour certificate (docs/formats/credential-v1.md)
test/1     a test certificate, which is never valid (docs/decisions/)

A type is data. A new one is a new entry of TYPES, never a change of an old one: credentials
live longer than code. Visible claims stand in the signed token, disclosable ones are salted
and shown one by one; nothing personal is visible.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from identity import instants
from identity.codes import LETTERS
from identity.levels import AWARD_LEVELS, AWARD_RANKS
from identity.members import is_plain

NOTICE_SENTENCE = "不作为中小学招生入学依据"
"""What every certificate of a contest for pupils must say, in these words."""

Holds = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class TypeRules:
    """The rules of one credential type."""

    name: str
    disclosable: Mapping[str, Holds]
    """Claim names in canonical order, each with the rule for its value, which is a text."""
    minimum: tuple[str, ...]
    """Claims without which a credential says nothing to a verifier."""
    digests: int
    """Number of `_sd` digests; decoys fill up, so that their count says nothing."""
    categories: frozenset[str]
    contests: frozenset[str]
    """Categories in which the notice is compulsory; in the others it may be given."""
    levels: frozenset[str]


def _text(most: int) -> Holds:
    return lambda value: is_plain(value, most)


def _is_day(value: str) -> bool:
    try:
        instants.read_day(value)
    except ValueError:
        return False
    return True


HONOUR = TypeRules(
    name="honour/1",
    disclosable={
        "name": _text(100),
        "award": _text(120),
        "award_date": _is_day,
        "rank": AWARD_RANKS.__contains__,
        "period": _text(40),
        "programme": _text(120),
        "class": _text(80),
        "student_no": _text(40),
        "subject": _text(80),
        "statement": _text(300),
    },
    minimum=("name", "award", "award_date"),
    digests=16,
    categories=frozenset(LETTERS),
    contests=frozenset({"discipline_contest"}),
    levels=frozenset(AWARD_LEVELS),
)

TYPES: Mapping[str, TypeRules] = {HONOUR.name: HONOUR}

TEST = "test/1"
"""The type of test certificates, of whatever process. It has no rules, and so stands in no list of
types: nobody can be accredited for it, approve it or issue it, and no verifier can find it valid.
"""
