"""What is made for the printer: pages of whole classes, sign-off sheets, claim slips.

Print file   the pages of a batch by class in roster order, on white, moved by the look's offsets;
             or only the words, for stock with frame and title. Neither attachment nor signature:
             it is paper, and its title says so. Paper is checked by its QR
Sign-off     who fetched which certificate, class by class
Slips        name, award, number, code and QR, eight a page, to cut
Parts        some hundred pages a file, so that memory does not grow with the batch
Errors       those of services.honours.paper.service
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from crypto.canonical import Json
from identity import issuer as records
from services.honours import programmes
from services.honours.paper import orders, service, wording
from services.honours.paper.looks import Look
from services.honours.paper.orders import Ready
from services.honours.paper.service import File, Press
from services.platform.errors import Conflict
from services.platform.work import Runtime, Work
from services.registry import queries as registry_queries
from services.registry import records as registry_records

PART = 200
SLIPS = "证书领取单"
SIGN_OFF = "证书领取签字表"
PRINT_FILE = "打印件，不是电子证书"


@dataclass(frozen=True, slots=True)
class _Run:
    """A batch on its way to the printer."""

    press: Press
    programme: str
    institution: str
    classes: list[list[Mapping[Any, Any]]]


def pages_of(
    runtime: Runtime, batch_id: str, look: Look | None = None, *, stock: bool = False
) -> Iterator[File]:
    """Yield print files: `print-01.pdf` and so on. Raises before the first what it raises."""
    run = _start(runtime, batch_id, look)
    rows = [row for each in run.classes for row in each]
    return _parts(run, rows, stock=stock)


def slips_of(runtime: Runtime, batch_id: str) -> Iterator[File]:
    """Yield the claim slips: `slips-01.pdf` and so on."""
    run = _start(runtime, batch_id, None)
    rows = [row for each in run.classes for row in each]
    return _slips(run, rows)


def sign_off_of(runtime: Runtime, batch_id: str) -> File:
    """Return the sign-off sheets of all classes."""
    run = _start(runtime, batch_id, None)
    classes: list[Json] = []
    for rows in run.classes:
        listed = [ready for chunk in orders.chunks(rows) for ready in _opened(run, chunk)]
        classes.append(
            {
                "name": listed[0].class_name if listed else orders.NO_CLASS,
                "rows": [_line(ready) for ready in listed],
            }
        )
    content: dict[str, Json] = {
        "classes": classes,
        "institution": run.institution,
        "programme": run.programme,
        "title": SIGN_OFF,
    }
    made = run.press.typesetter.pdf("sign-off", content, runtime.clock())
    return File("sign-off.pdf", made)


def _start(runtime: Runtime, batch_id: str, look: Look | None) -> _Run:
    with runtime.reading() as work:
        batch, rows = orders.listed(work, batch_id)
        if not rows:
            raise Conflict("batch_without_paper")
        programme = programmes.load(work, batch["programme_id"])
        press = service.press(work, batch["programme_id"], look)
        institution = _institution(work, rows[0])
    return _Run(press, programme["name"], institution, orders.by_class(runtime, rows))


def _institution(work: Work, row: Mapping[Any, Any]) -> str:
    """Return the institution's name as its record has it under which this was issued."""
    found = registry_queries.record(work.session, row["record_digest"])
    if found is None:
        raise Conflict("record_missing")
    return records.open_record(registry_records.document(found))[0].name_zh


def _parts(run: _Run, rows: Sequence[Mapping[Any, Any]], *, stock: bool) -> Iterator[File]:
    runtime = run.press.runtime
    for number, chunk in enumerate(orders.chunks(rows, PART), start=1):
        sheets: list[Json] = [
            run.press.sheet(ready, run.institution) for ready in _opened(run, chunk)
        ]
        title = f"{run.programme}（{PRINT_FILE}）"
        look = service.printing(run.press.look, title, on_paper=True, stock=stock)
        content: dict[str, Json] = {"look": look, "sheets": sheets}
        made = run.press.typesetter.pdf(run.press.look.design, content, runtime.clock())
        yield File(f"print-{number:02d}.pdf", made)


def _slips(run: _Run, rows: Sequence[Mapping[Any, Any]]) -> Iterator[File]:
    runtime = run.press.runtime
    for number, chunk in enumerate(orders.chunks(rows, PART), start=1):
        sheets: list[Json] = [
            {**run.press.sheet(ready, run.institution), "class": ready.class_name}
            for ready in _opened(run, chunk)
        ]
        content: dict[str, Json] = {
            "institution": run.institution,
            "sheets": sheets,
            "title": SLIPS,
        }
        made = run.press.typesetter.pdf("slips", content, runtime.clock())
        yield File(f"slips-{number:02d}.pdf", made)


def _opened(run: _Run, rows: Sequence[Mapping[Any, Any]]) -> list[Ready]:
    with run.press.runtime.reading() as work:
        return orders.opened(work, rows)


def _line(ready: Ready) -> dict[str, Json]:
    claims = ready.credential.claims
    return {
        "award": wording.award(claims),
        "name": claims["name"],
        "number": [*wording.grouped_number(ready.number)],
        "position": ready.position,
    }
