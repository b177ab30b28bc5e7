"""Who decides for a child, a youth and an adult, and what happens on the birthdays between.

Steps      14 and 18 years, at midnight in Asia/Shanghai (UTC+8 all year) of the birthday; whoever
           was born on 29 February has it on 1 March of other years
Child      under 14: a guardian decides (PIPL 31), the child may look
Youth      14 to 17: the youth decides; a guardian looks, and may object to OBJECTABLE purposes
Adult      the person alone; guardians' access ends that midnight. What they had agreed to goes on
           for REVIEW at most, listed to keep or to withdraw; what is not kept lapses then
Guardian   REQUESTED → EVIDENCE → CONFIRMED → ACTIVE → ENDED, confirmed by the school, or by the
           reviewer of an enrollment where there is no school yet
Conflict   of two guardians the more protective decision holds, and the school is told
Errors     ValueError for a birthday after today; services refuse by their own errors
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

CONSENTING_AGE = 14
MAJORITY = 18
REVIEW = timedelta(days=30)

_SHANGHAI = timezone(timedelta(hours=8))


class Stage(StrEnum):
    """How far somebody decides for himself."""

    CHILD = "child"
    YOUTH = "youth"
    ADULT = "adult"


class Binding(StrEnum):
    """How far it is proved that somebody is a guardian."""

    REQUESTED = "requested"
    EVIDENCE = "evidence"
    """The roster or the household register names him."""
    CONFIRMED = "confirmed"
    ACTIVE = "active"
    """Confirmed, and he has signed in with two factors."""
    ENDED = "ended"


class Hand(StrEnum):
    """Who moves a binding on."""

    GUARDIAN = "guardian"
    SCHOOL = "school"
    REVIEWER = "reviewer"
    """Of an enrollment: before there is a school."""
    COURT = "court"
    """A registrar, with the order of a court at hand."""
    TIME = "time"


_CONFIRMING = frozenset({Hand.SCHOOL, Hand.REVIEWER})
_ENDING = frozenset({Hand.GUARDIAN, Hand.SCHOOL, Hand.COURT, Hand.TIME})
BINDING_STEPS: dict[tuple[Binding, Binding], frozenset[Hand]] = {
    (Binding.REQUESTED, Binding.EVIDENCE): _CONFIRMING,
    (Binding.EVIDENCE, Binding.CONFIRMED): _CONFIRMING,
    (Binding.CONFIRMED, Binding.ACTIVE): frozenset({Hand.GUARDIAN}),
    (Binding.REQUESTED, Binding.ENDED): _ENDING | _CONFIRMING,
    (Binding.EVIDENCE, Binding.ENDED): _ENDING | _CONFIRMING,
    (Binding.CONFIRMED, Binding.ENDED): _ENDING,
    (Binding.ACTIVE, Binding.ENDED): _ENDING,
}
"""From, to, and by whom. What is not here does not happen."""

OBJECTABLE = frozenset({"sharing", "publication", "photo", "competition"})
"""Purposes to which the guardian of a youth may object."""


@dataclass(frozen=True, slots=True)
class Guardianship:
    """A guardian of a ward."""

    guardian: str
    ward: str
    state: Binding
    ends_at: datetime | None = None
    """Set when it ends before the ward is grown up."""
    hidden: frozenset[str] = frozenset()
    """Kinds of data that a court's order keeps from this guardian."""


class Choice(StrEnum):
    """What was decided."""

    GIVE = "give"
    REFUSE = "refuse"
    """Also: object, withdraw."""


@dataclass(frozen=True, slots=True)
class Decision:
    """A decision of one person about one purpose."""

    by: str
    purpose: str
    choice: Choice
    at: datetime


@dataclass(frozen=True, slots=True)
class Outcome:
    """What holds now."""

    allowed: bool
    conflict: bool = False
    """Whether two who may decide differ: the school is told."""
    lapses_at: datetime | None = None
    """When it ends unless the person, grown up, keeps it."""


def turns(born: date, years: int) -> datetime:
    """Return the instant at which somebody has this age."""
    try:
        birthday = born.replace(year=born.year + years)
    except ValueError:  # 29 February
        birthday = date(born.year + years, 3, 1)
    midnight = datetime(birthday.year, birthday.month, birthday.day, tzinfo=_SHANGHAI)
    return midnight.astimezone(UTC)


def stage(born: date, *, now: datetime) -> Stage:
    """Return how far somebody decides for himself. Raises ValueError if he is not born yet."""
    if now < turns(born, 0):
        raise ValueError("not born yet")
    if now >= turns(born, MAJORITY):
        return Stage.ADULT
    return Stage.YOUTH if now >= turns(born, CONSENTING_AGE) else Stage.CHILD


def next_step(born: date, *, now: datetime) -> datetime | None:
    """Return when this changes next; None for an adult."""
    steps = (turns(born, years) for years in (CONSENTING_AGE, MAJORITY))
    return next((each for each in steps if now < each), None)


def may_move(binding: Binding, to: Binding, by: Hand) -> bool:
    """Return whether a binding takes this step by this hand."""
    return by in BINDING_STEPS.get((binding, to), frozenset())


def guardians(
    all_of_ward: Iterable[Guardianship], born: date, *, now: datetime
) -> tuple[Guardianship, ...]:
    """Return the guardians that somebody has now: none once he is grown up."""
    if stage(born, now=now) is Stage.ADULT:
        return ()
    return tuple(
        each
        for each in all_of_ward
        if each.state is Binding.ACTIVE and (each.ends_at is None or now < each.ends_at)
    )


def visible(
    guardian: str,
    kinds: Iterable[str],
    all_of_ward: Iterable[Guardianship],
    born: date,
    *,
    now: datetime,
) -> frozenset[str]:
    """Return which kinds of data a guardian may read: none without a binding in force."""
    own = [each for each in guardians(all_of_ward, born, now=now) if each.guardian == guardian]
    if not own:
        return frozenset()
    # Where somebody is bound twice, each order holds.
    return frozenset(kinds).difference(*(each.hidden for each in own))


def may_decide(
    person: str,
    ward: str,
    purpose: str,
    choice: Choice,
    all_of_ward: Sequence[Guardianship],
    born: date,
    *,
    now: datetime,
) -> bool:
    """Return whether somebody may decide this for the ward now."""
    grown = stage(born, now=now)
    if person == ward:
        return grown is not Stage.CHILD
    if all(each.guardian != person for each in guardians(all_of_ward, born, now=now)):
        return False
    if grown is Stage.CHILD:
        return True
    return choice is Choice.REFUSE and purpose in OBJECTABLE


def outcome(
    ward: str,
    purpose: str,
    decisions: Iterable[Decision],
    all_of_ward: Sequence[Guardianship],
    born: date,
    *,
    now: datetime,
) -> Outcome:
    """Return what holds for a purpose now, of all decisions that were ever made about it.

    Of each person the latest decision counts. A guardian's counts while he is one; what
    guardians gave before a birthday goes on as the module says.
    """
    about = [each for each in decisions if each.purpose == purpose and each.at <= now]
    # Of two at one moment the more protective is the later.
    about.sort(key=lambda each: (each.at, each.choice is Choice.REFUSE))
    latest = {each.by: each for each in about}
    own = latest.pop(ward, None)
    grown = stage(born, now=now)
    if grown is Stage.ADULT:
        until_then = _guardians_until(all_of_ward, turns(born, MAJORITY))
        return _of_adult(own, [latest[each] for each in until_then & set(latest)], born, now)
    bound = {each.guardian for each in guardians(all_of_ward, born, now=now)}
    of_guardians = [latest[each] for each in bound & set(latest)]
    if grown is Stage.CHILD:
        return _of_guardians(of_guardians)
    return _of_youth(own, of_guardians, purpose, born)


def to_review(
    ward: str,
    decisions: Iterable[Decision],
    all_of_ward: Sequence[Guardianship],
    born: date,
    *,
    now: datetime,
) -> tuple[str, ...]:
    """Return the purposes that a person who has just grown up should keep or withdraw."""
    known = tuple(decisions)
    purposes = sorted({each.purpose for each in known})
    found = ((each, outcome(ward, each, known, all_of_ward, born, now=now)) for each in purposes)
    return tuple(purpose for purpose, held in found if held.lapses_at is not None)


def _guardians_until(all_of_ward: Iterable[Guardianship], majority: datetime) -> set[str]:
    """Return who was a guardian when the ward grew up; their bindings have ended since."""
    return {
        each.guardian
        for each in all_of_ward
        if (each.state is Binding.ACTIVE and each.ends_at is None)
        or (
            each.state in (Binding.ACTIVE, Binding.ENDED)
            and each.ends_at is not None
            and majority <= each.ends_at
        )
    }


def _of_guardians(found: Sequence[Decision]) -> Outcome:
    choices = {each.choice for each in found}
    return Outcome(choices == {Choice.GIVE}, conflict=len(choices) > 1)


def _of_youth(own: Decision | None, found: Sequence[Decision], purpose: str, born: date) -> Outcome:
    fourteen = turns(born, CONSENTING_AGE)
    objected = purpose in OBJECTABLE and any(
        each.choice is Choice.REFUSE and each.at >= fourteen for each in found
    )
    if own is not None and own.at >= fourteen:
        allowed = own.choice is Choice.GIVE
        return Outcome(allowed and not objected, conflict=allowed and objected)
    before = _of_guardians([each for each in found if each.at < fourteen])
    return Outcome(before.allowed and not objected, before.conflict)


def _of_adult(
    own: Decision | None, found: Sequence[Decision], born: date, now: datetime
) -> Outcome:
    eighteen = turns(born, MAJORITY)
    if own is not None and own.at >= turns(born, CONSENTING_AGE):
        return Outcome(own.choice is Choice.GIVE)
    held = _of_guardians([each for each in found if each.at < eighteen])
    if not held.allowed or now >= eighteen + REVIEW:
        return Outcome(False)
    return Outcome(True, lapses_at=eighteen + REVIEW)
