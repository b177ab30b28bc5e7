"""Institutions: codes with a history, nobody else's code, rights no higher than one's own kind."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from identity import codes
from identity.errors import InvalidCode
from identity.levels import InstitutionKind
from services.evidence.verdict import Outcome
from services.honours import approving, bundles
from services.platform.errors import Conflict, Invalid, NotFound, Refused, Tampered
from services.registry import institutions, integrity, queries, records
from services.registry.institutions import NewAccreditation, NewInstitution
from tests.services import verifying
from tests.services.honours import classes
from tests.services.honours.classes import pupils
from tests.services.nodes import Node
from tests.services.registry import registrars

PLAIN = NewInstitution(
    kind=InstitutionKind.SCHOOL,
    name_zh="中原市嵩山路中学（示范）",
    name_en=None,
    region="419900",
    code="3141000009",
    uscc=None,
    telephone="0371-12340009",
    superior_id=None,
)


def create(node: Node, by: str = "registrar-1", **changes: Any) -> str:
    with node.runtime.writing() as work:
        return institutions.create(work, node.operator(by), replace(PLAIN, **changes))


def act(node: Node, name: str, *arguments: Any, by: str = "registrar-1") -> Any:
    with node.runtime.writing() as work:
        return getattr(institutions, name)(work, node.operator(by), *arguments)


def history(node: Node, institution_id: str) -> list[tuple[str, str, bool]]:
    with node.runtime.reading() as work:
        found = queries.codes(work.session, institution_id)
    return [(row["code"], row["reason"], row["valid_to"] is None) for row in found]


@pytest.mark.parametrize(
    ("changes", "kind", "code"),
    [
        ({"code": "314100000"}, InvalidCode, "_invalid"),
        ({"code": "9941000001"}, InvalidCode, "_invalid"),
        ({"code": "3199000001"}, InvalidCode, "_invalid"),
        ({"region": "999999"}, InvalidCode, "_invalid"),
        ({"uscc": "91350100M000100Y44"}, InvalidCode, "_invalid"),
        ({"superior_id": "inst_41AAAAAAAAAAAAAAAA"}, Invalid, "superior_unknown"),
        ({"code": "3141000001"}, Conflict, "code_taken"),
        ({"name_zh": "\U000323af中学"}, Invalid, "glyph_missing"),
    ],
)
def test_what_cannot_be_registered(
    sqlite_node: Node, changes: dict[str, Any], kind: type[Exception], code: str
) -> None:
    with pytest.raises(kind, match=code):
        create(sqlite_node, **changes)


def test_only_a_registrar_of_the_node_registers(sqlite_node: Node) -> None:
    for by in ("auditor", "school-a-approver"):
        with pytest.raises(Refused, match="role_missing"):
            create(sqlite_node, by)
        for name, arguments in (
            ("recode", ("3141000009",)),
            ("close", ()),
            ("reopen", ()),
        ):
            with pytest.raises(Refused, match="role_missing"):
                act(sqlite_node, name, sqlite_node.ids["school-a"], *arguments, by=by)


def test_a_recode_leaves_old_certificates_valid(node: Node) -> None:
    school = node.ids["school-a"]
    [old] = classes.issue(node, pupils(1))
    act(node, "recode", school, "3441000001")
    registrars.record(node, school)
    registrars.anchor(node)
    [new] = classes.issue(node, pupils(1, first=1))
    assert codes.parse_number(old).prefix == "3141000001"
    assert codes.parse_number(new).prefix == "3441000001"
    assert codes.parse_number(new).serial == 1
    for number in (old, new):
        data = bundles.of_number(node.runtime, number)
        for verdict in (verifying.offline(node, data), verifying.online(node, data)):
            assert verdict.result is Outcome.VALID, verifying.reasons(verdict)
    assert history(node, school) == [
        ("3141000001", "new", False),
        ("3441000001", "recode", True),
    ]


def test_a_void_code_is_given_to_nobody(node: Node) -> None:
    school = node.ids["school-a"]
    with pytest.raises(Conflict, match="code_same"):
        act(node, "recode", school, "3141000001")
    act(node, "recode", school, "3441000001")
    for change in (
        lambda: create(node, code="3141000001"),
        lambda: act(node, "recode", node.ids["school-b"], "3141000001"),
        lambda: act(node, "recode", school, "3141000001"),
    ):
        with pytest.raises(Conflict, match="code_taken"):
            change()
    insert = """INSERT INTO school_code
        SELECT 'cod_0', :other, code, valid_from, valid_to, reason, mac FROM school_code
        WHERE code = '3141000001'"""
    with pytest.raises(Conflict, match="already_exists"):  # and the database says so, too
        classes.by_hand(node, insert, other=node.ids["school-b"])


def test_a_closed_school_gets_its_own_code_back(node: Node) -> None:
    school = node.ids["school-a"]
    [before] = classes.issue(node, pupils(1))
    draft = classes.draft(node, pupils(1, first=1))
    with pytest.raises(Conflict, match="institution_open"):
        act(node, "reopen", school)
    act(node, "recode", school, "3441000001")
    act(node, "close", school)
    with pytest.raises(Conflict, match="institution_closed"):
        act(node, "close", school)
    with pytest.raises(Conflict, match="institution_closed"):
        node.approve(draft)
    with pytest.raises(Conflict, match="code_taken"):
        create(node, code="3441000001")
    data = bundles.of_number(node.runtime, before)
    assert verifying.online(node, data).result is Outcome.VALID

    act(node, "reopen", school)
    assert history(node, school) == [
        ("3141000001", "new", False),
        ("3441000001", "recode", False),
        ("3441000001", "reopened", True),
    ]
    registrars.record(node, school)  # readable: every span of a code has a length
    registrars.anchor(node)
    node.approve(draft)
    node.work()
    assert classes.states(node, draft) == {"ISSUED": 1}
    act(node, "close", school)
    act(node, "reopen", school)
    with node.runtime.reading() as work:
        assert institutions.current_code(work, school) == "3441000001"


def accreditation(node: Node, *levels: str, **changes: Any) -> NewAccreditation:
    plain = NewAccreditation("honour/1", levels, node.clock.now, None)
    return replace(plain, **changes)


@pytest.mark.parametrize(
    ("school", "levels", "changes", "code"),
    [
        ("school-a", ("county",), {}, "level_too_high"),
        ("school-a", ("school", "international"), {}, "level_too_high"),
        ("authority", ("provincial",), {}, "level_too_high"),
        ("authority", ("village",), {}, "level_too_high"),
        ("authority", (), {}, "type_unknown"),
        ("authority", ("city",), {"type": "honour/2"}, "type_unknown"),
    ],
)
def test_nobody_is_accredited_above_his_kind(
    sqlite_node: Node, school: str, levels: tuple[str, ...], changes: dict[str, Any], code: str
) -> None:
    node = sqlite_node
    order = accreditation(node, *levels, **changes)
    with pytest.raises(Invalid, match=code):
        act(node, "accredit", node.ids[school], order)


def held(node: Node, institution_id: str) -> list[Any]:
    with node.runtime.reading() as work:
        row = institutions.load(work, institution_id)
        return list(institutions.accreditations(work, row))


def test_an_accreditation_ends_after_all_that_rests_on_it(node: Node) -> None:
    school = node.ids["school-a"]
    [old] = held(node, school)
    batch_id = classes.approved(node, pupils(1)).batch_id
    with pytest.raises(Conflict, match="accreditation_has_pending") as caught:
        act(node, "end_accreditation", school, old["id"])
    assert f"{school}/2026#0" in str(caught.value)
    node.work()
    act(node, "end_accreditation", school, old["id"])
    with pytest.raises(NotFound, match="accreditation_unknown"):
        act(node, "end_accreditation", school, old["id"])
    registrars.record(node, school)
    registrars.anchor(node)
    [row] = classes.certificates(node, batch_id)
    verdict = verifying.online(node, bundles.of_number(node.runtime, row["number"]))
    assert verdict.result is Outcome.VALID, verifying.reasons(verdict)


def test_what_is_issued_in_the_second_of_the_end_stays_valid(node: Node) -> None:
    """The clocks of node and chain stand in one second: the end comes after the block."""
    school = node.ids["school-a"]
    numbers = classes.issue(node, pupils(1))
    [old] = held(node, school)
    act(node, "end_accreditation", school, old["id"])
    [ended] = held(node, school)
    assert ended["valid_to"] > node.clock.now - timedelta(seconds=1)
    registrars.record(node, school)
    registrars.anchor(node)
    verdict = verifying.online(node, bundles.of_number(node.runtime, numbers[0]))
    assert verdict.result is Outcome.VALID, verifying.reasons(verdict)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accreditation SET levels = 'school,county,city'",
        "UPDATE accreditation SET institution_id = :school",
        "DELETE FROM accreditation WHERE institution_id = :school",
        "UPDATE institution SET accreditations_version = 0",
    ],
)
def test_accreditations_written_by_hand(sqlite_node: Node, statement: str) -> None:
    node = sqlite_node
    school = node.ids["school-a"]
    classes.by_hand(node, statement, **({"school": school} if ":school" in statement else {}))
    with pytest.raises(Tampered):
        held(node, school)
    with pytest.raises(Tampered):
        act(node, "accredit", school, accreditation(node, "school"))


CODE_ADDED = """INSERT INTO school_code
    SELECT 'cod_0', institution_id, '3141999999', valid_from, valid_from, reason, mac
    FROM school_code WHERE institution_id = :school"""
CODES = {
    "name": "UPDATE institution SET name_zh = '伪造的学校' WHERE id = :school",
    "kind": "UPDATE institution SET kind = 'province' WHERE id = :school",
    "telephone": "UPDATE institution SET telephone = '110' WHERE id = :school",
    "superior": "UPDATE institution SET superior_id = NULL WHERE id = :school",
    "state": "UPDATE institution SET state = 'closed' WHERE id = :school",
    "code changed": "UPDATE school_code SET code = '3141999999' WHERE institution_id = :school",
    "code's story": "UPDATE school_code SET reason = 'recode' WHERE institution_id = :school",
    "code deleted": "DELETE FROM school_code WHERE institution_id = :school",
    "code added": CODE_ADDED,
    "set forged": "UPDATE institution SET codes_version = codes_version + 1 WHERE id = :school",
}


@pytest.mark.parametrize("statement", CODES.values(), ids=CODES.keys())
def test_an_institution_and_its_codes_written_by_hand(node: Node, statement: str) -> None:
    school = node.ids["school-a"]
    node.clock.now += timedelta(days=1)
    batch_id = classes.draft(node, pupils(1))
    proof = node.proof("school-a-approver")
    assert classes.by_hand(node, statement, school=school)
    actor = node.operator("school-a-approver")
    with pytest.raises(Tampered):
        approving.approve(node.runtime, actor, batch_id, **proof)
    with pytest.raises(Tampered):
        act(node, "recode", school, "3441000001")
    with node.runtime.reading() as work, pytest.raises(Tampered):
        records.differences(work, school)
    with node.runtime.reading() as work, pytest.raises(Tampered):
        integrity.check(work)


def test_an_institution_that_is_gone_is_found_by_what_it_owned(sqlite_node: Node) -> None:
    file = sqlite_node.runtime.database.engine.url.database or ""
    with closing(sqlite3.connect(file)) as database:
        database.execute("DELETE FROM institution WHERE id = ?", [sqlite_node.ids["school-b"]])
        database.commit()
    with sqlite_node.runtime.reading() as work, pytest.raises(Tampered, match="rows_altered"):
        integrity.check(work)


def test_there_is_no_such_institution(sqlite_node: Node) -> None:
    with pytest.raises(NotFound, match="institution_unknown"):
        act(sqlite_node, "close", "inst_41AAAAAAAAAAAAAAAA")
