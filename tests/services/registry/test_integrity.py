"""What somebody with the database's password can take away without anybody's asking for it."""

from collections.abc import Callable

import pytest

from services.platform.errors import Tampered
from services.registry import integrity
from tests.services.honours import classes
from tests.services.nodes import Node
from tests.services.registry import registrars


def check(node: Node) -> int:
    with node.runtime.reading() as work:
        integrity.check(work)
        return integrity.check_log(work)


def test_a_node_as_it_should_be(node: Node) -> None:
    assert check(node) >= 3


def test_every_record_is_counted(sqlite_node: Node) -> None:
    node = sqlite_node
    before = check(node)
    registrars.new_key(node, node.ids["school-a"])
    registrars.record(node, node.ids["school-a"])

    assert check(node) == before + 1


def newest_record(node: Node) -> int:
    return classes.by_hand(
        node,
        "DELETE FROM issuer_record WHERE digest = (SELECT digest FROM issuer_record"
        " WHERE institution_id = :id ORDER BY seq DESC LIMIT 1)",
        id=node.ids["school-a"],
    )


def another_salt(node: Node) -> int:
    return classes.by_hand(node, "UPDATE issuer_record SET salt = :salt", salt=bytes(16))


def operator_gone(node: Node) -> int:
    return classes.by_hand(node, "DELETE FROM role_grant WHERE role = 'auditor'")


def operator_risen(node: Node) -> int:
    return classes.by_hand(node, "UPDATE role_grant SET role = 'registrar' WHERE role = 'preparer'")


def accreditation_raised(node: Node) -> int:
    return classes.by_hand(node, "UPDATE accreditation SET valid_to = NULL, levels = '[]'")


@pytest.mark.parametrize(
    "act",
    [
        newest_record,
        another_salt,
        operator_gone,
        operator_risen,
        accreditation_raised,
    ],
)
def test_what_was_changed_or_taken_away_is_found(
    sqlite_node: Node, act: Callable[[Node], int]
) -> None:
    node = sqlite_node
    registrars.new_key(node, node.ids["school-a"])
    registrars.record(node, node.ids["school-a"])
    check(node)
    assert act(node) > 0

    with pytest.raises(Tampered):
        check(node)
