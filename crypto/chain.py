"""From a certificate up to an authority that is trusted: the way, and whether it holds now.

Standard   RFC 5280 clause 6 with SM2 and SM3 only: names, signatures, dates, who may issue, how
           many authorities below one another, name constraints of directory names. Policies are
           not mapped; every certificate below the trusted one must have the one that is asked.
Trusted    certificates that the caller holds for trusted; their own signature is not looked at,
           their dates, constraints and path length are.
Revocation three outcomes: good for the whole way, revoked somewhere on it, or not checked. Only
           lists and answers count that the right issuer signed and that are of now.
Effort     at most MAX_BETWEEN certificates of strangers are tried on at most MAX_LENGTH places.
Errors     InvalidCertificate: chain_unknown_issuer, chain_too_many, chain_dates, chain_no_ca,
           chain_path_length, chain_names, chain_policy, chain_usage.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Final

from crypto.certificate import Certificate
from crypto.crl import RevocationList
from crypto.errors import InvalidCertificate, InvalidSignature
from crypto.extensions import NameConstraints, Usage
from crypto.names import Name
from crypto.ocsp import Answer, Question
from crypto.revocation import UNCHECKED, Outcome, Standing

MAX_LENGTH: Final = 6
"""Certificates from the first to the trusted one."""
MAX_BETWEEN: Final = 8


@dataclass(frozen=True, slots=True)
class Sources:
    """What the caller fetched about revocation."""

    lists: Sequence[RevocationList] = ()
    answers: Sequence[tuple[Question, Answer]] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """A way that holds, and what is known of revocation along it."""

    certificates: tuple[Certificate, ...]
    """From the one that was asked about to the trusted one."""
    standing: Standing
    """The worst: revoked before unchecked before good."""


def verify(
    certificate: Certificate,
    *,
    trusted: Collection[Certificate],
    between: Collection[Certificate] = (),
    now: datetime,
    usage: Usage,
    policy: str | None = None,
    sources: Sources | None = None,
) -> Chain:
    """Return the way to a trusted certificate. Raises InvalidCertificate if none holds.

    Revocation is no error: the caller asks `standing`, because something signed before the
    revocation may still count.
    """
    refusal = InvalidCertificate("chain_unknown_issuer")
    if usage not in certificate.fields.extensions.usage:
        raise InvalidCertificate("chain_usage", wanted=usage.name.lower())
    if len(between) > MAX_BETWEEN:
        raise InvalidCertificate("chain_too_many", most=MAX_BETWEEN)
    for path in _paths((certificate,), trusted, between):
        try:
            _require(path, now, policy)
        except InvalidCertificate as error:
            refusal = error
        else:
            return Chain(path, _standing(path, sources or Sources(), now))
    raise refusal


def _paths(
    begun: tuple[Certificate, ...],
    trusted: Collection[Certificate],
    between: Collection[Certificate],
) -> Iterator[tuple[Certificate, ...]]:
    """Yield the ways up whose names and signatures fit; nobody stands in one twice."""
    last = begun[-1]
    if last in trusted:
        yield begun
        return
    if len(begun) >= MAX_LENGTH:
        return
    for issuer in dict.fromkeys((*trusted, *between)):
        if issuer not in begun and _issued(issuer, last):
            yield from _paths((*begun, issuer), trusted, between)


def _issued(issuer: Certificate, other: Certificate) -> bool:
    """Return whether names, key identifiers and signature say that `issuer` issued `other`."""
    authority_key = other.fields.extensions.authority_key
    if other.fields.issuer.parts != issuer.fields.subject.parts:
        return False
    if authority_key is not None and authority_key != issuer.key_id:
        return False
    try:
        other.signed.verify(issuer.fields.key)
    except InvalidSignature:
        return False
    return True


def _require(path: tuple[Certificate, ...], now: datetime, policy: str | None) -> None:
    """Check one way, from the first certificate up."""
    below = 0  # authorities between this one and the first, not counting self-issued ones
    for at, each in enumerate(path):
        fields = each.fields
        if not fields.not_before <= now <= fields.not_after:
            raise InvalidCertificate("chain_dates")
        if at:
            _require_authority(each, below)
            below += not each.self_issued()
            if fields.extensions.constraints is not None:
                for lower in path[:at]:
                    _require_names(lower.fields.subject, fields.extensions.constraints)
        held = {every.oid for every in fields.extensions.policies}
        if policy is not None and each is not path[-1] and policy not in held:
            raise InvalidCertificate("chain_policy")


def _require_authority(authority: Certificate, below: int) -> None:
    extensions = authority.fields.extensions
    if extensions.basic is None or not extensions.basic.ca:
        raise InvalidCertificate("chain_no_ca")
    if Usage.CERTIFICATE_SIGN not in extensions.usage:
        raise InvalidCertificate("chain_no_ca")
    length = extensions.basic.path_length
    if length is not None and below > length:
        raise InvalidCertificate("chain_path_length")


def _require_names(name: Name, constraints: NameConstraints) -> None:
    permitted = constraints.permitted
    if permitted and not any(name.within(base) for base in permitted):
        raise InvalidCertificate("chain_names")
    if any(name.within(base) for base in constraints.excluded):
        raise InvalidCertificate("chain_names")


def _standing(path: tuple[Certificate, ...], sources: Sources, now: datetime) -> Standing:
    """Return the worst standing on the way; of the trusted one nobody asks."""
    found = [_of_one(each, issuer, sources, now) for each, issuer in pairwise(path)]
    order = (Outcome.REVOKED, Outcome.UNCHECKED, Outcome.GOOD)
    return min(found, key=lambda each: order.index(each.outcome), default=Standing(Outcome.GOOD))


def _of_one(
    certificate: Certificate, issuer: Certificate, sources: Sources, now: datetime
) -> Standing:
    """Return what the sources say of one certificate: revoked if one says so."""
    serial, found = certificate.fields.serial, UNCHECKED
    for each in _said(serial, issuer, sources, now):
        if each.outcome is Outcome.REVOKED:
            return each
        if each.outcome is Outcome.GOOD:
            found = each
    return found


def _said(serial: int, issuer: Certificate, sources: Sources, now: datetime) -> Iterator[Standing]:
    """Yield what lists and answers of this issuer say; those of others are passed over."""
    for revoked in sources.lists:
        try:
            revoked.verify(issuer)
        except InvalidSignature:
            continue
        yield revoked.standing(serial, now)
    for question, answer in sources.answers:
        if question.certificate.serial != serial or not question.certificate.issued_by(issuer):
            continue
        try:
            answer.verify(issuer, now=now)
            yield answer.standing(question, now)
        except InvalidSignature:
            continue
