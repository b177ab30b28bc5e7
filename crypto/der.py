"""DER, only as much as SM2 keys, signatures and certificates need, and strictly.

Standard   ITU-T X.690 section 10: definite lengths in the fewest bytes, integers in the
           fewest bytes, nothing after the last element.
Numbers    non-negative only; no structure we read has a negative one.
Times      UTCTime to the end of 2049, then GeneralizedTime (RFC 5652 clause 11.3); where a format
           wants GeneralizedTime only, `generalized`. Whole seconds, of this century.
Bits       whole bytes, or named bits without trailing zeros.
Errors     InvalidEncoding: der_tag, der_length, der_truncated, der_integer, der_time,
           der_oid, der_bits, der_boolean, der_text, der_trailing.
"""

from collections.abc import Collection
from datetime import UTC, datetime

from crypto.errors import InvalidEncoding

BOOLEAN, INTEGER, BIT_STRING, OCTETS, NULL, OID, UTF8 = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C
ENUMERATED, PRINTABLE, IA5 = 0x0A, 0x13, 0x16
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31
TRUE = b"\x01\x01\xff"
_LONGEST_OID = 64  # bytes; those of UUIDs have 20
_LONGEST_LENGTH = 4  # bytes of a long-form length: four gigabytes are enough


def element(tag: int, *contents: bytes) -> bytes:
    """Return one element: tag, shortest length, the contents joined."""
    body = b"".join(contents)
    size = len(body)
    if size < 0x80:
        return bytes((tag, size)) + body
    length = size.to_bytes((size.bit_length() + 7) // 8)
    return bytes((tag, 0x80 | len(length))) + length + body


def integer(value: int) -> bytes:
    """Return a non-negative INTEGER; its first bit is always clear."""
    return element(INTEGER, value.to_bytes(value.bit_length() // 8 + 1))


def oid(dotted: str) -> bytes:
    """Return an OBJECT IDENTIFIER of a dotted text from our own source."""
    first, second, *rest = (int(arc) for arc in dotted.split("."))
    body = bytearray()
    for arc in (first * 40 + second, *rest):
        groups = [arc & 0x7F]
        while arc := arc >> 7:
            groups.append(0x80 | arc & 0x7F)
        body += bytes(reversed(groups))
    return element(OID, bytes(body))


def instant(at: datetime) -> bytes:
    """Return an aware instant of this century, in UTC to the second."""
    moment = at.astimezone(UTC)
    if not 2000 <= moment.year < 2100 or moment.microsecond:
        raise ValueError(f"no instant for DER: {at}")
    text = moment.strftime("%Y%m%d%H%M%SZ").encode()
    return element(UTC_TIME, text[2:]) if moment.year < 2050 else element(GENERALIZED_TIME, text)


def generalized(at: datetime) -> bytes:
    """Return an aware instant of this century as GeneralizedTime, in UTC to the second."""
    moment = at.astimezone(UTC)
    if not 2000 <= moment.year < 2100 or moment.microsecond:
        raise ValueError(f"no instant for DER: {at}")
    return element(GENERALIZED_TIME, moment.strftime("%Y%m%d%H%M%SZ").encode())


def bits(octets: bytes) -> bytes:
    """Return a BIT STRING of whole bytes."""
    return element(BIT_STRING, b"\0", octets)


def named_bits(places: Collection[int]) -> bytes:
    """Return a BIT STRING in which these bits are set, the first bit being 0."""
    size = max(places) + 1
    value = sum(1 << (size - 1 - place) for place in places)
    unused = -size % 8
    return element(BIT_STRING, bytes((unused,)), (value << unused).to_bytes((size + 7) // 8))


class Reader:
    """Takes elements off the front of `data`, one after the other."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def next_is(self, tag: int) -> bool:
        """Return whether another element with this tag follows."""
        return self._data[self._at : self._at + 1] == bytes((tag,))

    def more(self) -> bool:
        """Return whether anything is left."""
        return self._at < len(self._data)

    def raw(self, tag: int) -> bytes:
        """Return the next element as it stands, which must have this tag."""
        start = self._at
        self.take(tag)
        return self._data[start : self._at]

    def take(self, tag: int) -> bytes:
        """Return the contents of the next element, which must have this tag."""
        if not self.next_is(tag):
            raise InvalidEncoding("der_tag", wanted=tag)
        start, size = self._length(self._at + 1)
        if len(self._data) - start < size:
            raise InvalidEncoding("der_truncated")
        self._at = start + size
        return self._data[start : self._at]

    def skip(self) -> None:
        """Take the next element, whatever it is."""
        if not self.more():
            raise InvalidEncoding("der_truncated")
        self.take(self._data[self._at])

    def inside(self, tag: int) -> "Reader":
        """Return a reader of the contents of the next element."""
        return Reader(self.take(tag))

    def integer(self) -> int:
        """Return the next element, a non-negative INTEGER in its shortest form."""
        body = self.take(INTEGER)
        padded = len(body) > 1 and body[0] == 0 and body[1] < 0x80
        if not body or body[0] >= 0x80 or padded:
            raise InvalidEncoding("der_integer")
        return int.from_bytes(body)

    def instant(self) -> datetime:
        """Return the next element, an instant that `instant` wrote."""
        start = self._at
        short = self.next_is(UTC_TIME)
        body = b"20" + self.take(UTC_TIME) if short else self.take(GENERALIZED_TIME)
        try:
            at = datetime.strptime(body.decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
            written = instant(at)
        except ValueError as error:
            raise InvalidEncoding("der_time") from error
        if written != self._data[start : self._at]:
            raise InvalidEncoding("der_time")
        return at

    def generalized(self) -> datetime:
        """Return the next element, an instant that `generalized` wrote."""
        if not self.next_is(GENERALIZED_TIME):
            raise InvalidEncoding("der_tag", wanted=GENERALIZED_TIME)
        body = self.take(GENERALIZED_TIME)
        try:
            at = datetime.strptime(body.decode("ascii"), "%Y%m%d%H%M%SZ").replace(tzinfo=UTC)
            written = generalized(at)
        except ValueError as error:
            raise InvalidEncoding("der_time") from error
        if written != element(GENERALIZED_TIME, body):
            raise InvalidEncoding("der_time")
        return at

    def oid(self) -> str:
        """Return the next element, an OBJECT IDENTIFIER, dotted."""
        body = self.take(OID)
        if not 1 <= len(body) <= _LONGEST_OID or body[-1] & 0x80:
            raise InvalidEncoding("der_oid")
        arcs, value, fresh = [], 0, True
        for byte in body:
            if fresh and byte == 0x80:  # a leading zero
                raise InvalidEncoding("der_oid")
            value, fresh = value << 7 | byte & 0x7F, byte < 0x80
            if fresh:
                arcs.append(value)
                value = 0
        first = min(arcs[0] // 40, 2)
        return ".".join(map(str, (first, arcs[0] - first * 40, *arcs[1:])))

    def bits(self) -> bytes:
        """Return the next element, a BIT STRING of whole bytes."""
        body = self.take(BIT_STRING)
        if body[:1] != b"\0":
            raise InvalidEncoding("der_bits")
        return body[1:]

    def named_bits(self) -> frozenset[int]:
        """Return which bits are set in the next element; at least one is."""
        body = self.take(BIT_STRING)
        places = [at for at in range(8 * (len(body) - 1)) if body[1 + at // 8] & 0x80 >> at % 8]
        if not places or named_bits(places) != element(BIT_STRING, body):
            raise InvalidEncoding("der_bits")
        return frozenset(places)

    def truth(self) -> bool:
        """Return whether TRUE follows, and take it. FALSE, being the default, is never written."""
        if not self.next_is(BOOLEAN):
            return False
        if self.take(BOOLEAN) != b"\xff":
            raise InvalidEncoding("der_boolean")
        return True

    def text(self, *tags: int) -> str:
        """Return the next element, a text of one of these kinds."""
        tag = next((each for each in tags if self.next_is(each)), tags[0])
        body = self.take(tag)
        try:
            return body.decode("utf-8" if tag == UTF8 else "ascii")
        except UnicodeDecodeError as error:
            raise InvalidEncoding("der_text") from error

    def end(self) -> None:
        """Raise InvalidEncoding if anything is left."""
        if self._at != len(self._data):
            raise InvalidEncoding("der_trailing")

    def _length(self, at: int) -> tuple[int, int]:
        """Return where the contents start and how long they are."""
        first = self._data[at : at + 1]
        if not first:
            raise InvalidEncoding("der_truncated")
        if first[0] < 0x80:
            return at + 1, first[0]
        count = first[0] & 0x7F
        digits = self._data[at + 1 : at + 1 + count]
        size = int.from_bytes(digits)
        shortest = size >= 0x80 and digits[:1] != b"\0"
        if not 1 <= count <= _LONGEST_LENGTH or len(digits) != count or not shortest:
            raise InvalidEncoding("der_length")
        return at + 1 + count, size
