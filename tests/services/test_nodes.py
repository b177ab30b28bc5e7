"""The node that tests are given: whole, quick, and each test's own."""

from services.honours import approving
from services.honours import queries as honours_queries
from tests.services.nodes import Node


def test_a_node_is_ready_to_issue(node: Node) -> None:
    assert sorted(node.ids) == ["authority", "school-a", "school-b"]
    numbers = node.issue("school-a")
    assert len(numbers) == len(set(numbers)) == 30
    with node.runtime.reading() as work:
        [batch] = honours_queries.batches(work.session, [node.ids["school-a"]], limit=10)
        states = honours_queries.row_states(work.session, batch["id"])
    assert batch["state"] == approving.DONE
    assert states == {"ISSUED": 30}


def test_a_copy_holds_what_was_issued(issued: Node) -> None:
    assert len(issued.numbers("school-a")) + len(issued.numbers("school-b")) == 60


def test_a_proof_is_new_each_time(sqlite_node: Node) -> None:
    proofs = [sqlite_node.proof("auditor") for _ in range(2)]
    assert proofs[0] == proofs[1]
    assert sqlite_node.token("auditor") != sqlite_node.token("auditor")
