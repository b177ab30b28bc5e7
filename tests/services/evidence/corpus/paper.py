"""Cases about a PDF and the node's signature over it."""

import io
from dataclasses import replace
from datetime import timedelta
from typing import Any

from crypto.cms import SignedData
from tests.services.evidence import papers
from tests.services.evidence.corpus.case import RIGHT, Case, claiming, crediting
from tests.services.evidence.world import NOON


def cases() -> list[Case]:

    def page(name: str, about: str, expects: str, data: bytes, **more: Any) -> Case:
        return Case(name, about, expects, data, suffix="pdf", **more)

    signed, bundle = papers.signed(RIGHT), RIGHT
    appended = signed + b"\n%%EOF\n"
    one = papers.signer().sign(papers.page(), papers.SIGNED)
    two = papers.signer().sign(papers.page(bundle, bundle), papers.SIGNED)
    again = papers.signer().sign(papers.page(b"{}"), papers.SIGNED)
    return [
        page("paper", "A certificate file in order", "document.signed", signed),
        page(
            "paper-altered",
            "Another name on the page",
            "document.altered",
            signed.replace(b"A. Guli", b"B. Guli"),
        ),
        page(
            "paper-unsigned",
            "A page that somebody made around a right bundle",
            "document.unsigned",
            papers.page(bundle),
        ),
        page(
            "paper-twice",
            "Two signatures in one file",
            "document.signatures",
            signed.replace(b"(Certificate: A. Guli)", b"(/ByteRange 123456789)"),
        ),
        page("paper-appended", "Something was added after the end", "document.not_whole", appended),
        page(
            "paper-form",
            "A message with something after it",
            "document.form",
            papers.resigned(signed, lambda read: read.der() + b"\1"),
        ),
        page(
            "paper-forged",
            "The signature over another content",
            "document.forged",
            papers.resigned(signed, _forge),
        ),
        page(
            "paper-stranger",
            "Signed by a key that nobody listed",
            "document.unknown_key",
            papers.signed(bundle, key="stranger"),
        ),
        page(
            "paper-log-key",
            "Signed by a key of another use",
            "document.unknown_key",
            papers.signed(bundle, key="log"),
        ),
        page(
            "paper-other-name",
            "A certificate under another node's name",
            "document.unknown_key",
            papers.signed(bundle, name="kexin.kf.example"),
        ),
        page(
            "paper-late-key",
            "Signed before the key was in force",
            "document.not_in_force",
            signed,
            trust="late-document-key",
        ),
        page(
            "paper-future",
            "Signed tomorrow",
            "document.not_yet",
            papers.signed(bundle, at=NOON + timedelta(days=1)),
        ),
        page(
            "paper-cut",
            "The document key was cut off",
            "document.key_cut",
            signed,
            trust="cut-document",
        ),
        page(
            "paper-cut-before",
            "The document key was cut off after this place in the log",
            "document.key_cut_before",
            signed,
            trust="cut-document-kept",
        ),
        page(
            "paper-unlisted",
            "A node that is not on the list",
            "document.not_reached",
            signed,
            trust="other-node",
        ),
        page(
            "paper-reprinted",
            "Printed to a new PDF: nothing is attached",
            "format.no_attachment",
            papers.page(),
        ),
        page("paper-signed-empty", "Signed, but nothing is attached", "format.no_attachment", one),
        page("paper-two-attachments", "Two attachments", "format.attachments", two),
        page("paper-other-attachment", "Another file is attached", "format.not_ours", again),
        page("paper-broken", "A PDF that is none", "format.unreadable", b"%PDF-1.7\n" * 20),
        page(
            "paper-test",
            "A test certificate in a file that the node signed",
            "format.test",
            papers.signed(crediting(claiming(vct="test/1"))),
        ),
        page(
            "paper-resaved",
            "A right file, saved anew by another program",
            "document.form",
            _resaved(signed),
        ),
    ]


def _forge(read: SignedData) -> bytes:
    other = papers.signed_by("stranger", read.digest, read.signed_at)
    return replace(read, signature=other.signature).der()


def _resaved(data: bytes) -> bytes:
    """Return what a program makes of it that packs objects into streams."""
    import pikepdf

    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
            compress_streams=True,
            recompress_flate=True,
        )
    return out.getvalue()
