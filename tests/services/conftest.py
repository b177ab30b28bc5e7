"""What tests of services may ask for: a runtime on a real database, with a clock they hold.

runtime         on each database in turn, all tables there, SQLite with a file of its own
ticking         the clock of that runtime: `ticking.now += timedelta(...)`
node            a whole node on each database in turn: institutions, people, keys, records, trust,
                programmes, nothing issued yet (tests/services/nodes.py tells what it can do)
issued          the same with the two sample rosters issued and anchored
sqlite_node     `node` and
sqlite_issued   `issued` on SQLite alone, for what does not depend on the database
api             an application around `sqlite_node`, called over HTTP (tests/services/calling.py)
issued_api      the same around `sqlite_issued`
Each test has a copy of its own (some 20 ms); the original is built once in a run.
"""

from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest

from crypto import entropy
from crypto.errors import NotAuthorized
from crypto.provider import KeyRef, Provider
from crypto.providers.software import SoftwareDevice
from services.platform import db, texts
from services.platform.jobs.tables import JOB
from services.platform.protect import Protect
from services.platform.settings import Settings
from services.platform.tables import RECORD_KEY
from services.platform.work import Runtime
from tests.postgres import PostgresServer
from tests.services import nodes
from tests.services.calling import Api, serving
from tests.services.nodes import ISSUED, MASTER, READY, Mould, Node, Ticking

__all__ = ["MASTER", "Ticking"]

TABLES = (RECORD_KEY.metadata, JOB.metadata)
"""One METADATA; naming a table of each file keeps the imports that fill it."""


def refuse(_ref: KeyRef, _typ: str, _message: bytes, _authorization: object) -> None:
    """Approve nothing: tests of issuing bring a check of their own."""
    raise NotAuthorized("nothing_is_approved_here")


@pytest.fixture(autouse=True)
def strict_texts() -> Iterator[None]:
    """A code without a text is a failure in every test."""
    texts.require_all(True)
    yield
    texts.require_all(False)


@pytest.fixture
def ticking(noon: datetime) -> Ticking:
    return Ticking(noon)


@pytest.fixture
def runtime(database_url: str, tmp_path: Path, ticking: Ticking) -> Iterator[Runtime]:
    settings = Settings(home=tmp_path / "home", database_url=database_url)
    database = db.Database(db.engine(settings.database, connections=8))
    for metadata in TABLES:
        metadata.create_all(database.engine)
    yield Runtime(
        settings=settings,
        database=database,
        clock=ticking,
        protect=Protect(MASTER),
        provider=Provider(SoftwareDevice(MASTER), check=refuse),
        random=entropy.system,
    )
    database.close()


MouldOf = Callable[[str, str], Mould]


@pytest.fixture(scope="session")
def mould_of(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> MouldOf:
    """Build the node of a database ("sqlite", "postgres") and stage that tests get copies of."""
    made: dict[tuple[str, str], Mould] = {}

    def mould(kind: str, stage: str) -> Mould:
        if (kind, stage) not in made:
            home = tmp_path_factory.mktemp("mould") / "home"
            database = url = None
            if kind == "postgres":
                server = request.getfixturevalue("postgres_server")
                database = server.create()
                url = server.url(database)
            now, ids, programmes = nodes.build(home, url, stage)
            made[kind, stage] = Mould(home, database, now, ids, programmes)
        return made[kind, stage]

    return mould


@pytest.fixture
def sqlite_node(mould_of: MouldOf, tmp_path: Path) -> Iterator[Node]:
    with nodes.copied(mould_of("sqlite", READY), tmp_path / "node", None) as node:
        yield node


@pytest.fixture
def sqlite_issued(mould_of: MouldOf, tmp_path: Path) -> Iterator[Node]:
    with nodes.copied(mould_of("sqlite", ISSUED), tmp_path / "issued", None) as node:
        yield node


@pytest.fixture
def postgres_node(
    mould_of: MouldOf, postgres_server: PostgresServer, tmp_path: Path
) -> Iterator[Node]:
    yield from _postgres(mould_of("postgres", READY), postgres_server, tmp_path / "node")


@pytest.fixture
def postgres_issued(
    mould_of: MouldOf, postgres_server: PostgresServer, tmp_path: Path
) -> Iterator[Node]:
    yield from _postgres(mould_of("postgres", ISSUED), postgres_server, tmp_path / "issued")


def _postgres(mould: Mould, server: PostgresServer, home: Path) -> Iterator[Node]:
    assert mould.database is not None
    name = server.create(mould.database)
    with nodes.copied(mould, home, server.url(name)) as node:
        yield node
    server.drop(name)


BOTH = ["sqlite", pytest.param("postgres", marks=pytest.mark.component)]


@pytest.fixture(params=BOTH)
def node(request: pytest.FixtureRequest) -> Node:
    made: Node = request.getfixturevalue(f"{request.param}_node")
    return made


@pytest.fixture(params=BOTH)
def issued(request: pytest.FixtureRequest) -> Node:
    made: Node = request.getfixturevalue(f"{request.param}_issued")
    return made


@pytest.fixture
def api(sqlite_node: Node) -> Iterator[Api]:
    with serving(sqlite_node) as made:
        yield made


@pytest.fixture
def issued_api(sqlite_issued: Node) -> Iterator[Api]:
    with serving(sqlite_issued) as made:
        yield made
