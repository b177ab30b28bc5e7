"""A PDF of ours becomes a signed one: field and signature built in, in the one revision.

Format     docs/formats/document-signature-v1.md
In         a PDF as the typesetter writes it: objects and one cross-reference table, in the clear
Out        the same objects, a signature field on the first page, and the node's signature over
           every byte but its own
Key        the node's document key; its self-issued certificate is made once in a process
Errors     ValueError for a PDF of another shape: the typesetter changed, and a test says so first
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from crypto import cms, sm3, x509
from crypto.provider import KeyRef, Provider, Use
from crypto.x509 import Certificate
from services.evidence.file_signature import CONTENTS_DIGITS, RANGE
from services.platform.work import Work
from services.registry import keys

TYP = "kexin-document"
FIELD = "node"
RANGE_WIDTH = 48

_TAIL = re.compile(rb"startxref\n([0-9]+)\n%%EOF\s*$")
_ENTRY = re.compile(rb"([0-9]{10}) 00000 n")
_TRAILER = re.compile(rb"trailer\n<</Size ([0-9]+)/Root ([0-9]+) 0 R(.*)>>\n", re.DOTALL)
_END = b">>\nendobj\n"


@dataclass(frozen=True, slots=True)
class FileSigner:
    """The node's document key with its certificate, ready for many files."""

    provider: Provider
    ref: KeyRef
    certificate: Certificate

    def sign(self, pdf: bytes, at: datetime) -> bytes:
        """Return the PDF with the node's signature over all of it."""
        if RANGE in pdf:
            raise ValueError("a PDF that seems to be signed already")
        prepared = _prepare(pdf, at)
        message = cms.sign(
            self.certificate,
            sm3.digest(prepared.before + prepared.after),
            signed_at=at,
            sign=self.provider.signer(self.ref, TYP),
        )
        digits = message.der().hex().ljust(CONTENTS_DIGITS, "0")
        if len(digits) != CONTENTS_DIGITS:
            raise ValueError("the signature does not fit into its place")
        return prepared.before + b"<" + digits.encode() + b">" + prepared.after


def signer(work: Work) -> FileSigner:
    """Return the signer of this node's files. Raises Conflict node_key_missing, Tampered."""
    ref = keys.node_ref(work, Use.DOCUMENT)
    since = next(row["valid_from"] for row in keys.node_keys(work) if row["kid"] == ref.kid)
    name = work.runtime.settings.node_name
    return FileSigner(work.provider, ref, _certificate(work.provider, ref, name, since))


@dataclass(frozen=True, slots=True)
class _Prepared:
    """A file around the place of its signature."""

    before: bytes
    after: bytes


def _prepare(pdf: bytes, at: datetime) -> _Prepared:
    """Lay the file out anew with field and signature, all but the signature itself."""
    objects, root, trailer = _objects(pdf)
    field, signature = len(objects) + 1, len(objects) + 2
    page = _first_page(objects)
    form = b"/AcroForm<</Fields[%d 0 R]/SigFlags 3>>" % field
    objects[root] = _with(objects[root], form)
    objects[page] = _with(objects[page], b"/Annots[%d 0 R]" % field)
    objects[field] = (
        b"%d 0 obj\n<</Type/Annot/Subtype/Widget/FT/Sig/T(%s)/F 132/Rect[0 0 0 0]"
        b"/P %d 0 R/V %d 0 R>>\nendobj\n\n" % (field, FIELD.encode(), page, signature)
    )
    out, offsets = bytearray(pdf[: pdf.index(b"1 0 obj")]), {}
    for number in sorted(objects):
        offsets[number] = len(out)
        out += objects[number]
    offsets[signature] = len(out)
    out += b"%d 0 obj\n<</Type/Sig/Filter/Adobe.PPKLite/SubFilter/adbe.pkcs7.detached" % signature
    out += at.strftime("/M(D:%Y%m%d%H%M%SZ)").encode()
    start = len(out) + len(RANGE) + RANGE_WIDTH + len(b"/Contents")
    end = start + len(b"<>") + CONTENTS_DIGITS
    after = _END + _table(offsets)
    after += b"trailer\n<</Size %d/Root %d 0 R%s>>\n" % (signature + 1, root, trailer)
    after += b"startxref\n%d\n%%%%EOF\n" % (end + len(_END))
    covered = b"[0 %d %d %d]" % (start, end, len(after))
    out += RANGE + covered.ljust(RANGE_WIDTH) + b"/Contents"
    return _Prepared(bytes(out), after)


def _objects(pdf: bytes) -> tuple[dict[int, bytes], int, bytes]:
    """Return the objects of a file by number, the number of the catalogue, the trailer's rest."""
    tail = _TAIL.search(pdf)
    table = int(tail[1]) if tail else 0
    trailer = _TRAILER.search(pdf, table)
    if tail is None or trailer is None or not pdf.startswith(b"xref\n0 ", table):
        raise ValueError("a PDF of another shape")
    offsets = [int(found) for found in _ENTRY.findall(pdf, table, trailer.start())]
    if len(offsets) != int(trailer[1]) - 1:
        raise ValueError("a PDF with unused objects")
    ends = dict(zip(sorted(offsets), [*sorted(offsets)[1:], table], strict=True))
    found = {number: pdf[at : ends[at]] for number, at in enumerate(offsets, start=1)}
    return found, int(trailer[2]), trailer[3]


def _first_page(objects: Mapping[int, bytes]) -> int:
    kids = next(each for each in objects.values() if b"<</Type/Pages/" in each[:40])
    found = re.search(rb"/Kids\[([0-9]+) 0 R", kids)
    if found is None or b"/Annots" in objects[int(found[1])]:
        raise ValueError("a PDF without a plain first page")
    return int(found[1])


def _with(written: bytes, more: bytes) -> bytes:
    """Return an object, which is a dictionary, with more entries at its end."""
    head, end, rest = written.rpartition(_END)
    if not end or rest.strip():
        raise ValueError("an object of another shape")
    return head + more + end + b"\n"


def _table(offsets: Mapping[int, int]) -> bytes:
    lines = [b"%010d 00000 n \n" % offsets[number] for number in sorted(offsets)]
    return b"xref\n0 %d\n0000000000 65535 f \n" % (len(lines) + 1) + b"".join(lines)


@lru_cache(maxsize=16)
def _certificate(provider: Provider, ref: KeyRef, name: str, since: datetime) -> Certificate:
    """Return the certificate of a key, made once in a process."""
    return x509.issue(name, ref.public, since, provider.signer(ref, TYP))
