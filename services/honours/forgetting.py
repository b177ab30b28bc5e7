"""Forgetting a person: what is sealed about him in one institution becomes unreadable for good.

Destroyed   the record key of each of his rows (services.platform.record_keys), with a line in the
            forget journal, so that a restored backup forgets again
            the keys of all remarks about a batch with a row of his, taken in or left out
Removed     the sealed columns of his rows and certificates, and the indexes by which he was found
Stays       numbers, states, entries, proofs: other people's certificates verify as before, and
            so does a file that he kept himself. A row that was approved and is not signed yet
            becomes a void number; a draft with such a row can only be returned
Who is he   whose rows carry the identifier that is given, and no others: a 学号 may have been
            given to somebody else in another year, so nothing is concluded from one to the next
Errors      NotFound certificate_unknown, person_unknown; Invalid forget_reason; Refused
            role_missing; InvalidCode (identity)
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from identity.levels import Role
from services.accounts import operators
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import approving, persons, queries, rows
from services.honours.remarks import queries as remark_queries
from services.honours.remarks import texts as remarks
from services.honours.roster import PersonKey
from services.platform.errors import Invalid, NotFound
from services.platform.record_keys import RecordKeys
from services.platform.work import Work

REASONS = ("person_asked", "guardian_asked", "retention_over", "collected_in_error", "ordered")
"""Codes, because a reason in words would say again what is to be forgotten."""

INDEX_SIZE = 32


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What was forgotten: how many rows still had a key, and the numbers that they had."""

    rows: int
    numbers: tuple[str, ...]


def forget_certificate(work: Work, actor: Operator, number: str, reason: str) -> Forgotten:
    """Forget the person of one certificate, as far as that certificate tells of him."""
    row = queries.certificate(work.session, number, lock=True)
    if row is None or row["institution_id"] not in actor.scopes(*Role):
        raise NotFound("certificate_unknown", number=number)
    operators.again(work, actor).require(Role.APPROVER, row["institution_id"])
    whole = {row["row_id"]: number}
    return _forget(work, actor, whole, {row["batch_id"]}, reason, subject=number)


def forget_person(
    work: Work, actor: Operator, institution_id: str, person: PersonKey, reason: str
) -> Forgotten:
    """Forget everything an institution has of the person with this identifier."""
    operators.again(work, actor).require(Role.APPROVER, institution_id)
    index = persons.index(work, institution_id, person)
    found = queries.of_person(work.session, institution_id, index)
    batches = {row["batch_id"] for row in found}
    batches.update(remark_queries.batches_without(work.session, index))
    if not batches:
        raise NotFound("person_unknown")
    whole = {row["id"]: row["number"] for row in found}
    return _forget(work, actor, whole, batches, reason, subject=institution_id)


def _forget(
    work: Work,
    actor: Operator,
    numbers: Mapping[str, str | None],
    batches: Collection[str],
    reason: str,
    *,
    subject: str,
) -> Forgotten:
    if reason not in REASONS:
        raise Invalid("forget_reason")
    for batch_id in sorted(batches):
        batch = approving.load(work, batch_id, lock=True)
        approving.change(work, batch, exclusions_sealed=b"", note_sealed=None, returned_sealed=None)
    remarks.forget(work, batches)
    gone = RecordKeys.of(work.runtime).destroy(work, list(numbers))
    # An index of nobody: the columns stay filled and unique, and lead nowhere.
    nobody = {row_id: work.random(INDEX_SIZE) for row_id in numbers}
    held = rows.checked(work, queries.some_rows(work.session, list(nobody), lock=True).values())
    rows.change(work, [(row, _emptied(work, row, nobody[row["id"]])) for row in held])
    if nobody:
        queries.empty_certificates(work.session, nobody)
    trail.record(
        work, actor=actor.id, action="person.forget", object=subject, result=reason, rows=gone
    )
    return Forgotten(gone, tuple(sorted(filter(None, numbers.values()))))


def _emptied(work: Work, row: Mapping[Any, Any], index: bytes) -> dict[str, object]:
    nobody = rows.persons_mac(work.protect, row["id"], ())
    return {"sealed": b"", "person_index": index, "persons_mac": nobody}
