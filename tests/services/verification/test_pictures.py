"""Codes in pictures: found as people photograph them, and no picture costs more than it may."""

import tracemalloc
from contextlib import suppress

import pytest
from PIL import Image

from services.platform.errors import Invalid
from services.verification import pictures
from tests.services.verification import photographs
from tests.services.verification.photographs import file, page, qr

ADDRESS = "https://kexin.zz.example/v/A7C2E4G6J8LMNPQR"


def refused(data: bytes) -> str:
    with pytest.raises(Invalid) as caught:
        pictures.codes(data)
    return caught.value.code


PHOTOGRAPHS = {
    "straight": page([qr(ADDRESS)]),
    "turned": photographs.turned(page([qr(ADDRESS)]), 33),
    "upside down": page([qr(ADDRESS)]).transpose(Image.Transpose.ROTATE_180),
    "small": page([qr(ADDRESS, 4)]),
    "large": page([qr(ADDRESS)]).resize((3200, 2400)),
    "tilted": photographs.tilted(page([qr(ADDRESS)])),
    "noisy": photographs.noisy(page([qr(ADDRESS)])),
    "dim": photographs.dim(page([qr(ADDRESS)])),
    "all of it": photographs.noisy(
        photographs.dim(photographs.turned(photographs.tilted(page([qr(ADDRESS)])), 12)), 0.2
    ),
    "a lone code": qr(ADDRESS),
}


@pytest.mark.parametrize("name", PHOTOGRAPHS)
def test_a_code_is_found_as_people_photograph_it(name: str) -> None:
    assert pictures.codes(file(PHOTOGRAPHS[name])) == (ADDRESS,)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_three_kinds_of_pictures_are_read(kind: str) -> None:
    data = file(page([qr(ADDRESS)]), kind)
    assert pictures.is_picture(data)
    assert pictures.codes(data) == (ADDRESS,)


def test_a_see_through_screenshot_is_laid_on_white() -> None:
    ink = qr(ADDRESS).point(lambda value: 255 - value)
    black = Image.new("L", ink.size, 0)
    shot = Image.merge("LA", (black, ink))
    assert pictures.codes(file(shot, "PNG")) == (ADDRESS,)


def test_a_code_lightly_on_dark_is_read() -> None:
    assert pictures.codes(file(qr(ADDRESS).point(lambda value: 255 - value))) == (ADDRESS,)


def test_several_codes_are_all_told_and_the_same_one_once() -> None:
    other = ADDRESS[:-1] + "S"
    found = pictures.codes(file(page([qr(ADDRESS, 6), qr(other, 6), qr(ADDRESS, 6)])))
    assert sorted(found) == sorted((ADDRESS, other))


def test_a_picture_without_a_code_says_nothing() -> None:
    assert pictures.codes(file(page([]))) == ()


def test_a_progressive_picture_is_read_and_one_of_a_thousand_scans_is_not() -> None:
    data = file(page([qr(ADDRESS)]), progressive=True)
    assert pictures.codes(data) == (ADDRESS,)
    scans = data + b"\xff\xda" * pictures.MOST_SCANS
    assert refused(scans) == "picture_too_large"


@pytest.mark.parametrize(
    ("width", "height"), [(50_000, 50_000), (20_000, 20), (9_000, 9_000), (2**31 - 1, 1)]
)
def test_a_bomb_is_refused_by_its_head(width: int, height: int) -> None:
    data = photographs.declared(width, height)
    assert len(data) < 5_000
    tracemalloc.start()
    assert refused(data) in {"picture_too_large", "picture_unreadable"}
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 4_000_000


def test_more_bytes_than_a_telephone_takes_are_refused() -> None:
    assert refused(b"\xff\xd8\xff" + bytes(pictures.MOST_BYTES)) == "picture_too_large"


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("part", [0.02, 0.5, 0.98])
def test_a_truncated_picture_is_told(kind: str, part: float) -> None:
    data = file(page([qr(ADDRESS)]), kind)
    assert refused(data[: int(len(data) * part)]) == "picture_unreadable"


@pytest.mark.parametrize("seed", range(20))
def test_a_broken_picture_breaks_nothing(seed: int) -> None:
    data = bytearray(file(page([qr(ADDRESS)]), ("JPEG", "PNG", "WEBP")[seed % 3]))
    for number in range(40):
        data[30 + (seed * 7919 + number * 104_729) % (len(data) - 30)] ^= 1 << number % 8
    with suppress(Invalid):
        assert pictures.codes(bytes(data)) in {(ADDRESS,), ()}


@pytest.mark.parametrize("data", [b"", b"GIF89a", b"BM", b"RIFF1234WAVE", b"%PDF-1.7", b"{}"])
def test_nothing_else_is_taken_for_a_picture(data: bytes) -> None:
    assert not pictures.is_picture(data)


def test_a_picture_in_disguise_is_refused() -> None:
    gif = file(qr(ADDRESS), "GIF")
    assert refused(b"\xff\xd8\xff" + gif) == "picture_unreadable"
    assert refused(gif) == "picture_unreadable", "the allow-list is the decoder's own"
