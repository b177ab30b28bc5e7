"""Write the description of the HTTP API, docs/openapi.json, from the routes themselves.

    python scripts/openapi.py            write the file
    python scripts/openapi.py --check    write nothing; exit 1 if it is not what it should be

No database, no key and no chain is needed: the application is made and only asked for its routes.
"""

import json
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from crypto import entropy  # noqa: E402
from crypto.provider import Provider  # noqa: E402
from crypto.providers.software import SoftwareDevice  # noqa: E402
from identity import approval  # noqa: E402
from ledger.chains.fake import FakeChain  # noqa: E402
from services.app import create_app  # noqa: E402
from services.platform import clock  # noqa: E402
from services.platform.db import Database, engine  # noqa: E402
from services.platform.protect import Protect  # noqa: E402
from services.platform.settings import Settings  # noqa: E402
from services.platform.work import Runtime  # noqa: E402

FILE = ROOT / "docs" / "openapi.json"


def document() -> str:
    """Return the text of the file."""
    with tempfile.TemporaryDirectory() as folder:
        database = Database(engine(f"sqlite:///{folder}/none.db"))
        runtime = Runtime(
            settings=Settings(home=Path(folder)),
            database=database,
            clock=clock.system,
            protect=Protect(bytes(32)),
            provider=Provider(SoftwareDevice(bytes(16)), check=approval.authorize),
            random=entropy.system,
        )
        described = create_app(runtime, FakeChain(clock.system()), None).openapi()
        database.close()
    return json.dumps(described, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def main(arguments: list[str]) -> int:
    """Write or check; return the exit status."""
    made = document()
    fresh = FILE.exists() and FILE.read_text("utf-8") == made
    if not fresh and "--check" not in arguments:
        FILE.write_text(made, "utf-8")
    return 1 if not fresh and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
