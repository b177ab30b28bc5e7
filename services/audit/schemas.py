"""Answers of the audit slice."""

from services.web.bodies import Answer, Instant


class EventOut(Answer):
    """What was done, by whom; ids, counts and codes, never a person's data."""

    id: str
    at: Instant
    actor: str
    action: str
    object: str
    result: str
    detail: dict[str, str | int | bool | None]


class AlarmOut(Answer):
    """Something that a person must look at."""

    id: str
    kind: str
    subject: str
    raised: Instant
