"""Extensions of certificates: what a key may do, where it hangs, where its status is asked.

Standard   RFC 5280 clause 4.2, RFC 6960 clause 4.2.2.2.1; GM/T 0015-2023.
Written    critical: basicConstraints, keyUsage, nameConstraints. All others are not.
Read       the same extensions, critical or not, in any order, none twice; one that is unknown
           is kept by its identifier if it is not critical and refused if it is.
Names      constraints are of directory names only; another kind of subtree is refused, because
           a constraint that is not understood must not be passed over.
Errors     InvalidEncoding: extension_twice, extension_unknown, extension_form and those of
           crypto.der and crypto.names.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Any, Final

from crypto import der, names
from crypto.errors import InvalidEncoding
from crypto.names import Name

KEY_ID_SIZE: Final = 20
MAX_NOTICE: Final = 200  # RFC 5280, explicitText

DOCUMENT_SIGNING: Final = "1.3.6.1.5.5.7.3.36"  # RFC 9336
OCSP_SIGNING: Final = "1.3.6.1.5.5.7.3.9"

AUTHORITY_KEY: Final = "2.5.29.35"
SUBJECT_KEY: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
POLICIES: Final = "2.5.29.32"
BASIC: Final = "2.5.29.19"
CONSTRAINTS: Final = "2.5.29.30"
EXTENDED: Final = "2.5.29.37"
CRL_POINTS: Final = "2.5.29.31"
AUTHORITY_INFO: Final = "1.3.6.1.5.5.7.1.1"
NO_CHECK: Final = "1.3.6.1.5.5.7.48.1.5"

_CRITICAL = {BASIC, KEY_USAGE, CONSTRAINTS}
_OCSP, _ISSUERS = "1.3.6.1.5.5.7.48.1", "1.3.6.1.5.5.7.48.2"
_NOTICE, _PRACTICE = "1.3.6.1.5.5.7.2.2", "1.3.6.1.5.5.7.2.1"
_URI, _DIRECTORY = 0x86, 0xA4  # choices of GeneralName


class Usage(IntEnum):
    """Bits of keyUsage."""

    DIGITAL_SIGNATURE = 0
    NON_REPUDIATION = 1
    KEY_ENCIPHERMENT = 2
    DATA_ENCIPHERMENT = 3
    KEY_AGREEMENT = 4
    CERTIFICATE_SIGN = 5
    CRL_SIGN = 6
    ENCIPHER_ONLY = 7
    DECIPHER_ONLY = 8


@dataclass(frozen=True, slots=True)
class Basic:
    """Whether the key may issue certificates, and how many CAs may stand below it."""

    ca: bool
    path_length: int | None = None


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy's identifier, and the sentence that a reader is shown with it."""

    oid: str
    notice: str | None = None


@dataclass(frozen=True, slots=True)
class NameConstraints:
    """Subtrees that the names of everything below must, or must not, lie in."""

    permitted: tuple[Name, ...] = ()
    excluded: tuple[Name, ...] = ()


@dataclass(frozen=True, slots=True)
class Extensions:
    """All that we know; what is None or empty is absent."""

    authority_key: bytes | None = None
    subject_key: bytes | None = None
    usage: frozenset[Usage] = frozenset()
    policies: tuple[Policy, ...] = ()
    basic: Basic | None = None
    constraints: NameConstraints | None = None
    extended: tuple[str, ...] = ()
    crl_urls: tuple[str, ...] = ()
    ocsp_urls: tuple[str, ...] = ()
    issuer_urls: tuple[str, ...] = ()
    no_check: bool = False
    unknown: frozenset[str] = field(default=frozenset())
    """Identifiers of others, not critical. Never written."""

    def der(self) -> bytes:
        """Return the SEQUENCE of those that are there."""
        listed = [
            one(oid, value, critical=oid in _CRITICAL)
            for oid, value in _values(self)
            if value is not None
        ]
        return der.element(der.SEQUENCE, *listed)


def one(oid: str, value: bytes, *, critical: bool = False) -> bytes:
    """Return one extension."""
    truth = der.TRUE if critical else b""
    return der.element(der.SEQUENCE, der.oid(oid), truth, der.element(der.OCTETS, value))


def each(reader: der.Reader) -> list[tuple[str, bool, bytes]]:
    """Return (identifier, critical, value) of the extensions that follow; none comes twice."""
    rest, found, seen = reader.inside(der.SEQUENCE), [], set()
    while rest.more():
        inner = rest.inside(der.SEQUENCE)
        oid, critical, value = inner.oid(), inner.truth(), inner.take(der.OCTETS)
        inner.end()
        if oid in seen:
            raise InvalidEncoding("extension_twice", oid=oid)
        seen.add(oid)
        found.append((oid, critical, value))
    if not found:
        raise InvalidEncoding("extension_form")
    return found


def read(reader: der.Reader) -> Extensions:
    """Return the extensions that follow."""
    known: dict[str, Any] = {}
    unknown = set()
    for oid, critical, value in each(reader):
        if oid in _READ:
            inner = der.Reader(value)
            known |= _READ[oid](inner)
            inner.end()
        elif critical:
            raise InvalidEncoding("extension_unknown", oid=oid)
        else:
            unknown.add(oid)
    return Extensions(**known, unknown=frozenset(unknown))


def _values(of: Extensions) -> list[tuple[str, bytes | None]]:
    authority = of.authority_key and der.element(der.SEQUENCE, der.element(0x80, of.authority_key))
    return [
        (AUTHORITY_KEY, authority or None),
        (SUBJECT_KEY, der.element(der.OCTETS, of.subject_key) if of.subject_key else None),
        (KEY_USAGE, der.named_bits(of.usage) if of.usage else None),
        (POLICIES, _sequence(_policy(each) for each in of.policies)),
        (BASIC, _basic(of.basic) if of.basic else None),
        (CONSTRAINTS, _constraints(of.constraints) if of.constraints else None),
        (EXTENDED, _sequence(der.oid(each) for each in of.extended)),
        (CRL_POINTS, _sequence(_point(each) for each in of.crl_urls)),
        (AUTHORITY_INFO, _information(of)),
        (NO_CHECK, der.element(der.NULL) if of.no_check else None),
    ]


def _sequence(parts: Any) -> bytes | None:
    listed = list(parts)
    return der.element(der.SEQUENCE, *listed) if listed else None


def _policy(policy: Policy) -> bytes:
    if policy.notice is None:
        return der.element(der.SEQUENCE, der.oid(policy.oid))
    if not 1 <= len(policy.notice) <= MAX_NOTICE:
        raise ValueError("a notice has 1 to 200 characters")
    text = der.element(der.SEQUENCE, der.element(der.UTF8, policy.notice.encode()))
    qualifier = der.element(der.SEQUENCE, der.oid(_NOTICE), text)
    return der.element(der.SEQUENCE, der.oid(policy.oid), der.element(der.SEQUENCE, qualifier))


def _basic(basic: Basic) -> bytes:
    length = b"" if basic.path_length is None else der.integer(basic.path_length)
    return der.element(der.SEQUENCE, der.TRUE if basic.ca else b"", length)


def _constraints(constraints: NameConstraints) -> bytes:
    listed = [
        der.element(tag, *(_subtree(each) for each in subtrees))
        for tag, subtrees in ((0xA0, constraints.permitted), (0xA1, constraints.excluded))
        if subtrees
    ]
    return der.element(der.SEQUENCE, *listed)


def _subtree(name: Name) -> bytes:
    return der.element(der.SEQUENCE, der.element(_DIRECTORY, name.der()))


def _point(url: str) -> bytes:
    full_name = der.element(0xA0, der.element(_URI, url.encode("ascii")))
    return der.element(der.SEQUENCE, der.element(0xA0, full_name))


def _information(of: Extensions) -> bytes | None:
    listed = [(_OCSP, url) for url in of.ocsp_urls] + [(_ISSUERS, url) for url in of.issuer_urls]
    return _sequence(
        der.element(der.SEQUENCE, der.oid(oid), der.element(_URI, url.encode("ascii")))
        for oid, url in listed
    )


def _read_authority_key(reader: der.Reader) -> dict[str, Any]:
    inner = reader.inside(der.SEQUENCE)
    identifier = _key_id(inner.take(0x80))
    if inner.more():  # issuer and serial number, which say the same again
        inner.take(0xA1)
        inner.take(0x82)
    inner.end()
    return {"authority_key": identifier}


def _read_subject_key(reader: der.Reader) -> dict[str, Any]:
    return {"subject_key": _key_id(reader.take(der.OCTETS))}


def _key_id(octets: bytes) -> bytes:
    if not 1 <= len(octets) <= 64:
        raise InvalidEncoding("extension_form")
    return octets


def _read_usage(reader: der.Reader) -> dict[str, Any]:
    places = reader.named_bits()
    if not places <= set(Usage):
        raise InvalidEncoding("extension_form")
    return {"usage": frozenset(map(Usage, places))}


def _read_policies(reader: der.Reader) -> dict[str, Any]:
    found = []
    for inner in _elements(reader):
        oid, notice = inner.oid(), None
        if inner.more():
            for qualifier in _elements(inner):
                notice = _read_qualifier(qualifier) or notice
        inner.end()
        found.append(Policy(oid, notice))
    if len({policy.oid for policy in found}) != len(found):
        raise InvalidEncoding("extension_form")
    return {"policies": tuple(found)}


def _read_qualifier(qualifier: der.Reader) -> str | None:
    """Return the text of a notice; None for the address of a practice statement."""
    kind = qualifier.oid()
    if kind == _PRACTICE:
        qualifier.text(der.IA5)
        qualifier.end()
        return None
    if kind != _NOTICE:
        raise InvalidEncoding("extension_form")
    inner = qualifier.inside(der.SEQUENCE)
    qualifier.end()
    text = inner.text(der.UTF8, der.IA5)
    inner.end()
    return text


def _read_basic(reader: der.Reader) -> dict[str, Any]:
    inner = reader.inside(der.SEQUENCE)
    ca = inner.truth()
    length = inner.integer() if inner.more() else None
    inner.end()
    if length is not None and not ca:
        raise InvalidEncoding("extension_form")
    return {"basic": Basic(ca, length)}


def _read_constraints(reader: der.Reader) -> dict[str, Any]:
    inner = reader.inside(der.SEQUENCE)
    permitted, excluded = (
        tuple(_read_subtree(each) for each in _elements(inner, tag)) if inner.next_is(tag) else ()
        for tag in (0xA0, 0xA1)
    )
    inner.end()
    if not permitted and not excluded:
        raise InvalidEncoding("extension_form")
    return {"constraints": NameConstraints(permitted, excluded)}


def _read_subtree(reader: der.Reader) -> Name:
    inner = reader.inside(_DIRECTORY)
    reader.end()
    name = names.read(inner)
    inner.end()
    return name


def _read_extended(reader: der.Reader) -> dict[str, Any]:
    inner, found = reader.inside(der.SEQUENCE), []
    while inner.more():
        found.append(inner.oid())
    if not found:
        raise InvalidEncoding("extension_form")
    return {"extended": tuple(found)}


def _read_points(reader: der.Reader) -> dict[str, Any]:
    """Return the addresses; other ways to name a list, and lists of some reasons, are no use."""
    found: list[str] = []
    for point in _elements(reader):
        if point.next_is(0xA0):
            named = point.inside(0xA0)
            if named.next_is(0xA0):
                found += _addresses(named.inside(0xA0))
            else:
                named.skip()
            named.end()
        while point.more():
            point.skip()
    return {"crl_urls": tuple(found)}


def _read_information(reader: der.Reader) -> dict[str, Any]:
    found: dict[str, list[str]] = {_OCSP: [], _ISSUERS: []}
    for access in _elements(reader):
        found.setdefault(access.oid(), []).extend(_addresses(access))
    return {"ocsp_urls": tuple(found[_OCSP]), "issuer_urls": tuple(found[_ISSUERS])}


def _addresses(reader: der.Reader) -> list[str]:
    """Return the addresses among the names that are left."""
    found = []
    while reader.more():
        if reader.next_is(_URI):
            found.append(reader.text(_URI))
        else:
            reader.skip()
    return found


def _read_no_check(reader: der.Reader) -> dict[str, Any]:
    if reader.take(der.NULL):
        raise InvalidEncoding("extension_form")
    return {"no_check": True}


def _elements(reader: der.Reader, tag: int = der.SEQUENCE) -> list[der.Reader]:
    """Return readers of the SEQUENCEs in the next element, of which there is at least one."""
    rest, found = reader.inside(tag), []
    while rest.more():
        found.append(rest.inside(der.SEQUENCE))
    if not found:
        raise InvalidEncoding("extension_form")
    return found


_READ: Final[dict[str, Callable[[der.Reader], dict[str, Any]]]] = {
    AUTHORITY_KEY: _read_authority_key,
    SUBJECT_KEY: _read_subject_key,
    KEY_USAGE: _read_usage,
    POLICIES: _read_policies,
    BASIC: _read_basic,
    CONSTRAINTS: _read_constraints,
    EXTENDED: _read_extended,
    CRL_POINTS: _read_points,
    AUTHORITY_INFO: _read_information,
    NO_CHECK: _read_no_check,
}
