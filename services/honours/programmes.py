"""Programmes: the template of everything that the certificates of one honour have in common.

A programme is never changed after its first day, because approvals and certificates were made
from it; a new year or a new wording is a new programme.

Errors     Invalid programme_contest_approval, programme_level, programme_category,
           programme_awards, programme_dates, glyph_missing; NotFound programme_unknown; Refused
           role_missing
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crypto import canonical
from identity import instants
from identity.codes import LETTERS
from identity.credential_types import HONOUR
from identity.levels import Role
from services.accounts import operators
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import queries
from services.honours.tables import PROGRAMME
from services.platform import fonts, guarded
from services.platform.db import new_id
from services.platform.errors import Invalid, NotFound
from services.platform.work import Work
from services.registry import institutions

DEFAULT_NOTICE_DAYS = 5


@dataclass(frozen=True, slots=True)
class NewProgramme:
    """What every certificate of a programme says."""

    institution_id: str
    name: str
    category: str
    level: str
    awards: tuple[str, ...]
    statement: str | None
    contest: bool
    approval_number: str | None
    notice_days: int
    open_from: str
    open_to: str | None


def create(work: Work, actor: Operator, order: NewProgramme) -> str:
    """Register a programme of an institution and return its id."""
    operators.again(work, actor).require(Role.PREPARER, order.institution_id)
    institution = institutions.load(work, order.institution_id)
    _check(order)
    words = (order.name, order.statement, *order.awards, institution["name_zh"])
    fonts.require(work.settings.font_folders, *words)
    if not institutions.accredited(work, institution, HONOUR.name, order.level, work.now):
        raise Invalid("programme_level", level=order.level)
    programme_id = new_id("prg", work.random)
    row = {
        "id": programme_id,
        "institution_id": order.institution_id,
        "name": order.name,
        "category": order.category,
        "level": order.level,
        "awards": canonical.dumps(list(order.awards)).decode(),
        "statement": order.statement,
        "contest": order.contest,
        "approval_number": order.approval_number,
        "notice_days": order.notice_days,
        "open_from": order.open_from,
        "open_to": order.open_to,
        "created_at": work.now,
    }
    queries.add_programme(work.session, guarded.stamp(work.protect, PROGRAMME, row))
    trail.record(work, actor=actor.id, action="programme.create", object=programme_id)
    return programme_id


def load(work: Work, programme_id: str) -> Mapping[Any, Any]:
    """Return a programme. Raises NotFound, Tampered."""
    row = queries.programme(work.session, programme_id)
    if row is None:
        raise NotFound("programme_unknown")
    return guarded.check(work.protect, PROGRAMME, row)


def awards(programme: Mapping[Any, Any]) -> tuple[str, ...]:
    """Return the awards that a programme lists; none means that any is allowed."""
    listed = canonical.loads(programme["awards"].encode())
    return tuple(str(award) for award in listed) if isinstance(listed, list) else ()


def _check(order: NewProgramme) -> None:
    if order.category not in LETTERS:
        raise Invalid("programme_category", category=order.category)
    contest = order.contest or order.category in HONOUR.contests
    if contest and not (order.approval_number or "").strip():
        raise Invalid("programme_contest_approval")
    if not contest and order.approval_number is not None:
        raise Invalid("programme_approval_without_contest")
    rule = HONOUR.disclosable["award"]
    if not all(rule(award) for award in order.awards):
        raise Invalid("programme_awards")
    if not HONOUR.disclosable["programme"](order.name):
        raise Invalid("programme_name")
    if order.statement is not None and not HONOUR.disclosable["statement"](order.statement):
        raise Invalid("programme_statement")
    if not 0 <= order.notice_days <= 60:
        raise Invalid("programme_notice_days")
    try:
        opens = instants.read_day(order.open_from)
        closes = None if order.open_to is None else instants.read_day(order.open_to)
    except ValueError as error:
        raise Invalid("programme_dates") from error
    if closes is not None and closes < opens:
        raise Invalid("programme_dates")
