"""What stands between an approved row and its certificate: things to wait for, and final ones.

Wait     NotYet: the institution's newest record is not published or not anchored, or does not
         hold yet what the registry says (a key, the accreditation); the chain's clock is behind
         a key's first day; a certificate to be replaced is not anchored. The job is given back
Void     the rest: the pupil has the award already, was forgotten, or the certificate to be
         replaced counts no more; the institution lost its accreditation. The number becomes a
         logged void number, because an approved batch can only finish

A certificate is signed under the newest record alone, by a key and with an accreditation that
this record shows in force: at the time that the chain has reached, now, and MARGIN from now,
because verifiers will ask for the block time of the certificate's own anchor.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crypto.provider import KeyRef
from identity import issuer
from identity.credential_types import HONOUR
from identity.errors import InvalidRecord
from identity.issuer import IssuerRecord
from ledger import sql_store
from services.honours import holdings, queries, standing
from services.honours.workflow import LIVE, SIGNED, SUPERSEDED
from services.platform.errors import Conflict, Unavailable
from services.platform.issuing import REGISTRY
from services.platform.work import Work
from services.registry import institutions, keys, records

Row = Mapping[Any, Any]
MARGIN = timedelta(minutes=10)
"""How long the anchor of a certificate that is signed now may take."""


class NotYet(Unavailable):
    """Something that will come by itself or by the registrars has not come yet."""


@dataclass(frozen=True, slots=True)
class Issuer:
    """With what and under which record an institution signs now."""

    ref: KeyRef
    record_digest: bytes
    accredited: bool
    """Whether it may issue these certificates at all; if not, their numbers are void."""


def find_issuer(work: Work, institution_id: str, level: str) -> Issuer:
    """Return how the institution signs at this level now. Raises NotYet, Tampered."""
    try:
        record, row = records.newest(work, institution_id)
    except Conflict as error:
        raise NotYet("record_missing") from error
    anchored = sql_store.anchored(work.session, row["log_origin"], row["log_index"])
    reached = sql_store.last_block_time(work.session, institution=REGISTRY)
    if anchored is None or anchored.receipt is None or reached is None:
        raise NotYet("record_not_anchored")
    instants = (min(reached, work.now), work.now, work.now + MARGIN)
    ref = _key(work, institution_id, record, instants)
    return Issuer(ref, row["digest"], _accredited(work, institution_id, record, level, instants))


def may_issue(work: Work, institution: Row, level: str) -> bool:
    """Return whether the registry lets the institution issue at this level now and soon."""
    return all(
        institutions.accredited(work, institution, HONOUR.name, level, at)
        for at in (work.now, work.now + MARGIN)
    )


def voids(
    work: Work, batch: Row, found: Sequence[Row], kept: Collection[str], *, accredited: bool
) -> dict[str, str]:
    """Return which of these rows can never be issued, and why, by row id. Raises NotYet.

    `kept` names the rows whose record key is still there.
    """
    ids = [row["id"] for row in found]
    if not accredited:
        return dict.fromkeys(ids, "not_accredited")
    void = {row_id: "forgotten" for row_id in ids if row_id not in kept}
    void = _replacing_nothing(work, found) | void
    return _duplicates(work, batch, found, void) | void


def _key(
    work: Work, institution_id: str, record: IssuerRecord, instants: Sequence[datetime]
) -> KeyRef:
    """Return the newest active key that the record shows in force."""
    for ref in keys.active_issuer_refs(work, institution_id):
        try:
            for at in instants:
                issuer.key_in_force(record, ref.kid, at)
        except InvalidRecord:
            continue
        return ref
    raise NotYet("issuer_key_not_recorded")


def _accredited(
    work: Work, institution_id: str, record: IssuerRecord, level: str, instants: Sequence[datetime]
) -> bool:
    if not may_issue(work, institutions.load(work, institution_id), level):
        return False
    try:
        for at in instants:
            issuer.accredited(record, HONOUR.name, level, at)
    except InvalidRecord as error:
        raise NotYet("accreditation_not_recorded") from error
    return True


def _replacing_nothing(work: Work, found: Sequence[Row]) -> dict[str, str]:
    """Return rows whose certificate to replace counts no more. Raises NotYet."""
    numbers = sorted({row["supersedes"] for row in found} - {None})
    known = queries.certificates_of(work.session, numbers)
    standing.check(work, known.values())
    void = {}
    for row in found:
        if row["supersedes"] is None:
            continue
        state = known[row["supersedes"]]["state"]
        if state == SIGNED:
            raise NotYet("replaced_not_anchored")
        if state not in LIVE:
            void[row["id"]] = "successor_exists" if state == SUPERSEDED else "replaced_not_live"
    return void


def _duplicates(
    work: Work, batch: Row, found: Sequence[Row], void: Mapping[str, str]
) -> dict[str, str]:
    """Return rows whose person has the award, by any identifier, here or in this chunk."""
    supersedes = {row["id"]: row["supersedes"] for row in found}
    persons = queries.persons_of_rows(work.session, list(supersedes))
    indexes = [each["person_index"] for each in persons]
    live = holdings.of_persons(work, batch["programme_id"], batch["period"], indexes)
    held = {(each.person, each.award): each.number for each in live}
    first: dict[tuple[bytes, bytes], str] = {}
    doubles = {}
    order = {row["id"]: row["position"] for row in found if row["id"] not in void}
    for each in sorted(persons, key=lambda one: order.get(one["row_id"], -1)):
        row_id, key = each["row_id"], (each["person_index"], each["award_index"])
        if row_id not in order:
            continue
        other = held.get(key)
        taken = other is not None and other != supersedes[row_id]
        if taken or first.setdefault(key, row_id) != row_id:
            doubles[row_id] = "duplicate"
    return doubles
