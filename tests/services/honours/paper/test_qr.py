"""The QR as an SVG of one path."""

import re

import pytest
import segno
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from services.honours.paper import qr
from tests.services.honours.paper import reading


def drawn(svg: str, scale: int = 8) -> Image.Image:
    """Paint the path by hand, so that nothing of ours judges itself."""
    size = int(re.findall(r'viewBox="0 0 (\d+)', svg)[0])
    image = Image.new("L", (size, size), 255)
    for x, y, width in re.findall(r"M(\d+) (\d+)h(\d+)v1H\1z", svg):
        for at in range(int(width)):
            image.putpixel((int(x) + at, int(y)), 0)
    return image.resize((size * scale, size * scale), Image.Resampling.NEAREST)


@pytest.mark.parametrize("size", [1, 15, 16, 17, 42, 43, 62, 63, 84, 85, 106, 122, 152, 180, 213])
def test_an_address_of_any_length_is_read_by_another_program(size: int) -> None:
    address = ("https://kx.example/v/" + "7KQ2M9XW4HD0RT3F" * 20)[:size].ljust(size, "x")

    assert reading.code(drawn(qr.svg(address))) == address


CODES = st.text("0123456789ABCDEFGHJKMNPQRSTVWXYZ", min_size=16, max_size=16)


@pytest.mark.slow
@given(CODES, st.sampled_from([0, 26, 197]))  # each length costs 128 drawings, once
def test_what_is_added_up_is_what_the_library_draws(code: str, prefix: int) -> None:
    """Bit by bit from two drawings, or drawn at once: the same modules."""
    address = ("https://kexin.example/v/" * 9)[:prefix] + code
    version = next(number for number, most in qr._CAPACITY.items() if len(address) <= most)
    made = segno.make_qr(
        address, version=version, error="m", mode="byte", mask=qr.MASK, boost_error=False
    )

    assert qr._modules(version, address.encode()) == int.from_bytes(b"".join(made.matrix))


@pytest.mark.slow
def test_the_version_follows_from_the_length() -> None:
    assert 'viewBox="0 0 37 37"' in qr.svg("x" * 42)
    assert 'viewBox="0 0 41 41"' in qr.svg("x" * 43)
    assert 'viewBox="0 0 45 45"' in qr.svg("x" * 84)
    assert 'viewBox="0 0 49 49"' in qr.svg("x" * 85)


def test_an_address_that_is_too_long_is_refused() -> None:
    with pytest.raises(ValueError, match="too long"):
        qr.svg("x" * 214)
