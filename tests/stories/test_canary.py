"""A pupil who does not exist, and what of him is found where nothing of him may be.

After the whole way, with errors and a death in the middle of it, every byte of the node's home
(database, journal, logs, chain, demo's files), of its temporary folder and of what it logged is
searched for the name and the numbers, in each encoding that a program might have left them in.
"""

import base64
import io
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest

from services import recurring
from services.honours import approving, bundles, drafting, issue
from services.honours.dry_run import Accepted
from services.platform.errors import ServiceError
from services.platform.jobs import queue
from tests.services import verifying
from tests.services.honours import classes, working
from tests.services.honours.classes import pupil, pupils
from tests.services.honours.rosters import id_number
from tests.services.nodes import Node
from tests.services.registry import registrars

NAME = "龘靐齉"
IDENTITY = id_number(777, born="20110719")
NUMBER = "ZQ7X4471K"
CANARIES = (NAME, IDENTITY, NUMBER)


def canary(**changes: str) -> dict[str, str]:
    made = {"name": NAME, "xjh": f"G{IDENTITY}", "id": IDENTITY, "no": NUMBER}
    return pupil(999, **(made | changes))


def spellings(text: str) -> Iterator[bytes]:
    """Yield a text as a program may have written it down."""
    for encoding in ("utf-8", "utf-16-le", "utf-16-be", "gb18030"):
        plain = text.encode(encoding)
        yield plain
        yield plain.hex().encode()
        yield plain.hex().upper().encode()
        for lead in range(3):  # base64 of the middle of something longer
            whole = base64.b64encode(bytes(lead) + plain + bytes(3))
            core = whole[(0, 2, 3)[lead] : len(whole) - 6]
            yield core
            yield core.replace(b"+", b"-").replace(b"/", b"_")
    yield text.encode("unicode_escape")


def found(places: Iterable[tuple[str, bytes]]) -> list[str]:
    wanted = [(text, each) for text in CANARIES for each in spellings(text)]
    return [
        f"{CANARIES.index(text)} in {name}"
        for name, data in places
        for text, each in wanted
        if each in data
    ]


def everything_under(*folders: Path) -> Iterator[tuple[str, bytes]]:
    for folder in folders:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                yield str(path), path.read_bytes()


def test_the_search_finds_what_is_there(tmp_path: Path) -> None:
    for number, each in enumerate(spellings(NAME)):
        (tmp_path / str(number)).write_bytes(b"\x00before" + each + b"after")
    (tmp_path / "wrapped").write_bytes(base64.b64encode(f"[{NAME}, {IDENTITY}]".encode()))
    hits = found(everything_under(tmp_path))
    assert {each.rsplit("/", 1)[1] for each in hits} == {path.name for path in tmp_path.iterdir()}


def _errors(node: Node) -> Iterator[str]:
    """Make every mistake that a preparer may make with this pupil's row; yield what is said."""
    for changes in (
        {"id": IDENTITY[:-1] + "0", "xjh": ""},
        {"xjh": f"G{IDENTITY[:-1]}0", "id": ""},
        {"name": NAME + "<b>"},
        {"no": NUMBER + " !"},
    ):
        report = classes.examine(node, [canary(**changes), *pupils(2)])
        assert report.problems
        yield repr(report.problems)
    twice = classes.examine(node, [canary(), canary(no="A1"), canary(name="另外一个")])
    assert twice.problems
    yield repr(twice.problems)
    actor, order = node.operator("school-a-preparer"), node.order()
    for data, filename in (
        (classes.roster([canary()])[:-3] + b"\xff\xfe", "名单.csv"),
        (classes.roster([canary()]), f"{NAME}.xlsx"),
        (f"{NAME},{IDENTITY}\r\n".encode(), "名单.csv"),
    ):
        with suppress(ServiceError):
            report = drafting.examine(node.runtime, actor, order, data, filename)
            yield repr(report.problems)
        with pytest.raises(ServiceError) as caught:
            drafting.draft(node.runtime, actor, node.order(period=""), data, filename)
        yield str(caught.value)


def _died_in_the_middle(node: Node) -> None:
    """A worker dies by os._exit after it has signed, before it commits."""
    child = os.fork()
    if child == 0:  # pragma: no cover - another process
        node.runtime.database.engine.dispose(close=False)
        issue.lists.register = lambda *_: os._exit(9)  # type: ignore[attr-defined]
        working.finish(node.runtime, working.claimed(node.runtime, "dies"))
        os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


def test_nothing_of_the_canary_is_left_anywhere(
    sqlite_node: Node, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    node, temporary = sqlite_node, tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    logging.getLogger().addHandler(handler)
    logging.getLogger().setLevel(logging.DEBUG)
    try:
        said = list(_errors(node))
        returned = classes.draft(node, [canary()])
        with node.runtime.writing() as work:
            actor = node.operator("school-a-approver")
            approving.send_back(work, actor, returned, f"{NAME}（{IDENTITY}）已转学")
        left_out = Accepted(exclusions={4: f"{NAME}重复"})
        rows = [canary(), *pupils(1), canary()]
        batch_id = classes.approved(node, rows, accepted=left_out).batch_id
        node.runtime.database.close()
        _died_in_the_middle(node)
        node.clock.now = node.clock.now + timedelta(seconds=queue.LEASE_SECONDS + 1)
        node.work()
        [number, _] = [row["number"] for row in classes.certificates(node, batch_id)]
        classes.change(node, "suspend", [number])
        for each in (recurring.seal_audit, recurring.publish_audit_head):
            each(node.runtime)
        registrars.anchor(node)
        verdict = verifying.offline(node, bundles.of_number(node.runtime, number))
        assert verdict.shown is not None
        assert verdict.shown.claims["name"] == NAME
    finally:
        logging.getLogger().removeHandler(handler)
        logging.getLogger().setLevel(logging.WARNING)
    home = node.runtime.settings.home
    searched = list(everything_under(home, temporary))
    assert any(name.endswith("kexin.sqlite3") for name, _ in searched)
    assert any(name.endswith("kexin.sqlite3-wal") for name, _ in searched), "the journal, too"
    assert found(searched) == []
    assert found([("log", written.getvalue().encode())]) == []
    assert found((f"error {n}", each.encode()) for n, each in enumerate(said)) == []
