"""What a self-check finds, with one thing wrong each."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import text, update

from identity.levels import InstitutionKind, Role
from services.accounts import operators
from services.honours import checkup, programmes
from services.honours.checkup import OK, UNKNOWN, WRONG, Point
from services.honours.tables import PROGRAMME
from services.platform import guarded, texts
from services.platform.errors import NotFound
from services.registry import institutions, keys, queries, trust
from services.registry.tables import ACCREDITATION
from tests.services.nodes import Node

SUBJECTS = ["code", "record", "key", "accreditation", "people", "trust", "programme", "paper"]


def found(node: Node, login: str = "registrar-1") -> list[Point]:
    with node.runtime.reading() as work:
        return checkup.points(work, node.operator(login), node.ids["school-a"])


def wrong(node: Node) -> dict[str, str]:
    """Return what is not right, by code."""
    return {each.code: each.result for each in found(node) if each.result != OK}


def test_a_school_that_is_ready_is_right_in_every_point(sqlite_node: Node) -> None:
    points = found(sqlite_node)

    assert [each.subject for each in points] == SUBJECTS
    assert {each.result for each in points} == {OK}
    for each in points:
        for lang in texts.LANGUAGES:
            assert each.message(lang, sqlite_node.clock.now)
            assert each.remedy(lang, sqlite_node.clock.now) == ""


def test_a_school_that_was_just_registered_lacks_everything_but_its_code(
    sqlite_node: Node,
) -> None:
    node = sqlite_node
    with node.runtime.writing() as work:
        row = institutions.load(work, node.ids["school-a"])
        order = institutions.NewInstitution(
            kind=InstitutionKind.SCHOOL,
            name_zh="新建小学",
            name_en=None,
            region=row["region"],
            code="2141000099",
            uscc=None,
            telephone="0371-66880001",
            superior_id=None,
        )
        made = institutions.create(work, node.operator("registrar-1"), order)
    with node.runtime.reading() as work:
        points = checkup.points(work, node.operator("registrar-1"), made)

    said = {each.subject: each for each in points}
    assert [each.code for each in points if each.result == WRONG] == [
        "record_missing",
        "key_missing",
        "accreditation_missing",
        "people_no_preparer",
        "programme_missing",
    ]
    assert said["record"].link == f"/registry/records?institution={made}"
    for each in points:
        for lang in texts.LANGUAGES:
            assert each.message(lang, node.clock.now)
            assert bool(each.remedy(lang, node.clock.now)) == (each.result != OK)


def _closed(node: Node) -> None:
    with node.runtime.writing() as work:
        institutions.close(work, node.operator("registrar-1"), node.ids["school-a"])


def _retired(node: Node) -> None:
    with node.runtime.writing() as work:
        [kid] = [row["kid"] for row in queries.institution_keys(work.session, node.ids["school-a"])]
        keys.retire_issuer_key(work, node.operator("registrar-1"), kid)


def _new_key(node: Node) -> None:
    _retired(node)
    with node.runtime.writing() as work:
        keys.make_issuer_key(work, node.operator("registrar-1"), node.ids["school-a"])


def _unaccredited(node: Node) -> None:
    with node.runtime.writing() as work:
        row = institutions.load(work, node.ids["school-a"])
        [held] = institutions.accreditations(work, row)
        actor = node.operator("registrar-1")
        institutions.end_accreditation(work, actor, node.ids["school-a"], held["id"])
    node.clock.now += timedelta(minutes=5)


def _ending(node: Node) -> None:
    with node.runtime.writing() as work:
        row = institutions.load(work, node.ids["school-a"])
        [held] = institutions.accreditations(work, row)
        values = {**held, "valid_to": node.clock.now + timedelta(days=9)}
        stamped = guarded.stamp(work.protect, ACCREDITATION, values)
        queries.replace_accreditation(work.session, stamped)
        institutions.reseal(work, node.ids["school-a"], institutions.ACCREDITATIONS)


def _withdraw(*gone: tuple[str, Role]) -> Callable[[Node], None]:
    def act(node: Node) -> None:
        with node.runtime.writing() as work:
            for login, role in gone:
                actor, target = node.operator("registrar-1"), node.operator(login)
                operators.withdraw(work, actor, target.id, role, node.ids["school-a"])

    return act


def _no_superior(node: Node) -> None:
    with node.runtime.writing() as work:
        institutions.change(work, node.ids["school-a"], superior_id=None)


def _altered(table: str, change: str) -> Callable[[Node], None]:
    def act(node: Node) -> None:
        with node.runtime.writing() as work:
            work.session.execute(text(f"UPDATE {table} SET {change}"))

    return act


def _without_list(node: Node) -> None:
    (node.runtime.settings.trust_folder / trust.LIST).unlink()


def _broken_list(node: Node) -> None:
    (node.runtime.settings.trust_folder / trust.LIST).write_bytes(b"{")


def _new_document_key(node: Node) -> None:
    with node.runtime.writing() as work:
        [kid] = [row["kid"] for row in keys.node_keys(work) if row["use"] == "document"]
        keys.retire_node_key(work, node.operator("registrar-1"), kid)


def _later(**time: int) -> Callable[[Node], None]:
    def act(node: Node) -> None:
        node.clock.now += timedelta(**time)

    return act


def _rare_name(node: Node) -> None:
    with node.runtime.writing() as work:
        institutions.change(work, node.ids["school-a"], name_zh="\U000323af中学")


@pytest.mark.parametrize(
    ("spoil", "expected"),
    [
        (_closed, {"code_missing": WRONG, "record_outdated": WRONG}),
        (_retired, {"key_retired": WRONG, "record_outdated": WRONG}),
        (_new_key, {"key_not_recorded": WRONG, "record_outdated": WRONG}),
        (
            _unaccredited,
            {
                "accreditation_missing": WRONG,
                "record_outdated": WRONG,
                "programme_not_accredited": WRONG,
            },
        ),
        (_ending, {"accreditation_ending": WRONG, "record_outdated": WRONG}),
        (_altered("accreditation", "levels = 'city'"), {"altered": UNKNOWN}),
        (_altered("programme", "level = 'city'"), {"altered": UNKNOWN}),
        (_altered("role_grant", "granted_by = 'x' WHERE scope LIKE 'inst%'"), {"altered": UNKNOWN}),
        (_without_list, {"trust_missing": WRONG}),
        (_broken_list, {"trust_unreadable": UNKNOWN}),
        (_new_document_key, {"trust_keys": WRONG}),
        (_later(days=80), {"trust_ending": WRONG}),
        (_later(days=91), {"trust_expired": WRONG}),
        (_rare_name, {"paper_glyphs": WRONG, "record_outdated": WRONG}),
    ],
)
def test_what_is_wrong_is_named(
    sqlite_node: Node, spoil: Callable[[Node], None], expected: dict[str, str]
) -> None:
    spoil(sqlite_node)

    assert wrong(sqlite_node) == expected
    for each in found(sqlite_node):
        for lang in texts.LANGUAGES:
            assert bool(each.remedy(lang, sqlite_node.clock.now)) == (each.result != OK)


DOUBLE = "school-a-double"


@pytest.mark.parametrize(
    ("gone", "superior", "expected"),
    [
        (
            (("school-a-preparer", Role.PREPARER), (DOUBLE, Role.PREPARER)),
            False,
            "people_no_preparer",
        ),
        (
            (("school-a-approver", Role.APPROVER), (DOUBLE, Role.APPROVER)),
            False,
            "people_no_approver",
        ),
        ((("school-a-approver", Role.APPROVER), (DOUBLE, Role.APPROVER)), True, "people_superior"),
        (
            (("school-a-preparer", Role.PREPARER), ("school-a-approver", Role.APPROVER)),
            False,
            "people_one_person",
        ),
    ],
)
def test_a_school_needs_two_people_or_an_approver_above(
    sqlite_node: Node, gone: tuple[tuple[str, Role], ...], superior: bool, expected: str
) -> None:
    node = sqlite_node
    if superior:
        node.add_operator("above", (Role.APPROVER, node.ids["authority"]))
    else:
        _no_superior(node)
    _withdraw(*gone)(node)

    assert expected in {each.code for each in found(node) if each.subject == "people"}


def test_an_approver_without_a_key_is_named(sqlite_node: Node) -> None:
    node = sqlite_node
    late = node.add_operator("late")
    with node.runtime.writing() as work:
        actor = node.operator("registrar-1")
        operators.grant(work, actor, late.id, Role.APPROVER, node.ids["school-a"])

    [point] = [each for each in found(node) if each.code == "people_no_key"]
    assert point.facts["login"] == "late"
    assert point.who == "approver"


def test_a_record_waits_for_its_second_signature_then_for_its_anchor(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.writing() as work:
        institutions.recode(work, node.operator("registrar-1"), node.ids["school-a"], "3441000098")

    assert wrong(node) == {"record_outdated": WRONG}


def test_programmes_that_are_over_are_none(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.writing() as work:
        row = programmes.load(work, node.programmes["school-a"])
        stamped = guarded.stamp(work.protect, PROGRAMME, {**row, "open_to": "2026-02-01"})
        work.session.execute(update(PROGRAMME).where(PROGRAMME.c.id == row["id"]).values(**stamped))

    assert wrong(node) == {"programme_closed": WRONG}


def test_a_contest_without_its_approval_number_lacks_the_sentence(sqlite_node: Node) -> None:
    node = sqlite_node
    with node.runtime.writing() as work:
        row = programmes.load(work, node.programmes["school-a"])
        stamped = guarded.stamp(work.protect, PROGRAMME, {**row, "contest": True})
        work.session.execute(update(PROGRAMME).where(PROGRAMME.c.id == row["id"]).values(**stamped))

    assert wrong(node) == {"programme_sentence": WRONG}


@pytest.mark.parametrize("login", ["school-b-preparer"])
def test_another_school_is_as_unknown_as_none(sqlite_node: Node, login: str) -> None:
    with pytest.raises(NotFound, match="institution_unknown"):
        found(sqlite_node, login)


def test_its_own_people_may_look(sqlite_node: Node) -> None:
    assert found(sqlite_node, "school-a-preparer") == found(sqlite_node)
