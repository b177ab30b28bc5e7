"""A roster on its way to be a batch: uploaded once, then corrected, left out of, checked again.

Kept        the upload and everything said about it, sealed, for its preparer alone
            (services/uploads/store.py): a session that ends, a closed browser or the back button
            loses nothing
Said        programme, period, dates and place of the public notice, corrections of cells,
            rows left out with their reasons, columns that are ignored, a note for the approver
Checked     anew at every look: what is shown is what would be stored now
Ends        as a batch, in the transaction that stores the batch; thrown away; or by its time

Errors      NotFound upload_unknown, programme_unknown; Invalid of sheet, headings, corrections
            and drafting; Refused role_missing
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from crypto.canonical import Json
from identity.levels import Role
from services.accounts import operators
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import (
    class_names,
    corrections,
    drafting,
    headings,
    listings,
    programmes,
    rows,
    sheet,
)
from services.honours.cells import Book
from services.honours.class_names import Suggestion
from services.honours.corrections import Corrections
from services.honours.drafting import Order
from services.honours.dry_run import Accepted, Report
from services.honours.headings import Layout
from services.platform.errors import Invalid
from services.platform.record_keys import RecordKeys
from services.platform.work import Runtime, Work
from services.uploads import store
from services.uploads.store import Brief, NewUpload, Upload

KIND = "roster"
EARLIER_ROWS = 2_000
"""Newest rows of the institution whose classes are known."""

NAME_LENGTH = 80
"""As much of a file's name, from its end, as is kept and shown."""

_ORDER = ("programme_id", "period", "award_on", "notice_place", "notice_from", "notice_to", "note")
_MENDED = ("exclusion_clean_row", "exclusion_unknown_row")


@dataclass(frozen=True, slots=True)
class Intake:
    """An upload and what is said about it."""

    upload: Upload
    order: Order = field(repr=False)
    book: Book = field(repr=False)
    """As it was sent."""

    @property
    def corrected(self) -> Book:
        """The roster with its corrections."""
        return corrections.apply(self.book, self.order.corrections)


@dataclass(frozen=True, slots=True)
class Checked:
    """A dry run and what may be proposed to the preparer."""

    intake: Intake
    report: Report
    suggestions: tuple[Suggestion, ...]


def begin(runtime: Runtime, actor: Operator, order: Order, data: bytes, filename: str) -> str:
    """Keep a roster that was sent and return the upload's id; refuse a file nobody can read."""
    headings.choose(sheet.read(data, filename))
    shown = "".join(each if each.isprintable() else "□" for each in filename)[-NAME_LENGTH:]
    with runtime.writing() as work:
        programme = programmes.load(work, order.programme_id)
        operators.again(work, actor).require(Role.PREPARER, programme["institution_id"])
        given = NewUpload(KIND, programme["institution_id"], actor.id, shown, data, _said(order))
        upload_id = store.keep(work, given)
        trail.record(work, actor=actor.id, action="roster.upload", object=upload_id)
    return upload_id


def load(runtime: Runtime, actor: Operator, upload_id: str) -> Intake:
    """Return a roster on its way. Raises NotFound, also for another one's."""
    with runtime.reading() as work:
        upload = store.load(work, actor.id, KIND, upload_id)
        operators.again(work, actor).require(Role.PREPARER, upload.tenant)
    return Intake(upload, order_of(upload), sheet.read(upload.data, upload.filename))


def waiting(work: Work, actor: Operator) -> list[Brief]:
    """Return somebody's rosters on their way, the newest first."""
    return store.of_owner(work, actor.id, KIND)


def check(runtime: Runtime, actor: Operator, intake: Intake) -> Checked:
    """Return the dry run as it comes out now, with proposals for the spelling of classes."""
    try:
        report = drafting.examine_book(runtime, actor, intake.order, intake.book)
    except Invalid as error:
        if error.code not in _MENDED:
            raise
        # What was wrong with a row is gone, by whatever happened: it is left out no longer.
        order = _including(intake.order, int(str(error.params["row"])))
        return check(runtime, actor, replace(intake, order=order))
    with runtime.reading() as work:
        earlier = earlier_classes(work, intake.upload.tenant)
    return Checked(intake, report, tuple(class_names.suggest(report, earlier)))


def correct(runtime: Runtime, actor: Operator, intake: Intake, cells: Corrections) -> None:
    """Keep corrections of some cells; rows that are corrected are left out no longer."""
    layout = _layout(intake.book)

    def edited(order: Order) -> Order:
        merged = corrections.merge(order.corrections, cells, layout)
        left_out = {row: why for row, why in order.accepted.exclusions.items() if row not in cells}
        accepted = replace(order.accepted, exclusions=left_out)
        return replace(order, corrections=merged, accepted=accepted)

    facts = {"rows": len(cells), "cells": corrections.count(cells)}
    _change(runtime, actor, intake, edited, action="roster.correct", **facts)


def leave_out(
    runtime: Runtime, actor: Operator, intake: Intake, reasons: Mapping[int, str]
) -> None:
    """Leave rows out, each with a reason; an empty reason takes the row in again."""

    def edited(order: Order) -> Order:
        kept = {**order.accepted.exclusions, **{row: why.strip() for row, why in reasons.items()}}
        kept = {row: why for row, why in kept.items() if why}
        return replace(order, accepted=replace(order.accepted, exclusions=kept))

    _change(runtime, actor, intake, edited, action="roster.exclude", rows=len(reasons))


def ignore(runtime: Runtime, actor: Operator, intake: Intake, columns: frozenset[str]) -> None:
    """Ignore these unknown columns, and no others."""

    def edited(order: Order) -> Order:
        return replace(order, accepted=replace(order.accepted, columns=columns))

    _change(runtime, actor, intake, edited, action="roster.ignore", columns=len(columns))


def reorder(runtime: Runtime, actor: Operator, intake: Intake, order: Order) -> None:
    """Say something else of the roster: programme, period, dates, notice, note."""

    def edited(old: Order) -> Order:
        named = {name: getattr(order, name) for name in _ORDER}
        return replace(old, **named, corrects=order.corrects)

    with runtime.reading() as work:
        programme = programmes.load(work, order.programme_id)
    if programme["institution_id"] != intake.upload.tenant:
        raise Invalid("programme_other_institution")
    _change(runtime, actor, intake, edited, action="roster.order")


def discard(runtime: Runtime, actor: Operator, upload_id: str) -> None:
    """Throw a roster away."""
    with runtime.writing() as work:
        upload = store.load(work, actor.id, KIND, upload_id, lock=True)
        store.forget(work, [upload.id])
        trail.record(work, actor=actor.id, action="roster.discard", object=upload_id)


def draft(runtime: Runtime, actor: Operator, intake: Intake) -> tuple[str | None, Report]:
    """Make a batch of a clean roster; return its id, or none and the report."""

    def also(work: Work) -> None:
        store.load(work, actor.id, KIND, intake.upload.id, lock=True)  # nobody else was faster
        store.forget(work, [intake.upload.id])

    upload = intake.upload
    return drafting.draft(runtime, actor, intake.order, upload.data, upload.filename, also=also)


def earlier_classes(work: Work, institution_id: str) -> set[str]:
    """Return how the classes of the institution's newest rows are written."""
    found = listings.newest_rows(work.session, institution_id, limit=EARLIER_ROWS)
    known = RecordKeys.of(work.runtime).open_existing(work.session, [row["id"] for row in found])
    classes = (
        rows.open_claims(row, key).get("class")
        for row in found
        if (key := known.get(row["id"])) is not None
    )
    return {name for name in classes if name}


def order_of(upload: Brief) -> Order:
    """Return what is said about an upload."""
    said: Mapping[str, Any] = upload.said
    accepted = Accepted(
        frozenset(said["columns"]), {int(row): why for row, why in said["exclusions"].items()}
    )
    return Order(
        **{name: said[name] for name in _ORDER},
        accepted=accepted,
        corrects=said["corrects"],
        corrections={int(row): dict(cells) for row, cells in said["corrections"].items()},
    )


def _said(order: Order) -> dict[str, Json]:
    exclusions: dict[str, Json] = {str(row): why for row, why in order.accepted.exclusions.items()}
    corrected: dict[str, Json] = {str(row): dict(cells) for row, cells in order.corrections.items()}
    return {
        **{name: getattr(order, name) for name in _ORDER},
        "corrects": order.corrects,
        "columns": sorted(order.accepted.columns),
        "exclusions": exclusions,
        "corrections": corrected,
    }


def _change(
    runtime: Runtime,
    actor: Operator,
    intake: Intake,
    edited: Callable[[Order], Order],
    *,
    action: str,
    **facts: Any,
) -> None:
    """Change what is said, from what is said by now: two pages may be open."""
    with runtime.writing() as work:
        upload = store.load(work, actor.id, KIND, intake.upload.id, lock=True)
        store.change(work, upload, _said(edited(order_of(upload))))
        trail.record(work, actor=actor.id, action=action, object=upload.id, **facts)


def _including(order: Order, row: int) -> Order:
    left = {each: why for each, why in order.accepted.exclusions.items() if each != row}
    return replace(order, accepted=replace(order.accepted, exclusions=left))


def _layout(book: Book) -> Layout:
    return headings.choose(book)
