"""Paper can be kept for good: its page is PDF/A-3b, by our own rules and by veraPDF's.

A signed file departs from the standard in one clause, and in no other:
docs/decisions/0012-the-identifier-of-the-file-signature.md.
"""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from services.honours.paper.typesetting import DESIGNS
from tests.conftest import NOON
from tests.services.evidence import papers, world
from tests.services.honours.paper import archival
from tests.services.honours.paper.test_layout import CODE, PAGES
from tests.services.honours.paper.test_typesetting import SETTER, content, sheet

RARE = {"qr": CODE, "name": "王𠮷𬭎㛃䶮", "thin": "𠮷"}
SIGNED = ["6.4.3-2", "6.4.3-3"]
"""The rules about the message in a signature: a PKCS#7 one, with its identifier."""


def page(design: str, **changes: Any) -> bytes:
    """Return a page with a file attached, as a certificate has."""
    attached = {"bundle": world.bundle_bytes().decode(), "bundle_name": "a.kexin.json"}
    return SETTER.pdf(design, content(sheet(**{"qr": CODE, **changes})) | attached, NOON)


def signed(data: bytes) -> bytes:
    return papers.signer().sign(data, world.NOON)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", PAGES)
def test_a_page_breaks_none_of_our_rules(design: str, name: str) -> None:
    data = page(design, **PAGES[name])

    assert archival.broken(data) == []
    assert archival.broken(signed(data)) == []


@pytest.mark.slow
def test_verapdf_finds_nothing_on_a_page_and_one_clause_in_a_signature(tmp_path: Path) -> None:
    made = {f"{design}.pdf": page(design, **RARE) for design in DESIGNS}
    made |= {"long.pdf": page("red-gold", **PAGES["everything at its longest"])}
    made |= {"printed.pdf": SETTER.pdf("blue", content(sheet(qr=CODE), on_paper=True), NOON)}
    made |= {"signed.pdf": signed(made["plain.pdf"])}
    for name, data in made.items():
        (tmp_path / name).write_bytes(data)
    found = archival.failures([tmp_path / name for name in made])

    if found is not None:
        assert found == {name: [] for name in made} | {"signed.pdf": SIGNED}


def changed(change: Callable[[Any], object]) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(page("plain"))) as document:
        change(document)
        document.save(out, fix_metadata_version=False)
    return out.getvalue()


def script(document: Any) -> None:
    document.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS="app.alert(1)")


def bare_font(document: Any) -> None:
    for each in document.objects:
        if isinstance(each, pikepdf.Dictionary) and each.get("/Type") == "/FontDescriptor":
            del each["/FontFile2"]


def hidden_field(document: Any) -> None:
    field = pikepdf.Dictionary(Type=pikepdf.Name.Annot, Subtype=pikepdf.Name.Widget, F=2)
    fields = pikepdf.Array([document.make_indirect(field)])
    document.pages[0].Annots = fields
    document.Root.AcroForm = pikepdf.Dictionary(Fields=fields)


def nameless(document: Any) -> None:
    del document.Root.AF[0]["/AFRelationship"]


def outside(document: Any) -> None:
    document.Root.Extra = document.make_stream(b"", F="elsewhere.bin")


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (script, "6.5.2"),
        (script, "6.5.1"),
        (bare_font, "6.2.11.4"),
        (hidden_field, "6.3.2"),
        (nameless, "6.8"),
        (outside, "6.1.7"),
    ],
)
def test_our_rules_notice_what_is_broken(change: Callable[[Any], object], rule: str) -> None:
    assert rule in " ".join(archival.broken(changed(change)))


def test_whatever_follows_the_end_is_noticed() -> None:
    assert archival.broken(page("plain") + b"more") == ["6.1.3 nothing after the end"]
