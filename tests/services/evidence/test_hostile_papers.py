"""Certificate files that somebody worked on: whatever a reader shows of them, none is valid.

Each is a right PDF for other people's readers, which is asked first: an attack that no reader
would fall for proves nothing.
"""

import io
from collections.abc import Callable
from typing import Any

import pikepdf
import pytest

from crypto import cms
from services.evidence import file_signature
from services.evidence.errors import Unproven
from services.evidence.verdict import Outcome, Verdict
from tests.services.evidence import judging, papers, world
from tests.services.evidence.checks.test_document import listing

PAPER = papers.signed()
PAGE, CONTENT, CATALOGUE, SIGNATURE = 2, 3, 5, 9
"""Numbers of objects in the small papers that this folder makes."""

SPEC = b"<</Type/Filespec/F(b.kexin.json)/UF(b.kexin.json)/AFRelationship/Data/EF<</F %d 0 R>>>>"


def judged(data: bytes) -> Verdict:
    verdict = judging.judge(data, trust=listing())
    assert verdict.result is Outcome.INVALID
    return verdict


def document(data: bytes) -> str:
    return judging.reasons(judged(data))["document"]


def opened(data: bytes) -> Any:
    """Open a file as a reader does that knows nothing of us; it must find nothing wrong."""
    found = pikepdf.open(io.BytesIO(data))
    assert found.check_pdf_syntax() == []
    return found


def body(data: bytes, number: int) -> bytes:
    """Return what an object of a file holds."""
    start = data.index(b"\n%d 0 obj\n" % number) + len(b"\n%d 0 obj\n" % number)
    return data[start : data.index(b"\nendobj", start)]


def stream(content: bytes, entries: bytes = b"") -> bytes:
    return b"<</Length %d%b>>stream\n%b\nendstream" % (len(content), entries, content)


def increment(data: bytes, objects: dict[int, bytes]) -> bytes:
    """Return a file with a revision after it, as ISO 32000-1 7.5.6 has it."""
    out, table = bytearray(data), b"xref\n"
    for number in sorted(objects):
        table += b"%d 1\n%010d 00000 n \n" % (number, len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, objects[number])
    before = int(data[data.rindex(b"startxref") :].split()[1])
    parts = (max(SIGNATURE, *objects) + 1, CATALOGUE, before, len(out))
    out += table + b"trailer\n<</Size %d/Root %d 0 R/Prev %d>>\nstartxref\n%d\n%%%%EOF\n" % parts
    return bytes(out)


def extended(number: int, entries: bytes) -> bytes:
    """Return an object of the paper, a dictionary, with more entries."""
    return body(PAPER, number).rstrip().removesuffix(b">>") + entries + b">>"


REWORDED = stream(b"BT /F1 24 Tf 40 100 Td (Certificate: B. Guli) Tj ET")
SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
SECURITY_STORE = b"<</Type/DSS/Certs[12 0 R]>>"
NOTE = b"<</Type/Annot/Subtype/FreeText/F 4/Rect[30 90 290 130]/Contents(B. Guli)/DA(/Helv 12 Tf)>>"

REVISIONS: dict[str, dict[int, bytes]] = {
    "another name on the page": {CONTENT: REWORDED},
    "another page": {
        11: REWORDED,
        PAGE: body(PAPER, PAGE).replace(b"/Contents 3 0 R", b"/Contents 11 0 R"),
    },
    "a note over the name": {
        11: NOTE,
        PAGE: body(PAPER, PAGE).replace(b"[8 0 R]", b"[8 0 R 11 0 R]"),
    },
    "a script when it is opened": {
        11: SCRIPT,
        CATALOGUE: extended(CATALOGUE, b"/OpenAction 11 0 R"),
    },
    "a store of certificates": {
        11: SECURITY_STORE,
        12: stream(b"0"),
        CATALOGUE: extended(CATALOGUE, b"/DSS 11 0 R"),
    },
    "a second attachment": {
        11: SPEC % 12,
        12: stream(world.bundle_bytes(), b"/Type/EmbeddedFile"),
        PAGE: extended(PAGE, b"/AF[11 0 R]"),
    },
    "nothing at all": {11: b"null"},
}


@pytest.mark.parametrize("name", REVISIONS)
def test_no_revision_after_the_signature_is_valid(name: str) -> None:
    data = increment(PAPER, REVISIONS[name])
    with opened(data) as shown:
        assert len(shown.pages) == 1

    assert document(data) == "not_whole"


def test_what_a_reader_shows_after_a_revision_is_not_what_was_signed() -> None:
    """So the revisions above are real: the old bytes are all there, and another name is seen."""
    data = increment(PAPER, REVISIONS["another name on the page"])

    assert data.startswith(PAPER)
    with opened(data) as shown:
        assert b"B. Guli" in shown.pages[0].Contents.read_bytes()


def test_a_second_attachment_is_told_apart_from_the_first_too() -> None:
    verdict = judged(increment(PAPER, REVISIONS["a second attachment"]))

    assert verdict.finding("format").reason == "attachments"


def test_a_second_signature_over_a_revision() -> None:
    """A stranger signs the whole of what he made: the first signature is no longer the only one."""
    field = b"<</FT/Sig/T(other)/Subtype/Widget/Rect[0 0 0 0]/V 12 0 R>>"
    value = b"<</Type/Sig/ByteRange[0 10 20 30]/Contents<00>>>"
    data = increment(PAPER, REVISIONS["another name on the page"] | {11: field, 12: value})

    assert document(data) == "signatures"


def test_a_signature_that_readers_find_and_we_do_not() -> None:
    """In a PDF a name may be written with escapes: /Byte#52ange is /ByteRange for a reader."""
    data = PAPER.replace(b"/ByteRange", b"/Byte#52ange")
    assert document(data) == "unsigned"


def ranges(data: bytes, *numbers: int) -> bytes:
    """Return a file whose signature says that it covers other bytes; nothing else moves."""
    start = data.index(b"/ByteRange") + len(b"/ByteRange")
    covered = b"[%d %d %d %d]" % numbers
    width = data.index(b"/Contents<", start) - start
    return data[:start] + covered.ljust(width) + data[start + width :]


def covered(data: bytes) -> tuple[int, int, int, int]:
    start = data.index(b"/ByteRange[") + len(b"/ByteRange[")
    first, gap, after, rest = map(int, data[start : data.index(b"]", start)].split())
    return first, gap, after, rest


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda a, b, c, d: (a, b - 1, c, d), "not_whole"),
        (lambda a, b, c, d: (a, b, c + 1, d), "not_whole"),
        (lambda a, b, c, d: (a, b, c + 1, d - 1), "not_whole"),
        (lambda a, b, c, d: (a, b, c, d - 1), "not_whole"),
        (lambda a, b, c, d: (a, b, c, d + 1), "not_whole"),
        (lambda a, b, c, d: (a, b - 100, c, d), "not_whole"),
        (lambda a, b, c, d: (100, b - 100, c, d), "form"),
        (lambda a, b, c, d: (a, c, b, d), "not_whole"),
        (lambda a, b, c, d: (a, b, c, 2**40), "form"),
        (lambda a, b, c, d: (a, 1, 2, 3), "not_whole"),
    ],
)
def test_a_signature_over_another_range(
    change: Callable[..., tuple[int, int, int, int]], reason: str
) -> None:
    assert document(ranges(PAPER, *change(*covered(PAPER)))) == reason


def test_a_range_that_leaves_the_name_out_signed_by_a_stranger() -> None:
    """All that such a signature covers is right; the page with the name is what it leaves out."""
    name = PAPER.index(b"A. Guli")
    data = ranges(PAPER, 0, name, name + 7, len(PAPER) - name - 7)

    def sign(_: cms.SignedData) -> bytes:
        digest = papers.digest_of(data)
        return papers.signed_by("stranger", digest, papers.SIGNED).der()

    assert document(papers.resigned(data, sign)) == "not_whole"


def test_a_range_of_everything_signed_by_a_stranger() -> None:
    data = PAPER.replace(b"A. Guli", b"B. Guli")

    def sign(_: cms.SignedData) -> bytes:
        return papers.signed_by("stranger", papers.digest_of(data), papers.SIGNED).der()

    assert document(papers.resigned(data, sign)) == "unknown_key"


def test_content_hidden_in_the_place_of_the_signature() -> None:
    """The reserved digits are the only bytes that nobody signed."""
    end = PAPER.index(b">", PAPER.index(b"/Contents<"))
    hidden = REWORDED.hex().encode()
    data = PAPER[: end - len(hidden)] + hidden + PAPER[end:]

    assert len(data) == len(PAPER)
    assert document(data) == "form"


@pytest.mark.parametrize("front", [b"\n", b"<html><body>B. Guli</body></html>\n", b"PK\3\4"])
def test_something_before_the_file(front: bytes) -> None:
    """Readers look for %PDF in the first kilobyte; what is in front may be another format."""
    data = front + PAPER
    assert b"%PDF" in data[:1024]

    assert judging.judge(data, trust=listing()).result is Outcome.INVALID
    with pytest.raises(Unproven, match="not_whole"):
        file_signature.read(data)


def test_the_attachment_exchanged_for_another_genuine_one() -> None:
    """Page of one, bundle of another certificate, each of them right by itself."""
    mine = world.bundle_bytes()
    name = world.CLAIMS["name"]
    other = world.bundle_bytes(world.sd_jwt(world.CLAIMS | {"name": name[:-1] + "丽"}))
    assert len(other) == len(mine)
    assert judging.judge(other, trust=listing()).result is Outcome.VALID
    data = PAPER.replace(mine, other)
    assert data != PAPER

    assert document(data) == "altered"


def twofold(paper: Any) -> None:
    """One file specification, another stream for each kind of reader."""
    first, second = (
        paper.make_stream(content, Type=pikepdf.Name.EmbeddedFile)
        for content in (world.bundle_bytes(), b"{}")
    )
    spec = pikepdf.Dictionary(
        Type=pikepdf.Name.Filespec,
        F="a.kexin.json",
        UF="a.kexin.json",
        EF=pikepdf.Dictionary(F=first, UF=second),
    )
    paper.Root.AF = pikepdf.Array([paper.make_indirect(spec)])


def named_twice(paper: Any) -> None:
    """Two names in the tree: one that looks like ours, one that readers list first."""
    for name in ("a.kexin.json", "a.kexin.json\u202e.exe"):
        attached = pikepdf.AttachedFileSpec(paper, world.bundle_bytes(), filename=name)
        paper.attachments[name] = attached


@pytest.mark.parametrize("change", [twofold, named_twice])
def test_a_trick_with_the_names_of_attachments(change: Callable[[Any], None]) -> None:
    """Which of them is opened depends on the reader, so none is believed."""
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(papers.page())) as paper:
        change(paper)
        paper.save(out)
    verdict = judged(out.getvalue())

    assert verdict.finding("format").reason == "attachments"


def test_the_names_of_the_attachment_decide_nothing() -> None:
    """What counts is the bundle; a file called as another certificate's stays this one's."""
    assert judging.judge(PAPER, trust=listing()).result is Outcome.VALID
    assert document(PAPER.replace(b"0.kexin.json", b"9.kexin.json")) == "altered"
