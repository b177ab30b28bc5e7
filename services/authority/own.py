"""The authority's own certificates and keys: root, issuing authority, status responder.

Made once by `init`; the keys are the provider's, wrapped like all keys of the node. The responder
has a new key and certificate before the old one ends. Everything that it signs is one signature
at a registrar's request or an hour's interval, so it is signed inside the transaction (the rule of
signing outside is for batches): what was released and what is known are the same.

Places     under the setting authority_url: http, because what is fetched is signed
Errors     Conflict authority_exists; NotFound authority_missing; Tampered
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from crypto import certificate as certificate_form
from crypto import sm3
from crypto.certificate import Certificate, Fields
from crypto.certificate_profiles import Places
from crypto.jws import SignBytes, b64u
from crypto.keys import PublicKey
from crypto.names import Name
from crypto.provider import KeyRef, Use
from identity import certificates
from identity.certificates import Authority, Kind
from identity.levels import Role
from services.accounts.operators import NODE, Operator
from services.audit import trail
from services.authority import queries
from services.authority.tables import AUTHORITY, AUTHORITY_CERTIFICATE
from services.platform import guarded
from services.platform.errors import Conflict, NotFound
from services.platform.settings import Settings
from services.platform.work import Work

PATH = "/authority"
CERTIFICATE, LIST, ANSWER = "kexin-certificate", "kexin-crl", "kexin-ocsp"
RESPONDER_LEFT = timedelta(days=30)
"""So long before its end a responder is followed by the next."""

ISSUERS = (Kind.ROOT, Kind.ISSUING)
_USES = {Kind.ROOT: Use.AUTHORITY, Kind.ISSUING: Use.AUTHORITY, Kind.RESPONDER: Use.RESPONDER}


@dataclass(frozen=True, slots=True)
class Held:
    """One certificate of the authority with its key."""

    row: Mapping[Any, Any]
    ref: KeyRef
    certificate: Certificate

    @property
    def issuer(self) -> str:
        """How certificates that it issued name it in our tables."""
        return issuer_of(self.certificate.fields.subject)


def issuer_of(name: Name) -> str:
    """Return how our tables name an issuer."""
    return b64u(sm3.digest(name.der()))


def init(work: Work, actor: Operator) -> Held:
    """Make the authority and return its root. Raises Conflict authority_exists."""
    actor.require(Role.REGISTRAR, NODE)
    if exists(work):
        raise Conflict("authority_exists")
    root, issuing = (work.provider.generate(_USES[kind]) for kind in ISSUERS)
    node = work.settings.node_name
    said = certificates.root(node, root.public, now=work.now, random=work.random)
    top = Certificate.issue(said, signer(work, root, CERTIFICATE))
    said = certificates.issuing(
        node,
        issuing.public,
        top,
        places=root_places(work.settings),
        now=work.now,
        random=work.random,
    )
    below = Certificate.issue(said, signer(work, root, CERTIFICATE))
    _add(work, Kind.ROOT, root, top)
    _add(work, Kind.ISSUING, issuing, below)
    ensure_responder(work)
    trail.record(work, actor=actor.id, action="authority.init", object=root.kid)
    return newest(work, Kind.ROOT)


def newest(work: Work, kind: Kind, *, lock: bool = False) -> Held:
    """Return the present authority of a kind. Raises NotFound authority_missing, Tampered."""
    row = queries.newest(work.session, kind.value, lock=lock)
    if row is None:
        raise NotFound("authority_missing")
    return held(work, row)


def held(work: Work, row: Mapping[Any, Any]) -> Held:
    """Return the authority of a row. Raises Tampered."""
    guarded.check(work.protect, AUTHORITY, row)
    ref = KeyRef(row["kid"], _USES[Kind(row["kind"])], PublicKey(row["public"]), row["wrapped"])
    return Held(row, ref, certificate_form.parse(row["der"]))


def exists(work: Work) -> bool:
    """Return whether the authority was made."""
    return queries.newest(work.session, Kind.ROOT.value) is not None


def ensure_responder(work: Work) -> bool:
    """Make the next responder if there is none or it ends soon; return whether one was made."""
    issuing = newest(work, Kind.ISSUING, lock=True)
    row = queries.newest(work.session, Kind.RESPONDER.value)
    if row is not None and held(work, row).row["valid_to"] - work.now > RESPONDER_LEFT:
        return False
    ref = work.provider.generate(Use.RESPONDER)
    said = certificates.responder(
        authority(work, issuing), ref.public, now=work.now, random=work.random
    )
    made = Certificate.issue(said, signer(work, issuing.ref, CERTIFICATE))
    _add(work, Kind.RESPONDER, ref, made, seq=1 if row is None else row["seq"] + 1)
    trail.record(work, actor=trail.ACTOR_SYSTEM, action="authority.responder", object=ref.kid)
    return True


def sign(work: Work, issuing: Held, said: Fields) -> Certificate:
    """Return a certificate signed by the issuing authority."""
    return Certificate.issue(said, signer(work, issuing.ref, CERTIFICATE))


def signer(work: Work, ref: KeyRef, typ: str) -> SignBytes:
    """Return what signs with a key of the authority."""
    return work.provider.signer(ref, typ)


def authority(work: Work, issuing: Held) -> Authority:
    """Return who issues, as identity.certificates wants it."""
    url = _url(work.settings)
    places = Places((f"{url}/crl",), (f"{url}/ocsp",), (f"{url}/issuing.cer",))
    return Authority(work.settings.node_name, issuing.certificate, places)


def root_places(settings: Settings) -> Places:
    """Return where strangers ask about the issuing authority's certificate."""
    url = _url(settings)
    return Places((f"{url}/root.crl",), (), (f"{url}/root.cer",))


def restamp(work: Work, row: Mapping[Any, Any], **values: Any) -> None:
    """Change columns of an authority's row."""
    changed = {**row, **values, "version": row["version"] + 1}
    queries.replace_authority(work.session, guarded.stamp(work.protect, AUTHORITY, changed))


def _add(work: Work, kind: Kind, ref: KeyRef, made: Certificate, *, seq: int = 1) -> None:
    empty = guarded.set_mac(work.protect, AUTHORITY_CERTIFICATE, ref.kid, (), version=0)
    values = {
        "kid": ref.kid,
        "kind": kind.value,
        "seq": seq,
        "public": ref.public.xy,
        "wrapped": ref.wrapped,
        "der": made.der(),
        "valid_from": made.fields.not_before,
        "valid_to": made.fields.not_after,
        "revoked_version": 0,
        "revoked_mac": empty,
        "list_number": 0,
        "version": 1,
    }
    queries.add_authority(work.session, guarded.stamp(work.protect, AUTHORITY, values))


def _url(settings: Settings) -> str:
    """Return the address of the authority, which is http even where the pages are https."""
    base = settings.authority_url or f"http://{settings.url.partition('://')[2]}"
    return base.rstrip("/") + PATH
