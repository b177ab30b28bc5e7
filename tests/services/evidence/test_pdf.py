"""The bundle inside a PDF."""

import io
import zlib
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest

from services.evidence import bundle, messages, pdf
from services.evidence.errors import UnreadableBundle
from services.evidence.verdict import Outcome
from tests.services.evidence import judging, papers, world

DATA = world.bundle_bytes()


def paper(*attached: bytes, change: Callable[[Any], object] | None = None) -> bytes:
    """Return a PDF of one page with these files attached."""
    document = pikepdf.new()
    document.add_blank_page()
    for number, content in enumerate(attached):
        name = f"{number}.kexin.json"
        document.attachments[name] = pikepdf.AttachedFileSpec(document, content, filename=name)
    if change is not None:
        change(document)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def code(data: bytes) -> str:
    with pytest.raises(UnreadableBundle) as caught:
        pdf.attachment(data)
    return caught.value.code


def test_the_attached_bytes_come_out_unchanged() -> None:
    assert pdf.attachment(paper(DATA)) == DATA


def test_a_page_that_no_node_signed_fails_whatever_it_carries() -> None:
    verdict = judging.judge(paper(DATA))

    assert verdict.result is Outcome.INVALID
    assert [each.check for each in verdict.checks][:3] == ["format", "document", "signature"]
    assert judging.reasons(verdict)["document"] == "unsigned"
    assert [each.check for each in verdict.checks if not each.passed] == ["document"]


def test_a_pdf_with_another_file_in_it() -> None:
    verdict = judging.judge(paper(b"hello"))

    assert judging.reasons(verdict)["format"] == "unreadable"
    assert judging.reasons(verdict)["document"] == "unsigned"
    assert judging.reasons(verdict)["signature"] == "not_reached"


def test_a_pdf_that_was_saved_anew_says_what_was_lost() -> None:
    assert code(paper()) == "no_attachment"
    finding = judging.judge(paper()).finding("format")
    assert finding.reason == "no_attachment"
    assert "编号" in messages.remedy(finding)["zh"]
    assert "number" in messages.remedy(finding)["en"]


def test_a_second_attachment_fails() -> None:
    finding = judging.judge(paper(DATA, DATA)).finding("format")

    assert (finding.reason, finding.params) == ("attachments", {"count": 2})


def hidden(document: Any) -> None:
    """Hang a second file on the page, not in the table of attachments."""
    stream = document.make_stream(b"another", Type=pikepdf.Name.EmbeddedFile)
    spec = pikepdf.Dictionary(
        Type=pikepdf.Name.Filespec, F="b.json", EF=pikepdf.Dictionary(F=stream)
    )
    document.pages[0].obj.AF = pikepdf.Array([document.make_indirect(spec)])


def unnamed(document: Any) -> None:
    """Leave an embedded file that nothing describes."""
    document.Root.Extra = document.make_stream(b"another", Type=pikepdf.Name.EmbeddedFile)


@pytest.mark.parametrize("change", [hidden, unnamed])
def test_a_second_file_is_found_wherever_it_hangs(change: Callable[[Any], object]) -> None:
    assert code(paper(DATA, change=change)) == "attachments"


def without_type(document: Any) -> None:
    """Describe the file as some writers do: a stream without a type."""
    stream = document.make_stream(DATA)
    spec = pikepdf.Dictionary(F="a.json", EF=pikepdf.Dictionary(F=stream, UF=stream))
    document.pages[0].obj.AF = pikepdf.Array([document.make_indirect(spec)])


def test_one_file_under_two_names_is_one_file() -> None:
    assert pdf.attachment(paper(change=without_type)) == DATA


def no_stream(document: Any) -> None:
    """Describe a file that is only a number."""
    spec = pikepdf.Dictionary(F="a.json", EF=pikepdf.Dictionary(F=7))
    document.pages[0].obj.AF = pikepdf.Array([document.make_indirect(spec)])


def test_a_file_that_is_no_stream_is_unreadable() -> None:
    assert code(paper(change=no_stream)) == "unreadable"


@pytest.mark.parametrize(
    "data", [b"%PDF-1.7\n", b"%PDF-", paper(DATA)[:200], b"%PDF-" * 1000], ids=range(4)
)
def test_a_broken_pdf_is_unreadable(data: bytes) -> None:
    assert code(data) == "unreadable"


def test_a_large_pdf_is_not_opened() -> None:
    assert code(b"%PDF-" + bytes(pdf.MAX_SIZE)) == "too_large"


def test_a_large_attachment_is_too_large() -> None:
    assert code(paper(bytes(bundle.MAX_SIZE + 1))) == "too_large"


def bomb(document: Any) -> None:
    """Attach a few hundred kilobytes that unpack to far more than the bound."""
    packed = zlib.compress(bytes(pdf.INFLATED + 1_000_000), 9)
    stream = document.make_stream(
        packed, Type=pikepdf.Name.EmbeddedFile, Filter=pikepdf.Name.FlateDecode
    )
    document.Root.Extra = stream


def twice(document: Any) -> None:
    """Attach the bundle under three filters."""
    packed = zlib.compress(zlib.compress(zlib.compress(DATA)))
    filters = pikepdf.Array([pikepdf.Name.FlateDecode] * 3)
    document.Root.Extra = document.make_stream(
        packed, Type=pikepdf.Name.EmbeddedFile, Filter=filters
    )


@pytest.mark.parametrize("change", [bomb, twice])
def test_what_unpacks_without_bound_is_unreadable(change: Callable[[Any], object]) -> None:
    document = pikepdf.new()
    document.add_blank_page()
    change(document)
    out = io.BytesIO()
    document.save(out, compress_streams=False)

    assert code(out.getvalue()) == "unreadable"


def test_too_many_objects_are_not_walked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "MAX_OBJECTS", 2)

    assert code(paper(DATA)) == "unreadable"


def script(document: Any) -> None:
    """Add what a reader would run."""
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("app.alert(1)"))
    document.Root.OpenAction = action


def test_a_pdf_with_a_script_is_read_and_not_run() -> None:
    verdict = judging.judge(paper(DATA, change=script))

    assert verdict.result is Outcome.INVALID
    assert judging.reasons(verdict)["document"] == "unsigned"


def test_a_locked_pdf_is_unreadable() -> None:
    document = pikepdf.new()
    document.add_blank_page()
    out = io.BytesIO()
    document.save(out, encryption=pikepdf.Encryption(owner="owner", user="user"))

    assert code(out.getvalue()) == "unreadable"


def test_an_increment_after_the_signature_is_never_valid() -> None:
    """Saved on by a PDF editor: old bytes first, then a new revision of the page."""
    data = papers.signed()
    verdict = judging.judge(data + b"\n5 0 obj\n<<>>\nendobj\nxref\n0 0\ntrailer\n<<>>\n%%EOF\n")

    assert verdict.result is Outcome.INVALID
    assert judging.reasons(verdict)["document"] == "not_whole"


def test_a_signed_pdf_that_was_saved_anew_is_never_valid() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.signed())) as document:
        document.save(out)

    assert judging.judge(out.getvalue()).result is Outcome.INVALID


def pictures(*kinds: str) -> bytes:
    """Return a PDF with a stream for each of these kinds of pictures."""
    with pikepdf.new() as document:
        for number, kind in enumerate(kinds):
            stream = document.make_stream(b"\xff\xd8\xff" + bytes(number))
            if kind != "no picture":
                stream.stream_dict["/Subtype"] = pikepdf.Name.Image
            if kind in ("jpeg", "listed", "packed twice", "no picture"):
                names = {"jpeg": ["DCT"], "listed": ["DCT"], "packed twice": ["Flate", "DCT"]}
                filters = [pikepdf.Name(f"/{each}Decode") for each in names.get(kind, ["DCT"])]
                one = kind in ("jpeg", "no picture")
                stream.stream_dict["/Filter"] = filters[0] if one else pikepdf.Array(filters)
            if kind == "nonsense":
                stream.stream_dict["/Filter"] = 7
            document.Root[f"/P{number}"] = stream
        out = io.BytesIO()
        document.save(out, stream_decode_level=pikepdf.StreamDecodeLevel.none)
        return out.getvalue()


def test_pictures_of_a_scan_come_out_as_they_are_the_largest_first() -> None:
    data = pictures("jpeg", "listed", "raw", "packed twice", "no picture", "jpeg")
    assert [len(each) - 3 for each in pdf.jpegs(data, most=9)] == [5, 1, 0]
    assert [len(each) - 3 for each in pdf.jpegs(data, most=1)] == [5]


def test_a_file_that_cannot_be_read_has_no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    assert pdf.jpegs(b"%PDF-1.7 nothing", most=9) == []
    assert pdf.jpegs(pictures("nonsense"), most=9) == []
    assert pdf.jpegs(bytes(pdf.MAX_SIZE + 1), most=9) == []
    monkeypatch.setattr(pdf, "MAX_OBJECTS", 2)
    assert pdf.jpegs(pictures("jpeg", "jpeg"), most=9) == []
