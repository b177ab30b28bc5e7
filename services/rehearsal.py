"""The demo's run: import, approve, issue and anchor the sample rosters, then take one bundle out.

`prepare` may have ended anywhere in an earlier run, killed or not: everything is asked for first.
The caller is the one worker of this home (services.platform.jobs.alone).

Errors     Unavailable demo_chain_waits; those of the functions that are called
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from threading import Event

from ledger.chain import Chain
from services import demo
from services.anchoring import anchors
from services.demo import People, School
from services.honours import approving, bundles, drafting, issue, programmes
from services.honours import queries as honours_queries
from services.honours.drafting import Order
from services.honours.dry_run import Accepted
from services.honours.paper import service as paper
from services.honours.programmes import NewProgramme
from services.honours.workflow import SIGNED
from services.platform import clock, files
from services.platform.errors import Conflict, Unavailable
from services.platform.jobs import queue
from services.platform.work import Runtime
from services.registry import keys
from services.status import lists

PERIOD = "2025—2026 学年"
MOST_WAITS = 600
WAIT_SECONDS = 0.1

Tell = Callable[[str], None]
"""Shows progress; given a code of the catalogue `cli`."""


@dataclass(frozen=True, slots=True)
class Exported:
    """One certificate's bundle and PDF, and how many certificates there are."""

    bundle: Path
    pdf: Path | None
    """None where this machine has no font for certificates."""
    certificates: int
    anchored: int


def prepare(runtime: Runtime, chain: Chain, tell: Tell) -> dict[str, str]:
    """Do everything of the demo that is not there yet; return the institutions' ids."""
    with runtime.writing() as work:
        keys.ensure_node_keys(work)
        lists.open_list(work)
    lists.publish(runtime)
    tell("demo_people")
    people = demo.ensure_people(runtime)
    tell("demo_institutions")
    ids = demo.ensure_institutions(runtime, people)
    people = demo.ensure_school_people(runtime, ids)
    demo.ensure_authority(runtime)
    tell("demo_trust")
    demo.ensure_trust(runtime, chain)
    finish(runtime, chain)
    for school in demo.SCHOOLS:
        tell("demo_roster")
        _ensure_approved(runtime, people, school, ids[school.key])
        tell("demo_issuing")
        finish(runtime, chain)
    return ids


def finish(runtime: Runtime, chain: Chain) -> None:
    """Do what the worker would do, until no job and no anchor waits."""
    pause = Event()
    for _ in range(MOST_WAITS):
        with runtime.writing() as work:
            lease = queue.claim(work, owner="demo", kinds=[approving.JOB])
        idle = lease is None
        while lease is not None and not lease.ended:
            lease = issue.run(runtime, lease)
        done = anchors.round_(runtime, chain)
        bundles.release(runtime)
        if idle and not (done.waiting or done.checkpoints or done.finalised):
            return
        if done.waiting:
            pause.wait(WAIT_SECONDS)
    raise Unavailable("demo_chain_waits")


def export(runtime: Runtime, ids: Mapping[str, str]) -> Exported:
    """Write the first certificate's bundle and PDF beside the demo's other files."""
    with runtime.reading() as work:
        found = honours_queries.certificates(
            work.session, list(ids.values()), batch_id=None, limit=10_000
        )
    anchored = [row["number"] for row in found if row["state"] != SIGNED]
    if not anchored:
        raise Conflict("demo_nothing_issued")
    folder = runtime.settings.home.resolve() / "demo"
    path = folder / "bundle.kexin.json"
    files.replace(path, bundles.of_number(runtime, anchored[0]), mode=files.PUBLIC)
    pdf = _export_pdf(runtime, anchored[0], folder / "certificate.pdf")
    return Exported(path, pdf, len(found), len(anchored))


def _export_pdf(runtime: Runtime, number: str, path: Path) -> Path | None:
    try:
        files.replace(path, paper.file_of(runtime, number), mode=files.PUBLIC)
    except Unavailable as error:
        if error.code != "fonts_missing":
            raise
        return None
    return path


def _ensure_approved(runtime: Runtime, people: People, school: School, institution_id: str) -> None:
    """Bring a school's roster to where its certificates are issued by a job."""
    batch_id = _ensure_batch(runtime, school, institution_id)
    login = f"{school.key}-approver"
    approver = demo.operator(runtime, login)
    with runtime.reading() as work:
        state = approving.load(work, batch_id)["state"]
        job = queue.progress_of(work.session, kind=approving.JOB, subject=batch_id)
    if state == approving.DRAFT:
        code = people.fresh_code(login, runtime)
        approving.approve(runtime, approver, batch_id, password=people.password(login), code=code)
    elif job is not None and job.state == "failed":
        with runtime.writing() as work:
            approving.resume(work, approver, batch_id)


def _ensure_programme(runtime: Runtime, school: School, institution_id: str) -> str:
    with runtime.reading() as work:
        for row in honours_queries.programmes(work.session, [institution_id]):
            if row["name"] == school.programme:
                return str(row["id"])
    order = NewProgramme(
        institution_id=institution_id,
        name=school.programme,
        category=school.category,
        level="school",
        awards=school.awards,
        statement=None,
        contest=False,
        approval_number=None,
        notice_days=5,
        open_from="2026-01-01",
        open_to=None,
    )
    with runtime.writing() as work:
        return programmes.create(work, demo.operator(runtime, f"{school.key}-preparer"), order)


def _ensure_batch(runtime: Runtime, school: School, institution_id: str) -> str:
    programme_id = _ensure_programme(runtime, school, institution_id)
    left = (approving.RETURNED, approving.WITHDRAWN)
    with runtime.reading() as work:
        for row in honours_queries.batches(work.session, [institution_id], limit=1000):
            if row["programme_id"] == programme_id and row["state"] not in left:
                return str(row["id"])
    today = clock.in_shanghai(runtime.clock()).date()
    order = Order(
        programme_id=programme_id,
        period=PERIOD,
        award_on=demo.AWARD_ON,
        notice_place="学校公示栏",
        notice_from=(today - timedelta(days=15)).isoformat(),
        notice_to=(today - timedelta(days=2)).isoformat(),
        accepted=Accepted(),
    )
    data = (demo.SAMPLES / school.roster).read_bytes()
    actor = demo.operator(runtime, f"{school.key}-preparer")
    batch_id, report = drafting.draft(runtime, actor, order, data, school.roster)
    if batch_id is None:
        raise Conflict("demo_roster_not_clean", problems=len(report.problems))
    return batch_id
