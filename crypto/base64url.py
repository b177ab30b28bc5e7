"""base64url without padding, in its one canonical form.

Standard   RFC 4648 section 5 with the padding left out, as RFC 7515 section 2 wants it.
Strict     a text has exactly one reading: no padding, no white space, no other alphabet
           and no set bits after the last whole byte.
Errors     InvalidEncoding("base64url").
"""

import binascii

from crypto.errors import InvalidEncoding

_TO_URL = bytes.maketrans(b"+/", b"-_")
_FROM_URL = bytes.maketrans(b"-_+/=", b"+/   ")


def b64u(data: bytes) -> str:
    """Return `data` as base64url text."""
    return binascii.b2a_base64(data, newline=False).translate(_TO_URL, b"=").decode()


def unb64u(text: str) -> bytes:
    """Return the bytes that `text` stands for.

    Raises InvalidEncoding unless `text` is exactly what `b64u` would write.
    """
    try:
        standard = text.encode("ascii").translate(_FROM_URL)
        padded = standard + b"=" * (-len(standard) % 4)
        data = binascii.a2b_base64(padded, strict_mode=True)
    except ValueError as error:
        raise InvalidEncoding("base64url") from error
    if b64u(data) != text:  # bits after the last whole byte
        raise InvalidEncoding("base64url")
    return data
