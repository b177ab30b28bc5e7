"""kexin registry check: is a school ready to issue, what is wrong, who mends it.

Exit codes  as of `kexin verify`: 0 all right, 1 something is wrong, 3 nothing is wrong but
            something could not be checked
"""

from datetime import datetime

import click

from services.commands import entry, speech
from services.commands.entry import AS_JSON
from services.honours import checkup
from services.honours.checkup import OK, UNKNOWN, WRONG, Point
from services.platform import environment, texts
from services.platform.errors import NotFound
from services.platform.work import Work
from services.registry import queries

EXIT = {OK: 0, WRONG: 1, UNKNOWN: 3}


@click.group(cls=speech.Group, help=speech.text("help_registry"))
def registry() -> None:
    """Be the group."""


@registry.command("check", help=speech.text("help_registry_check"))
@click.argument("school")
@AS_JSON
@click.pass_context
def check(ctx: click.Context, school: str, as_json: bool) -> None:
    """Look at everything that a school needs before it can issue."""
    with entry.runtime() as runtime:
        actor = entry.operator(runtime)
        with runtime.reading() as work:
            points = checkup.points(work, actor, _institution(work, school))
            now = work.now
    for each in points:
        speech.show(_shown(each, now, as_json=as_json), as_json=as_json, code=_code(each))
    found = {each.result for each in points}
    ctx.exit(EXIT[next(each for each in (WRONG, UNKNOWN, OK) if each in found)])


def _institution(work: Work, school: str) -> str:
    """Return the id of an institution that is named by it or by its school code."""
    if queries.institution(work.session, school) is not None:
        return school
    held = queries.holders_of_code(work.session, school)
    for row in held:
        if row["valid_to"] is None:
            return str(row["institution_id"])
    raise NotFound("institution_unknown")


def _code(point: Point) -> str:
    return "checkup_ok" if point.result == OK else "checkup_bad"


def _shown(point: Point, now: datetime, *, as_json: bool) -> dict[str, object]:
    """Return a point as JSON has it, or as the text names its parts in the reader's language."""
    if as_json:
        return {
            "subject": point.subject,
            "code": point.code,
            "result": point.result,
            "message": {"zh": point.message(texts.ZH, now), "en": point.message(texts.EN, now)},
            "remedy": {"zh": point.remedy(texts.ZH, now), "en": point.remedy(texts.EN, now)},
            "who": point.who or None,
            "page": point.link or None,
        }
    lang = environment.language()
    who = texts.say("checkup", f"who.{point.who}", lang) if point.who else ""
    return {
        "result": texts.say("checkup", f"result.{point.result}", lang),
        "subject": texts.say("checkup", f"subject.{point.subject}", lang),
        "message": point.message(lang, now),
        "remedy": point.remedy(lang, now),
        "who": who,
    }
