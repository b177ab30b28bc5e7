"""What an approver wants to know of a draft: who is new, gone or changed since it was returned.

Rows of the two batches belong together if they are about the same person and award; where a
person's award itself was corrected, about the same person alone. What was forgotten meanwhile
cannot be compared and counts as gone.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from services.honours import listings, queries, rows
from services.honours.approving import RETURNED
from services.platform.record_keys import RecordKeys
from services.platform.work import Work

Row = Mapping[Any, Any]


@dataclass(frozen=True, slots=True)
class Changed:
    """One row that says something else now: what it said and says, by the names of claims."""

    sheet_row: int
    name: str = field(repr=False)
    before: Mapping[str, str] = field(repr=False)
    after: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Comparison:
    """A draft beside the batch that was returned before it. Names are of persons."""

    returned: Row = field(repr=False)
    added: tuple[str, ...] = field(repr=False)
    gone: tuple[str, ...] = field(repr=False)
    changed: tuple[Changed, ...]

    @property
    def is_same(self) -> bool:
        """Whether nothing is different."""
        return not (self.added or self.gone or self.changed)


def since_return(work: Work, batch: Row) -> Comparison | None:
    """Return how a batch differs from the last one that was returned; None if there was none."""
    returned = listings.returned_before(work.session, batch, RETURNED)
    if returned is None:
        return None
    before, after = _claims(work, returned["id"]), _claims(work, batch["id"])
    pairs, rest_before, rest_after = _paired(before, after)
    changed = tuple(
        Changed(new.sheet_row, new.claims["name"], *_differing(old.claims, new.claims))
        for old, new in pairs
        if old.claims != new.claims
    )
    return Comparison(
        returned,
        tuple(each.claims["name"] for each in rest_after),
        tuple(each.claims["name"] for each in rest_before),
        changed,
    )


@dataclass(frozen=True, slots=True)
class _Told:
    person: bytes
    award: bytes
    sheet_row: int
    claims: Mapping[str, str] = field(repr=False)


def _claims(work: Work, batch_id: str) -> list[_Told]:
    found = rows.checked(work, queries.batch_rows(work.session, batch_id))
    keys = RecordKeys.of(work.runtime).open_existing(work.session, [row["id"] for row in found])
    return [
        _Told(row["person_index"], row["award_index"], row["sheet_row"], rows.open_claims(row, key))
        for row in found
        if (key := keys.get(row["id"])) is not None
    ]


def _paired(
    before: Sequence[_Told], after: Sequence[_Told]
) -> tuple[list[tuple[_Told, _Told]], list[_Told], list[_Told]]:
    """Return pairs, and what is left over of each side."""
    pairs: list[tuple[_Told, _Told]] = []
    for by_award in (True, False):
        known = {(each.person, each.award if by_award else b""): each for each in before}
        rest = []
        for each in after:
            old = known.pop((each.person, each.award if by_award else b""), None)
            if old is None:
                rest.append(each)
            else:
                pairs.append((old, each))
        taken = {id(old) for old, _ in pairs}
        before, after = [each for each in before if id(each) not in taken], rest
    return pairs, list(before), list(after)


def _differing(
    old: Mapping[str, str], new: Mapping[str, str]
) -> tuple[dict[str, str], dict[str, str]]:
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return {n: old.get(n, "") for n in names}, {n: new.get(n, "") for n in names}
