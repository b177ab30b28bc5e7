"""Is a school ready to issue? Its registration, its programmes, and whether they can be printed.

Points     those of services.registry.checkup, and here: programme, paper
Readers    people of the institution, of the node, and the approvers of the institution above;
           for others the institution does not exist
Errors     NotFound institution_unknown
"""

from collections.abc import Iterator, Mapping
from typing import Any

from identity.credential_types import HONOUR
from services.accounts.operators import NODE, Operator
from services.honours import authority, programmes, queries
from services.honours.paper import looks
from services.platform import clock, fonts
from services.platform.errors import NotFound, Unavailable
from services.platform.work import Work
from services.registry import checkup, institutions
from services.registry.checkup import NODE_STAFF, OK, REGISTRAR, UNKNOWN, WRONG, Point

__all__ = ["OK", "UNKNOWN", "WRONG", "Point", "may_read", "points", "readable"]

PREPARER = "preparer"


def points(work: Work, who: Operator, institution_id: str) -> list[Point]:
    """Look at everything, for somebody who may know. Raises NotFound."""
    if not may_read(work, who, institution_id):
        raise NotFound("institution_unknown")
    row = institutions.load(work, institution_id)
    return [
        *checkup.points(work, institution_id),
        *checkup.looked("programme", lambda: _programmes(work, row)),
        *checkup.looked("paper", lambda: _paper(work, row)),
    ]


def may_read(work: Work, who: Operator, institution_id: str) -> bool:
    """Return whether somebody may know how an institution stands."""
    scopes = {scope for _, scope in who.roles}
    return bool({NODE, institution_id} & scopes) or institution_id in authority.readable(work, who)


def readable(work: Work, who: Operator) -> list[str]:
    """Return the institutions that somebody works for; who works for the node names one."""
    scopes = {scope for _, scope in who.roles} - {NODE}
    return sorted(scopes | set(authority.readable(work, who)))


def _programmes(work: Work, institution: Mapping[Any, Any]) -> Iterator[Point]:
    found = [
        programmes.load(work, row["id"])
        for row in queries.programmes(work.session, [institution["id"]])
    ]
    today = clock.in_shanghai(work.now).date().isoformat()
    in_use = [row for row in found if _is_open(row, today)]
    if not in_use:
        code = "programme_closed" if found else "programme_missing"
        yield Point("programme", code, WRONG, PREPARER, "/programmes/new")
        return
    wrong = [point for row in in_use for point in _programme(work, institution, row)]
    yield from wrong
    if not wrong:
        yield Point("programme", "programme_ready", facts={"count": len(in_use)})


def _programme(
    work: Work, institution: Mapping[Any, Any], row: Mapping[Any, Any]
) -> Iterator[Point]:
    named = {"name": row["name"]}
    if not institutions.accredited(work, institution, HONOUR.name, row["level"], work.now):
        page = checkup.page_of(institution["id"])
        yield Point("programme", "programme_not_accredited", WRONG, REGISTRAR, page, named)
    contest = row["contest"] or row["category"] in HONOUR.contests
    if contest and not row["approval_number"]:
        link = "/programmes/new"
        yield Point("programme", "programme_sentence", WRONG, PREPARER, link, named)


def _is_open(row: Mapping[Any, Any], today: str) -> bool:
    ends = row["open_to"]
    return bool(row["open_from"] <= today) and (ends is None or bool(today <= ends))


def _paper(work: Work, institution: Mapping[Any, Any]) -> Iterator[Point]:
    """Look for letters that no font of the node has, in what stands on every certificate."""
    folders = work.settings.font_folders
    try:
        fonts.found(folders)
    except Unavailable:
        yield Point("paper", "paper_fonts", UNKNOWN, NODE_STAFF)
        return
    missing = fonts.missing_in(folders)
    said = {institution["name_zh"]: (REGISTRAR, checkup.page_of(institution["id"]))}
    for row in queries.programmes(work.session, [institution["id"]]):
        said |= dict.fromkeys(_words(work, row), (PREPARER, "/programmes/new"))
    bad = {text: missing(text) for text in said if missing(text)}
    for text, letters in bad.items():
        facts = {"text": text, "code_points": fonts.listed(letters)}
        yield Point("paper", "paper_glyphs", WRONG, *said[text], facts)
    if not bad:
        yield Point("paper", "paper_ready")


def _words(work: Work, row: Mapping[Any, Any]) -> list[str]:
    programme = programmes.load(work, row["id"])
    look = looks.of_programme(work, programme)
    signed = [text for each in look.signatories for text in (each.title, each.name)]
    words = [row["name"], row["statement"], look.title, *programmes.awards(programme), *signed]
    return [text for text in words if text]
