"""Make a test node's home one that `kexin` opens: master key, passphrase, settings, migrations."""

from pathlib import Path

from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from services import demo
from services.migrations import migrate
from services.platform import files, master
from services.platform.db import Database
from tests.services.nodes import MASTER

WORDS = "correct horse battery staple"


def equip(home: Path, database: Database) -> None:
    """Write what an operator has in his home, for the master key of the test nodes."""
    write_settings(home, f"KEXIN_NODE_NAME={demo.NODE_NAME}\n")
    rounds = master.FEWEST_ROUNDS
    master.create_master(home / "keys/master.json", WORDS, random=_known, rounds=rounds)
    with database.engine.begin() as connection:
        folder = ScriptDirectory(str(migrate.FOLDER))
        MigrationContext.configure(connection).stamp(folder, "head")


def write_settings(home: Path, more: str = "") -> None:
    """Let commands find the passphrase, and stay on the local driver."""
    files.replace(home / "unseal", f"{WORDS}\n".encode())
    lines = f"KEXIN_CHAIN_DRIVER=local\nKEXIN_UNSEAL_FILE={home}/unseal\n{more}"
    files.replace(home / "settings.env", lines.encode())


def _known(count: int) -> bytes:
    return MASTER[:count]
