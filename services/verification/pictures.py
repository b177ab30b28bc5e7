"""The QR codes in a picture that somebody took: decoded in memory, with bounded effort.

Standard   ISO/IEC 18004 (QR), read by zxing-cpp; JPEG, PNG and WebP by Pillow, nothing else
Bounds     bytes; width, height and pixels as the file's head declares them, before a pixel is
           unpacked; scans of a progressive JPEG, each of which costs as much as the picture; two
           pictures at a time in this process
Unpacked   in grey; a JPEG at the size that is needed, by its own arithmetic. No temporary file
Tried      as it is, smaller (which evens noise out), smoothed: a photograph of paper is rotated,
           in perspective, noisy and unevenly lit
Scans      a PDF that came out of a scanner is pictures: the largest JPEGs in it are looked at. What
           is drawn by lines, as after "print to PDF", is no picture
Errors     Invalid picture_unreadable, picture_too_large (megapixels)
"""

import io
from collections.abc import Iterator
from contextlib import suppress
from threading import BoundedSemaphore
from typing import Final

import zxingcpp
from PIL import Image, ImageFilter, ImageOps

from services.evidence import pdf
from services.platform.errors import Invalid

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MOST_BYTES: Final = 12 * 1024 * 1024
MOST_SIDE: Final = 16_000
MOST_PIXELS: Final = {"JPEG": 50_000_000, "PNG": 25_000_000, "WEBP": 25_000_000}
MOST_SCANS: Final = 64
"""A camera's progressive JPEG has ten."""

MOST_IN_PDF: Final = 4
PDF_HEAD: Final = b"%PDF-"
WORKING_SIDE: Final = 2_400
"""Longest side that is looked at first: a QR a tenth as wide still has six pixels a module."""

_SMALLER: Final = (1_200, 600)
_START_OF_SCAN = b"\xff\xda"
_HEADS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")
_QR = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
_SLOTS = BoundedSemaphore(2)


def is_picture(data: bytes) -> bool:
    """Return whether the first bytes are those of a picture that `codes` may read."""
    return data.startswith(_HEADS) or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def codes(data: bytes) -> tuple[str, ...]:
    """Return what the QR codes in a picture say, each text once. Raises Invalid."""
    if len(data) > MOST_BYTES or data.count(_START_OF_SCAN) > _most_scans(data):
        raise Invalid("picture_too_large", megapixels=_megapixels())
    with _SLOTS:
        for image in _views(_opened(data)):
            found = zxingcpp.read_barcodes(image, formats=_QR)
            if found:
                return tuple(dict.fromkeys(each.text for each in found))
    return ()


def codes_in_pdf(data: bytes) -> tuple[str, ...]:
    """Return what the QR codes in the pictures of a PDF say; nothing for any other file."""
    for picture in pdf.jpegs(data, most=MOST_IN_PDF) if data.startswith(PDF_HEAD) else ():
        with suppress(Invalid):
            found = codes(picture)
            if found:
                return found
    return ()


def _opened(data: bytes) -> Image.Image:
    """Return the picture in grey, no larger than is needed. Raises Invalid."""
    try:
        with Image.open(io.BytesIO(data), formats=FORMATS) as image:
            _check_size(image)
            # A JPEG unpacks itself at a half, a quarter or an eighth; others do not care.
            image.draft("L", (WORKING_SIDE, WORKING_SIDE))
            grey = image.convert("RGBA") if _is_see_through(image) else image.convert("L")
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Invalid("picture_too_large", megapixels=_megapixels()) from error
    # Pillow has no error of its own for what a broken file may do to a decoder.
    except (OSError, ValueError, TypeError, SyntaxError, EOFError, OverflowError) as error:
        raise Invalid("picture_unreadable") from error
    return _on_white(grey)


def _check_size(image: Image.Image) -> None:
    width, height = image.size
    most = MOST_PIXELS[image.format or "PNG"]
    if max(width, height) > MOST_SIDE or width * height > most:
        raise Invalid("picture_too_large", megapixels=most // 1_000_000)


def _is_see_through(image: Image.Image) -> bool:
    return image.mode in {"RGBA", "LA", "PA"} or "transparency" in image.info


def _on_white(image: Image.Image) -> Image.Image:
    """Lay a picture with see-through parts on paper: a screenshot's ground is not black."""
    if image.mode != "RGBA":
        return image
    paper = Image.new("RGBA", image.size, "white")
    paper.alpha_composite(image)
    return paper.convert("L")


def _views(image: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture in the ways in which it is looked at, the most promising first."""
    first = _within(image, WORKING_SIDE)
    yield first
    for side in _SMALLER:
        if max(first.size) > side:
            yield _within(image, side)
    yield ImageOps.autocontrast(first.filter(ImageFilter.MedianFilter(3)), cutoff=2)
    yield ImageOps.autocontrast(_within(image, _SMALLER[0]).filter(ImageFilter.GaussianBlur(2)))


def _within(image: Image.Image, side: int) -> Image.Image:
    longest = max(image.size)
    if longest <= side:
        return image
    width, height = (max(1, round(each * side / longest)) for each in image.size)
    return image.resize((width, height), Image.Resampling.BOX)


def _most_scans(data: bytes) -> int:
    """Return how often the mark of a scan may stand in a file; elsewhere it means nothing."""
    return MOST_SCANS if data.startswith(_HEADS[0]) else len(data)


def _megapixels() -> int:
    return max(MOST_PIXELS.values()) // 1_000_000
