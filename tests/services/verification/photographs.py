"""Pictures of QR codes as people send them: straight, turned, scaled, tilted, noisy, in parts."""

import io
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import segno
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

from crypto import sm3

PAPER = 245


def qr(text: str, scale: int = 8) -> Image.Image:
    """Return a code with its quiet zone, in grey."""
    out = io.BytesIO()
    segno.make_qr(text, error="m").save(out, kind="png", scale=scale, border=4)
    with Image.open(out) as image:
        return image.convert("L")


def page(codes: Sequence[Image.Image], size: tuple[int, int] = (1600, 1200)) -> Image.Image:
    """Return a sheet of paper with codes in a row and lines of writing beneath."""
    sheet = Image.new("L", size, PAPER)
    for number, code in enumerate(codes):
        sheet.paste(code, (120 + number * (code.width + 80), 160))
    pen = ImageDraw.Draw(sheet)
    for line in range(700, size[1] - 60, 50):
        pen.rectangle((120, line, size[0] - 200, line + 14), fill=70)
    return sheet


def turned(image: Image.Image, degrees: float) -> Image.Image:
    return image.rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor=120)


def tilted(image: Image.Image) -> Image.Image:
    """Return it as seen from the side."""
    width, height = image.size
    shape = (0.0, 0.0, 60.0, height - 1.0, width - 60.0, height - 140.0, width - 1.0, 90.0)
    return image.transform(
        (width, height), Image.Transform.QUAD, shape, Image.Resampling.BICUBIC, fillcolor=120
    )


def noisy(image: Image.Image, weight: float = 0.35) -> Image.Image:
    """Return it with the same noise each time."""
    count = image.width * image.height
    block = b"".join(sm3.digest(bytes([each])) for each in range(256))
    grain = Image.frombytes("L", image.size, (block * (count // len(block) + 1))[:count])
    return Image.blend(image, grain, weight)


def dim(image: Image.Image) -> Image.Image:
    """Return it in bad light and out of focus."""
    dark = ImageEnhance.Brightness(ImageEnhance.Contrast(image).enhance(0.5)).enhance(0.7)
    return dark.filter(ImageFilter.GaussianBlur(1.6))


def file(image: Image.Image, kind: str = "JPEG", **more: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **more)
    return out.getvalue()


def declared(width: int, height: int) -> bytes:
    """Return a small PNG whose head promises a picture of any size: a decompression bomb."""
    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(bytes(1_000_000), 9)), (b"IEND", b""))
    data = b"\x89PNG\r\n\x1a\n"
    for name, content in parts:
        checksum = zlib.crc32(name + content).to_bytes(4)
        data += len(content).to_bytes(4) + name + content + checksum
    return data
