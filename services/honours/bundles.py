"""Bundles of certificates, on demand and never before the anchor is final.

Whoever holds a certificate's number and the code on its paper gets what the paper shows, the
type's minimum; the institution's people and the holder get all disclosures.

Errors     NotFound certificate_unknown, record_forgotten; Conflict anchor_not_final; Tampered
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crypto import canonical, sm3, sm4
from crypto.errors import InvalidEncoding
from identity import credential
from identity.credential_types import HONOUR
from identity.errors import InvalidCredential
from ledger import sql_store
from services.evidence import bundle
from services.evidence.bundle import Bundle, IssuerPart, Place
from services.honours import queries
from services.honours.workflow import ISSUED, SYSTEM, TABLE
from services.platform.errors import Conflict, NotFound, Tampered
from services.platform.record_keys import RecordKeys
from services.platform.work import Runtime, Work
from services.registry import proofs
from services.registry import queries as registry_queries
from services.status import lists

RELEASE_CHUNK = 10_000

_NAMED = ("number", "institution_id", "credential", "code_digest")


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate with what is sealed in it."""

    row: Mapping[Any, Any]
    text: str
    code: str


def of_number(runtime: Runtime, number: str) -> bytes:
    """Return the bundle of a certificate with all its disclosures."""
    with runtime.reading() as work:
        held = open_certificate(work, number)
        where, record = places(work, held)
    status = lists.assertion(runtime, held.row["credential"])
    return bundle.build(Bundle(held.text, where, record, status))


def of_code(runtime: Runtime, code: str, number: str | None = None) -> bytes:
    """Return the bundle that a paper's code stands for, with the minimum of disclosures.

    Where the paper's number is given too, both must belong to one certificate.
    """
    with runtime.reading() as work:
        row = queries.certificate_by_code(work.session, sm3.digest(code.encode()))
        if row is None or number not in (None, row["number"]):
            raise NotFound("code_unknown")
        held = open_certificate(work, row["number"])
        where, record = places(work, held)
    status = lists.assertion(runtime, held.row["credential"])
    return bundle.build(Bundle(_minimum(held.text), where, record, status))


def open_certificate(work: Work, number: str) -> Held:
    """Return a certificate with its credential and code. Raises NotFound."""
    row = queries.certificate(work.session, number)
    if row is None:
        raise NotFound("certificate_unknown", number=number)
    if row["sealed"] is None:
        raise NotFound("record_forgotten")
    return opened(row, RecordKeys.of(work.runtime).open(work.session, row["row_id"]))


def opened(row: Mapping[Any, Any], key: bytes) -> Held:
    """Return what is sealed in a certificate's row, and is what the row says it is.

    So a row that was moved to another institution, or shows another one's code, is refused.
    Raises InvalidCiphertext, Tampered.
    """
    try:
        match canonical.loads(sm4.unseal(key, row["sealed"], row["number"].encode())):
            case {"code": str(code), "credential": str(text)}:
                if _names(text, code) == tuple(row[name] for name in _NAMED):
                    return Held(row, text, code)
    except (InvalidEncoding, InvalidCredential):
        pass
    raise Tampered("row_altered", table="certificate")


def release(runtime: Runtime) -> int:
    """Move certificates whose anchor is final from SIGNED to ISSUED; return how many."""
    with runtime.writing() as work:
        state = TABLE.apply("SIGNED", "anchor", SYSTEM, ("anchor_final",))
        assert state == ISSUED
        moved = 0
        for origin in queries.signed_origins(work.session):
            size = sql_store.receipted_size(work.session, origin)
            moved += queries.release(work.session, origin, size, state)
    return moved


def places(work: Work, held: Held) -> tuple[Place, IssuerPart]:
    """Return a certificate's place in the log and its issuer's record. Raises Conflict."""
    return place(work, held), issuer(work, held)


def place(work: Work, held: Held) -> Place:
    """Return a certificate's place in its issuer's log.

    Raises Conflict anchor_not_final, Tampered.
    """
    found = proofs.place(work, held.row["log_origin"], held.row["log_index"])
    if found.entry.digest != held.row["credential"]:
        raise Tampered("row_altered", table="certificate")
    return found


def issuer(work: Work, held: Held) -> IssuerPart:
    """Return the record under which a certificate was issued. Raises Conflict."""
    record = registry_queries.record(work.session, held.row["record_digest"])
    if record is None:
        raise Conflict("record_missing")
    return proofs.of_record(work, record)


def _names(text: str, code: str) -> tuple[str, str, bytes, bytes]:
    """Return what _NAMED of a certificate's row must be."""
    whole = credential.parse(text)
    body = whole.body
    return body.number, body.issuer, whole.digest, sm3.digest(code.encode())


def _minimum(text: str) -> str:
    """Return the credential with the type's minimum of disclosures."""
    whole = credential.parse(text)
    names = list(whole.claims)
    shown = tuple(
        disclosure
        for name, disclosure in zip(names, whole.disclosures, strict=True)
        if name in HONOUR.minimum
    )
    return credential.present(whole.issuer_jwt, shown)
