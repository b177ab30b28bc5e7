"""The demo: a whole node from nothing, by the same functions that people's commands call.

Makes        an authority and two schools with records, operators, programmes; imports, approves
             and issues the two sample rosters; anchors; verifies one certificate as a stranger
Again        everything asks first whether it is there: same data, nothing doubled
Files        home/demo/sign-ins.json (0600), home/demo/bundle.kexin.json, home/unseal (0600)

Nothing of this is for production: the passphrase and the operators' secrets stand in files.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

from crypto import entropy, pkcs8, sm2
from crypto.jws import b64u, unb64u
from crypto.provider import Use
from identity import issuer
from identity.credential_types import HONOUR
from identity.factors import totp
from identity.levels import InstitutionKind, Role
from identity.trust_nodes import Title
from ledger.chain import Chain
from services.accounts import operators, sign_in
from services.accounts import queries as accounts_queries
from services.accounts.operators import NODE, NewOperator, Operator
from services.anchoring import anchors
from services.honours import approving, bundles, drafting, issue, programmes
from services.honours import queries as honours_queries
from services.honours.drafting import Order
from services.honours.dry_run import Accepted
from services.honours.programmes import NewProgramme
from services.platform import master
from services.platform.jobs import queue
from services.platform.settings import Settings
from services.platform.work import Runtime
from services.registry import institutions, keys, records, trust
from services.registry import queries as registry_queries
from services.registry.institutions import NewAccreditation, NewInstitution
from services.registry.trust import Wishes
from services.status import lists

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
NODE_NAME = "demo.kexin.example"
REGION = "419900"
PERIOD = "2025—2026 学年"
AWARD_ON = "2026-06-01"
OPERATORS = ("kexin-root-1", "kexin-root-2", "kexin-root-3")
"""Names of the operators whose keys are the trust root."""


@dataclass(frozen=True, slots=True)
class School:
    """One institution of the demo and what it issues."""

    key: str
    kind: InstitutionKind
    name_zh: str
    name_en: str
    code: str
    telephone: str
    roster: str = ""
    programme: str = ""
    category: str = ""
    awards: tuple[str, ...] = ()
    ignored: frozenset[str] = frozenset()


AUTHORITY = School(
    "authority",
    InstitutionKind.CITY,
    "中原市教育局（示范）",
    "Zhongyuan Education Bureau (demo)",
    "0000" + REGION,
    "0371-12345678",
)
SCHOOLS = (
    School(
        "school-a",
        InstitutionKind.SCHOOL,
        "中原市明德中学（示范）",
        "Mingde Middle School (demo)",
        "3141000001",
        "0371-12340001",
        "school-a.xlsx",
        "2025—2026 学年校级表彰",
        "comprehensive",
        ("三好学生", "优秀学生干部"),
    ),
    School(
        "school-b",
        InstitutionKind.SCHOOL,
        "中原市桐柏路小学（示范）",
        "Tongbai Road Primary School (demo)",
        "2141000001",
        "0371-12340002",
        "school-b.csv",
        "2026 年校园科技节",
        "science",
        ("科技创新奖",),
    ),
)


@dataclass(frozen=True, slots=True)
class People:
    """The demo's operators and their secrets, by login name."""

    secrets: Mapping[str, Mapping[str, str]]

    def code(self, login: str, runtime: Runtime) -> str:
        """Return a code that this operator has not used yet, as his telephone would show it."""
        with runtime.reading() as work:
            row = accounts_queries.operator_by_login(work.session, login)
            assert row is not None
            used = accounts_queries.counter(work.session, row["id"])["totp_step"]
        step = max(totp.step(runtime.clock()) - totp.WINDOW, used + 1)
        return totp.code(unb64u(self.secrets[login]["seed"]), step)

    def password(self, login: str) -> str:
        """Return an operator's password."""
        return self.secrets[login]["password"]


def read_people(runtime: Runtime) -> People:
    """Return the demo's operators."""
    path = runtime.settings.home / "demo" / "sign-ins.json"
    return People(json.loads(path.read_text("utf-8")))


def was_local(settings: Settings) -> bool:
    """Return whether an earlier run anchored on the local driver, for want of a chain."""
    return (settings.chain_folder / "local.pem").exists()


def say(text: str) -> None:
    """Show progress; results go to stdout, this does not."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def passphrase(settings: Settings) -> str:
    """Return the demo's passphrase, made and kept in a file at the first run."""
    path = settings.home / "unseal"
    if not path.exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(entropy.token(24) + "\n", "utf-8")
    text = master.read_passphrase(path)
    if not settings.master_file.exists():
        settings.master_file.parent.mkdir(parents=True, exist_ok=True)
        master.create_master(settings.master_file, text, random=entropy.system)
    return text


def ensure_people(runtime: Runtime) -> People:
    """Make the registrars of the node, once."""
    path = runtime.settings.home / "demo" / "sign-ins.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    known: dict[str, dict[str, str]] = {}
    if path.exists():
        known = json.loads(path.read_text("utf-8"))
    for number, login in enumerate(("registrar-1", "registrar-2")):
        _ensure_operator(runtime, known, login, f"登记员{number + 1}", number, [])
        _write_secret(path, known)
    return People(known)


def ensure_institutions(runtime: Runtime, people: People) -> dict[str, str]:
    """Make authority and schools with keys, accreditations and records; return ids by key."""
    ids = _known_institutions(runtime)
    fresh = [each for each in (AUTHORITY, *SCHOOLS) if each.key not in ids]
    first = _operator(runtime, "registrar-1")
    for each in fresh:
        with runtime.writing() as work:
            ids[each.key] = _create(work, first, each, ids.get("authority"))
    with runtime.reading() as work:
        bare = [
            institution_id
            for institution_id in ids.values()
            if registry_queries.newest_record(work.session, institution_id) is None
        ]
    if bare:
        _publish_records(runtime, people, bare)
    return ids


def ensure_school_people(runtime: Runtime, ids: Mapping[str, str]) -> People:
    """Make a preparer and an approver for each school, once."""
    path = runtime.settings.home / "demo" / "sign-ins.json"
    known: dict[str, dict[str, str]] = json.loads(path.read_text("utf-8"))
    number = 10
    for school in SCHOOLS:
        for role, title in ((Role.PREPARER, "经办人"), (Role.APPROVER, "审批人")):
            login = f"{school.key}-{role.value}"
            grants = [(role, ids[school.key])]
            _ensure_operator(runtime, known, login, f"{title}{number}", number, grants)
            number += 1
            _write_secret(path, known)
    return People(known)


def ensure_trust(runtime: Runtime, chain: Chain) -> None:
    """Make the trust root, and sign a list whenever the registry says something new."""
    folder = runtime.settings.trust_folder
    private = [_root_key(runtime, name) for name in OPERATORS]
    if not (folder / trust.ROOT).exists():
        public = [key.public for key in private]
        trust.make_root(folder, name="Kexin demo", keys=public, now=runtime.clock())
    identity = chain.identity()
    local = identity.driver == "local"
    wishes = Wishes(
        title=Title(zh="可信演示节点", en="Kexin demo node"),
        chain=identity,
        chain_title=Title(
            zh="本机记录（无外部见证）" if local else "本机演示链",
            en="local table, no outside witness" if local else "local demo chain",
        ),
        assurance="demo",
        minimum="local" if local else "receipt",
        url=trust.published_url(folder) or runtime.settings.url,
    )
    with runtime.reading() as work:
        if trust.unchanged(work, folder, wishes):
            return
        trust.propose(work, folder, wishes)
    for key in private[:2]:
        sign = lambda message, key=key: sm2.sign(key, message)  # noqa: E731
        trust.sign(folder, key.public, sign, now=runtime.clock())


def ensure_certificates(
    runtime: Runtime, chain: Chain, people: People, ids: Mapping[str, str]
) -> None:
    """Import, approve and issue the sample rosters, once, and anchor them."""
    for school in SCHOOLS:
        preparer = _operator(runtime, f"{school.key}-preparer")
        programme_id = _ensure_programme(runtime, preparer, school, ids[school.key])
        batch_id = _ensure_batch(runtime, preparer, school, ids[school.key], programme_id)
        with runtime.reading() as work:
            state = approving.load(work, batch_id)["state"]
        if state == approving.DRAFT:
            login = f"{school.key}-approver"
            approver = _operator(runtime, login)
            code = people.code(login, runtime)
            approving.approve(
                runtime, approver, batch_id, password=people.password(login), code=code
            )
    finish(runtime, chain)


def finish(runtime: Runtime, chain: Chain) -> None:
    """Do what the worker would do, until no job and no anchor waits."""
    while True:
        with runtime.writing() as work:
            lease = queue.claim(work, owner="demo", kinds=[approving.JOB])
        while lease is not None and not lease.ended:
            lease = issue.run(runtime, lease)
        done = anchors.round_(runtime, chain)
        bundles.release(runtime)
        if lease is None and not done.waiting and not (done.checkpoints or done.finalised):
            return


def prepare(runtime: Runtime, chain: Chain) -> dict[str, str]:
    """Do everything of the demo that is not there yet; return the institutions' ids."""
    with runtime.writing() as work:
        keys.ensure_node_keys(work)
        lists.open_list(work)
    lists.publish(runtime)
    say("登记机构与人员 · registering institutions and people")
    people = ensure_people(runtime)
    ids = ensure_institutions(runtime, people)
    people = ensure_school_people(runtime, ids)
    ensure_trust(runtime, chain)
    finish(runtime, chain)
    say("导入、审批、签发、锚定示例花名册 · importing, approving, issuing, anchoring the rosters")
    ensure_certificates(runtime, chain, people, ids)
    return ids


def export_bundle(runtime: Runtime, ids: Mapping[str, str]) -> tuple[Path, int]:
    """Write the first certificate's bundle; return its path and how many certificates there are."""
    with runtime.reading() as work:
        found = honours_queries.certificates(
            work.session, list(ids.values()), batch_id=None, limit=10_000
        )
    path = runtime.settings.home / "demo" / "bundle.kexin.json"
    path.write_bytes(bundles.of_number(runtime, found[0]["number"]))
    return path, len(found)


def _known_institutions(runtime: Runtime) -> dict[str, str]:
    with runtime.reading() as work:
        by_name = {row["name_zh"]: row["id"] for row in registry_queries.institutions(work.session)}
    return {
        each.key: by_name[each.name_zh] for each in (AUTHORITY, *SCHOOLS) if each.name_zh in by_name
    }


def _create(work: Any, actor: Operator, school: School, superior: str | None) -> str:
    institution_id = institutions.create(
        work,
        actor,
        NewInstitution(
            kind=school.kind,
            name_zh=school.name_zh,
            name_en=school.name_en,
            region=REGION,
            code=school.code,
            uscc=None,
            telephone=school.telephone,
            superior_id=superior,
        ),
    )
    keys.make_issuer_key(work, actor, institution_id)
    levels = ("school",) if school.kind is InstitutionKind.SCHOOL else ("school", "county", "city")
    order = NewAccreditation(HONOUR.name, levels, work.now, None)
    institutions.accredit(work, actor, institution_id, order)
    return institution_id


def _publish_records(runtime: Runtime, people: People, ids: Sequence[str]) -> None:
    """Two registrars, each with one proof of his factors, sign all of these records."""
    for login, act in (("registrar-1", records.propose), ("registrar-2", records.publish)):
        actor = _operator(runtime, login)
        code = people.code(login, runtime)
        password = people.password(login)
        key = sign_in.open_personal_key(
            runtime, actor, password, code, use=Use.REGISTRAR, typ=issuer.TYP
        )
        for institution_id in ids:
            act(runtime, actor, institution_id, key)


def _ensure_operator(
    runtime: Runtime,
    known: dict[str, dict[str, str]],
    login: str,
    name: str,
    number: int,
    grants: Sequence[tuple[Role, str]],
) -> None:
    if login in known:
        return
    password = entropy.token(9)
    roles = tuple(grants) or ((Role.REGISTRAR, NODE), (Role.AUDITOR, NODE))
    order = NewOperator(login, name, "other", f"DEMO-{number:04d}", password, roles)
    made = operators.create(runtime, order, by=operators.SYSTEM)
    known[login] = {"password": password, "seed": b64u(made.totp_seed)}


def _write_secret(path: Path, known: Mapping[str, Mapping[str, str]]) -> None:
    path.touch(mode=0o600)
    path.write_text(json.dumps(known, indent=1) + "\n", "utf-8")


def _operator(runtime: Runtime, login: str) -> Operator:
    with runtime.reading() as work:
        row = accounts_queries.operator_by_login(work.session, login)
        assert row is not None
        return operators.checked(work, row, acr="aal2")


def _root_key(runtime: Runtime, name: str) -> Any:
    path = runtime.settings.home / "demo" / f"{name}.pem"
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(pkcs8.dump(sm2.generate()), "utf-8")
    return pkcs8.load(path.read_text("utf-8"))


def _ensure_programme(
    runtime: Runtime, actor: Operator, school: School, institution_id: str
) -> str:
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
        return programmes.create(work, actor, order)


def _ensure_batch(
    runtime: Runtime, actor: Operator, school: School, institution_id: str, programme_id: str
) -> str:
    with runtime.reading() as work:
        for row in honours_queries.batches(work.session, [institution_id], limit=1000):
            if row["programme_id"] == programme_id and row["state"] != approving.RETURNED:
                return str(row["id"])
        today = work.now + timedelta(hours=8)
    order = Order(
        programme_id=programme_id,
        period=PERIOD,
        award_on=AWARD_ON,
        notice_place="学校公示栏",
        notice_from=(today - timedelta(days=15)).date().isoformat(),
        notice_to=(today - timedelta(days=2)).date().isoformat(),
        accepted=Accepted(),
    )
    data = (SAMPLES / school.roster).read_bytes()
    batch_id, report = drafting.draft(runtime, actor, order, data, school.roster)
    assert batch_id is not None, report.problems
    return batch_id
