"""Whole tables of security rows, checked against their MACs and against the registry log.

Single rows are checked whenever they are used; a row that nobody uses, or that is gone together
with whatever would have asked for it, is found here. Every entry of the registry log must be a
record or a head of the audit trail that we still have: so neither can be cut off at its end.

Errors     Tampered row_altered, rows_altered, audit_altered
"""

from ledger import entry, sql_store
from ledger.checkpoint import split_origin
from services.accounts import operators
from services.audit import trail
from services.evidence import bundle
from services.platform.errors import Tampered
from services.platform.issuing import REGISTRY
from services.platform.work import Work
from services.registry import institutions, keys, queries
from services.registry.tables import ISSUER_RECORD


def check(work: Work) -> None:
    """Check everything below the slices of business. Raises Tampered."""
    operators.check_all(work)
    keys.node_keys(work)
    _check_institutions(work)
    trail.check(work)
    check_log(work)


def _check_institutions(work: Work) -> None:
    """Check institutions and all that they own; a row that belongs to none is not ours either."""
    counted = dict.fromkeys(queries.counts(work.session), 0)
    for row in institutions.checked(work, queries.institutions(work.session)):
        for name, table in institutions.SETS.items():
            counted[table.name] += len(institutions.owned(work, row, name))
    for name, count in queries.counts(work.session).items():
        if counted[name] != count:
            raise Tampered("rows_altered", table=name)


def check_log(work: Work) -> int:
    """Check that each record entry of the registry log is explained; return how many. Tampered."""
    known = trail.head_digests(work) | _record_digests(work)
    found = 0
    for origin in sql_store.origins(work.session):
        if split_origin(origin).institution != REGISTRY:
            continue
        log = sql_store.open_log(work.session, origin)
        for data in log.entries(0, log.size):
            read = entry.decode(data)
            if read.kind != "record":
                continue
            if read.digest not in known:
                raise Tampered("rows_altered", table=ISSUER_RECORD.name)
            found += 1
    return found


def _record_digests(work: Work) -> set[bytes]:
    return {
        bundle.record_digest(row["digest"], row["salt"])
        for institution in queries.institutions(work.session)
        for row in queries.records(work.session, institution["id"])
    }
