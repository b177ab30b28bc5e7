"""Checks `signature` and `disclosure`: the words are the issuer's, and enough of them are shown.

A key counts only if it stands in the issuer's record and that record is authentic: a signature
that fits a stranger's record shows nothing.
"""

from crypto.jws import ALG
from identity import credential as credentials
from identity import issuer as records
from identity.credential import Credential
from identity.errors import InvalidCredential, InvalidRecord
from services.evidence.checks.issuer import Issuer
from services.evidence.finding import Finding, Term
from services.evidence.reading import Registered
from services.evidence.terms import Terms


def check(
    credential: Credential, registered: Registered | None, issuer: Issuer | None, terms: Terms
) -> Finding:
    """Check the issuer's signature under the key that its record holds."""
    if registered is None:
        return Finding("signature", "record_missing")
    record = registered.record
    if record.id != credential.body.issuer:
        return Finding("signature", "issuer_not_established")
    try:
        held = records.held_key(record, credential.kid)
        credentials.check_signature(credential, held.key)
    except InvalidRecord:
        return Finding("signature", "unknown_key")
    except InvalidCredential:
        return Finding("signature", "forged")
    if issuer is None or terms.list is None:
        return Finding("signature", "issuer_not_established")
    if ALG not in terms.list.algorithms:
        return Finding("signature", "algorithm", params={"algorithm": ALG})
    return Finding("signature", "genuine")


def disclosure(credential: Credential, *, foreign: bool) -> Finding:
    """Check that what is disclosed belongs to the credential and says at least the minimum."""
    if foreign:
        return Finding("disclosure", "foreign")
    missing = credentials.missing_minimum(credential)
    if missing:
        names = tuple(Term(f"claim.{name}") for name in missing)
        return Finding("disclosure", "incomplete", params={"missing": names})
    return Finding("disclosure", "complete")
