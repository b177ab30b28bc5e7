"""Is an institution's registration in order? Point by point, and how to mend what is not.

Results    ok, wrong, unknown: what cannot be read, or was changed by hand, is never called right
Mended by  a role (`who`), on a page (`link`); where there is no page the text names the command
Texts      domain `checkup`: point.<code>, point.<code>.remedy, who.<who>, subject.<subject>
Nothing is changed, and nobody but the node is asked. What an institution issues is looked at
above (services.honours.checkup).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from crypto.errors import InvalidEncoding
from crypto.provider import Use
from identity import issuer
from identity.errors import InvalidRecord, InvalidTrust
from identity.issuer import IssuerRecord
from identity.levels import Role
from identity.validity import Span
from ledger import sql_store
from services.accounts import operators, people, personal_keys
from services.accounts import queries as accounts_queries
from services.accounts.operators import Operator
from services.platform import texts
from services.platform.errors import Conflict, NotFound, Tampered
from services.platform.work import Work
from services.registry import institutions, keys, queries, records, trust
from services.web import dates

OK, WRONG, UNKNOWN = "ok", "wrong", "unknown"
REGISTRAR, REGISTRARS = "registrar", "registrars"
APPROVER, OPERATORS, NODE_STAFF = "approver", "operators", "node_staff"

SOON = timedelta(days=30)
"""Who must act hears so much before a key or an accreditation ends."""
LIST_SOON = timedelta(days=14)

Fact = str | int | datetime


@dataclass(frozen=True, slots=True)
class Point:
    """One thing that was looked at."""

    subject: str
    code: str
    result: str = OK
    who: str = ""
    """Who can mend it."""
    link: str = ""
    """Where, on a page of the console."""
    facts: Mapping[str, Fact] = field(default_factory=dict)

    def message(self, lang: str, now: datetime) -> str:
        """Return what was found."""
        return texts.say("checkup", f"point.{self.code}", lang, **self._written(lang, now))

    def remedy(self, lang: str, now: datetime) -> str:
        """Return how to mend it; empty where it is right."""
        if self.result == OK:
            return ""
        return texts.say("checkup", f"point.{self.code}.remedy", lang, **self._written(lang, now))

    def _written(self, lang: str, now: datetime) -> dict[str, str | int]:
        return {
            name: dates.moment(fact, lang, now) if isinstance(fact, datetime) else fact
            for name, fact in self.facts.items()
        }


def points(work: Work, institution_id: str) -> list[Point]:
    """Look at everything that the registry holds of an institution. Raises NotFound."""
    row = institutions.load(work, institution_id)
    looks: Mapping[str, Callable[[], Iterator[Point]]] = {
        "code": lambda: _code(work, row),
        "record": lambda: _record(work, row),
        "key": lambda: _keys(work, row),
        "accreditation": lambda: _accreditations(work, row),
        "people": lambda: _people(work, row),
        "trust": lambda: _trust(work),
    }
    return [point for subject, look in looks.items() for point in looked(subject, look)]


def looked(subject: str, look: Callable[[], Iterator[Point]]) -> list[Point]:
    """Return what a look finds; that it could not be made where rows were changed by hand."""
    try:
        return list(look())
    except Tampered:
        return [Point(subject, "altered", UNKNOWN, NODE_STAFF)]


def page_of(institution_id: str) -> str:
    """Return the address of an institution's page."""
    return f"/registry/institutions/{institution_id}"


def _code(work: Work, row: Mapping[Any, Any]) -> Iterator[Point]:
    try:
        code = institutions.current_code(work, row["id"])
    except Conflict:
        yield Point("code", "code_missing", WRONG, REGISTRAR, page_of(row["id"]))
    else:
        yield Point("code", "code_in_force", facts={"code": code})


def _record(work: Work, row: Mapping[Any, Any]) -> Iterator[Point]:
    link = f"/registry/records?institution={row['id']}"
    published = queries.newest_record(work.session, row["id"])
    waiting = queries.draft(work.session, row["id"]) is not None
    if published is None or records.outdated(work, row["id"]):
        code = "record_missing" if published is None else "record_outdated"
        yield Point("record", "record_waiting" if waiting else code, WRONG, REGISTRARS, link)
        if published is None:
            return
    held = sql_store.anchored(work.session, published["log_origin"], published["log_index"])
    issued = records.newest(work, row["id"])[0].issued_at
    if held is None or held.receipt is None:
        yield Point("record", "record_not_anchored", WRONG, NODE_STAFF, facts={"issued": issued})
    else:
        yield Point("record", "record_anchored", facts={"issued": issued})


def _keys(work: Work, row: Mapping[Any, Any]) -> Iterator[Point]:
    link = page_of(row["id"])
    held = keys.issuer_keys(work, row)
    active = [each for each in held if each["state"] == "active"]
    if not active:
        code = "key_retired" if held else "key_missing"
        yield Point("key", code, WRONG, REGISTRAR, link)
        return
    record = _newest(work, row["id"])
    ends = [_end(record, each["kid"], work.now) for each in active]
    known = [end for end in ends if end is not None]
    if not known:
        record_page = f"/registry/records?institution={row['id']}"
        yield Point("key", "key_not_recorded", WRONG, REGISTRARS, record_page)
    elif all(end < work.now + SOON for end in known):
        yield Point("key", "key_ending", WRONG, REGISTRAR, link, {"until": max(known)})
    else:
        yield Point("key", "key_in_force", facts={"count": len(known)})


def _end(record: IssuerRecord | None, kid: str, now: datetime) -> datetime | None:
    """Return until when a record shows a key in force; None if it does not now."""
    if record is None:
        return None
    try:
        issuer.key_in_force(record, kid, now)
    except InvalidRecord:
        return None
    last = datetime.max.replace(tzinfo=now.tzinfo, microsecond=0)
    return next(each.span.end or last for each in record.keys if each.key.kid == kid)


def _accreditations(work: Work, row: Mapping[Any, Any]) -> Iterator[Point]:
    link = page_of(row["id"])
    held = [
        each
        for each in institutions.accreditations(work, row)
        if Span(each["valid_from"], each["valid_to"]).holds(work.now)
    ]
    if not held:
        yield Point("accreditation", "accreditation_missing", WRONG, REGISTRAR, link)
        return
    record = _newest(work, row["id"])
    listed = () if record is None else record.accreditations
    if not any(each.span.holds(work.now) for each in listed):
        record_page = f"/registry/records?institution={row['id']}"
        yield Point("accreditation", "accreditation_not_recorded", WRONG, REGISTRARS, record_page)
        return
    ends = [each["valid_to"] for each in held]
    if all(end is not None and end < work.now + SOON for end in ends):
        until = {"until": max(ends)}
        yield Point("accreditation", "accreditation_ending", WRONG, REGISTRAR, link, until)
    else:
        yield Point("accreditation", "accreditation_in_force", facts={"count": len(held)})


def _people(work: Work, row: Mapping[Any, Any]) -> Iterator[Point]:
    link, steps = f"/operators?scope={row['id']}", f"/first-steps/{row['id']}"
    found = accounts_queries.operators_in(work.session, [row["id"]])
    staff = [operators.checked(work, each) for each in found]
    preparers = _with(staff, Role.PREPARER, row["id"])
    approvers = _with(staff, Role.APPROVER, row["id"])
    above = _above(work, row)
    keyless = [each for each in (*approvers, *above) if not _has_key(work, each)]
    persons = {each.edu_id for each in approvers}
    alone = len(persons | {each.edu_id for each in preparers}) < 2
    wrong = ""
    if not preparers:
        wrong = "people_no_preparer"
    elif not approvers and not above:
        wrong = "people_no_approver"
    elif alone and not above:
        wrong = "people_one_person"
    if wrong:
        yield Point("people", wrong, WRONG, REGISTRAR, link)
    for each in keyless:
        named: dict[str, Fact] = {"name": people.name(work, each.edu_id), "login": each.login}
        yield Point("people", "people_no_key", WRONG, APPROVER, steps, named)
    if not wrong and not keyless:
        from_above = alone or not approvers
        yield Point("people", "people_superior" if from_above else "people_two")


def _with(staff: list[Operator], role: Role, scope: str) -> list[Operator]:
    return [each for each in staff if (role.value, scope) in each.roles]


def _above(work: Work, row: Mapping[Any, Any]) -> list[Operator]:
    """Return the approvers of the institution above, who approve where a school has too few."""
    superior = row["superior_id"]
    if superior is None:
        return []
    found = accounts_queries.operators_in(work.session, [superior])
    return _with([operators.checked(work, each) for each in found], Role.APPROVER, superior)


def _has_key(work: Work, operator: Operator) -> bool:
    try:
        personal_keys.newest(work, operator.id, Use.APPROVAL)
    except NotFound:
        return False
    return True


def _trust(work: Work) -> Iterator[Point]:
    try:
        published = trust.published(work.settings.trust_folder)
    except (InvalidTrust, InvalidEncoding):
        yield Point("trust", "trust_unreadable", UNKNOWN, OPERATORS)
        return
    if published is None:
        yield Point("trust", "trust_missing", WRONG, OPERATORS)
        return
    until: dict[str, Fact] = {"until": published.next_update}
    listed = {
        each.key.kid
        for node in published.nodes
        if node.name == work.settings.node_name
        for each in node.keys
    }
    active = {each["kid"] for each in keys.node_keys(work) if each["state"] == "active"}
    if published.next_update <= work.now:
        yield Point("trust", "trust_expired", WRONG, OPERATORS, facts=until)
    elif published.next_update < work.now + LIST_SOON:
        yield Point("trust", "trust_ending", WRONG, OPERATORS, facts=until)
    elif not active <= listed:
        yield Point("trust", "trust_keys", WRONG, OPERATORS)
    else:
        yield Point("trust", "trust_in_force", facts=until)


def _newest(work: Work, institution_id: str) -> IssuerRecord | None:
    try:
        return records.newest(work, institution_id)[0]
    except Conflict:
        return None
