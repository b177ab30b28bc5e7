"""Issuing, renewing and revoking certificates of persons and institutions of this node.

A person      brings a request (PKCS#10); only its key is taken, the name comes from the registry
An institution has a pair: to sign, its newest issuer key unless a request brings another one; to
              be written to in secret, the key of a request, whose private half stays with it
A key         stands in the certificates of one subject and one kind; a renewal keeps the key
Revoked       at once in status answers, and in a list signed right after the commit
Serialised    whoever issues or revokes holds the issuing authority's row

Errors     NotFound person_unknown, institution_unknown, authority_missing, x509_unknown;
           Conflict institution_closed, x509_key_taken, x509_revoked, x509_not_own,
           x509_not_due, x509_renewed, issuer_key_missing; Invalid x509_request_missing,
           x509_request_surplus; Tampered; those of crypto for requests, and InvalidCode
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crypto import certificate as certificate_form
from crypto import certificate_request
from crypto.certificate import Certificate
from crypto.keys import PublicKey
from crypto.revocation import Reason
from identity import certificates, codes
from identity.certificates import Kind
from identity.levels import Role
from services.accounts import queries as accounts_queries
from services.accounts.operators import NODE, Operator
from services.audit import trail
from services.authority import lists, own, queries
from services.authority.own import Held
from services.authority.tables import AUTHORITY_CERTIFICATE
from services.platform import guarded
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid, NotFound, Refused
from services.platform.work import Work
from services.registry import institutions, keys

MAKE = {
    Kind.PERSON: certificates.person,
    Kind.INSTITUTION_SIGNING: certificates.institution_signing,
    Kind.INSTITUTION_ENCRYPTION: certificates.institution_encryption,
}
CHECKED = 5_000
"""Rows that are looked at together."""


@dataclass(frozen=True, slots=True)
class Order:
    """Whom to issue to, and the requests that were brought, as PEM."""

    subject: str
    request: str | None = None
    encryption_request: str | None = None


def issue(work: Work, actor: Operator, order: Order) -> list[str]:
    """Issue to a person (one certificate) or an institution (a pair); return the ids."""
    actor.require(Role.REGISTRAR, NODE)
    issuing = own.newest(work, Kind.ISSUING, lock=True)
    subject = require_subject(work, order.subject)
    wanted = _institution(work, subject, order) if is_institution(subject) else _person(order)
    made = []
    for kind, key in wanted:
        if queries.of_key(work.session, key.kid):
            raise Conflict("x509_key_taken")
        said = MAKE[kind](
            own.authority(work, issuing), subject, key, now=work.now, random=work.random
        )
        made.append(_issue(work, actor, issuing, kind, subject, said, "authority.issue"))
    return made


def renew(work: Work, actor: Operator, certificate_id: str) -> str:
    """Issue a certificate that ends soon once more, for the same key; return the new one's id."""
    actor.require(Role.REGISTRAR, NODE)
    issuing = own.newest(work, Kind.ISSUING, lock=True)
    row = load(work, certificate_id)
    _require_living(row)
    require_subject(work, row["subject"])
    old = certificate_form.parse(row["der"])
    if certificates.alarm(old, work.now) is None:
        raise Conflict("x509_not_due", ends=row["valid_to"].isoformat())
    if queries.of_key(work.session, row["key"])[-1]["id"] != certificate_id:
        raise Conflict("x509_renewed")
    said = MAKE[Kind(row["kind"])](
        own.authority(work, issuing),
        row["subject"],
        old.fields.key,
        now=work.now,
        random=work.random,
    )
    kind = Kind(row["kind"])
    return _issue(work, actor, issuing, kind, row["subject"], said, "authority.renew")


def revoke(work: Work, actor: Operator, certificate_id: str, reason: Reason) -> None:
    """Revoke a certificate for good; a list that says so is signed after the commit."""
    actor.require(Role.REGISTRAR, NODE)
    issuing = own.newest(work, Kind.ISSUING, lock=True)
    row = load(work, certificate_id)
    _require_living(row)
    lists.revoked(work, issuing)  # the set before must have been whole
    values = {
        **row,
        "revoked_at": work.now,
        "reason": int(reason),
        "version": row["version"] + 1,
    }
    queries.replace_certificate(
        work.session, guarded.stamp(work.protect, AUTHORITY_CERTIFICATE, values)
    )
    lists.reseal(work, issuing)
    trail.record(
        work, actor=actor.id, action="authority.revoke", object=row["id"], reason=reason.name
    )
    work.after_commit(lambda: lists.publish_at_once(work.runtime))


def load(work: Work, certificate_id: str) -> Mapping[Any, Any]:
    """Return a certificate's row. Raises NotFound x509_unknown, Tampered."""
    row = queries.certificate(work.session, certificate_id)
    if row is None:
        raise NotFound("x509_unknown")
    return guarded.check(work.protect, AUTHORITY_CERTIFICATE, row)


def listed(
    work: Work, actor: Operator, *, subject: str | None, after: str, limit: int
) -> Sequence[Mapping[Any, Any]]:
    """Return certificates by id, for registrars and auditors of the node. Raises Tampered."""
    require_reader(actor)
    found = queries.certificates(work.session, subject=subject, after=after, limit=limit)
    return [guarded.check(work.protect, AUTHORITY_CERTIFICATE, row) for row in found]


def require_reader(actor: Operator) -> None:
    """Raise Refused unless a registrar or an auditor of the node asks."""
    if NODE not in actor.scopes(Role.REGISTRAR, Role.AUDITOR):
        raise Refused("role_missing", role=Role.AUDITOR.value, scope=NODE)


def require_subject(work: Work, subject: str) -> str:
    """Return the identifier of a person or an open institution of this node, as it is stored."""
    if is_institution(subject):
        if institutions.load(work, subject)["state"] != "open":
            raise Conflict("institution_closed")
        return subject
    edu_id = codes.validate_edu_id(subject)
    if accounts_queries.person(work.session, edu_id) is None:
        raise NotFound("person_unknown")
    return edu_id


def is_institution(subject: str) -> bool:
    """Return whether an identifier is an institution's."""
    return subject.startswith(codes.INSTITUTION_PREFIX)


def store(
    work: Work, kind: Kind, subject: str, made: Certificate, *, chain: str | None = None
) -> str:
    """Write a certificate down; with its `chain` if it is not ours. Return the id."""
    certificate_id = new_id("crt", work.random)
    values = {
        "id": certificate_id,
        "issuer": own.issuer_of(made.fields.issuer),
        "serial": f"{made.fields.serial:x}",
        "own": chain is None,
        "kind": kind.value,
        "subject": subject,
        "key": made.fields.key.kid,
        "der": made.der(),
        "chain": chain,
        "valid_from": made.fields.not_before,
        "valid_to": made.fields.not_after,
        "created_at": work.now,
        "revoked_at": None,
        "reason": None,
        "version": 1,
    }
    queries.add_certificate(
        work.session, guarded.stamp(work.protect, AUTHORITY_CERTIFICATE, values)
    )
    return certificate_id


def check_all(work: Work) -> int:
    """Check the rows of the authority and of all certificates. Raises Tampered."""
    for row in queries.authorities(work.session):
        issuer = own.held(work, row)
        if Kind(row["kind"]) in own.ISSUERS:
            lists.revoked(work, issuer)
    after, count = "", 0
    while rows := queries.certificates(work.session, subject=None, after=after, limit=CHECKED):
        for row in rows:
            guarded.check(work.protect, AUTHORITY_CERTIFICATE, row)
        after, count = rows[-1]["id"], count + len(rows)
    return count


def _person(order: Order) -> list[tuple[Kind, PublicKey]]:
    if order.request is None:
        raise Invalid("x509_request_missing")
    if order.encryption_request is not None:
        raise Invalid("x509_request_surplus")
    return [(Kind.PERSON, certificate_request.verify_pem(order.request).key)]


def _institution(work: Work, subject: str, order: Order) -> list[tuple[Kind, PublicKey]]:
    if order.encryption_request is None:
        raise Invalid("x509_request_missing")
    if order.request is not None:
        signing = certificate_request.verify_pem(order.request).key
    else:
        refs = keys.active_issuer_refs(work, subject)
        if not refs:
            raise Conflict("issuer_key_missing")
        signing = refs[0].public
    secret = certificate_request.verify_pem(order.encryption_request).key
    return [(Kind.INSTITUTION_SIGNING, signing), (Kind.INSTITUTION_ENCRYPTION, secret)]


def _issue(
    work: Work,
    actor: Operator,
    issuing: Held,
    kind: Kind,
    subject: str,
    said: certificate_form.Fields,
    action: str,
) -> str:
    made = own.sign(work, issuing, said)
    certificate_id = store(work, kind, subject, made)
    trail.record(work, actor=actor.id, action=action, object=certificate_id, kind=kind.value)
    return certificate_id


def _require_living(row: Mapping[Any, Any]) -> None:
    if not row["own"]:
        raise Conflict("x509_not_own")
    if row["revoked_at"] is not None:
        raise Conflict("x509_revoked")
