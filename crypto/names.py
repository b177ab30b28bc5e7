"""Names in certificates: a few attributes in order, compared byte for byte.

Standard   X.501 and RFC 5280 clause 4.1.2.4; GM/T 0015-2023. One attribute in each part of the
           name; country as PrintableString, everything else written as UTF8String and read
           as UTF8String or PrintableString.
Compared   as the bytes stand: two spellings of one name are two names, which can only refuse
           more than the standard's comparison would.
Errors     InvalidEncoding: name_empty, name_attribute and those of crypto.der; ValueError for
           a name that cannot be written.
"""

from dataclasses import dataclass
from typing import Final, Self

from crypto import der
from crypto.errors import InvalidEncoding

COUNTRY: Final = "2.5.4.6"
ORGANISATION: Final = "2.5.4.10"
UNIT: Final = "2.5.4.11"
COMMON_NAME: Final = "2.5.4.3"
MAX_TEXT: Final = 64  # RFC 5280, the upper bounds of these attributes

_SHORT = {COUNTRY: "C", ORGANISATION: "O", UNIT: "OU", COMMON_NAME: "CN"}


@dataclass(frozen=True, slots=True)
class Name:
    """Attributes from the widest to the narrowest, and their DER."""

    attributes: tuple[tuple[str, str], ...]
    """(object identifier, text)"""
    parts: tuple[bytes, ...]
    """The DER of each part."""

    @classmethod
    def of(cls, *attributes: tuple[str, str]) -> Self:
        """Return the name with these attributes."""
        if not attributes or not all(_well_formed(text) for _, text in attributes):
            raise ValueError("a name has attributes of 1 to 64 visible characters")
        return cls(attributes, tuple(_part(oid, text) for oid, text in attributes))

    def der(self) -> bytes:
        """Return the name."""
        return der.element(der.SEQUENCE, *self.parts)

    def only(self, oid: str) -> str | None:
        """Return the text of this attribute; None unless it occurs exactly once."""
        found = [text for each, text in self.attributes if each == oid]
        return found[0] if len(found) == 1 else None

    def within(self, base: "Name") -> bool:
        """Return whether the name begins with all parts of `base`."""
        return self.parts[: len(base.parts)] == base.parts

    def __str__(self) -> str:
        return ", ".join(f"{_SHORT.get(oid, oid)}={text}" for oid, text in self.attributes)


def read(reader: der.Reader) -> Name:
    """Return the next element, a name."""
    rest, attributes, parts = reader.inside(der.SEQUENCE), [], []
    while rest.more():
        part = rest.raw(der.SET)
        inner = der.Reader(part).inside(der.SET)
        pair = inner.inside(der.SEQUENCE)
        oid, text = pair.oid(), pair.text(der.UTF8, der.PRINTABLE)
        pair.end()
        inner.end()
        if not _well_formed(text):
            raise InvalidEncoding("name_attribute", oid=oid)
        attributes.append((oid, text))
        parts.append(part)
    if not parts:
        raise InvalidEncoding("name_empty")
    return Name(tuple(attributes), tuple(parts))


def _well_formed(text: str) -> bool:
    return 1 <= len(text) <= MAX_TEXT and text.isprintable()


def _part(oid: str, text: str) -> bytes:
    tag, octets = (
        (der.PRINTABLE, text.encode("ascii")) if oid == COUNTRY else (der.UTF8, text.encode())
    )
    pair = der.element(der.SEQUENCE, der.oid(oid), der.element(tag, octets))
    return der.element(der.SET, pair)
