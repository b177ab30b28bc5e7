"""What an issued certificate is and how it stands, by what was signed, logged or carries a MAC.

The row of a certificate is for finding it. That its number belongs to this credential is said by
the row of its batch, that the institution stated it by the batch and by the log's entry, how it
stands by its status entry; all four carry a MAC or are under the tree. Whoever acts on a
certificate, or tells strangers of it, asks here.

Errors     Tampered row_altered (table certificate or what else was altered), rows_altered
"""

from collections.abc import Collection, Mapping
from typing import Any

from identity.status_list import Status
from ledger import entry, sql_store
from ledger.errors import InvalidEntry
from services.honours import queries, rows
from services.honours.tables import BATCH, CERTIFICATE
from services.honours.workflow import ISSUED, REVOKED, SIGNED, SUPERSEDED, SUSPENDED
from services.platform import guarded
from services.platform.errors import Tampered
from services.platform.work import Work
from services.status import lists

Row = Mapping[Any, Any]

LISTED = {
    SIGNED: Status.VALID,
    ISSUED: Status.VALID,
    SUSPENDED: Status.SUSPENDED,
    REVOKED: Status.INVALID,
    SUPERSEDED: Status.SUPERSEDED,
}
"""What the status list says of a certificate in each state."""


def check(work: Work, certificates: Collection[Row]) -> None:
    """Raise Tampered unless these are what was signed, by whom it was, and stand so."""
    said = statuses(work, certificates)
    for row in certificates:
        if said[row["number"]] is not LISTED[row["state"]]:
            raise _altered()


def statuses(work: Work, certificates: Collection[Row]) -> dict[str, Status]:
    """Return how certificates stand, by number, after checking what they are. Raises Tampered."""
    _check_rows(work, certificates)
    _check_entries(work, certificates)
    said = lists.said_of(work, [row["credential"] for row in certificates])
    if any(row["credential"] not in said for row in certificates):
        raise Tampered("rows_altered", table="status_entry")
    return {row["number"]: said[row["credential"]] for row in certificates}


def is_anchored(work: Work, certificate: Row) -> bool:
    """Return whether a final anchor with a receipt covers a certificate's entry."""
    size = sql_store.receipted_size(work.session, certificate["log_origin"])
    return bool(certificate["log_index"] < size)


def _check_rows(work: Work, certificates: Collection[Row]) -> None:
    found = queries.some_rows(work.session, [each["row_id"] for each in certificates])
    rows.checked(work, found.values())
    issuers = {
        batch_id: _batch(work, batch_id)["institution_id"]
        for batch_id in {row["batch_id"] for row in found.values()}
    }
    for each in certificates:
        row = found.get(each["row_id"])
        if row is None or (row["number"], row["credential"], issuers[row["batch_id"]]) != (
            each["number"],
            each["credential"],
            each["institution_id"],
        ):
            raise _altered()


def _batch(work: Work, batch_id: str) -> Row:
    row = queries.batch(work.session, batch_id)
    if row is None:
        raise Tampered("rows_altered", table=BATCH.name)
    return guarded.check(work.protect, BATCH, row)


def _check_entries(work: Work, certificates: Collection[Row]) -> None:
    places: dict[str, list[int]] = {}
    for each in certificates:
        places.setdefault(each["log_origin"], []).append(each["log_index"])
    logged = {
        origin: sql_store.entries_at(work.session, origin, indexes)
        for origin, indexes in places.items()
    }
    for each in certificates:
        try:
            read = entry.decode(logged[each["log_origin"]].get(each["log_index"], b""))
        except InvalidEntry as error:
            raise _altered() from error
        if (read.digest, read.issuer) != (each["credential"], each["institution_id"]):
            raise _altered()


def _altered() -> Tampered:
    return Tampered("row_altered", table=CERTIFICATE.name)
