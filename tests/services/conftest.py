"""What tests of services may ask for: a runtime on a real database, with a clock they hold.

runtime    on each database in turn, all tables there, SQLite with a file of its own
ticking    the clock of that runtime: `ticking.now += timedelta(...)`
"""

from collections.abc import Iterator
from dataclasses import dataclass
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

MASTER = bytes(range(32))
TABLES = (RECORD_KEY.metadata, JOB.metadata)
"""One METADATA; naming a table of each file keeps the imports that fill it."""


@dataclass
class Ticking:
    """A clock that stands still until a test moves it."""

    now: datetime

    def __call__(self) -> datetime:
        return self.now


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
