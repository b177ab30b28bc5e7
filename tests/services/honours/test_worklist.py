"""What came back to its preparer is in his list until there is a newer draft of the same."""

import pytest

from services.honours import approving, worklist
from services.honours.worklist import Task
from tests.services.nodes import Node


def returned(node: Node) -> tuple[Task, ...]:
    with node.runtime.reading() as work:
        return worklist.of(work, node.operator("school-a-preparer")).returned


def send_back(node: Node, batch_id: str) -> None:
    with node.runtime.writing() as work:
        approving.send_back(work, node.operator("school-a-approver"), batch_id, "请核对")


@pytest.mark.parametrize("_attempt", range(4))  # ids are random, and decide nothing here
def test_a_draft_of_the_same_second_takes_its_place(sqlite_node: Node, _attempt: int) -> None:
    node = sqlite_node
    first = node.draft()
    send_back(node, first)
    assert [each.address for each in returned(node)] == [f"/batches/{first}"]

    second = node.draft()

    assert returned(node) == ()
    send_back(node, second)
    assert len(returned(node)) == 1


def test_a_draft_of_another_period_does_not(sqlite_node: Node) -> None:
    node = sqlite_node
    first = node.draft()
    send_back(node, first)
    node.draft(period="2026—2027 学年")

    assert [each.address for each in returned(node)] == [f"/batches/{first}"]
