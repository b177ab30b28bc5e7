"""DER, only as much as SM2 keys, signatures and ciphertexts need, and strictly.

Standard   ITU-T X.690 section 10: definite lengths in the fewest bytes, integers in the
           fewest bytes, nothing after the last element.
Numbers    non-negative only; no structure we read has a negative one.
Times      UTCTime to the end of 2049, then GeneralizedTime (RFC 5652 clause 11.3), whole seconds.
Errors     InvalidEncoding: der_tag, der_length, der_truncated, der_integer, der_time, der_trailing.
"""

from datetime import UTC, datetime

from crypto.errors import InvalidEncoding

BOOLEAN, INTEGER, BIT_STRING, OCTETS, NULL, OID, UTF8 = 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x0C
UTC_TIME, GENERALIZED_TIME, SEQUENCE, SET = 0x17, 0x18, 0x30, 0x31
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
    body = bytearray((first * 40 + second,))
    for arc in rest:
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


class Reader:
    """Takes elements off the front of `data`, one after the other."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def next_is(self, tag: int) -> bool:
        """Return whether another element with this tag follows."""
        return self._data[self._at : self._at + 1] == bytes((tag,))

    def take(self, tag: int) -> bytes:
        """Return the contents of the next element, which must have this tag."""
        if not self.next_is(tag):
            raise InvalidEncoding("der_tag", wanted=tag)
        start, size = self._length(self._at + 1)
        if len(self._data) - start < size:
            raise InvalidEncoding("der_truncated")
        self._at = start + size
        return self._data[start : self._at]

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
