"""Institutions: their names, codes over time, and what they are accredited for.

Changes here bind nobody outside until two registrars sign a new issuer record that says so
(services.registry.records).

Errors     NotFound institution_unknown, accreditation_unknown; Conflict code_taken, code_same,
           institution_closed, institution_open, accreditation_has_pending (entries); Invalid
           level_too_high, type_unknown, superior_unknown, glyph_missing; Tampered; those of
           identity.codes
"""

from collections.abc import Mapping, Sequence
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
from services.registry.tables import ACCREDITATION, INSTITUTION_KEY


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
    empty: dict[str, Any] = {"keys_version": 0, "accreditations_version": 0}
    for column, table in (("keys_mac", INSTITUTION_KEY), ("accreditations_mac", ACCREDITATION)):
        empty[column] = guarded.set_mac(work.protect, table, institution_id, (), version=0)
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
    queries.add_institution(work.session, {**row, **empty})
    _add_code(work, institution_id, order.code, "new", work.now)
    trail.record(work, actor=actor.id, action="institution.create", object=institution_id)
    return institution_id


def recode(work: Work, actor: Operator, institution_id: str, code: str) -> None:
    """Give an institution a new code; the old one is void and never given to another."""
    actor.require(Role.REGISTRAR, NODE)
    load(work, institution_id, lock=True)
    if current_code(work, institution_id) == code:
        raise Conflict("code_same", school_code=code)
    codes.validate_number_prefix(code)
    _add_code(work, institution_id, code, "recode", _end_code(work, institution_id))
    trail.record(
        work, actor=actor.id, action="institution.recode", object=institution_id, code=code
    )


def close(work: Work, actor: Operator, institution_id: str) -> None:
    """Close an institution: its code ends, what it stated stays verifiable."""
    actor.require(Role.REGISTRAR, NODE)
    load(work, institution_id, lock=True)
    _end_code(work, institution_id)
    queries.change_institution(work.session, institution_id, {"state": "closed"})
    trail.record(work, actor=actor.id, action="institution.close", object=institution_id)


def reopen(work: Work, actor: Operator, institution_id: str) -> None:
    """Reopen a closed institution under the code it had last."""
    actor.require(Role.REGISTRAR, NODE)
    row = load(work, institution_id, lock=True)
    if row["state"] != "closed":
        raise Conflict("institution_open")
    last = queries.codes(work.session, institution_id)[-1]
    start = max(work.now, last["valid_to"])
    _add_code(work, institution_id, last["code"], "reopened", start)
    queries.change_institution(work.session, institution_id, {"state": "open"})
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
    _reseal_accreditations(work, institution_id)
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
            _reseal_accreditations(work, institution_id)
            trail.record(
                work, actor=actor.id, action="institution.unaccredit", object=institution_id
            )
            return
    raise NotFound("accreditation_unknown")


def load(work: Work, institution_id: str, *, lock: bool = False) -> Mapping[Any, Any]:
    """Return an institution's row. Raises NotFound."""
    row = queries.institution(work.session, institution_id, lock=lock)
    if row is None:
        raise NotFound("institution_unknown")
    return row


def accreditations(work: Work, row: Mapping[Any, Any]) -> Sequence[Mapping[Any, Any]]:
    """Return all accreditations of an institution's row. Raises Tampered."""
    found = queries.accreditations(work.session, row["id"])
    guarded.check_set(
        work.protect,
        ACCREDITATION,
        row["id"],
        found,
        version=row["accreditations_version"],
        mac=row["accreditations_mac"],
    )
    return found


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
    for row in queries.codes(work.session, institution_id):
        if row["valid_to"] is None:
            return str(row["code"])
    raise Conflict("institution_closed")


def _check_order(work: Work, order: NewInstitution) -> None:
    codes.validate_number_prefix(order.code)
    codes.validate_region(order.region)
    if order.uscc is not None:
        codes.validate_uscc(order.uscc)
    superior = order.superior_id
    if superior is not None and queries.institution(work.session, superior) is None:
        raise Invalid("superior_unknown")


def _end_code(work: Work, institution_id: str) -> datetime:
    """End the present code and return when. Raises Conflict if there is none."""
    for row in queries.codes(work.session, institution_id):
        if row["valid_to"] is None:
            end: datetime = max(work.now, row["valid_from"] + pending.SECOND)
            queries.end_code(work.session, institution_id, end)
            return end
    raise Conflict("institution_closed")


def _add_code(work: Work, institution_id: str, code: str, reason: str, start: datetime) -> None:
    held = queries.holders_of_code(work.session, code)
    if any(row["institution_id"] != institution_id or reason != "reopened" for row in held):
        raise Conflict("code_taken", school_code=code)
    row = {
        "id": new_id("cod", work.random),
        "institution_id": institution_id,
        "code": code,
        "valid_from": start,
        "valid_to": None,
        "reason": reason,
    }
    queries.add_code(work.session, row)


def _reseal_accreditations(work: Work, institution_id: str) -> None:
    row = load(work, institution_id)
    version = row["accreditations_version"] + 1
    found = queries.accreditations(work.session, institution_id)
    mac = guarded.set_mac(work.protect, ACCREDITATION, institution_id, found, version=version)
    queries.change_institution(
        work.session,
        institution_id,
        {"accreditations_version": version, "accreditations_mac": mac},
    )
