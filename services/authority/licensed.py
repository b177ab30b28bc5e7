"""Certificates of a licensed authority (依法设立的电子认证服务机构), by configuration.

The operator puts the roots of authorities that he trusts into a folder (licensed_folder); a
certificate is imported with its chain only if that leads to one of them. Whom it is about is what
the registrar says: such certificates name their subjects in their own way. The row, under its MAC,
holds the whole certificate. Whether one was revoked its own authority says, not we.

Errors     NotFound licensed_root_missing and those of service.require_subject; Conflict
           x509_imported, x509_key_taken; those of crypto for certificates and chains
"""

from collections.abc import Sequence
from pathlib import Path

from crypto import certificate as certificate_form
from crypto.certificate import Certificate
from identity import certificates
from identity.certificates import Kind, Trust
from identity.levels import Role
from services.accounts.operators import NODE, Operator
from services.audit import trail
from services.authority import own, queries, service
from services.platform.errors import Conflict, NotFound
from services.platform.work import Work


def take_in(
    work: Work,
    actor: Operator,
    *,
    subject: str,
    kind: Kind,
    certificate: Certificate,
    between: Sequence[Certificate],
) -> str:
    """Bind a licensed authority's certificate to a person or institution; return its id."""
    actor.require(Role.REGISTRAR, NODE)
    subject = service.require_subject(work, subject)
    trust = Trust.in_licensed(roots(work.settings.licensed_folder), between)
    found = certificates.verify(certificate, trust, now=work.now, kind=kind)
    fields = certificate.fields
    name, serial = own.issuer_of(fields.issuer), f"{fields.serial:x}"
    if queries.by_serial(work.session, name, serial) is not None:
        raise Conflict("x509_imported")
    if any(row["subject"] != subject for row in queries.of_key(work.session, fields.key.kid)):
        raise Conflict("x509_key_taken")
    chain = "".join(each.pem for each in found.certificates[1:])
    certificate_id = service.store(work, kind, subject, certificate, chain=chain)
    trail.record(
        work, actor=actor.id, action="authority.import", object=certificate_id, kind=kind.value
    )
    return certificate_id


def roots(folder: Path | None) -> list[Certificate]:
    """Return the certificates in the folder's *.pem and *.cer. Raises NotFound if there are none.

    A file that is no certificate stops the import: somebody meant to trust it.
    """
    paths = sorted(folder.iterdir()) if folder is not None and folder.is_dir() else []
    found = [
        each
        for path in paths
        if path.suffix in {".pem", ".cer"}
        for each in read(path.read_bytes())
    ]
    if not found:
        raise NotFound("licensed_root_missing")
    return found


def read(data: bytes) -> tuple[Certificate, ...]:
    """Return the certificates of a file: one as DER, or one or more as PEM."""
    if data.lstrip().startswith(b"-----BEGIN"):
        return certificate_form.parse_bundle(data.decode("ascii", "replace"))
    return (certificate_form.parse(data),)
