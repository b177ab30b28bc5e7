"""The bundle inside a PDF: the one file attached to it, taken out with bounded effort.

In        bytes of a PDF, at most MAX_SIZE
Out       bytes of the attachment; nothing of the page is looked at. Of a scan, which has none, the
          JPEG pictures as they stand in the file, for whoever looks for a QR in them
Bounds    qpdf inflates a stream to INFLATED at most and applies at most two filters, so that a
          small file cannot become a large one; the limits are those of the whole process
Errors    UnreadableBundle: unreadable (part=pdf), not_ours (no attachment), attachments (count),
          too_large

pikepdf is loaded when a PDF comes, not before: most verdicts need none.
"""

import io
from functools import cache
from types import ModuleType
from typing import Any, Final

from services.evidence import bundle
from services.evidence.errors import UnreadableBundle

MAX_SIZE: Final = 8 * 1024 * 1024
INFLATED: Final = 32 * 1024 * 1024
MAX_OBJECTS: Final = 50_000


def attachment(data: bytes) -> bytes:
    """Return the bytes of the one file that the PDF carries."""
    if len(data) > MAX_SIZE:
        raise UnreadableBundle("too_large", limit_kb=MAX_SIZE // 1024)
    pikepdf = _pikepdf()
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            content: bytes = _only(_embedded(pikepdf, document)).read_bytes()
    except _errors(pikepdf) as error:
        raise UnreadableBundle("unreadable", part="pdf") from error
    if len(content) > bundle.MAX_SIZE:
        raise UnreadableBundle("too_large", limit_kb=bundle.MAX_SIZE // 1024)
    return content


def jpegs(data: bytes, *, most: int) -> list[bytes]:
    """Return the largest JPEG pictures in a PDF; none of a file that cannot be read."""
    if len(data) > MAX_SIZE:
        return []
    pikepdf = _pikepdf()
    try:
        with pikepdf.open(io.BytesIO(data)) as document:
            if len(document.objects) > MAX_OBJECTS:
                return []
            streams = [each for each in document.objects if isinstance(each, pikepdf.Stream)]
            found: list[bytes] = [each.read_raw_bytes() for each in streams if _is_jpeg(each)]
    except _errors(pikepdf):
        return []
    return sorted(found, key=len, reverse=True)[:most]


def _is_jpeg(stream: Any) -> bool:
    """Return whether a stream is a picture packed as JPEG and as nothing else besides."""
    packed = stream.stream_dict.get("/Filter")
    names = [str(packed)] if packed is None or str(packed).startswith("/") else map(str, packed)
    return stream.stream_dict.get("/Subtype") == "/Image" and list(names) == ["/DCTDecode"]


def _errors(pikepdf: ModuleType) -> tuple[type[Exception], ...]:
    """Return what pikepdf raises for broken and locked files; they have no common base."""
    theirs = (pikepdf.PdfError, pikepdf.DataDecodingError, pikepdf.PasswordError)
    return *theirs, ValueError, TypeError


def _embedded(pikepdf: ModuleType, document: Any) -> list[Any]:
    """Return every embedded file, wherever it hangs: name tree, page, annotation or nowhere."""
    objects = document.objects
    if len(objects) > MAX_OBJECTS:
        raise ValueError("too many objects")
    found = {}
    for each in objects:
        if isinstance(each, pikepdf.Dictionary) and isinstance(each.get("/EF"), pikepdf.Dictionary):
            for stream in each["/EF"].values():
                if not isinstance(stream, pikepdf.Stream):
                    raise ValueError("a file that is no stream")
                found[stream.objgen] = stream
        if isinstance(each, pikepdf.Stream) and each.get("/Type") == "/EmbeddedFile":
            found[each.objgen] = each
    return list(found.values())


def _only(streams: list[Any]) -> Any:
    if not streams:
        raise UnreadableBundle("no_attachment")
    if len(streams) > 1:
        raise UnreadableBundle("attachments", count=len(streams))
    return streams[0]


@cache
def _pikepdf() -> ModuleType:
    """Load pikepdf and bound what it will unpack."""
    import pikepdf
    import pikepdf.settings

    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=INFLATED,
        png_max_memory=INFLATED,
        run_length_max_memory=INFLATED,
        tiff_max_memory=INFLATED,
        dct_max_memory=INFLATED,
        max_stream_filters=2,
        parser_max_container_size=MAX_OBJECTS,
    )
    module: ModuleType = pikepdf
    return module
