"""Whole tables of this slice, checked against their MACs, each other and the logs.

What is acted on is checked when it is used; what nobody uses, or what is hidden from those who
would, is found here: a row whose state, number or person was changed, one that is gone from its
batch, a certificate that is not the one its row was signed as, a pupil who was said to have an
award no more, a status that is not what the log says.

Errors     Tampered row_altered, rows_altered; of statuses with `entries`, the places in the log
"""

from services.honours import holdings, replay, rows, sweeps
from services.honours.replay import Found
from services.honours.tables import (
    APPROVAL,
    BATCH,
    BATCH_ROW,
    CERTIFICATE,
    PROGRAMME,
    ROW_PERSON,
    STATUS_REQUEST,
)
from services.platform import guarded
from services.platform.errors import Tampered
from services.platform.work import Work
from services.registry import queries as registry_queries
from services.status.tables import STATUS_ENTRY

MOST_NAMED = 20


def check(work: Work) -> None:
    """Check everything. Raises Tampered."""
    for table in (PROGRAMME, BATCH, APPROVAL, STATUS_REQUEST):
        for piece in sweeps.pieces(work.session, table):
            for row in piece:
                guarded.check(work.protect, table, row)
    _check_rows(work)
    _check_statuses(work)
    if sweeps.has_missing_row(work.session):
        raise Tampered("rows_altered", table=BATCH_ROW.name)
    if sweeps.has_other_certificate(work.session):
        raise Tampered("rows_altered", table=CERTIFICATE.name)
    if sweeps.has_other_live(work.session, [int(each) for each in holdings.COUNTING]):
        raise Tampered("rows_altered", table=ROW_PERSON.name)


def _check_rows(work: Work) -> None:
    for piece in sweeps.pieces(work.session, BATCH_ROW):
        persons = sweeps.persons(work.session, [row["id"] for row in piece])
        for row in rows.checked(work, piece):
            if rows.persons_mac(work.protect, row["id"], persons[row["id"]]) != row["persons_mac"]:
                raise Tampered("rows_altered", table=ROW_PERSON.name)


def _check_statuses(work: Work) -> None:
    found: list[Found] = []
    for institution in registry_queries.institutions(work.session):
        found += replay.of_institution(work, institution["id"])
    if found:
        named = [f"{each.origin}#{each.finding.params['index']}" for each in found[:MOST_NAMED]]
        raise Tampered("rows_altered", table=STATUS_ENTRY.name, entries=", ".join(named))
