"""Revocation lists of root and issuing authority: signed anew at once after a revocation, and
before half their life is over.

An issuer counts its revocations, and a list says how many it shows; so one that was signed before
a revocation cannot pass for the newest. Numbers only grow: the issuer's row has the newest.

Errors     NotFound authority_missing, revocation_list_missing; Tampered
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from crypto.crl import Entry, RevocationList
from crypto.errors import CryptoError
from crypto.revocation import Reason, Revoked
from identity.certificates import Kind
from services.audit import trail
from services.authority import own, queries
from services.authority.own import Held
from services.authority.tables import AUTHORITY_CERTIFICATE, AUTHORITY_LIST
from services.platform import guarded
from services.platform.errors import NotFound, ServiceError
from services.platform.work import Runtime, Work

LIFE = timedelta(days=7)
ALARM = "revocation_lists"
"""The name of the worker's task: it goes when that succeeds."""


@dataclass(frozen=True, slots=True)
class Published:
    """The newest list of an issuer."""

    der: bytes
    next_update: datetime


def publish(runtime: Runtime) -> int:
    """Sign every list that is due; return how many. Nothing without an authority."""
    with runtime.reading() as work:
        rows = [queries.newest(work.session, kind.value) for kind in own.ISSUERS]
        due = [Kind(row["kind"]) for row in rows if row is not None and _is_due(work, row)]
    return sum(_publish(runtime, kind) for kind in due)


def publish_at_once(runtime: Runtime) -> None:
    """Publish after a commit that revoked something: what cannot be done now, the worker does.

    Never fails, because the revocation has happened; a failure raises an alarm.
    """
    try:
        publish(runtime)
    except (ServiceError, CryptoError) as error:
        with runtime.writing() as work:
            trail.raise_alarm(work, ALARM, error.code)


def current(work: Work, kind: Kind) -> Published:
    """Return the newest list of an issuer. Raises NotFound, Tampered."""
    row = own.newest(work, kind).row
    found = queries.revocation_list(work.session, row["kid"], row["list_number"])
    if found is None:
        raise NotFound("revocation_list_missing")
    guarded.check(work.protect, AUTHORITY_LIST, found)
    return Published(found["der"], found["next_update"])


def revoked(work: Work, issuer: Held) -> Sequence[Mapping[Any, Any]]:
    """Return all rows that an issuer revoked. Raises Tampered if one is missing or altered."""
    rows = queries.revoked(work.session, issuer.issuer)
    version, mac = issuer.row["revoked_version"], issuer.row["revoked_mac"]
    parent = issuer.row["kid"]
    guarded.check_set(work.protect, AUTHORITY_CERTIFICATE, parent, rows, version=version, mac=mac)
    return rows


def reseal(work: Work, issuer: Held) -> None:
    """Count one more revocation and seal the set as it stands now."""
    rows = queries.revoked(work.session, issuer.issuer)
    version, parent = issuer.row["revoked_version"] + 1, issuer.row["kid"]
    mac = guarded.set_mac(work.protect, AUTHORITY_CERTIFICATE, parent, rows, version=version)
    own.restamp(work, issuer.row, revoked_version=version, revoked_mac=mac)


def _is_due(work: Work, row: Mapping[Any, Any]) -> bool:
    last = queries.revocation_list(work.session, row["kid"], row["list_number"])
    if last is None:
        return True
    changed: bool = last["changes"] != row["revoked_version"]
    old: bool = work.now - last["this_update"] >= LIFE / 2
    return changed or old


def _publish(runtime: Runtime, kind: Kind) -> bool:
    """Sign one list unless somebody else did it meanwhile."""
    with runtime.writing() as work:
        issuer = own.newest(work, kind, lock=True)
        if not _is_due(work, issuer.row):
            return False
        number = issuer.row["list_number"] + 1
        entries = [
            Entry(int(row["serial"], 16), Revoked(row["revoked_at"], Reason(row["reason"])))
            for row in revoked(work, issuer)
        ]
        made = RevocationList.issue(
            issuer.certificate,
            entries,
            number=number,
            this_update=work.now,
            next_update=work.now + LIFE,
            sign=own.signer(work, issuer.ref, own.LIST),
        )
        row = {
            "issuer": issuer.row["kid"],
            "number": number,
            "changes": issuer.row["revoked_version"],
            "this_update": made.this_update,
            "next_update": made.next_update,
            "der": made.der(),
        }
        queries.add_list(work.session, guarded.stamp(work.protect, AUTHORITY_LIST, row))
        own.restamp(work, issuer.row, list_number=number)
        return True
