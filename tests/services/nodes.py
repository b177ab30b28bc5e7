"""A whole node for tests, as `kexin demo` makes one: real database, real keys, a local chain.

Built once in a run for each database and stage, then copied for each test (SQLite: a file;
PostgreSQL: a template database; both: the home folder), so that a test may break what it likes.

Stages     READY    authority and two schools with records, keys and programmes; operators;
                    trust root and list; nothing issued
           ISSUED   the same, and the two sample rosters issued and anchored: 60 certificates
Operators  registrar-1, registrar-2 (registrar and auditor of the node), auditor (of the node),
           school-a-preparer, school-a-approver, school-b-preparer, school-b-approver,
           school-a-double (preparer and approver, one person)
Clock      stands at NOON and a little; `node.clock.now += timedelta(...)` moves it
Passwords  are derived with few rounds, or building would take a minute
"""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from crypto import entropy, kdf, pkcs8
from crypto.jws import b64u
from crypto.provider import Provider
from crypto.providers.software import SoftwareDevice
from identity import approval
from identity.factors import totp
from identity.levels import Role
from identity.trust_root import TrustRoot
from ledger.chain import Chain
from services import demo, process, rehearsal
from services.accounts import counters, operators, sign_in
from services.accounts import queries as accounts_queries
from services.accounts.operators import NODE, NewOperator, Operator
from services.honours import approving, drafting, programmes
from services.honours import queries as honours_queries
from services.honours.approving import Approved
from services.honours.drafting import Order
from services.honours.dry_run import Accepted
from services.honours.programmes import NewProgramme
from services.migrations.tables import METADATA
from services.platform import db
from services.platform.protect import Protect
from services.platform.settings import Settings
from services.platform.work import Runtime
from services.registry import keys, trust
from services.status import lists
from tests.conftest import NOON

READY, ISSUED = "ready", "issued"
MASTER = bytes(range(32))
ROUNDS = 1_000
TOTP_SECONDS = 30
WORKER_SECONDS = 10
PERIOD = "2025—2026 学年"


@dataclass
class Ticking:
    """A clock that stands still until a test moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


@dataclass
class Node:
    """A node and everybody who works on it."""

    runtime: Runtime
    chain: Chain
    clock: Ticking
    ids: dict[str, str]
    """Institution ids: "authority", "school-a", "school-b"."""
    programmes: dict[str, str] = field(default_factory=dict)
    """Programme ids of "school-a" and "school-b"."""

    @property
    def people(self) -> demo.People:
        """The operators' secrets."""
        return demo.read_people(self.runtime)

    @property
    def root(self) -> TrustRoot:
        """The node's trust root."""
        return trust.read_root(self.runtime.settings.trust_folder)

    def operator(self, login: str) -> Operator:
        """Return an operator as if he had just signed in."""
        with self.runtime.reading() as work:
            row = accounts_queries.operator_by_login(work.session, login)
            assert row is not None
            return operators.checked(work, row, acr="aal2")

    def proof(self, login: str) -> dict[str, str]:
        """Return password and a code that was not used yet; the clock moves on if it must."""
        people = self.people
        with self.runtime.reading() as work:
            row = accounts_queries.operator_by_login(work.session, login)
            assert row is not None
            used = counters.load(work, row["id"])["totp_step"]
        while totp.step(self.clock.now) + totp.WINDOW <= used:
            self.clock.now += timedelta(seconds=TOTP_SECONDS)
        return {"password": people.password(login), "code": people.code(login, self.runtime)}

    def token(self, login: str) -> str:
        """Sign an operator in and return the session's token."""
        proof = self.proof(login)
        return sign_in.sign_in(self.runtime, login, proof["password"], proof["code"]).token

    def add_operator(self, login: str, *roles: tuple[Role, str], number: str = "") -> Operator:
        """Make an operator; the same document `number` makes him the same person."""
        known = {name: dict(secret) for name, secret in self.people.secrets.items()}
        password = entropy.token(9)
        order = NewOperator(login, f"测试{login}", "other", number or login, password, roles)
        made = operators.create(self.runtime, order, by=operators.SYSTEM)
        known[login] = {"password": password, "seed": b64u(made.totp_seed)}
        path = self.runtime.settings.home / "demo" / "sign-ins.json"
        path.write_text(json.dumps(known), "utf-8")
        return self.operator(login)

    def roster(self, school: str = "school-a") -> tuple[bytes, str]:
        """Return a sample roster and its file's name."""
        name = {each.key: each.roster for each in demo.SCHOOLS}[school]
        return (demo.SAMPLES / name).read_bytes(), name

    def order(self, school: str = "school-a", **changes: Any) -> Order:
        """Return what a preparer says about the sample roster; its public notice is over."""
        today = (self.clock.now + timedelta(hours=8)).date()
        made = Order(
            programme_id=self.programmes[school],
            period=PERIOD,
            award_on=demo.AWARD_ON,
            notice_place="学校公示栏",
            notice_from=(today - timedelta(days=15)).isoformat(),
            notice_to=(today - timedelta(days=2)).isoformat(),
            accepted=Accepted(),
        )
        return replace(made, **changes)

    def draft(self, school: str = "school-a", **changes: Any) -> str:
        """Import a school's sample roster; return the batch."""
        actor = self.operator(f"{school}-preparer")
        data, name = self.roster(school)
        order = self.order(school, **changes)
        batch_id, report = drafting.draft(self.runtime, actor, order, data, name)
        assert batch_id is not None, report.problems
        return batch_id

    def approve(self, batch_id: str, school: str = "school-a") -> Approved:
        """Approve a batch as the school's approver."""
        login = f"{school}-approver"
        actor = self.operator(login)
        return approving.approve(self.runtime, actor, batch_id, **self.proof(login))

    def work(self) -> None:
        """Do what the worker would, until no job and no anchor waits. Takes ten seconds."""
        self.clock.now += timedelta(seconds=WORKER_SECONDS)
        rehearsal.finish(self.runtime, self.chain)

    def issue(self, school: str = "school-a") -> list[str]:
        """Import, approve and issue a school's sample roster; return the numbers."""
        batch_id = self.draft(school)
        self.approve(batch_id, school)
        self.work()
        return self.numbers(school)

    def numbers(self, school: str = "school-a") -> list[str]:
        """Return the numbers of a school's certificates, in order."""
        with self.runtime.reading() as work:
            found = honours_queries.certificates(
                work.session, [self.ids[school]], batch_id=None, limit=10_000
            )
        return [row["number"] for row in found]


@dataclass(frozen=True)
class Mould:
    """A node that was built once; `database` is None where it is a file in the home folder."""

    home: Path
    database: str | None
    now: datetime
    ids: dict[str, str]
    programmes: dict[str, str]


@contextmanager
def opened(home: Path, url: str | None, now: datetime) -> Iterator[Node]:
    """Open a node on a home folder and a database, with a clock that stands still."""
    home.mkdir(exist_ok=True)
    settings = Settings(home=home, database_url=url, chain_driver="local", node_name=demo.NODE_NAME)
    clock = Ticking(now)
    database = db.Database(db.engine(settings.database, connections=8))
    device = SoftwareDevice(kdf.hkdf(MASTER, salt=b"kexin/device/v1", info=b"", length=16))
    runtime = Runtime(
        settings=settings,
        database=database,
        clock=clock,
        protect=Protect(MASTER),
        provider=Provider(device, check=approval.authorize),
        random=entropy.system,
    )
    METADATA.create_all(database.engine)
    try:
        yield Node(runtime, process.open_chain(runtime), clock, {})
    finally:
        database.close()


@contextmanager
def few_rounds() -> Iterator[None]:
    """Derive keys from passwords quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kdf, "ROUNDS", ROUNDS)
        patch.setitem(pkcs8.dump.__kwdefaults__ or {}, "rounds", ROUNDS)
        yield


def build(
    home: Path, url: str | None, stage: str, now: datetime = NOON
) -> tuple[datetime, dict[str, str], Any]:
    """Build a node at a stage; return its clock, institutions and programmes."""
    with few_rounds(), opened(home, url, now) as node:
        runtime = node.runtime
        with runtime.writing() as work:
            keys.ensure_node_keys(work)
            lists.open_list(work)
        lists.publish(runtime)
        node.ids.update(demo.ensure_institutions(runtime, demo.ensure_people(runtime)))
        demo.ensure_school_people(runtime, node.ids)
        node.add_operator("auditor", (Role.AUDITOR, NODE))
        school = node.ids["school-a"]
        node.add_operator("school-a-double", (Role.PREPARER, school), (Role.APPROVER, school))
        demo.ensure_trust(runtime, node.chain)
        node.work()
        for each in demo.SCHOOLS:
            node.programmes[each.key] = _programme(node, each)
        if stage == ISSUED:
            for each in demo.SCHOOLS:
                node.issue(each.key)
        return node.clock.now, node.ids, node.programmes


@contextmanager
def copied(mould: Mould, home: Path, url: str | None) -> Iterator[Node]:
    """Open a copy of a node that was built before."""
    shutil.copytree(mould.home, home)
    with few_rounds(), opened(home, url, mould.now) as node:
        node.ids.update(mould.ids)
        node.programmes.update(mould.programmes)
        yield node


def _programme(node: Node, school: demo.School) -> str:
    order = NewProgramme(
        institution_id=node.ids[school.key],
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
    with node.runtime.writing() as work:
        return programmes.create(work, node.operator(f"{school.key}-preparer"), order)
