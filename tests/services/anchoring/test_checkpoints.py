"""Checkpoints: of what is committed, never past a mark, and by one worker at a time."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from crypto.errors import CryptoUnavailable
from crypto.jws import b64u
from ledger import checkpoint, sql_store
from ledger.errors import LogInconsistent, UnknownLog
from services.anchoring import checkpoints
from services.audit import trail
from services.platform.errors import NotFound
from services.platform.health import OK, State
from tests.services.honours import classes, working
from tests.services.honours.classes import pupils
from tests.services.nodes import Node


def origin(node: Node) -> str:
    return f"{node.runtime.settings.node_name}/log/{node.ids['school-a']}/2026"


def signed_size(node: Node) -> int:
    with node.runtime.reading() as work:
        return checkpoints.newest(work, origin(node))[0].size


def grow(node: Node, first: int) -> None:
    classes.approved(node, pupils(2, first=first))
    working.finish(node.runtime, working.claimed(node.runtime))


def test_a_log_that_grew_is_signed_once(node: Node) -> None:
    assert checkpoints.sign_due(node.runtime) == 0
    with node.runtime.reading() as work, pytest.raises(UnknownLog):
        checkpoints.newest(work, origin(node))
    classes.approved(node, pupils(2))
    with node.runtime.reading() as work, pytest.raises(NotFound, match="checkpoint_missing"):
        checkpoints.newest(work, origin(node))
    assert checkpoints.sign_due(node.runtime) == 1
    assert checkpoints.sign_due(node.runtime) == 0
    working.finish(node.runtime, working.claimed(node.runtime))
    assert checkpoints.sign_due(node.runtime) == 1
    with node.runtime.reading() as work:
        signed, note = checkpoints.newest(work, origin(node))
        log = sql_store.open_log(work.session, origin(node))
    assert (signed.size, signed.root) == (3, log.root())
    assert checkpoint.parse(note).checkpoint == signed
    mark = checkpoints.marks(node.runtime.settings).marks()[origin(node)]
    assert (mark.size, mark.root) == (signed.size, signed.root)
    assert checkpoints.health(node.runtime) == OK


def test_the_mark_is_raised_before_the_checkpoint_is_kept(
    node: Node, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who dies between the two has released nothing, and goes on afterwards."""
    grow(node, 0)

    def dies(*_: Any) -> None:
        raise CryptoUnavailable("died_here")

    with monkeypatch.context() as patch:
        patch.setattr(sql_store, "store_checkpoint", dies)
        with pytest.raises(CryptoUnavailable):
            checkpoints.sign_due(node.runtime)
    mark = checkpoints.marks(node.runtime.settings).marks()[origin(node)]
    assert mark.size == 3
    assert checkpoints.health(node.runtime) == OK, "the log has all that the mark says"
    assert checkpoints.sign_due(node.runtime) == 1
    assert signed_size(node) == 3


def test_two_workers_sign_one_head(node: Node) -> None:
    grow(node, 0)
    with ThreadPoolExecutor(3) as pool:
        done = list(pool.map(lambda _: checkpoints.sign_due(node.runtime), range(3)))
    assert sum(done) == 1
    assert signed_size(node) == 3
    with node.runtime.reading() as work:
        assert len(sql_store.notes(work.session, origin(node))) == 1
        assert trail.alarms(work) == []


def stopped(node: Node, code: str) -> None:
    """A node that stands against its marks signs nothing, says so, and is not ready."""
    with node.runtime.reading() as work:
        before = sorted(sql_store.signed_heads(work.session).items())
    for _ in range(2):
        with pytest.raises(LogInconsistent, match=code):
            checkpoints.sign_due(node.runtime)
    with node.runtime.reading() as work:
        assert sorted(sql_store.signed_heads(work.session).items()) == before
        assert trail.alarms(work) == [(checkpoints.ALARM, code)]
    health = checkpoints.health(node.runtime)
    assert (health.state, health.reason) == (State.FAIL, code)


OF_THE_LOG = "log_id = (SELECT id FROM log WHERE origin = :origin)"
CUT = (
    f'DELETE FROM log_entry WHERE {OF_THE_LOG} AND "index" >= 2',
    f'DELETE FROM log_node WHERE {OF_THE_LOG} AND NOT (level = 1 AND "index" = 0)',
    f"DELETE FROM checkpoint WHERE {OF_THE_LOG}",
    "UPDATE log SET size = 2, signed_size = 0 WHERE origin = :origin",
)


def test_a_log_below_its_mark_stops_all_of_them(node: Node) -> None:
    grow(node, 0)
    checkpoints.sign_due(node.runtime)
    for statement in CUT:
        classes.by_hand(node, statement, origin=origin(node))
    with node.runtime.writing() as work:
        trail.seal(work)
        trail.publish_head(work)  # the registry log grew, and must not be signed either
    stopped(node, "log_below_mark")


def test_a_log_with_another_past_stops_the_node(node: Node) -> None:
    grow(node, 0)
    checkpoints.sign_due(node.runtime)
    marks = checkpoints.marks(node.runtime.settings)
    mark = marks.marks()[origin(node)]
    path = node.runtime.settings.high_water_folder / "marks.json"
    other = b64u(bytes(32)).encode()
    path.write_bytes(path.read_bytes().replace(b64u(mark.root).encode(), other))
    assert marks.marks()[origin(node)].root == bytes(32)
    grow(node, 2)
    stopped(node, "log_other_root")


def test_marks_that_are_gone_stop_the_node(node: Node) -> None:
    grow(node, 0)
    checkpoints.sign_due(node.runtime)
    (node.runtime.settings.high_water_folder / "marks.json").unlink()
    stopped(node, "mark_missing")


def test_marks_that_cannot_be_read_stop_the_node(sqlite_node: Node) -> None:
    node = sqlite_node
    grow(node, 0)
    (node.runtime.settings.high_water_folder / "marks.json").write_bytes(b"{")
    stopped(node, "mark_unreadable")
