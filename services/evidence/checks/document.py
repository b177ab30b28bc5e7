"""Check `document`: a PDF is, byte for byte, what the node made around this bundle.

Binds      page and bundle are bound by this signature alone: the words on the page are the
           node's, and the node is the one that vouches for the issuer in the bundle
Key        of use `document` in the trust list, in force when it signed. The certificate in the
           file only carries it
Cut-offs   a file stands in no log, so nothing shows that it was signed before its key was lost
"""

from crypto import cms
from crypto.errors import InvalidSignature
from identity.errors import InvalidTrust
from identity.trust_nodes import Node
from services.evidence.errors import Unproven
from services.evidence.file_signature import FileSignature
from services.evidence.finding import Finding, not_reached
from services.evidence.reading import Located
from services.evidence.terms import SKEW, Terms


def check(
    found: FileSignature | Finding, *, located: Located | None, node: Node | None, terms: Terms
) -> Finding:
    """Return what is known of a PDF. `found` is a finding where there is no signature to judge."""
    if isinstance(found, Finding):
        return found
    try:
        cms.verify(found.signed, found.digest)
    except InvalidSignature as error:
        return Finding("document", "altered" if error.code == "content_mismatch" else "forged")
    if node is None or terms.list is None or located is None:
        return not_reached("document", "issuer")
    try:
        _in_force(found, node, terms)
        _not_cut(found, located, terms)
    except Unproven as error:
        return Finding("document", error.code)
    return Finding("document", "signed", at=found.signed.signed_at)


def unreadable(found: FileSignature | Finding) -> Finding:
    """Return the finding about a PDF that carries nothing to judge it by."""
    return found if isinstance(found, Finding) else not_reached("document", "format")


def _in_force(found: FileSignature, node: Node, terms: Terms) -> None:
    certificate, at = found.signed.certificate, found.signed.signed_at
    try:
        listed = node.key(certificate.key.kid, "document")
        assert listed == certificate.key
        if certificate.name != node.name:
            raise Unproven("unknown_key")
        node.key(certificate.key.kid, "document", at)
    except InvalidTrust as error:
        code = "unknown_key" if error.code == "node_key_unknown" else "not_in_force"
        raise Unproven(code) from error
    if at > terms.now + SKEW:
        raise Unproven("not_yet")


def _not_cut(found: FileSignature, located: Located, terms: Terms) -> None:
    trust, kid = terms.list, found.signed.certificate.key.kid
    assert trust is not None
    if trust.cut_off(kid) is None:
        return
    kept = not trust.cut(kid, located.note.checkpoint.origin, located.place.index)
    raise Unproven("key_cut_before" if kept else "key_cut")
