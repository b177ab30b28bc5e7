"""Institutions: their names, codes over time, and what they are accredited for.

Changes here bind nobody outside until two registrars sign a new issuer record that says so
(services.registry.records). An institution's row carries a MAC, each of its codes, keys and
accreditations one, and each of these three sets one in the institution's row.

Errors     NotFound institution_unknown, accreditation_unknown; Conflict code_taken, code_same,
           institution_closed, institution_open, accreditation_has_pending (entries); Invalid
           level_too_high, type_unknown, superior_unknown, glyph_missing; Tampered; those of
           identity.codes
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from identity import codes
from identity.credential_types import TYPES
from identity.levels import AWARD_LEVELS, InstitutionKind, Role, grantable
from identity.validity import Span
from services.accounts.operators import NODE, Operator
from services.audit import trail
from services.platform import fonts, guarded
from services.platform.db import new_id
from services.platform.errors import Conflict, Invalid, NotFound
from services.platform.work import Work
from services.registry import pending, queries
from services.registry.tables import ACCREDITATION, INSTITUTION, INSTITUTION_KEY, SCHOOL_CODE

CODES, KEYS, ACCREDITATIONS = "codes", "keys", "accreditations"
SETS = {CODES: SCHOOL_CODE, KEYS: INSTITUTION_KEY, ACCREDITATIONS: ACCREDITATION}
"""The sets of rows that an institution owns, as the columns of its row call them."""

_FIND = {
    CODES: queries.codes,
    KEYS: queries.institution_keys,
    ACCREDITATIONS: queries.accreditations,
}


@dataclass(frozen=True, slots=True)
class NewInstitution:
    """What is needed to register an institution."""

    kind: InstitutionKind
    name_zh: str
    name_en: str | None
    region: str
    code: str
    uscc: str | None
    telephone: str
    superior_id: str | None


@dataclass(frozen=True, slots=True)
class NewAccreditation:
    """The right to issue a type at these levels, from now on or from a later day."""

    type: str
    levels: tuple[str, ...]
    valid_from: datetime
    valid_to: datetime | None


def create(work: Work, actor: Operator, order: NewInstitution) -> str:
    """Register an institution and return its id."""
    actor.require(Role.REGISTRAR, NODE)
    _check_order(work, order)
    fonts.require(work.settings.font_folders, order.name_zh)
    institution_id = codes.new_institution_id(work.settings.node_region, work.random)
    empty: dict[str, Any] = {}
    for name, table in SETS.items():
        empty[f"{name}_version"] = 0
        empty[f"{name}_mac"] = guarded.set_mac(work.protect, table, institution_id, (), version=0)
    row = {
        "id": institution_id,
        "kind": order.kind.value,
        "name_zh": order.name_zh,
        "name_en": order.name_en,
        "region": order.region,
        "uscc": order.uscc,
        "telephone": order.telephone,
        "superior_id": order.superior_id,
        "state": "open",
        "created_at": work.now,
    }
    queries.add_institution(work.session, guarded.stamp(work.protect, INSTITUTION, row | empty))
    _add_code(work, institution_id, order.code, "new", work.now)
    trail.record(work, actor=actor.id, action="institution.create", object=institution_id)
    return institution_id


def recode(work: Work, actor: Operator, institution_id: str, code: str) -> None:
    """Give an institution a new code; the old one is void and never given to another."""
    actor.require(Role.REGISTRAR, NODE)
    row = load(work, institution_id, lock=True)
    if current_code(work, institution_id) == code:
        raise Conflict("code_same", school_code=code)
    codes.validate_number_prefix(code)
    _add_code(work, institution_id, code, "recode", _end_code(work, row))
    trail.record(
        work, actor=actor.id, action="institution.recode", object=institution_id, code=code
    )


def close(work: Work, actor: Operator, institution_id: str) -> None:
    """Close an institution: its code ends, what it stated stays verifiable."""
    actor.require(Role.REGISTRAR, NODE)
    _end_code(work, load(work, institution_id, lock=True))
    change(work, institution_id, state="closed")
    trail.record(work, actor=actor.id, action="institution.close", object=institution_id)


def reopen(work: Work, actor: Operator, institution_id: str) -> None:
    """Reopen a closed institution under the code it had last."""
    actor.require(Role.REGISTRAR, NODE)
    row = load(work, institution_id, lock=True)
    if row["state"] != "closed":
        raise Conflict("institution_open")
    last = code_history(work, row)[-1]
    start = max(work.now, last["valid_to"])
    _add_code(work, institution_id, last["code"], "reopened", start)
    change(work, institution_id, state="open")
    trail.record(work, actor=actor.id, action="institution.reopen", object=institution_id)


def accredit(work: Work, actor: Operator, institution_id: str, order: NewAccreditation) -> str:
    """Accredit an institution for a type, at no level above its own kind."""
    actor.require(Role.REGISTRAR, NODE)
    row = load(work, institution_id, lock=True)
    highest = grantable(InstitutionKind(row["kind"]))
    for level in order.levels:
        if level not in highest:
            raise Invalid("level_too_high", level=level, kind=row["kind"])
    if order.type not in TYPES or not order.levels:
        raise Invalid("type_unknown")
    accreditation_id = new_id("acc", work.random)
    values = {
        "id": accreditation_id,
        "institution_id": institution_id,
        "type": order.type,
        "levels": ",".join(level for level in AWARD_LEVELS if level in order.levels),
        "valid_from": order.valid_from,
        "valid_to": order.valid_to,
        "version": 1,
    }
    accreditations(work, row)  # the set before must have been whole
    queries.add_accreditation(work.session, guarded.stamp(work.protect, ACCREDITATION, values))
    reseal(work, institution_id, ACCREDITATIONS)
    trail.record(work, actor=actor.id, action="institution.accredit", object=institution_id)
    return accreditation_id


def end_accreditation(
    work: Work, actor: Operator, institution_id: str, accreditation_id: str
) -> None:
    """End an accreditation now; what was issued under it must be anchored before."""
    actor.require(Role.REGISTRAR, NODE)
    row = load(work, institution_id, lock=True)
    for each in accreditations(work, row):
        if each["id"] == accreditation_id and each["valid_to"] is None:
            pending.refuse(work, institution_id, "accreditation_has_pending")
            end = pending.end(work, institution_id, each["valid_from"])
            values = {**each, "valid_to": end, "version": each["version"] + 1}
            queries.replace_accreditation(
                work.session, guarded.stamp(work.protect, ACCREDITATION, values)
            )
            reseal(work, institution_id, ACCREDITATIONS)
            trail.record(
                work, actor=actor.id, action="institution.unaccredit", object=institution_id
            )
            return
    raise NotFound("accreditation_unknown")


def load(work: Work, institution_id: str, *, lock: bool = False) -> Mapping[Any, Any]:
    """Return an institution's row. Raises NotFound, Tampered."""
    row = queries.institution(work.session, institution_id, lock=lock)
    if row is None:
        raise NotFound("institution_unknown")
    return guarded.check(work.protect, INSTITUTION, row)


def checked(work: Work, found: Iterable[Mapping[Any, Any]]) -> list[Mapping[Any, Any]]:
    """Return rows of institutions that somebody looked up. Raises Tampered."""
    return [guarded.check(work.protect, INSTITUTION, row) for row in found]


def change(work: Work, institution_id: str, **values: object) -> None:
    """Change columns of an institution that the caller holds. Raises Tampered."""
    row = {**load(work, institution_id), **values}
    queries.replace_institution(work.session, guarded.stamp(work.protect, INSTITUTION, row))


def accreditations(work: Work, row: Mapping[Any, Any]) -> Sequence[Mapping[Any, Any]]:
    """Return all accreditations of an institution's row. Raises Tampered."""
    return owned(work, row, ACCREDITATIONS)


def code_history(work: Work, row: Mapping[Any, Any]) -> Sequence[Mapping[Any, Any]]:
    """Return the codes that an institution's row had and has, oldest first. Raises Tampered."""
    return owned(work, row, CODES)


def owned(work: Work, row: Mapping[Any, Any], name: str) -> Sequence[Mapping[Any, Any]]:
    """Return a set of rows that an institution's row owns. Raises Tampered."""
    found = _FIND[name](work.session, row["id"])
    version, mac = row[f"{name}_version"], row[f"{name}_mac"]
    guarded.check_set(work.protect, SETS[name], row["id"], found, version=version, mac=mac)
    return found


def reseal(work: Work, institution_id: str, name: str) -> None:
    """Seal a set of an institution as it stands now; the caller checked it before its change."""
    version = load(work, institution_id)[f"{name}_version"] + 1
    found = _FIND[name](work.session, institution_id)
    mac = guarded.set_mac(work.protect, SETS[name], institution_id, found, version=version)
    change(work, institution_id, **{f"{name}_version": version, f"{name}_mac": mac})


def accredited(
    work: Work, row: Mapping[Any, Any], credential_type: str, level: str, at: datetime
) -> bool:
    """Return whether the registry lets an institution's row issue this at an instant."""
    return any(
        each["type"] == credential_type
        and level in each["levels"].split(",")
        and Span(each["valid_from"], each["valid_to"]).holds(at)
        for each in accreditations(work, row)
    )


def current_code(work: Work, institution_id: str) -> str:
    """Return the code that starts the numbers of new certificates. Raises Conflict if none."""
    for each in code_history(work, load(work, institution_id)):
        if each["valid_to"] is None:
            return str(each["code"])
    raise Conflict("institution_closed")


def _check_order(work: Work, order: NewInstitution) -> None:
    codes.validate_number_prefix(order.code)
    codes.validate_region(order.region)
    if order.uscc is not None:
        codes.validate_uscc(order.uscc)
    superior = order.superior_id
    if superior is not None and queries.institution(work.session, superior) is None:
        raise Invalid("superior_unknown")


def _end_code(work: Work, row: Mapping[Any, Any]) -> datetime:
    """End the present code and return when. Raises Conflict if there is none."""
    for each in code_history(work, row):
        if each["valid_to"] is None:
            end: datetime = max(work.now, each["valid_from"] + pending.SECOND)
            ended = guarded.stamp(work.protect, SCHOOL_CODE, {**each, "valid_to": end})
            queries.replace_code(work.session, ended)
            reseal(work, row["id"], CODES)
            return end
    raise Conflict("institution_closed")


def _add_code(work: Work, institution_id: str, code: str, reason: str, start: datetime) -> None:
    held = queries.holders_of_code(work.session, code)
    if any(
        guarded.check(work.protect, SCHOOL_CODE, each)["institution_id"] != institution_id
        or reason != "reopened"
        for each in held
    ):
        raise Conflict("code_taken", school_code=code)
    row = {
        "id": new_id("cod", work.random),
        "institution_id": institution_id,
        "code": code,
        "valid_from": start,
        "valid_to": None,
        "reason": reason,
    }
    queries.add_code(work.session, guarded.stamp(work.protect, SCHOOL_CODE, row))
    reseal(work, institution_id, CODES)
