"""The look of paper: design, title, who signs on paper, and how far a printer is off.

Kept        for a programme, else for its institution, else the default
Changed     by a preparer of the institution; it changes no certificate: what was signed stays, and
            paper is made anew at every download
Errors      Invalid look_design, look_title, look_signatories, look_offset; glyph_missing; Refused
            role_missing; NotFound programme_unknown, institution_unknown; Tampered
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crypto import canonical
from crypto.canonical import Json
from identity.levels import Role
from services.accounts import operators
from services.accounts.operators import Operator
from services.audit import trail
from services.honours import programmes
from services.honours.letters import Flaw, check_text
from services.honours.paper import queries
from services.honours.paper.tables import PAPER_LOOK
from services.honours.paper.typesetting import DESIGNS
from services.honours.paper.wording import Signatory
from services.platform import fonts, guarded
from services.platform.errors import Invalid
from services.platform.work import Work
from services.registry import institutions

MOST_SIGNATORIES = 3
MOST_OFFSET = 30 * 100
TITLE_LENGTH, NAME_LENGTH = 12, 20


@dataclass(frozen=True, slots=True)
class Look:
    """How certificates are printed. Offsets in hundredths of a millimetre, right and down."""

    design: str = DESIGNS[0]
    title: str | None = None
    signatories: tuple[Signatory, ...] = ()
    offset_x: int = 0
    offset_y: int = 0

    def check(self) -> None:
        """Raise Invalid for a look that cannot be printed."""
        if self.design not in DESIGNS:
            raise Invalid("look_design", designs=", ".join(DESIGNS))
        # the title stands in the file as it is, and with a slash it could look like a name there
        if self.title is not None and (
            "/" in self.title or not _is_plain(self.title, TITLE_LENGTH)
        ):
            raise Invalid("look_title", limit=TITLE_LENGTH)
        told = [text for each in self.signatories for text in (each.title, each.name)]
        plain = all(_is_plain(text, NAME_LENGTH) for text in told)
        if len(self.signatories) > MOST_SIGNATORIES or not plain:
            raise Invalid("look_signatories", most=MOST_SIGNATORIES, limit=NAME_LENGTH)
        if max(abs(self.offset_x), abs(self.offset_y)) > MOST_OFFSET:
            raise Invalid("look_offset", limit_mm=MOST_OFFSET // 100)


def change(work: Work, actor: Operator, subject_id: str, look: Look) -> None:
    """Keep the look of an institution or a programme."""
    institution_id = institution_of(work, subject_id)
    operators.again(work, actor).require(Role.PREPARER, institution_id)
    look.check()
    _check_glyphs(work, look)
    signatories: list[Json] = [
        {"name": each.name, "title": each.title} for each in look.signatories
    ]
    row = {
        "subject_id": subject_id,
        "institution_id": institution_id,
        "design": look.design,
        "title": look.title,
        "signatories": canonical.dumps(signatories).decode(),
        "offset_x": look.offset_x,
        "offset_y": look.offset_y,
        "changed_at": work.now,
    }
    queries.replace_look(work.session, guarded.stamp(work.protect, PAPER_LOOK, row))
    trail.record(work, actor=actor.id, action="paper.look", object=subject_id)


def of_programme(work: Work, programme: Mapping[Any, Any]) -> Look:
    """Return the look of a programme's certificates. Raises Tampered."""
    subjects = (programme["id"], programme["institution_id"])
    known = queries.looks(work.session, subjects)
    for subject in subjects:
        if subject in known:
            return _look(guarded.check(work.protect, PAPER_LOOK, known[subject]))
    return Look()


def of_programme_id(work: Work, programme_id: str) -> Look:
    """Return the same for a programme that was not read yet. Raises NotFound too."""
    return of_programme(work, programmes.load(work, programme_id))


def of_subject(work: Work, subject_id: str) -> Look:
    """Return what was kept for exactly this institution or programme, or the default."""
    institution_of(work, subject_id)
    row = queries.looks(work.session, [subject_id]).get(subject_id)
    return Look() if row is None else _look(guarded.check(work.protect, PAPER_LOOK, row))


def of_subject_or_above(work: Work, subject_id: str) -> Look:
    """Return how a subject is printed now: by its own look, its institution's, or the default."""
    if subject_id.startswith("prg_"):
        return of_programme_id(work, subject_id)
    return of_subject(work, subject_id)


def institution_of(work: Work, subject_id: str) -> str:
    """Return the institution that a subject is or belongs to. Raises NotFound."""
    if subject_id.startswith("prg_"):
        return str(programmes.load(work, subject_id)["institution_id"])
    return str(institutions.load(work, subject_id)["id"])


def _look(row: Mapping[Any, Any]) -> Look:
    listed = canonical.loads(row["signatories"].encode())
    assert isinstance(listed, list)
    signatories = tuple(
        Signatory(str(each["title"]), str(each["name"]))
        for each in listed
        if isinstance(each, dict)
    )
    return Look(row["design"], row["title"], signatories, row["offset_x"], row["offset_y"])


def _check_glyphs(work: Work, look: Look) -> None:
    told = [each.title + each.name for each in look.signatories]
    fonts.require(work.settings.font_folders, look.title, *told)


def _is_plain(text: str, limit: int) -> bool:
    try:
        check_text(text, limit=limit)
    except Flaw:
        return False
    return bool(text)
