"""Certificates of persons and institutions: what Kexin says in them, and what it reads out.

Names      C=CN, O=<node>, CN=<EDU-ID or institution id>, and nothing else about anybody.
Kinds      root, issuing authority, person, institution to sign, institution to be written to in
           secret, status responder: docs/formats/certificates-v1.md.
Own        every certificate below our root says in its policy that the authority is its own and
           not a licensed one. A licensed authority's certificates are trusted by configuration;
           whom they are about is known by their digest, not by their names.
Making     each function returns what is to be signed; `Certificate.issue` signs it with the
           authority's key, by the provider, as a "kexin-certificate".
Errors     InvalidSubject: subject_foreign, subject_kind, authority_expired, authority_kind;
           InvalidCode for a wrong identifier; those of crypto.chain where a way
           does not hold; ValueError for addresses and names that no settings should hold.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from crypto import certificate_profiles as profiles
from crypto import chain
from crypto.certificate import Certificate, Fields
from crypto.certificate_profiles import Places
from crypto.chain import Sources
from crypto.entropy import Random
from crypto.extensions import Extensions, Policy, Usage
from crypto.keys import PublicKey
from crypto.names import COMMON_NAME, COUNTRY, ORGANISATION, Name
from crypto.revocation import Standing
from identity import codes
from identity.errors import InvalidSubject

OWN_AUTHORITY: Final = Policy(
    "2.25.243954900960095871326244630133845434879",
    "自建CA,非依法设立的电子认证服务机构 (own CA, not a licensed certification authority)",
)
ROOT_NAME: Final = "Kexin Root CA (not licensed)"
ISSUING_NAME: Final = "Kexin Issuing CA (not licensed)"
RESPONDER_NAME: Final = "Kexin Status Responder"

ALARM_DAYS: Final = (7, 30, 90)
"""Before the end of a certificate, the most urgent first."""

_SERIAL_SIZE: Final = 16
_YEAR: Final = timedelta(days=365)


class Kind(StrEnum):
    """What a certificate is for."""

    ROOT = "root"
    ISSUING = "issuing"
    PERSON = "person"
    INSTITUTION_SIGNING = "institution_signing"
    INSTITUTION_ENCRYPTION = "institution_encryption"
    RESPONDER = "responder"


LIFETIME: Final = {
    Kind.ROOT: 20 * _YEAR,
    Kind.ISSUING: 10 * _YEAR,
    Kind.PERSON: 3 * _YEAR,
    Kind.INSTITUTION_SIGNING: 5 * _YEAR,
    Kind.INSTITUTION_ENCRYPTION: 5 * _YEAR,
    Kind.RESPONDER: timedelta(days=90),
}
"""The longest; a certificate ends with its issuer's at the latest."""


@dataclass(frozen=True, slots=True)
class Authority:
    """Who issues on a node: its certificate, and where strangers ask about what it issued."""

    node: str
    certificate: Certificate
    places: Places
    policy: Policy = OWN_AUTHORITY

    def __post_init__(self) -> None:
        urls = (*self.places.crl_urls, *self.places.ocsp_urls, *self.places.issuer_urls)
        if not all(url.startswith("http://") and url.isascii() for url in urls):
            raise ValueError("what is fetched is signed: its address is http and ASCII")


@dataclass(frozen=True, slots=True)
class Trust:
    """Whose certificates a verifier accepts: our own authority's, or a licensed one's."""

    trusted: tuple[Certificate, ...]
    between: tuple[Certificate, ...]
    policy: str | None
    """What every certificate below must say."""
    own: bool
    """Whether names are ours; then `policy` is that of our own authority."""

    @classmethod
    def in_own(cls, root: Certificate, *issuing: Certificate) -> "Trust":
        """Trust the node's own authority."""
        return cls((root,), issuing, OWN_AUTHORITY.oid, own=True)

    @classmethod
    def in_licensed(
        cls,
        trusted: Collection[Certificate],
        between: Collection[Certificate],
        policy: str | None = None,
    ) -> "Trust":
        """Trust a licensed authority that was configured."""
        return cls(tuple(trusted), tuple(between), policy, own=False)


@dataclass(frozen=True, slots=True)
class Verified:
    """A certificate whose way to a trusted one holds."""

    kind: Kind | None
    """None for a licensed authority's: bind it by its digest."""
    identifier: str | None
    """EDU-ID or institution id."""
    node: str | None
    key: PublicKey
    own: bool
    standing: Standing
    """Good, revoked since when, or unchecked: never taken for good."""
    certificates: tuple[Certificate, ...]


def root(node: str, key: PublicKey, *, now: datetime, random: Random) -> Fields:
    """Return what a node's root says, to be signed by its own key."""
    name = subject(node, ROOT_NAME)
    return _fields(Kind.ROOT, name, name, key, profiles.root(key), None, now, random)


def issuing(
    node: str,
    key: PublicKey,
    root: Certificate,
    *,
    places: Places,
    now: datetime,
    random: Random,
    policy: Policy = OWN_AUTHORITY,
) -> Fields:
    """Return what the issuing authority's certificate says; `places` are the root's."""
    within = Name.of((COUNTRY, "CN"), (ORGANISATION, node))
    checked = Authority(node, root, places, policy)
    said = profiles.issuing(key, root, within=within, policy=policy, places=checked.places)
    return _below(Kind.ISSUING, checked, ISSUING_NAME, key, said, now, random)


def person(
    authority: Authority, edu_id: str, key: PublicKey, *, now: datetime, random: Random
) -> Fields:
    """Return what a person's certificate says. Raises InvalidCode."""
    said = profiles.signing(
        key, authority.certificate, policy=authority.policy, places=authority.places
    )
    identifier = codes.validate_edu_id(edu_id)
    return _below(Kind.PERSON, authority, identifier, key, said, now, random)


def institution_signing(
    authority: Authority, institution: str, key: PublicKey, *, now: datetime, random: Random
) -> Fields:
    """Return what an institution's signing certificate says. Raises InvalidCode."""
    said = profiles.signing(
        key, authority.certificate, policy=authority.policy, places=authority.places
    )
    identifier = codes.validate_institution_id(institution)
    return _below(Kind.INSTITUTION_SIGNING, authority, identifier, key, said, now, random)


def institution_encryption(
    authority: Authority, institution: str, key: PublicKey, *, now: datetime, random: Random
) -> Fields:
    """Return what the other half of an institution's pair says. Raises InvalidCode."""
    said = profiles.secrecy(
        key, authority.certificate, policy=authority.policy, places=authority.places
    )
    identifier = codes.validate_institution_id(institution)
    return _below(Kind.INSTITUTION_ENCRYPTION, authority, identifier, key, said, now, random)


def responder(authority: Authority, key: PublicKey, *, now: datetime, random: Random) -> Fields:
    """Return what the status responder's certificate says."""
    said = profiles.responder(key, authority.certificate, policy=authority.policy)
    return _below(Kind.RESPONDER, authority, RESPONDER_NAME, key, said, now, random)


def subject(node: str, common_name: str) -> Name:
    """Return the name of somebody on a node."""
    return Name.of((COUNTRY, "CN"), (ORGANISATION, node), (COMMON_NAME, common_name))


def verify(
    certificate: Certificate,
    trust: Trust,
    *,
    now: datetime,
    kind: Kind,
    sources: Sources | None = None,
) -> Verified:
    """Return whose certificate it is and what is known of it.

    `kind` is person, institution_signing or institution_encryption: what it is needed for.
    Raises InvalidSubject; crypto.errors.InvalidCertificate where the way does not hold.
    """
    found = chain.verify(
        certificate,
        trusted=trust.trusted,
        between=trust.between,
        now=now,
        usage=_USAGE[kind],
        policy=trust.policy,
        sources=sources,
    )
    node, identifier = _named(certificate, kind) if trust.own else (None, None)
    return Verified(
        kind if trust.own else None,
        identifier,
        node,
        certificate.fields.key,
        trust.own,
        found.standing,
        found.certificates,
    )


def alarm(certificate: Certificate, now: datetime) -> int | None:
    """Return the most urgent of ALARM_DAYS that has come; 0 after the end, None before all."""
    left = certificate.fields.not_after - now
    if left < timedelta(0):
        return 0
    return next((days for days in ALARM_DAYS if left <= timedelta(days=days)), None)


_USAGE: Final = {
    Kind.PERSON: Usage.NON_REPUDIATION,
    Kind.INSTITUTION_SIGNING: Usage.NON_REPUDIATION,
    Kind.INSTITUTION_ENCRYPTION: Usage.KEY_ENCIPHERMENT,
}


def _named(certificate: Certificate, kind: Kind) -> tuple[str, str]:
    """Return node and identifier of a certificate of our own authority."""
    name = certificate.fields.subject
    attributes = [oid for oid, _ in name.attributes]
    if attributes != [COUNTRY, ORGANISATION, COMMON_NAME]:
        raise InvalidSubject("subject_foreign")
    (_, _), (_, node), (_, identifier) = name.attributes
    is_institution = identifier.startswith(codes.INSTITUTION_PREFIX)
    if is_institution is (kind is Kind.PERSON):
        raise InvalidSubject("subject_kind", wanted=kind.value)
    validate = codes.validate_institution_id if is_institution else codes.validate_edu_id
    if validate(identifier) != identifier:  # an EDU-ID as it is shown, with hyphens
        raise InvalidSubject("subject_foreign")
    return node, identifier


def _below(
    kind: Kind,
    authority: Authority,
    common_name: str,
    key: PublicKey,
    extensions: Extensions,
    now: datetime,
    random: Random,
) -> Fields:
    """Return what a certificate of this authority says."""
    above = authority.certificate.fields
    basic = above.extensions.basic
    if basic is None or not basic.ca or (basic.path_length == 0) is (kind is Kind.ISSUING):
        raise InvalidSubject("authority_kind", wanted=kind.value)
    name = subject(authority.node, common_name)
    return _fields(kind, name, above.subject, key, extensions, above, now, random)


def _fields(
    kind: Kind,
    name: Name,
    issuer: Name,
    key: PublicKey,
    extensions: Extensions,
    above: Fields | None,
    now: datetime,
    random: Random,
) -> Fields:
    ends = now + LIFETIME[kind]
    if above is not None:
        if not above.not_before <= now < above.not_after:
            raise InvalidSubject("authority_expired")
        ends = min(ends, above.not_after)
    return Fields(_serial(random), issuer, now, ends, name, key, extensions)


def _serial(random: Random) -> int:
    """Return 127 random bits that are not all zero."""
    while not (number := int.from_bytes(random(_SERIAL_SIZE)) >> 1):
        continue
    return number
