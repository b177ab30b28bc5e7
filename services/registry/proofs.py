"""Entries with what proves them, and issuer records as verifiers fetch them.

Place     an entry, its way to the first anchored checkpoint that covers it, and the receipt
Record    the newest published one that is anchored: one that still waits for its anchor would
          leave every verifier of the institution without an answer for some seconds
Errors    NotFound institution_unknown; Conflict anchor_not_final, record_missing
"""

from collections.abc import Mapping
from typing import Any

from crypto import canonical
from ledger import entry, sql_store
from services.evidence import bundle
from services.evidence.bundle import IssuerPart, Place
from services.platform.errors import Conflict
from services.platform.work import Work
from services.registry import institutions, queries, records


def place(work: Work, origin: str, index: int) -> Place:
    """Return an entry of a log with its proof to the first anchored checkpoint that covers it."""
    anchored = sql_store.anchored(work.session, origin, index)
    if anchored is None or anchored.receipt is None:
        raise Conflict("anchor_not_final", origin=origin, index=index)
    log = sql_store.open_log(work.session, origin)
    return Place(
        entry=entry.decode(log.entry(index)),
        index=index,
        hashes=tuple(log.prove(index, anchored.size)),
        checkpoint=anchored.note,
        receipt=canonical.loads(anchored.receipt.encode()),
    )


def of_record(work: Work, record: Mapping[Any, Any]) -> IssuerPart:
    """Return a record's row with its evidence."""
    located = place(work, record["log_origin"], record["log_index"])
    return IssuerPart(records.document(record), record["salt"], located)


def issuer_part(work: Work, institution_id: str) -> bytes:
    """Return the newest anchored record of an institution with its evidence, as a document."""
    institutions.load(work, institution_id)
    waiting: Conflict | None = None
    for record in queries.records(work.session, institution_id):
        try:
            return bundle.build_issuer(of_record(work, record))
        except Conflict as error:
            waiting = error
    raise waiting or Conflict("record_missing")
