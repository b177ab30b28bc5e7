"""What the tests of certificates share: a whole authority, with keys that everybody may know."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from crypto import certificate_profiles as profiles
from crypto import sm2
from crypto.certificate import Certificate, Fields
from crypto.certificate_profiles import Places
from crypto.extensions import Extensions, Policy
from crypto.keys import PrivateKey
from crypto.names import COMMON_NAME, COUNTRY, ORGANISATION, Name

NOW = datetime(2026, 11, 24, 8, tzinfo=UTC)
YEAR = timedelta(days=365)
POLICY = Policy("2.25.243954900960095871326244630133845434879", "自建CA / own CA")
PLACES = Places(
    ("http://kexin.zz.example/ca/issuing.crl",),
    ("http://kexin.zz.example/ca/ocsp",),
    ("http://kexin.zz.example/ca/issuing.cer",),
)


def key(number: int) -> PrivateKey:
    return PrivateKey.from_scalar((0xAB00 + number).to_bytes(32))


def signer(private: PrivateKey) -> Callable[[bytes], bytes]:
    return lambda message: sm2.sign(private, message)


def name(*more: str, node: str = "kexin.zz.example") -> Name:
    """Return a name of the node, or of somebody below it."""
    return Name.of((COUNTRY, "CN"), (ORGANISATION, node), *((COMMON_NAME, text) for text in more))


@dataclass(frozen=True, slots=True)
class Party:
    """A certificate, and the private key that it is about."""

    certificate: Certificate
    private: PrivateKey

    def sign(self, message: bytes) -> bytes:
        return sm2.sign(self.private, message)

    def issue(self, fields: Fields) -> Certificate:
        """Issue in this party's name."""
        named = replace(fields, issuer=self.certificate.fields.subject)
        return Certificate.issue(named, self.sign)


def fields(
    private: PrivateKey, subject: Name, extensions: Extensions, serial: int = 1, **more: Any
) -> Fields:
    values: dict[str, Any] = {
        "serial": serial,
        "issuer": subject,
        "not_before": NOW - timedelta(days=1),
        "not_after": NOW + YEAR,
        "subject": subject,
        "key": private.public,
        "extensions": extensions,
    }
    return Fields(**(values | more))


def made_root(number: int = 1, common_name: str = "Root", **more: Any) -> Party:
    private = key(number)
    said = fields(private, name(common_name), profiles.root(private.public), **more)
    return Party(Certificate.issue(said, signer(private)), private)


def below(issuer: Party, number: int, subject: Name, extensions: Extensions, **more: Any) -> Party:
    """Return a party to which `issuer` gave a certificate."""
    private = key(number)
    said = fields(private, subject, extensions, serial=1000 + number, **more)
    return Party(issuer.issue(said), private)


@cache
def root() -> Party:
    return made_root()


@cache
def issuing() -> Party:
    extensions = profiles.issuing(
        key(2).public, root().certificate, within=name(), policy=POLICY, places=PLACES
    )
    return below(root(), 2, name("Issuing"), extensions)


@cache
def person(**more: Any) -> Party:
    extensions = profiles.signing(
        key(3).public, issuing().certificate, policy=POLICY, places=PLACES
    )
    return below(issuing(), 3, name("E417KQ2M9XW4HD0RT4"), extensions, **more)


@cache
def secrecy() -> Party:
    extensions = profiles.secrecy(
        key(4).public, issuing().certificate, policy=POLICY, places=PLACES
    )
    return below(issuing(), 4, name("inst_417KQ2M9XW4HD0RT3F"), extensions)


@cache
def responder() -> Party:
    extensions = profiles.responder(key(5).public, issuing().certificate, policy=POLICY)
    return below(issuing(), 5, name("Status"), extensions)
