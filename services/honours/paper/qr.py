"""The QR of a certificate: the address of its verification, as a picture for the typesetter.

Standard   ISO/IEC 18004, model 2, byte mode, error correction M (15 % may be damaged)
Content    `<public_url>/v/<code>`: no personal data; a camera opens it without an app of ours
Fixed      the mask, and the smallest version that holds the address: choosing the mask anew for
           each costs more than setting the page. Any mask can be read; ours is tested by machine
Errors     ValueError for an address of more than 213 bytes
"""

import re

import segno

_CAPACITY = {5: 84, 6: 106, 7: 122, 8: 152, 9: 180, 10: 213}
"""Bytes that each version holds with error correction M."""

MASK = 4
QUIET = 4
"""Modules of white around it (ISO/IEC 18004, 5.3.8)."""

_DARK = re.compile(b"\1+")


def svg(address: str) -> str:
    """Return the code as an SVG of one path."""
    size = len(address.encode())
    version = next((number for number, most in _CAPACITY.items() if size <= most), None)
    if version is None:
        raise ValueError("the public address is too long for a QR")
    made = segno.make_qr(
        address, version=version, error="m", mode="byte", mask=MASK, boost_error=False
    )
    path = "".join(
        f"M{run.start() + QUIET} {y}h{run.end() - run.start()}v1H{run.start() + QUIET}z"
        for y, row in enumerate(made.matrix, start=QUIET)
        for run in _DARK.finditer(row)
    )
    modules = len(made.matrix) + 2 * QUIET
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {modules} {modules}">'
        f'<path d="{path}"/></svg>'
    )
