"""What a stranger's tools see of a PDF: another renderer, another extractor, another QR reader.

seen(data)                the first page at 300 dpi
photographed(page)        the same as a telephone takes it: smaller, turned, noisy, blurred
code(image)               what the QR in a picture says
"""

import io
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import zxingcpp
from PIL import Image, ImageFilter

from tests.services.evidence.world import Numbers

DPI = 300
GRAINS = 50_021
"""Grains before they repeat; a prime, so that they make no pattern whatever the width."""

Box = tuple[float, float, float, float]
"""Left, bottom, right, top."""


def seen(data: bytes, page: int = 0, dpi: int = DPI) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    try:
        picture: Image.Image = document[page].render(scale=dpi / 72).to_pil()
    finally:
        document.close()
    return picture.convert("L")


def pages(data: bytes) -> int:
    document = pypdfium2.PdfDocument(data)
    try:
        return len(document)
    finally:
        document.close()


def text(data: bytes, page: int = 0) -> str:
    """Return the words of a page without white space, as a reader copies them."""
    document = pypdfium2.PdfDocument(data)
    try:
        found: str = document[page].get_textpage().get_text_range()
    finally:
        document.close()
    return "".join(found.split())


def boxes(data: bytes, page: int = 0) -> list[tuple[str, Box]]:
    """Return the runs of words of a page, each with the box that its letters fill, in points."""
    document = pypdfium2.PdfDocument(data)
    try:
        words = document[page].get_textpage()
        found = [words.get_rect(number) for number in range(words.count_rects())]
        return [(words.get_text_bounded(*box).strip(), box) for box in found]
    finally:
        document.close()


def photographed(page: Image.Image) -> Image.Image:
    """Return a page as a careless picture: half the size, askew, blurred, grainy."""
    small = page.resize((page.width // 2, page.height // 2), Image.Resampling.BILINEAR)
    turned = small.rotate(11, expand=True, fillcolor=200, resample=Image.Resampling.BILINEAR)
    soft = turned.filter(ImageFilter.GaussianBlur(0.7))
    pixels = soft.width * soft.height
    sand = Numbers("grain")(GRAINS) * (pixels // GRAINS + 1)
    grain = Image.frombytes("L", soft.size, sand[:pixels])
    return Image.blend(soft, grain, 0.18)


def code(image: Image.Image) -> str:
    """Return the one code in a picture."""
    [found] = zxingcpp.read_barcodes(image)
    return str(found.text)


def opened(data: bytes) -> Any:
    return pikepdf.open(io.BytesIO(data))


def fonts(data: bytes) -> dict[str, bool]:
    """Return the fonts of a file and whether each is embedded."""
    found = {}
    with opened(data) as document:
        for each in document.objects:
            if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor":
                embedded = any(name in each for name in ("/FontFile", "/FontFile2", "/FontFile3"))
                found[str(each["/FontName"])] = embedded
    return found


def checked(data: bytes, folder: Path) -> None:
    """Let Debian's own tools look too, where they are: qpdf, pdffonts, pdfdetach."""
    path = folder / "checked.pdf"
    path.write_bytes(data)
    for command in (["qpdf", "--check"], ["pdffonts"], ["pdfdetach", "-list"]):
        if shutil.which(command[0]) is None:
            continue
        done = subprocess.run([*command, str(path)], capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"
        if command[0] == "pdffonts":
            lines = done.stdout.splitlines()[2:]
            assert lines, "no fonts"
            assert all(line.split()[-5] == "yes" for line in lines)
