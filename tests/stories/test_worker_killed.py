"""A worker is killed in the middle of a batch, more than once: exactly one certificate a row."""

from collections import Counter
from threading import Event

import pytest

from services.honours import approving, queries
from services.platform.jobs import queue
from tests.services.honours import classes
from tests.services.nodes import Node
from tests.stories.programs import Kexin

ROWS = 1_200
"""Three transactions of the job."""


def progress(school: Node, batch: str) -> queue.Progress:
    with school.runtime.reading() as work:
        found = queue.progress_of(work.session, kind=approving.JOB, subject=batch)
    assert found is not None
    return found


def killed_once(kexin: Kexin, school: Node, batch: str, *, done: int, seconds: float) -> None:
    """Start a worker; kill it some time after it has done so many rows."""
    worker, pause = kexin.start("worker"), Event()
    while progress(school, batch).done < done:
        assert worker.poll() is None, worker.stderr and worker.stderr.read()
        pause.wait(0.01)
    pause.wait(seconds)
    worker.kill()
    worker.communicate()


@pytest.mark.slow
def test_a_killed_worker_leaves_exactly_one_certificate_a_row(kexin: Kexin, school: Node) -> None:
    batch = classes.approved(school, classes.pupils(ROWS)).batch_id
    school.runtime.database.close()
    for done, seconds in ((0, 1.5), (0, 2.5), (1, 0.05), (1, 0.3)):
        killed_once(kexin, school, batch, done=done, seconds=seconds)
    before = progress(school, batch)
    kexin.sign_in("school-a-preparer")
    issued = kexin.json("honours", "issue", batch)
    assert (issued["state"], issued["states"]) == ("done", {"ISSUED": ROWS})
    with school.runtime.reading() as work:
        rows = queries.batch_rows(work.session, batch)
        made = queries.certificates(
            work.session, [school.ids["school-a"]], batch_id=batch, limit=2 * ROWS
        )
    assert Counter(each["row_id"] for each in made) == Counter(row["id"] for row in rows)
    assert [row["number"] for row in rows] == sorted(each["number"] for each in made)
    assert sorted(each["log_index"] for each in made) == list(range(1, ROWS + 1))
    assert before.done in (500, 1_000, ROWS)
    kexin.json("honours", "bundle", made[-1]["number"], "--out", str(kexin.folder / "last"))
    assert kexin.run("verify", str(kexin.folder / "last"), "--offline").returncode == 0
