"""The migrations make exactly the tables that the code describes, on both databases, and undo them.

Alembic's own comparison sees columns, types, keys and indexes. CHECKs it does not see: there the
two databases, one migrated and one made from the descriptions, are read back and compared.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, inspect, text

from services.migrations import migrate
from services.migrations.tables import METADATA, MODULES
from services.platform import db
from services.platform.db import Database
from services.platform.errors import Unavailable
from tests.architecture import tree

VERSION = "alembic_version"
SCRIPTS = ScriptDirectory(str(migrate.FOLDER))


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    opened = Database(db.engine(database_url, connections=4))
    yield opened
    opened.close()


def described(engine: Engine) -> dict[str, Any]:
    """Return all that a database says of its tables, by name, in an order of its own."""
    found = inspect(engine)
    return {
        name: {
            "columns": [
                (each["name"], str(each["type"]), each["nullable"], each["default"])
                for each in found.get_columns(name)
            ],
            "key": found.get_pk_constraint(name),
            "foreign": sorted(map(str, found.get_foreign_keys(name))),
            "unique": sorted(map(str, found.get_unique_constraints(name))),
            "checks": sorted(map(str, found.get_check_constraints(name))),
            "indexes": sorted(map(_index, found.get_indexes(name))),
        }
        for name in found.get_table_names()
        if name != VERSION
    }


def _index(found: Any) -> str:
    where = {name: str(each) for name, each in found.get("dialect_options", {}).items()}
    return str({**found, "dialect_options": where})


def test_migrations_make_the_tables_that_the_code_describes(database: Database) -> None:
    migrate.upgrade(database)
    migrate.check(database)
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
    migrated = described(database.engine)
    migrate.downgrade(database)
    METADATA.create_all(database.engine)
    made = described(database.engine)

    assert migrated.keys() == made.keys() == METADATA.tables.keys()
    for name in made:
        assert migrated[name] == made[name], name


def test_every_step_is_undone_to_nothing(database: Database) -> None:
    migrate.upgrade(database)
    migrate.downgrade(database)

    assert described(database.engine) == {}
    migrate.upgrade(database)
    assert described(database.engine).keys() == METADATA.tables.keys()


def test_each_step_down_and_up_again_leaves_the_same(database: Database) -> None:
    migrate.upgrade(database)
    whole = described(database.engine)
    for revision in list(SCRIPTS.walk_revisions())[:-1]:
        _go(database, str(revision.down_revision), up=False)
        migrate.upgrade(database)
        assert described(database.engine) == whole, revision.revision


def _go(database: Database, revision: str, *, up: bool) -> None:
    with database.writing() as session, session.begin():
        config = migrate._config(session.connection())
        (command.upgrade if up else command.downgrade)(config, revision)


def test_a_database_that_lags_behind_is_refused(database: Database) -> None:
    with pytest.raises(Unavailable, match="database_outdated"):
        migrate.check(database)
    migrate.upgrade(database)
    with database.writing() as session, session.begin():
        session.execute(text(f"UPDATE {VERSION} SET version_num = '0001'"))
    with pytest.raises(Unavailable, match="database_outdated"):
        migrate.check(database)


def test_a_migration_that_was_applied_is_not_applied_again(database: Database) -> None:
    migrate.upgrade(database)
    migrate.upgrade(database)
    migrate.check(database)


def test_migrations_are_one_line_numbered_as_their_files() -> None:
    assert len(SCRIPTS.get_heads()) == 1
    line = [each.revision for each in SCRIPTS.walk_revisions()][::-1]
    files = sorted(path.name for path in Path(SCRIPTS.versions).glob("0*.py"))

    assert line == [f"{number:04d}" for number in range(1, len(line) + 1)]
    assert [name[:4] for name in files] == line


def test_every_module_of_tables_is_migrated() -> None:
    named = {module.__name__.replace(".", "/") + ".py" for module in MODULES}
    there = {
        path.as_posix()
        for path, _ in tree.python(*tree.HOUSE)
        if path.name == "tables.py" and "migrations" not in path.parts
    }
    assert named == there
