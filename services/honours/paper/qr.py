"""The QR of a certificate: the address of its verification, as a picture for the typesetter.

Standard   ISO/IEC 18004, model 2, byte mode, error correction M (15 % may be damaged)
Content    `<public_url>/v/<code>`: no personal data; a camera opens it without an app of ours
Fixed      the mask, and the smallest version that holds the address: choosing the mask anew for
           each costs more than setting the page. Any mask can be read; ours is tested by machine
Linear     with version, mask and length fixed, the modules are a linear function of the bits of
           the address (Reed-Solomon is, and a mask adds a constant): the code that differs from
           certificate to certificate is added to what was drawn once, a module field for each bit
Errors     ValueError for an address of more than 213 bytes
"""

import re
from functools import lru_cache

import segno

_CAPACITY = {3: 42, 4: 62, 5: 84, 6: 106, 7: 122, 8: 152, 9: 180, 10: 213}
"""Bytes that each version holds with error correction M."""

MASK = 4
QUIET = 4
"""Modules of white around it (ISO/IEC 18004, 5.3.8)."""

VARYING = 16
"""Bytes at the end of an address that differ from certificate to certificate."""

_DARK = re.compile(b"\1+")


def svg(address: str) -> str:
    """Return the code as an SVG of one path."""
    data = address.encode()
    version = next((number for number, most in _CAPACITY.items() if len(data) <= most), None)
    if version is None:
        raise ValueError("the public address is too long for a QR")
    width = 17 + 4 * version
    modules = _modules(version, data).to_bytes(width * width)
    path = "".join(
        f"M{run.start() + QUIET} {y + QUIET}h{run.end() - run.start()}v1H{run.start() + QUIET}z"
        for y in range(width)
        for run in _DARK.finditer(modules[y * width : (y + 1) * width])
    )
    size = width + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}">'
        f'<path d="{path}"/></svg>'
    )


def _modules(version: int, data: bytes) -> int:
    """Return the modules, one a byte, row by row."""
    kept = len(data) - min(VARYING, len(data))
    found = _drawn(version, data[:kept].ljust(len(data), b"\0"))
    for place in range(kept, len(data)):
        for bit in range(8):
            if data[place] >> bit & 1:
                found ^= _changed(version, len(data), place, bit)
    return found


@lru_cache(maxsize=4096)
def _changed(version: int, size: int, place: int, bit: int) -> int:
    """Return the modules that turn round with one bit of the address."""
    zeros = bytes(size)
    one = zeros[:place] + bytes([1 << bit]) + zeros[place + 1 :]
    return _drawn(version, zeros) ^ _draw(version, one)


@lru_cache(maxsize=16)
def _drawn(version: int, data: bytes) -> int:
    """Return what is drawn once for many: the address without its code, and nothing at all."""
    return _draw(version, data)


def _draw(version: int, data: bytes) -> int:
    made = segno.make_qr(
        data, version=version, error="m", mode="byte", mask=MASK, boost_error=False
    )
    return int.from_bytes(b"".join(made.matrix))
