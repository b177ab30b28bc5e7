"""What device keys sign: lines of text, the first of which says what the signature is for.

Bytes      UTF-8, the lines joined by LF, no LF at the end; docs/formats/device-key-v1.md
Domains    one word for each use, in the first line. A JWS signing input, which is what our
           documents are signed over, begins with base64url of `{"alg"`, so no signature over
           lines can be one of a document, nor one for a use be taken for another
Signature  SM2 with SM3, ID 1234567812345678, r||s
Errors     LoginRefused("login_refused"); ValueError for a line with a line break in it
"""

import re
from enum import StrEnum

from crypto import sm2
from crypto.errors import InvalidSignature
from crypto.keys import PublicKey
from identity.errors import LoginRefused

NOTHING = "-"
"""Stands for a line that has nothing to say."""

_BREAK = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u2028\u2029]")


class Domain(StrEnum):
    """What a signature is for."""

    AUTH = "EDU-AUTH-V1"
    ENROL = "EDU-DEV-ENROL-V1"
    QR = "EDU-QR-V1"
    QR_SCAN = "EDU-QR-SCAN-V1"


def message(domain: Domain, *lines: str) -> bytes:
    """Return the bytes to be signed. No line is empty or holds a control character."""
    for line in lines:
        if not line or _BREAK.search(line):
            raise ValueError("a line is one line")
    return "\n".join((domain.value, *lines)).encode()


def verify(public: PublicKey, signed: bytes, signature: bytes) -> None:
    """Check the signature of a device's key over such bytes."""
    try:
        sm2.verify(public, signed, signature)
    except InvalidSignature:
        raise LoginRefused("login_refused") from None
