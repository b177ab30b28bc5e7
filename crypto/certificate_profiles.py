"""The certificates of a node's own authority, one function each.

Profile    root -> issuing authority (no CA below it, its names within the node's) -> persons and
           institutions to sign, institutions to be written to in secret, a status responder.
Marked     every certificate below the root carries the policy that it is given: for our own
           authority the sentence that it is not a licensed one.
Addresses  of the revocation list, the responder and the issuer's certificate: from settings.
Standard   GM/T 0015-2023; a pair of certificates for institutions as GM/T 0034 has it.
"""

from dataclasses import dataclass
from typing import Final

from crypto.certificate import Certificate, key_id
from crypto.extensions import (
    DOCUMENT_SIGNING,
    OCSP_SIGNING,
    Basic,
    Extensions,
    NameConstraints,
    Policy,
    Usage,
)
from crypto.keys import PublicKey
from crypto.names import Name

_AUTHORITY: Final = frozenset({Usage.CERTIFICATE_SIGN, Usage.CRL_SIGN})
_SIGNING: Final = frozenset({Usage.DIGITAL_SIGNATURE, Usage.NON_REPUDIATION})
_SECRECY: Final = frozenset({Usage.KEY_ENCIPHERMENT, Usage.DATA_ENCIPHERMENT, Usage.KEY_AGREEMENT})


@dataclass(frozen=True, slots=True)
class Places:
    """Where a stranger asks about certificates of one issuer."""

    crl_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()


def root(key: PublicKey) -> Extensions:
    """Return the extensions of a root: it may have one level of authorities below it."""
    return Extensions(subject_key=key_id(key), usage=_AUTHORITY, basic=Basic(True, 1))


def issuing(
    key: PublicKey, root: Certificate, *, within: Name, policy: Policy, places: Places
) -> Extensions:
    """Return the extensions of an issuing authority for names within `within`."""
    return Extensions(
        authority_key=root.key_id,
        subject_key=key_id(key),
        usage=_AUTHORITY,
        policies=(policy,),
        basic=Basic(True, 0),
        constraints=NameConstraints(permitted=(within,)),
        crl_urls=places.crl_urls,
        ocsp_urls=places.ocsp_urls,
        issuer_urls=places.issuer_urls,
    )


def signing(key: PublicKey, issuer: Certificate, *, policy: Policy, places: Places) -> Extensions:
    """Return the extensions of who signs documents: a person, or an institution."""
    return _end(key, issuer, _SIGNING, policy, places, extended=(DOCUMENT_SIGNING,))


def secrecy(key: PublicKey, issuer: Certificate, *, policy: Policy, places: Places) -> Extensions:
    """Return the extensions of the other half of an institution's pair: it signs nothing."""
    return _end(key, issuer, _SECRECY, policy, places)


def responder(key: PublicKey, issuer: Certificate, *, policy: Policy) -> Extensions:
    """Return the extensions of a status responder, about which nobody asks it."""
    usage = frozenset({Usage.DIGITAL_SIGNATURE})
    return _end(key, issuer, usage, policy, Places(), extended=(OCSP_SIGNING,), no_check=True)


def _end(
    key: PublicKey,
    issuer: Certificate,
    usage: frozenset[Usage],
    policy: Policy,
    places: Places,
    *,
    extended: tuple[str, ...] = (),
    no_check: bool = False,
) -> Extensions:
    return Extensions(
        authority_key=issuer.key_id,
        subject_key=key_id(key),
        usage=usage,
        policies=(policy,),
        basic=Basic(False),
        extended=extended,
        crl_urls=places.crl_urls,
        ocsp_urls=places.ocsp_urls,
        issuer_urls=places.issuer_urls,
        no_check=no_check,
    )
