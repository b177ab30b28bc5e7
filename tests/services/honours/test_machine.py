"""Whatever preparers, approvers and workers do, in any order: the invariants hold.

A rule-based machine over the real services: draft, return, approve, issue chunk by chunk, anchor,
suspend, lift, revoke, correct, with people who have the role and people who do not. What the
table forbids is refused; what it allows happens; after each step everything agrees.
"""

import itertools
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    consumes,
    initialize,
    invariant,
    multiple,
    precondition,
    rule,
    run_state_machine_as_test,
)

from services.honours import approving, changes, drafting, issue, queries
from services.honours.workflow import TABLE
from services.platform.errors import Conflict, Invalid, Refused
from services.platform.jobs import queue
from tests.services import nodes
from tests.services.honours import classes, invariants
from tests.services.honours.classes import CADRE, MODEL, pupil
from tests.services.nodes import Node
from tests.services.registry import registrars

Open = Callable[[], AbstractContextManager[Node]]

PEOPLE = (
    "school-a-preparer",
    "school-a-approver",
    "school-a-double",
    "school-b-approver",
    "registrar-1",
)
ACTIONS = ("suspend", "lift", "revoke")


def mostly(login: str) -> st.SearchStrategy[str]:
    """Draw the right person most of the time, so that something happens."""
    return st.sampled_from((login,) * 2 * len(PEOPLE) + PEOPLE)


def refused() -> AbstractContextManager[Any]:
    return pytest.raises(Conflict, match="batch_not_draft")


class Honours(RuleBasedStateMachine):
    """One school, five pupils, two awards."""

    drafts = Bundle("drafts")
    requests = Bundle("requests")

    open_node: ClassVar[Any]

    def __init__(self) -> None:
        super().__init__()
        self._opened = self.open_node()
        self.node = self._opened.__enter__()

    def teardown(self) -> None:
        self._opened.__exit__(None, None, None)

    @initialize()
    def two_have_one(self) -> None:
        classes.issue(self.node, [pupil(0), pupil(1)])

    @rule(
        target=drafts,
        who=st.sets(st.integers(0, 4), min_size=1, max_size=3),
        award=st.sampled_from((MODEL, CADRE)),
        weaker=st.sampled_from(({}, {"xjh": ""}, {"xjh": "", "id": ""}, {"no": ""})),
        corrects=st.booleans(),
        login=mostly("school-a-preparer"),
    )
    def draft(
        self, who: set[int], award: str, weaker: dict[str, str], corrects: bool, login: str
    ) -> Any:
        rows = classes.roster(pupil(each, award, **weaker) for each in sorted(who))
        order = self.node.order(corrects=corrects)
        actor = self.node.operator(login)
        try:
            batch_id, report = drafting.draft(self.node.runtime, actor, order, rows, "名单.csv")
        except Refused:
            assert login not in ("school-a-preparer", "school-a-double")
            return multiple()
        except Invalid:
            assert corrects, "only a correction may find nothing"
            return multiple()
        assert (batch_id is None) == bool(report.problems)
        return multiple() if batch_id is None else (batch_id, login)

    @rule(who=st.integers(0, 1), award=st.sampled_from((MODEL, CADRE)))
    def correct(self, who: int, award: str) -> None:
        try:
            classes.approved(self.node, [pupil(who, award)], corrects=True)
        except (Invalid, AssertionError):  # nothing to correct, or it is being corrected
            return

    @rule(batch=drafts, event=st.sampled_from(("return", "withdraw")))
    def give_up(self, batch: tuple[str, str], event: str) -> None:
        may = set(classes.states(self.node, batch[0])) == {"ON_NOTICE"}
        with self.node.runtime.writing() as work, nullcontext() if may else refused():
            if event == "return":
                actor = self.node.operator("school-a-approver")
                approving.send_back(work, actor, batch[0], "不对")
            else:
                approving.withdraw(work, self.node.operator("school-a-preparer"), batch[0])

    @rule(batch=drafts, login=mostly("school-a-approver"))
    def approve(self, batch: tuple[str, str], login: str) -> None:
        batch_id, preparer = batch
        actor = self.node.operator(login)
        before = classes.states(self.node, batch_id)
        try:
            approving.approve(self.node.runtime, actor, batch_id, **self.node.proof(login))
        except Refused:
            may = ("school-a-approver", "school-a-double")
            assert login not in may or login == preparer == "school-a-double"
        except Conflict:
            assert set(before) != {"ON_NOTICE"}, "approved before"
        else:
            assert set(before) == {"ON_NOTICE"}
            assert login != preparer

    @rule()
    def issue_a_chunk(self) -> None:
        self.node.clock.now += timedelta(seconds=queue.LEASE_SECONDS + 1)
        with self.node.runtime.writing() as work:
            lease = queue.claim(work, owner="machine", kinds=[approving.JOB])
        if lease is not None:
            issue.run(self.node.runtime, lease)

    @rule()
    def anchor(self) -> None:
        registrars.anchor(self.node)

    @rule()
    def finish(self) -> None:
        self.node.work()

    @rule(
        target=requests,
        action=st.sampled_from(ACTIONS),
        first=st.integers(0, 5),
        count=st.integers(1, 3),
    )
    def ask(self, action: str, first: int, count: int) -> Any:
        found = classes.certificates(self.node)[first : first + count]
        numbers = [row["number"] for row in found]
        possible = all(self._possible(row["state"], action) for row in found)
        try:
            request_id = classes.ask(self.node, action, numbers)
        except (Conflict, Invalid):
            assert not possible or not numbers
            return multiple()
        assert possible
        return request_id

    @rule(request=consumes(requests), login=mostly("school-a-approver"))
    def decide(self, request: str, login: str) -> None:
        actor = self.node.operator(login)
        with self.node.runtime.reading() as work:
            asked = changes.load(work, request)
            numbers = [each.change.number for each in changes._asked(work, asked)]
            found = queries.certificates_of(work.session, numbers)
        possible = all(self._possible(row["state"], asked["action"]) for row in found.values())
        try:
            changes.approve(self.node.runtime, actor, request, **self.node.proof(login))
        except Refused:
            assert login not in ("school-a-approver", "school-a-double")
        except Conflict:
            assert not possible
        else:
            assert possible
            assert login in ("school-a-approver", "school-a-double")

    @precondition(lambda self: len(classes.certificates(self.node)) > 0)
    @rule(days=st.integers(1, 40))
    def wait(self, days: int) -> None:
        """Approvals run out, sign-ins too; what was approved still finishes."""
        self.node.clock.now += timedelta(days=days)

    @invariant()
    def everything_agrees(self) -> None:
        invariants.check(self.node)

    @staticmethod
    def _possible(state: str, action: str) -> bool:
        return action in TABLE.events(state, "approver")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_whatever_happens_everything_agrees(
    mould_of: Callable[[str, str], nodes.Mould], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(issue, "CHUNK", 2)
    mould = mould_of("sqlite", nodes.READY)
    serial = itertools.count()

    def open_node() -> AbstractContextManager[Node]:
        return nodes.copied(mould, tmp_path / str(next(serial)), None)

    run_state_machine_as_test(
        type("Honours", (Honours,), {"open_node": staticmethod(open_node)}),
        settings=settings(
            max_examples=40,
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
