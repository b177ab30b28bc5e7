"""The log at its length: appending, proving, checking a proof, in the database as it stands."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from bench.measure import Measured, Watch, memory, running, watch
from crypto import sm3
from ledger import merkle, sql_store
from ledger.entry import Entry
from ledger.log import Log
from ledger.tables import METADATA
from services.platform import db
from services.platform.db import Database

SCHOOL = "inst_417KQ2M9XW4HD0RT3F"
ORIGIN = f"bench.kexin.example/log/{SCHOOL}/2026"
TIME = datetime(2026, 6, 1, tzinfo=UTC)
APPROVAL = bytes(32)
AT_ONCE = 1_000
PROOFS = 500
STRIDE = 7_919
"""A prime: proofs of entries all over the log, the same in every run."""


def run(folder: Path, size: int) -> list[Measured]:
    """Append so many entries to one log on SQLite, then prove some and check the proofs."""
    group = f"log of {size:,} entries, SQLite"
    path = folder / "log.sqlite3"
    database = Database(db.engine(f"sqlite:///{path}"))
    METADATA.create_all(database.engine)
    appended = _append(database, size)
    with database.reading() as session:
        log = sql_store.open_log(session, ORIGIN)
        places = [number * STRIDE % size for number in range(PROOFS)]
        leaves = [merkle.leaf_hash(log.entry(place)) for place in places]
        with watch() as rooted:
            root = log.root()
        with watch() as proved:
            proofs = [log.prove(place) for place in places]
        with watch() as checked:
            for leaf, place, proof in zip(leaves, places, proofs, strict=True):
                merkle.verify_inclusion(leaf=leaf, index=place, size=size, proof=proof, root=root)
        with watch() as consistent:
            for place in places:
                log.consistency(place + 1)
    database.close()
    disk = sum(each.stat().st_size for each in folder.glob("log.sqlite3*"))
    return [
        appended.of(group, f"append, {AT_ONCE:,} at once", size, bytes=disk / size),
        rooted.of(group, "root", 1),
        proved.of(group, "inclusion proof", PROOFS, hashes=len(proofs[0])),
        checked.of(group, "check of a proof", PROOFS),
        consistent.of(group, "consistency proof", PROOFS, peak_mib=memory()),
    ]


def _append(database: Database, size: int) -> Watch:
    """Append in transactions of AT_ONCE; entries are made outside the watch."""
    passed = Watch()
    for start in range(0, size, AT_ONCE):
        entries = list(_entries(start, min(start + AT_ONCE, size)))
        with running(passed), database.writing() as session, session.begin():
            log: Log = sql_store.open_for_append(session, ORIGIN)
            log.append(entries)
    return passed


def _entries(start: int, stop: int) -> Iterator[Entry]:
    for number in range(start, stop):
        yield Entry("credential", SCHOOL, TIME, sm3.digest(b"%d" % number), APPROVAL)
