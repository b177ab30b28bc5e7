"""The upload of a roster: a file and what the preparer says about it, as multipart/form-data.

The file stays in memory: it holds names and numbers of pupils, and a temporary file would keep
them on a disk where nobody looks for them.
"""

from typing import Annotated

from fastapi import Form, UploadFile
from pydantic import BaseModel, ConfigDict, Field, Json

from crypto import canonical
from services.honours.drafting import Order
from services.honours.dry_run import Accepted
from services.honours.schemas import ProgrammeId
from services.platform.protect import lengths
from services.web.bodies import Day, Line


class RosterForm(BaseModel):
    """A roster file and what the preparer says about it."""

    model_config = ConfigDict(
        extra="forbid", hide_input_in_errors=True, use_attribute_docstrings=True
    )

    file: UploadFile
    """The workbook (.xlsx) or table (.csv, .txt, .tsv)."""
    programme: ProgrammeId
    period: Line
    award_on: Day
    """The award date of rows that give none."""
    notice_place: Line
    notice_from: Day
    notice_to: Day
    exclude: Json[dict[Annotated[int, Field(ge=1)], str]] = Field(default_factory=dict)
    """Rows to leave out, each with its reason, as JSON: {"7": "transferred"}."""
    ignore_columns: list[Line] = Field(default_factory=list)
    """Titles of unknown columns that may be ignored."""
    corrects: bool = False
    """Whether each row replaces the live certificate of its person."""


RosterDep = Annotated[RosterForm, Form(media_type="multipart/form-data")]


def order_of(form: RosterForm) -> Order:
    """Return what the preparer said."""
    return Order(
        programme_id=form.programme,
        period=form.period,
        award_on=form.award_on,
        notice_place=form.notice_place,
        notice_from=form.notice_from,
        notice_to=form.notice_to,
        accepted=Accepted(frozenset(form.ignore_columns), form.exclude),
        corrects=form.corrects,
    )


def content_of(form: RosterForm, data: bytes) -> bytes:
    """Return what makes this upload the same as another one, whatever its boundary was."""
    said = form.model_dump(exclude={"file", "exclude"})
    rows = {str(row): reason for row, reason in form.exclude.items()}
    name = form.file.filename or ""
    return lengths(name.encode(), canonical.dumps({**said, "exclude": rows}), data)
