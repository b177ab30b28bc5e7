"""Reading cannot write, writing excludes other writers, ids are made here."""

import re
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from services.platform import db
from services.platform.errors import Conflict, Unavailable
from services.platform.tables import RECORD_KEY
from services.platform.work import Runtime, Work


def _put(runtime: Runtime, key_id: str, wrapped: bytes | None = b"1") -> None:
    with runtime.writing() as work:
        values = {"id": key_id, "wrapped": wrapped, "created_at": work.now}
        work.session.execute(insert(RECORD_KEY).values(values))


def test_an_id_is_26_symbols_of_crockfords_alphabet() -> None:
    assert db.new_id("job", lambda size: b"\0" * size) == "job_" + "0" * 26
    assert db.new_id("job", lambda size: b"\xff" * size) == "job_7" + "Z" * 25
    number = int("0123456789abcdef0123456789abcdef", 16)
    made = db.new_id("x", lambda size: number.to_bytes(size))
    assert re.fullmatch(r"x_[0-9A-HJKMNP-TV-Z]{26}", made)
    value = 0
    for symbol in made[2:]:
        value = value * 32 + "0123456789ABCDEFGHJKMNPQRSTVWXYZ".index(symbol)
    assert value == number


def test_another_database_is_refused() -> None:
    with pytest.raises(ValueError, match="mysql"):
        db.engine("mysql://localhost/kexin")


def test_reading_is_refused_to_write(runtime: Runtime) -> None:
    values = {"id": "a", "wrapped": b"1", "created_at": runtime.clock()}
    with pytest.raises((DBAPIError, Unavailable)), runtime.reading() as work:
        work.session.execute(insert(RECORD_KEY).values(values))
    _put(runtime, "a")  # the connection that was used for reading writes again


def test_reading_sees_one_snapshot(runtime: Runtime) -> None:
    with runtime.reading() as work:
        before = work.session.scalars(select(RECORD_KEY.c.id)).all()
        _put(runtime, "a")
        assert work.session.scalars(select(RECORD_KEY.c.id)).all() == before == []


def test_writing_commits_all_or_nothing(runtime: Runtime) -> None:
    def half(work: Work) -> None:
        values = {"id": "a", "wrapped": b"1", "created_at": work.now}
        work.session.execute(insert(RECORD_KEY).values(values))
        raise KeyError

    with pytest.raises(KeyError), runtime.writing() as work:
        half(work)
    with runtime.reading() as work:
        assert work.session.scalars(select(RECORD_KEY.c.id)).all() == []


def test_what_waits_for_the_commit_runs_after_it_and_only_then(runtime: Runtime) -> None:
    seen: list[str] = []

    def half(work: Work) -> None:
        work.after_commit(lambda: seen.append("rolled back"))
        raise KeyError

    with runtime.writing() as work:
        work.after_commit(lambda: seen.append("committed"))
        assert seen == []
    assert seen == ["committed"]
    with pytest.raises(KeyError), runtime.writing() as work:
        half(work)
    assert seen == ["committed"]


def test_a_duplicate_is_a_conflict_and_other_constraints_are_bugs(runtime: Runtime) -> None:
    _put(runtime, "a")
    with pytest.raises(Conflict) as caught:
        _put(runtime, "a")
    assert caught.value.code == "already_exists"
    with pytest.raises(IntegrityError):
        _put(runtime, "b", wrapped=None)  # neither a key nor the time of its end


def test_no_update_is_lost_between_four_writers(runtime: Runtime) -> None:
    _put(runtime, "counter", b"\0")

    def count() -> None:
        for _ in range(25):
            with runtime.writing() as work:
                row = select(RECORD_KEY.c.wrapped).with_for_update()
                value = work.session.scalars(row).one()
                assert value is not None
                work.session.execute(
                    update(RECORD_KEY).values(wrapped=(int.from_bytes(value) + 1).to_bytes(2))
                )

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with runtime.reading() as work:
        value = work.session.scalars(select(RECORD_KEY.c.wrapped)).one()
    assert value == (100).to_bytes(2)


def test_sqlite_keeps_every_promise(sqlite_url: str) -> None:
    engine = db.engine(sqlite_url)
    with engine.connect() as connection:
        values = {
            pragma: connection.execute(text(f"PRAGMA {pragma}")).scalar()
            for pragma in ("journal_mode", "synchronous", "foreign_keys", "secure_delete")
        }
    engine.dispose()
    assert values == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "secure_delete": 1,
    }


def test_a_lock_that_is_not_had_in_time_is_database_busy(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(db, "BUSY_SECONDS", 0)
    database = db.Database(db.engine(sqlite_url))
    other = sqlite3.connect(sqlite_url.removeprefix("sqlite:///"), isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with (
        pytest.raises(Unavailable) as caught,
        db.translated(),
        database.writing() as session,
    ):
        session.connection()
    assert caught.value.code == "database_busy"
    other.close()
    database.close()


def test_a_database_that_is_not_there_is_unreachable(tmp_path: Path) -> None:
    database = db.Database(db.engine(f"sqlite:///{tmp_path}/no/such/folder/kexin.db"))
    with pytest.raises(Unavailable) as caught, database.reading() as session:
        db.ping(session)
    assert caught.value.code == "database_unreachable"


def test_a_mistake_in_a_statement_is_not_called_unavailable(runtime: Runtime) -> None:
    with pytest.raises((DBAPIError, Unavailable)), runtime.reading() as work:
        work.session.execute(text("SELECT no_such_column FROM record_key"))


def test_more_sessions_than_connections_are_busy(sqlite_url: str) -> None:
    engine = db.engine(sqlite_url, connections=1)
    engine.pool._timeout = 0  # type: ignore[attr-defined]
    with (
        engine.connect(),
        pytest.raises(Unavailable) as caught,
        db.translated(),
        engine.connect(),
    ):
        pass
    assert caught.value.code == "database_busy"
    engine.dispose()
