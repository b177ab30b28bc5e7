"""Ways to spoil DER, for every structure that strangers may send."""

from collections.abc import Iterator

from crypto import der


def truncated(data: bytes) -> Iterator[bytes]:
    """Yield every beginning of the data."""
    return (data[:size] for size in range(len(data)))


def flipped(data: bytes) -> Iterator[bytes]:
    """Yield the data with one bit changed in each byte."""
    for at in range(len(data)):
        yield data[:at] + bytes((data[at] ^ 1 << at % 8,)) + data[at + 1 :]


def long_lengths(data: bytes) -> Iterator[bytes]:
    """Yield the data with one of its lengths written with a zero too many."""
    for at, element in _elements(data):
        start = at + 1
        content = der.Reader(element).take(element[0])
        header = element[1 : len(element) - len(content)]
        count = header[0] & 0x7F if header[0] & 0x80 else 0
        digits = header[1:] if count else header
        longer = bytes((0x80 | (len(digits) + 1),)) + b"\0" + digits
        yield data[:start] + longer + data[start + len(header) :]


def indefinite(data: bytes) -> bytes:
    """Return the data with an outer length that is not said."""
    content = der.Reader(data).take(data[0])
    return data[:1] + b"\x80" + content + b"\0\0"


def _elements(data: bytes, offset: int = 0) -> Iterator[tuple[int, bytes]]:
    at = 0
    while at < len(data):
        element = der.Reader(data[at:]).raw(data[at])
        yield offset + at, element
        if element[0] & 0x20:
            content = der.Reader(element).take(element[0])
            yield from _elements(content, offset + at + len(element) - len(content))
        at += len(element)
