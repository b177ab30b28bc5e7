"""A PDF becomes a signed one; a PDF of another shape is refused, not damaged."""

import pytest

from crypto import cms
from services.evidence import file_signature
from services.honours.paper import signed_pdf
from tests.services.evidence import papers, world
from tests.services.honours.paper import reading

SIGNER = papers.signer()


def test_every_object_is_where_the_table_says() -> None:
    data = SIGNER.sign(papers.page(b"{}"), world.NOON)
    table = int(data[data.rindex(b"startxref") :].split()[1])
    lines = data[table:].split(b"trailer")[0].splitlines()[2:]

    for number, line in enumerate(lines[1:], start=1):
        assert data[int(line.split()[0]) :].startswith(b"%d 0 obj" % number)
    with reading.opened(data) as document:
        assert document.check_pdf_syntax() == []
        assert document.Root.AcroForm.Fields[0].V.SubFilter == "/adbe.pkcs7.detached"


def test_the_signature_covers_all_but_itself() -> None:
    found = file_signature.read(SIGNER.sign(papers.page(b"{}"), world.NOON))

    cms.verify(found.signed, found.digest)
    assert found.signed.signed_at == world.NOON


def reworded(old: bytes, new: bytes) -> bytes:
    data = papers.page(b"{}")
    assert old in data
    return data.replace(old, new)


@pytest.mark.parametrize(
    "data",
    [
        b"%PDF-1.7\n",
        papers.page(b"{}")[:-20],
        reworded(b"xref\n0 ", b"xref\n1 "),
        reworded(b"/Size 8", b"/Size 9"),
        reworded(b"A. Guli", b"/ByteRange"),
        SIGNER.sign(papers.page(b"{}"), world.NOON),
        reworded(b"/Kids[2 0 R]", b"/Kids[]     "),
        reworded(b"/MediaBox[0 0", b"/Annots[] [0 0"[:13]),
    ],
)
def test_another_shape_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="PDF"):
        SIGNER.sign(data, world.NOON)


def test_a_catalogue_of_another_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="object"):
        SIGNER.sign(reworded(b">>\nendobj\n\n6 0", b"] \nendobj\n\n6 0"), world.NOON)


def test_a_signature_that_does_not_fit_is_never_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signed_pdf, "CONTENTS_DIGITS", 100)
    with pytest.raises(ValueError, match="fit"):
        SIGNER.sign(papers.page(b"{}"), world.NOON)
