"""The node's signature over a whole PDF, found by its bytes alone.

Format     docs/formats/document-signature-v1.md
In         bytes of a PDF, of a size that the caller bounds
Out        the SM2 message in it and the SM3 of all the rest; neither is judged here
Strict     one signature in the file, and it covers every byte but its own
Errors     Unproven, with a reason of the check `document`: unsigned, signatures (count), form,
           not_whole
"""

import re
from dataclasses import dataclass
from typing import Final

from crypto import cms, sm3
from crypto.cms import SignedData
from crypto.errors import InvalidEncoding
from services.evidence.errors import Unproven

RANGE: Final = b"/ByteRange"
CONTENTS_DIGITS: Final = 4096
"""Hexadecimal digits reserved for the message; what it does not need is zeros."""

_NUMBER = rb"([1-9][0-9]{0,9})"
_PLACE = re.compile(
    rb"%s\[0 %s %s %s\] {1,40}/Contents<([0-9a-f]{%d})>"
    % (RANGE, _NUMBER, _NUMBER, _NUMBER, CONTENTS_DIGITS)
)
_LONG_SEQUENCE = b"\x30\x82"  # tag, and a length in the two bytes after it
_HEAD = 4


@dataclass(frozen=True, slots=True)
class FileSignature:
    """What a file's one signature says, and what it should be about."""

    signed: SignedData
    digest: bytes
    """SM3 of every byte of the file outside the signature."""


def read(data: bytes) -> FileSignature:
    """Return the signature of a file. Raises Unproven."""
    count = data.count(RANGE)
    if count == 0:
        raise Unproven("unsigned")
    if count > 1:
        raise Unproven("signatures", count=count)
    found = _PLACE.match(data, data.index(RANGE))
    if found is None:
        raise Unproven("form")
    start, after, rest = (int(found[part]) for part in (1, 2, 3))
    gap = (found.start(4) - 1, found.end(4) + 1)
    if (start, after) != gap or after + rest != len(data):
        raise Unproven("not_whole")
    return FileSignature(_message(found[4]), sm3.digest(data[:start] + data[after:]))


def _message(digits: bytes) -> SignedData:
    """Read the message; after it there may be nothing but zeros."""
    padded = bytes.fromhex(digits.decode())
    size = _HEAD + int.from_bytes(padded[2:_HEAD])
    if not padded.startswith(_LONG_SEQUENCE) or any(padded[size:]):
        raise Unproven("form")
    try:
        return cms.parse(padded[:size])
    except InvalidEncoding as error:
        raise Unproven("form") from error
