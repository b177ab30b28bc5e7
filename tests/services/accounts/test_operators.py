"""Operators: one person by his document, roles by registrars, rows that nobody else may write."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from identity.errors import InvalidCode, WeakPassword
from identity.levels import Role
from services.accounts import operators, queries, sign_in
from services.accounts.operators import NODE, NewOperator
from services.honours import approving
from services.platform.errors import Conflict, Invalid, NotFound, Refused, Tampered
from tests.services.honours import classes
from tests.services.honours.classes import pupils
from tests.services.honours.rosters import id_number
from tests.services.nodes import Node

WHO = "school-a-approver"


def order(login: str, **changes: Any) -> NewOperator:
    plain: dict[str, Any] = {
        "login": login,
        "name": "张伟",
        "document_type": "resident_id",
        "document_number": id_number(1, born="19900102"),
        "password": "correct horse battery",
        "roles": (),
    }
    return NewOperator(**{**plain, **changes})


def make(node: Node, new: NewOperator) -> operators.Made:
    return operators.create(node.runtime, new, by=operators.SYSTEM)


def test_one_document_is_one_person(node: Node) -> None:
    one = make(node, order("zhang"))
    two = make(node, order("zhang-2", name="张玮"))
    three = make(node, order("li", document_number=id_number(2, born="19900102")))
    assert one.edu_id == two.edu_id != three.edu_id
    assert one.totp_seed != two.totp_seed
    for hidden in ("张伟", "correct horse", id_number(1, born="19900102")):
        assert hidden not in repr(order("zhang"))
    assert one.totp_seed.hex() not in repr(one)


def test_names_of_accounts_are_taken_once(node: Node) -> None:
    make(node, order("zhang"))
    with pytest.raises(Conflict, match="already_exists"):
        make(node, order("zhang", document_number=id_number(2, born="19900102")))


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"password": "short"}, WeakPassword),
        ({"password": "my name is zhang"}, WeakPassword),
        ({"document_number": "110105194912310020"}, InvalidCode),
        ({"document_type": "passport", "document_number": "  "}, Invalid),
    ],
)
def test_who_cannot_be_an_operator(
    sqlite_node: Node, changes: dict[str, Any], kind: type[Exception]
) -> None:
    with pytest.raises(kind) as caught:
        make(sqlite_node, order("zhang", **changes))
    assert "110105" not in str(caught.value)
    with sqlite_node.runtime.reading() as work:
        assert queries.operator_by_login(work.session, "zhang") is None


def grant(node: Node, by: str, to: str, role: Role, scope: str) -> None:
    actor, target = node.operator(by), node.operator(to)
    with node.runtime.writing() as work:
        operators.grant(work, actor, target.id, role, scope)


def test_a_registrar_gives_roles_and_takes_them(node: Node) -> None:
    school = node.ids["school-a"]
    grant(node, "registrar-1", "school-a-preparer", Role.APPROVER, school)
    assert ("approver", school) in node.operator("school-a-preparer").roles
    with pytest.raises(Conflict, match="already_exists"):
        grant(node, "registrar-1", "school-a-preparer", Role.APPROVER, school)
    actor, target = node.operator("registrar-2"), node.operator("school-a-preparer")
    with node.runtime.writing() as work:
        operators.withdraw(work, actor, target.id, Role.APPROVER, school)
    assert ("approver", school) not in node.operator("school-a-preparer").roles
    with node.runtime.writing() as work, pytest.raises(NotFound, match="role_unknown"):
        operators.withdraw(work, actor, target.id, Role.APPROVER, school)
    with node.runtime.writing() as work, pytest.raises(NotFound, match="operator_unknown"):
        operators.withdraw(work, actor, "opr_0", Role.APPROVER, school)


def test_nobody_gives_roles_to_himself(sqlite_node: Node) -> None:
    node = sqlite_node
    node.add_operator("registrar-1-again", number="DEMO-0000")
    for target in ("registrar-1", "registrar-1-again"):
        with pytest.raises(Refused, match="role_for_oneself"):
            grant(node, "registrar-1", target, Role.APPROVER, node.ids["school-a"])


def test_nobody_but_a_registrar_of_the_node_gives_roles(sqlite_node: Node) -> None:
    for login in ("school-a-approver", "school-a-preparer", "auditor"):
        with pytest.raises(Refused, match="role_missing"):
            grant(
                sqlite_node, login, "school-b-preparer", Role.APPROVER, sqlite_node.ids["school-a"]
            )


def test_two_grants_at_once_are_both_there(node: Node) -> None:
    schools = [node.ids["school-a"], node.ids["school-b"], node.ids["authority"]]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda s: grant(node, "registrar-1", "auditor", Role.PREPARER, s), schools))
    assert {("preparer", each) for each in schools} < node.operator("auditor").roles
    with node.runtime.reading() as work:
        operators.check_all(work)


ADDED = """INSERT INTO role_grant
    SELECT 'rol_0', id, 'approver', :school, 'system', created_at, 1, mac FROM operator
    WHERE login = 'school-a-approver'"""
MINE = "(SELECT id FROM operator WHERE login = 'school-a-approver')"
BY_HAND = {
    "role deleted": f"DELETE FROM role_grant WHERE operator_id = {MINE}",
    "role added": ADDED,
    "role changed": f"UPDATE role_grant SET role = 'registrar' WHERE operator_id = {MINE}",
    "role moved": (
        f"UPDATE role_grant SET operator_id = {MINE} WHERE role = 'registrar' AND operator_id ="
        " (SELECT id FROM operator WHERE login = 'registrar-1')"
    ),
    "operator changed": (
        "UPDATE operator SET edu_id ="
        " (SELECT max(edu_id) FROM person WHERE person.edu_id <> operator.edu_id)"
    ),
    "set forged": "UPDATE operator SET roles_version = 0",
    "key deleted": f"DELETE FROM operator_key WHERE operator_id = {MINE}",
    "key changed": f"UPDATE operator_key SET version = 2 WHERE operator_id = {MINE}",
    "key of another": (
        f"UPDATE operator_key SET operator_id = {MINE} WHERE operator_id ="
        " (SELECT id FROM operator WHERE login = 'school-b-approver')"
    ),
}


@pytest.mark.parametrize("statement", BY_HAND.values(), ids=BY_HAND.keys())
def test_rows_written_by_hand_refuse_every_privileged_call(node: Node, statement: str) -> None:
    batch_id = classes.draft(node, pupils(1))
    actor, token = node.operator(WHO), node.token(WHO)
    proof = node.proof(WHO)
    values = {"school": node.ids["school-b"]} if ":school" in statement else {}
    assert classes.by_hand(node, statement, **values) >= 1
    with pytest.raises(Tampered):
        approving.approve(node.runtime, actor, batch_id, **proof)
    with pytest.raises(Tampered):
        sign_in.resume(node.runtime, token)
    with node.runtime.writing() as work, pytest.raises(Tampered):
        approving.send_back(work, actor, batch_id, "不对")
    with node.runtime.reading() as work, pytest.raises(Tampered):
        operators.check_all(work)
    assert classes.states(node, batch_id) == {"ON_NOTICE": 1}


def test_a_role_of_nobody_is_found(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.reading() as work:
        assert operators.check_all(work) == len(queries.operators(work.session))
    orphan = """INSERT INTO role_grant
        SELECT 'rol_0', 'opr_0', role, scope, granted_by, granted_at, version, mac
        FROM role_grant LIMIT 1"""
    engine = node.runtime.database.engine
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA foreign_keys=OFF")
        connection.exec_driver_sql(orphan)
        connection.exec_driver_sql("PRAGMA foreign_keys=ON")
    with node.runtime.reading() as work, pytest.raises(Tampered):
        operators.check_all(work)


def test_scopes(sqlite_node: Node) -> None:
    registrar = sqlite_node.operator("registrar-1")
    assert registrar.scopes(Role.REGISTRAR) == {NODE}
    assert registrar.scopes(Role.PREPARER, Role.APPROVER) == frozenset()
    school = sqlite_node.ids["school-a"]
    assert sqlite_node.operator("school-a-double").scopes(*Role) == {school}
