"""Answers about the status of one certificate of the issuing authority (RFC 6960).

What is no question gets malformedRequest; one about another issuer, or one that names the issuer
by another hash than SM3, gets unauthorized; a number that was never given out is "unknown".
"""

from datetime import timedelta

from crypto import ocsp
from crypto.errors import InvalidEncoding
from crypto.ocsp import Answer, Failure, Question
from crypto.revocation import Outcome, Reason, Revoked, Standing
from identity.certificates import Kind
from services.authority import own, queries
from services.authority.own import Held
from services.authority.tables import AUTHORITY_CERTIFICATE
from services.platform import guarded
from services.platform.work import Work

LIFE = timedelta(hours=1)
MOST_BYTES = 4_096
"""No question about one certificate is longer."""


def answer(work: Work, data: bytes) -> bytes:
    """Return the response to a request. Raises NotFound authority_missing, Tampered."""
    issuing, responder = own.newest(work, Kind.ISSUING), own.newest(work, Kind.RESPONDER)
    try:
        question = ocsp.parse_question(data)
    except InvalidEncoding as error:
        known = error.code != "ocsp_algorithm"
        return ocsp.failure(Failure.MALFORMED_REQUEST if known else Failure.UNAUTHORIZED)
    if not question.certificate.issued_by(issuing.certificate):
        return ocsp.failure(Failure.UNAUTHORIZED)
    if not work.now < responder.certificate.fields.not_after:
        return ocsp.failure(Failure.TRY_LATER)
    return Answer.issue(
        question,
        _standing(work, issuing, question),
        responder=responder.certificate,
        produced_at=work.now,
        sign=own.signer(work, responder.ref, own.ANSWER),
    ).der()


def _standing(work: Work, issuing: Held, question: Question) -> Standing:
    times = (work.now, work.now + LIFE)
    row = queries.by_serial(work.session, issuing.issuer, f"{question.certificate.serial:x}")
    if row is None:
        return Standing(Outcome.UNCHECKED, *times)
    guarded.check(work.protect, AUTHORITY_CERTIFICATE, row)
    if row["revoked_at"] is None:
        return Standing(Outcome.GOOD, *times)
    revoked = Revoked(row["revoked_at"], Reason(row["reason"]))
    return Standing(Outcome.REVOKED, *times, revoked)
