"""Bring a database to the newest migration, or say that it is not there.

Errors     Unavailable database_outdated: run `kexin migrate`
"""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from services.platform.db import Database
from services.platform.errors import Unavailable

FOLDER = Path(__file__).parent


def upgrade(database: Database) -> None:
    """Apply every migration that is missing."""
    with database.writing() as session, session.begin():
        command.upgrade(_config(session.connection()), "head")


def downgrade(database: Database) -> None:
    """Take every migration back; for tests and an empty database."""
    with database.writing() as session, session.begin():
        command.downgrade(_config(session.connection()), "base")


def check(database: Database) -> None:
    """Raise Unavailable unless the database is at the newest migration."""
    with database.reading() as session:
        found = MigrationContext.configure(session.connection()).get_current_revision()
    if found != ScriptDirectory(str(FOLDER)).get_current_head():
        raise Unavailable("database_outdated")


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    config.attributes["connection"] = connection
    return config
