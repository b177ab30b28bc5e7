"""Certificates as files: signed, complete, readable by other people's tools."""

import io
import shutil
import subprocess
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest

from crypto import canonical
from identity import credential
from identity.credential_types import NOTICE_SENTENCE
from services.evidence import file_signature, pdf
from services.evidence.verdict import Outcome, verify
from services.honours import bundles, changes, programmes, queries
from services.honours.paper import looks, service
from services.honours.paper.looks import Look
from services.honours.paper.typesetting import DESIGNS
from services.honours.paper.wording import Signatory
from services.honours.programmes import NewProgramme
from services.platform import fonts
from services.platform.errors import Conflict, Invalid, NotFound, Unavailable
from tests.services import verifying
from tests.services.honours import classes, working
from tests.services.honours.paper import reading
from tests.services.nodes import Node

RARE = "𠮷𬭎㛃䶮"


def judged(node: Node, data: bytes) -> Outcome:
    trust = verifying.trusted(node)
    return verify(data, trust=trust, now=node.clock.now).result


def batch_of(node: Node, school: str = "school-a") -> str:
    with node.runtime.reading() as work:
        [found] = queries.batches(work.session, [node.ids[school]], limit=10)
    return str(found["id"])


def one(node: Node, look: Look | None = None) -> bytes:
    return service.file_of(node.runtime, node.numbers()[0], look)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_file_is_valid_and_says_what_the_bundle_says(
    sqlite_issued: Node, design: str, tmp_path: Path
) -> None:
    node = sqlite_issued
    number = node.numbers()[0]
    data = service.file_of(node.runtime, number, Look(design=design))

    assert judged(node, data) is Outcome.VALID
    bundle = canonical.loads(pdf.attachment(data))
    assert isinstance(bundle, dict)
    assert bundle["format"] == "kexin/bundle/v1"
    with node.runtime.reading() as work:
        held = bundles.open_certificate(work, number)
    words = reading.text(data)
    assert number in words
    assert held.code in words
    for name in ("name", "award"):
        assert held_claims(node, number)[name] in words
    assert "127.0.0.1:8400/v" in words
    assert "逐项核对" in words
    reading.checked(data, tmp_path)


def held_claims(node: Node, number: str) -> dict[str, str]:
    with node.runtime.reading() as work:
        held = bundles.open_certificate(work, number)
    return {name: str(value) for name, value in credential.parse(held.text).claims.items()}


@pytest.mark.slow
@pytest.mark.parametrize("design", DESIGNS)
def test_the_qr_is_read_from_the_page_and_from_a_bad_picture_of_it(
    sqlite_issued: Node, design: str
) -> None:
    node = sqlite_issued
    page = reading.seen(one(node, Look(design=design)))
    with node.runtime.reading() as work:
        held = bundles.open_certificate(work, node.numbers()[0])
    address = f"http://127.0.0.1:8400/v/{held.code}"

    assert reading.code(page) == address
    assert reading.code(reading.photographed(page)) == address


def test_a_file_is_one_signed_revision_around_a_page_of_pdf_a_3b(sqlite_issued: Node) -> None:
    """The page conforms; the signature departs from clause 6.4.3 (docs/decisions/0012)."""
    data = one(sqlite_issued)

    assert data.startswith(b"%PDF-1.7\n")
    assert data.count(b"%%EOF") == data.count(b"startxref") == data.count(b"/ByteRange") == 1
    assert data.endswith(b"%%EOF\n")
    assert all(reading.fonts(data).values())
    with reading.opened(data) as document:
        meta = document.open_metadata()
        assert (meta["pdfaid:part"], meta["pdfaid:conformance"]) == ("3", "B")
        assert "/Prev" not in document.trailer
        [field] = document.Root.AcroForm.Fields
        assert (str(field.T), field.FT, document.Root.AcroForm.SigFlags) == ("node", "/Sig", 3)
        assert [page.Annots[0].objgen for page in document.pages] == [field.objgen]
        [attached] = document.Root.AF
        assert attached.AFRelationship == "/Data"
        assert str(attached.UF) == f"{sqlite_issued.numbers()[0]}.kexin.json"
        assert "/OpenAction" not in document.Root
        assert "/JavaScript" not in document.Root.Names


def test_only_the_signature_differs_when_the_same_paper_is_made_again(sqlite_issued: Node) -> None:
    node = sqlite_issued
    held = [one(node) for _ in range(2)]
    pages = [reading.text(data) for data in held]

    assert pages[0] == pages[1]
    assert held[0] != held[1]
    assert all(judged(node, data) is Outcome.VALID for data in held)


def test_pdfsig_finds_the_whole_document_signed(sqlite_issued: Node, tmp_path: Path) -> None:
    """It cannot judge SM2, and says so; that all of the file is covered it can tell."""
    path = tmp_path / "certificate.pdf"
    path.write_bytes(one(sqlite_issued))
    if shutil.which("pdfsig") is not None:
        done = subprocess.run(["pdfsig", str(path)], capture_output=True, text=True, check=False)
        assert "Total document signed" in done.stdout
        assert "Signature Field Name: node" in done.stdout
    assert file_signature.read(path.read_bytes()).signed.certificate.name == "demo.kexin.example"


def test_an_altered_name_is_never_valid(sqlite_issued: Node) -> None:
    """The page is redrawn under the old attachment, as an editor would."""
    node = sqlite_issued
    data = one(node)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.pages[0].Contents = document.make_stream(b"BT ET")
        document.save(out)
    verdict = verify(out.getvalue(), trust=verifying.trusted(node), now=node.clock.now)

    assert verdict.result is Outcome.INVALID
    assert not verdict.finding("document").passed


def test_a_second_attachment_is_never_valid(sqlite_issued: Node) -> None:
    node = sqlite_issued
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(one(node))) as document:
        document.attachments["more.json"] = pikepdf.AttachedFileSpec(document, b"{}")
        document.save(out)

    assert judged(node, out.getvalue()) is Outcome.INVALID


def test_a_page_saved_without_its_attachment_leads_to_number_and_code(sqlite_issued: Node) -> None:
    node = sqlite_issued
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(one(node))) as document:
        del document.pages[0].Annots
        fresh = pikepdf.new()
        fresh.pages.append(document.pages[0])
        fresh.save(out)
    verdict = verify(out.getvalue(), trust=verifying.trusted(node), now=node.clock.now)

    assert verdict.finding("format").reason == "no_attachment"


@pytest.mark.slow
def test_rare_characters_are_printed_and_can_be_copied(sqlite_node: Node, tmp_path: Path) -> None:
    node = sqlite_node
    rows = [classes.pupil(1, name="王" + RARE), classes.pupil(2, name="阿依古丽·买买提")]
    numbers = classes.issue(node, rows)
    files = [service.file_of(node.runtime, number) for number in numbers]

    assert "王" + RARE in reading.text(files[0])
    assert "阿依古丽·买买提" in reading.text(files[1])
    assert len(reading.fonts(files[0])) == 3
    assert all(reading.fonts(files[0]).values())
    reading.checked(files[0], tmp_path)


def test_a_contest_says_the_compulsory_sentence(sqlite_node: Node) -> None:
    node = sqlite_node
    order = NewProgramme(
        institution_id=node.ids["school-a"],
        name="数学竞赛",
        category="discipline_contest",
        level="school",
        awards=(),
        statement="思维敏捷",
        contest=True,
        approval_number="教监管厅函〔2026〕1号",
        notice_days=5,
        open_from="2026-01-01",
        open_to=None,
    )
    with node.runtime.writing() as work:
        programme = programmes.create(work, node.operator("school-a-preparer"), order)
    [number] = classes.issue(node, [classes.pupil(1, award="一等奖")], programme_id=programme)
    words = reading.text(service.file_of(node.runtime, number))

    assert NOTICE_SENTENCE in words
    assert "教监管厅函〔2026〕1号" in words


@pytest.mark.slow
def test_a_batch_is_filed_by_class_in_roster_order(sqlite_issued: Node) -> None:
    node = sqlite_issued
    files = list(service.files_of(node.runtime, batch_of(node, "school-b")))

    assert len(files) == 30
    assert files[0].path == f"五(1)班/0001-{node.numbers('school-b')[0]}.pdf"
    assert [each.path[-26:-4] for each in files] == node.numbers("school-b")
    assert judged(node, files[-1].data) is Outcome.VALID


def test_a_set_that_broke_off_goes_on(sqlite_issued: Node) -> None:
    node = sqlite_issued
    done = node.numbers()[:28]
    files = list(service.files_of(node.runtime, batch_of(node), done=done))

    assert [each.path[-26:-4] for each in files] == node.numbers()[28:]


def test_before_the_anchor_there_is_no_paper(sqlite_node: Node) -> None:
    node = sqlite_node
    batch_id = node.draft()
    node.approve(batch_id)
    working.finish(node.runtime, working.claimed(node.runtime))
    with pytest.raises(Conflict, match="anchor_not_final"):
        service.file_of(node.runtime, node.numbers()[0])
    with pytest.raises(Conflict, match="anchor_not_final"):
        service.files_of(node.runtime, batch_id)


def test_a_batch_that_is_not_issued_has_no_paper(sqlite_node: Node) -> None:
    batch_id = sqlite_node.draft()
    with pytest.raises(Conflict, match="batch_not_issued"):
        service.files_of(sqlite_node.runtime, batch_id)


def revoke(node: Node, number: str) -> None:
    asks, confirms = node.operator("school-a-preparer"), node.operator("school-a-approver")
    with node.runtime.writing() as work:
        request = changes.ask(work, asks, action="revoke", reason="other", numbers=[number])
    changes.approve(node.runtime, confirms, request, **node.proof("school-a-approver"))


@pytest.mark.slow
def test_what_does_not_count_any_more_is_not_printed(sqlite_issued: Node) -> None:
    node = sqlite_issued
    revoke(node, node.numbers()[0])

    with pytest.raises(Conflict, match="certificate_not_valid"):
        service.file_of(node.runtime, node.numbers()[0])
    files = list(service.files_of(node.runtime, batch_of(node)))
    assert len(files) == 29


def test_a_certificate_that_nobody_has(sqlite_issued: Node) -> None:
    with pytest.raises(NotFound, match="certificate_unknown"):
        service.file_of(sqlite_issued.runtime, "0" * 22)
    with pytest.raises(NotFound, match="batch_unknown"):
        service.files_of(sqlite_issued.runtime, "bat_x")


def test_a_programmes_look_is_used(sqlite_issued: Node) -> None:
    node = sqlite_issued
    look = Look("plain", "奖状", (Signatory("校长", "周明远"), Signatory("主任", "欧阳修竹")))
    with node.runtime.writing() as work:
        actor = node.operator("school-a-preparer")
        looks.change(work, actor, node.programmes["school-a"], look)
    data = one(node)
    words = reading.text(data)

    assert "奖状" in words
    assert "校长周明远" in words
    assert "主任欧阳修竹" in words
    assert reading.seen(data).height > reading.seen(data).width


def test_without_fonts_there_is_no_paper(
    sqlite_issued: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fonts, "PLACES", ())
    with pytest.raises(Unavailable, match="fonts_missing"):
        one(sqlite_issued)


def test_a_look_that_cannot_be_printed_is_refused(sqlite_issued: Node) -> None:
    with pytest.raises(Invalid, match="look_design"):
        one(sqlite_issued, Look(design="gold-red"))


def test_a_status_that_is_known_today_travels_with_the_paper(sqlite_issued: Node) -> None:
    node = sqlite_issued
    node.clock.now += timedelta(days=3)
    data = one(node)
    verdict = verify(data, trust=verifying.trusted(node), now=node.clock.now)

    assert verdict.result is Outcome.VALID
