"""Checks `key_at_time`, `accreditation` and `dates`: what had to hold, at the instant that counts.

Keys and rights are judged by the block time of the credential's anchor, dates by the instant
that the verdict is for. A newest record can only take away what the bundle's record gives.
"""

from datetime import datetime

from identity import issuer as records
from identity.credential import Credential
from identity.errors import InvalidRecord
from identity.trust_list import TrustList
from services.evidence.checks.anchor import Anchored
from services.evidence.checks.issuer import Issuer
from services.evidence.finding import Finding, not_reached
from services.evidence.reading import Located
from services.evidence.terms import SKEW


def key_at_time(
    credential: Credential,
    issuer: Issuer | None,
    anchored: Anchored | None,
    *,
    located: Located | None,
    trust: TrustList | None,
) -> Finding:
    """Check that the issuer's key was in force, and that no cut-off reaches this entry."""
    if issuer is None or trust is None:
        return not_reached("key_at_time", "issuer")
    if located is not None:
        origin, index = located.note.checkpoint.origin, located.place.index
        if trust.cut(credential.kid, origin, index):
            return Finding("key_at_time", "cut_off")
    if anchored is None:
        return Finding("key_at_time", "not_anchored")
    time, level = anchored.time, anchored.level.word
    try:
        for record in (issuer.record, issuer.newest or issuer.record):
            records.key_in_force(record, credential.kid, time)
    except InvalidRecord:
        return Finding("key_at_time", "not_in_force", level, time, {"time": time})
    return Finding("key_at_time", "in_force", level, time, {"time": time})


def accreditation(
    credential: Credential, issuer: Issuer | None, anchored: Anchored | None
) -> Finding:
    """Check that the issuer could issue this type at this level at that time."""
    if issuer is None:
        return not_reached("accreditation", "issuer")
    if anchored is None:
        return Finding("accreditation", "not_anchored")
    body, time, word = credential.body, anchored.time, anchored.level.word
    if body.type not in issuer.node.types:
        return Finding("accreditation", "beyond_node", word, time, {"type": body.type})
    params = {"type": body.type, "level": body.level}
    try:
        for record in (issuer.record, issuer.newest or issuer.record):
            records.accredited(record, body.type, body.level, time)
    except InvalidRecord:
        return Finding("accreditation", "not_accredited", word, time, params)
    return Finding("accreditation", "accredited", word, time, params)


def dates(credential: Credential, at: datetime) -> Finding:
    """Check that the credential has been issued and is not over at this instant."""
    issued, expires = credential.body.issued_at, credential.body.expires_at
    if issued > at + SKEW:
        return Finding("dates", "not_yet", at=issued, params={"issued": issued})
    if expires is not None and at >= expires:
        return Finding("dates", "expired", at=expires, params={"expired": expires})
    return Finding("dates", "within", at=issued, params={"issued": issued})
