"""A worker in slow motion: claim the job, do one chunk of it, see for what it waits."""

from datetime import timedelta

from crypto.jws import parse_compact
from services.honours import approving, bundles, issue
from services.platform.jobs import queue
from services.platform.jobs.queue import Lease, Progress
from services.platform.work import Runtime
from tests.services.honours import classes
from tests.services.nodes import Node


def claimed(runtime: Runtime, owner: str = "test") -> Lease:
    with runtime.writing() as work:
        lease = queue.claim(work, owner=owner, kinds=[approving.JOB])
    assert lease is not None
    return lease


def finish(runtime: Runtime, lease: Lease) -> Lease:
    while not lease.ended:
        lease = issue.run(runtime, lease)
    return lease


def progress(node: Node, batch_id: str) -> Progress:
    with node.runtime.reading() as work:
        found = queue.progress_of(work.session, kind=approving.JOB, subject=batch_id)
    assert found is not None
    return found


def waits_for(node: Node, batch_id: str) -> str | None:
    """Run the job once, which must give it back; return for what."""
    node.clock.now += timedelta(seconds=10)
    assert issue.run(node.runtime, claimed(node.runtime)).ended
    found = progress(node, batch_id)
    assert (found.state, found.done) == ("queued", 0)
    return found.error_code


def signers(node: Node, batch_id: str) -> set[str]:
    """Return the keys under which the certificates of a batch were signed."""
    kids = set()
    for row in classes.certificates(node, batch_id):
        with node.runtime.reading() as work:
            held = bundles.open_certificate(work, row["number"])
        kids.add(parse_compact(held.text.partition("~")[0]).kid)
    return kids
