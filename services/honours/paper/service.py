"""Certificates as files: the page, the bundle in it, the node's signature over both.

Made       on demand, from what is sealed, and handed out; nothing of it is kept. So no name lies
           on the disk in the clear, a forgotten record leaves no paper behind, and each file
           carries a status of today (docs/decisions/0010-paper-is-made-on-demand.md)
Final      never before the certificate's anchor is (Conflict anchor_not_final)
Again      a set of files that broke off goes on with `done`: the numbers that are there already
Errors     NotFound certificate_unknown, batch_unknown, record_forgotten; Conflict anchor_not_final,
           batch_not_issued, certificate_not_valid; Invalid glyph_missing, look_*; Unavailable
           fonts_missing
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from crypto.canonical import Json
from identity import credential as credentials
from identity import issuer as records
from services.evidence import bundle as evidence
from services.evidence.bundle import Bundle, IssuerPart, Place
from services.honours import bundles, standing
from services.honours.bundles import Held
from services.honours.paper import looks, orders, qr, signed_pdf, typesetting, wording
from services.honours.paper.looks import Look
from services.honours.paper.orders import Ready
from services.honours.paper.signed_pdf import FileSigner
from services.honours.paper.typesetting import Typesetter
from services.honours.paper.wording import Issued
from services.honours.workflow import ISSUED, SIGNED
from services.platform.errors import Conflict
from services.platform.work import Runtime, Work
from services.status import lists

PDF = "application/pdf"


@dataclass(frozen=True, slots=True)
class File:
    """A file of a set: its path within the set, and its bytes."""

    path: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Issuer:
    """An institution by its record: what travels in the bundle, and the name it has there."""

    part: IssuerPart
    name: str


@dataclass(frozen=True, slots=True)
class Press:
    """What all certificates of one programme are printed with."""

    runtime: Runtime
    typesetter: Typesetter
    signer: FileSigner
    look: Look

    @property
    def address(self) -> str:
        """Of the public verification."""
        return f"{self.runtime.settings.url}/v"

    def sheet(self, ready: Ready, institution: str) -> dict[str, Json]:
        """Return what the template prints of a certificate."""
        issued = Issued(
            number=ready.number,
            code=ready.held.code,
            institution=institution,
            address=self.address,
            signatories=self.look.signatories,
            title=self.look.title,
        )
        picture = qr.svg(f"{self.address}/{ready.held.code}")
        sheet = wording.sheet(ready.credential, issued, picture)
        return sheet | {"thin": self.typesetter.thin(f"{sheet['name']}{sheet['award']}")}

    def file(self, ready: Ready, place: Place, issuer: Issuer, status: str) -> bytes:
        """Return the signed file of a certificate."""
        attached = evidence.build(Bundle(ready.held.text, place, issuer.part, status))
        sheet = self.sheet(ready, issuer.name)
        content: dict[str, Json] = {
            "bundle": attached.decode(),
            "bundle_name": f"{ready.number}.kexin.json",
            "look": printing(self.look, f"{sheet['title']} {ready.number}"),
            "sheets": [sheet],
        }
        at: datetime = ready.held.row["issued_at"]
        page = self.typesetter.pdf(self.look.design, content, at)
        return self.signer.sign(page, self.runtime.clock())


def press(work: Work, programme_id: str, look: Look | None = None) -> Press:
    """Return the press for a programme's certificates, with its own look or another."""
    chosen = look or looks.of_programme_id(work, programme_id)
    chosen.check()
    typesetter = typesetting.of(work.runtime.settings)
    return Press(work.runtime, typesetter, signed_pdf.signer(work), chosen)


def file_of(runtime: Runtime, number: str, look: Look | None = None) -> bytes:
    """Return the signed PDF of one certificate."""
    with runtime.reading() as work:
        held = bundles.open_certificate(work, number)
        _refuse_invalid(held.row)
        standing.check(work, [held.row])
        place, issuer = bundles.place(work, held), _issuer(work, held)
        using = press(work, held.row["programme_id"], look)
    status = lists.assertion(runtime, held.row["credential"])
    return using.file(Ready(held, credentials.parse(held.text)), place, issuer, status)


def files_of(
    runtime: Runtime, batch_id: str, look: Look | None = None, *, done: Collection[str] = ()
) -> Iterator[File]:
    """Yield the signed PDFs of a batch in roster order, each in the folder of its class.

    Raises what it raises before the first file, but for certificates that change meanwhile: those
    are left out.
    """
    with runtime.reading() as work:
        batch, rows = orders.listed(work, batch_id)
        using = press(work, batch["programme_id"], look)
    return _files(using, [row for row in rows if row["number"] not in done])


def path_of(ready: Ready) -> str:
    """Return a file's path within a set: class, then place in the roster and number."""
    folder = ready.class_name.replace("/", "／").replace("\\", "＼").strip(".") or orders.NO_CLASS
    return f"{folder}/{ready.position:04d}-{ready.number}.pdf"


def printing(
    look: Look, title: str, *, on_paper: bool = False, stock: bool = False
) -> dict[str, Json]:
    """Return how a template prints: on the screen's paper, on white, or on pre-printed stock."""
    return {
        "offset_x": _millimetres(look.offset_x),
        "offset_y": _millimetres(look.offset_y),
        "print": on_paper or stock,
        "stock": stock,
        "title": title,
    }


def _files(using: Press, rows: list[Mapping[Any, Any]]) -> Iterator[File]:
    issuers: dict[bytes, Issuer] = {}
    for chunk in orders.chunks(rows):
        with using.runtime.reading() as work:
            ready = orders.opened(work, chunk)
            places = [bundles.place(work, each.held) for each in ready]
            for each in ready:
                if each.held.row["record_digest"] not in issuers:
                    issuers[each.held.row["record_digest"]] = _issuer(work, each.held)
        digests = [each.held.row["credential"] for each in ready]
        statuses = lists.assertions(using.runtime, digests)
        for each, place, status in zip(ready, places, statuses, strict=True):
            issuer = issuers[each.held.row["record_digest"]]
            yield File(path_of(each), using.file(each, place, issuer, status))


def _refuse_invalid(row: Mapping[Any, Any]) -> None:
    if row["state"] == SIGNED:
        raise Conflict("anchor_not_final", origin=row["log_origin"], index=row["log_index"])
    if row["state"] != ISSUED:
        raise Conflict("certificate_not_valid", number=row["number"])


def _issuer(work: Work, held: Held) -> Issuer:
    part = bundles.issuer(work, held)
    return Issuer(part, records.open_record(part.record)[0].name_zh)


def _millimetres(hundredths: int) -> str:
    return f"{hundredths / 100:.2f}"
