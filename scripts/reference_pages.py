"""Write the pages of docs/reference that are made from code.

    python scripts/reference_pages.py            write them
    python scripts/reference_pages.py --check    write nothing; exit 1 if one is missing or stale

settings.md         from services/platform/settings.py, and services/honours/cells.py for MAX_ROWS
data-catalogue.md   from services/platform/catalogue.py
"""

import sys
from collections.abc import Iterator
from pathlib import Path

from services.honours import cells
from services.platform import catalogue
from services.platform.settings import PREFIX, Settings

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "reference"
_SAMPLES = {catalogue.Rule.NAME: "张三丰", catalogue.Rule.NUMBER: "4101020011"}
_MADE = "Made by `python scripts/reference_pages.py`; a test compares.\n"


def settings_page() -> str:
    """Return the table of settings."""
    return "\n".join(
        [
            "# Settings\n",
            "Each is an environment variable. One that begins with `KEXIN_` and is not in this "
            "table stops the start.\n",
            _MADE,
            "| Variable | Default | Meaning |",
            "|---|---|---|",
            *_settings(),
            "",
        ]
    )


def catalogue_page() -> str:
    """Return the tables of important data."""
    return "\n".join(
        [
            "# Catalogue of important data\n",
            "What the node holds about people, and the keys that guard it. Everything here is "
            "sealed (SM4-GCM) or wrapped where it is stored; `services/platform/catalogue.py` "
            "drives masking and export, and a test compares it with the tables.\n",
            _MADE,
            "| Item | 名称 | Class | Owner | Purpose | Kept | Minors | Shown as |",
            "|---|---|---|---|---|---|---|---|",
            *_items(),
            "\n## Where it is stored\n",
            "| Column | Items |",
            "|---|---|",
            *(f"| `{place}` | {', '.join(items)} |" for place, items in _sorted()),
            "\n## How it is found\n",
            "Keyed digests (HMAC-SM3, a key per tenant and field), of unique identifiers only.\n",
            "| Column | Of |",
            "|---|---|",
            *(f"| `{place}` | {item} |" for place, item in sorted(catalogue.INDEXED.items())),
            "",
        ]
    )


PAGES = {"settings.md": settings_page, "data-catalogue.md": catalogue_page}


def stale() -> list[Path]:
    """Return the pages that are missing or say something else than the code."""
    return [
        FOLDER / name
        for name, page in PAGES.items()
        if not (FOLDER / name).exists() or (FOLDER / name).read_text("utf-8") != page()
    ]


def main(arguments: list[str]) -> int:
    """Write or check; return the exit status."""
    found = stale()
    for path in found:
        print(path.name)
        if "--check" not in arguments:
            FOLDER.mkdir(parents=True, exist_ok=True)
            path.write_text(PAGES[path.name](), "utf-8")
    return 1 if found and "--check" in arguments else 0


def _settings() -> Iterator[str]:
    for name, info in Settings.model_fields.items():
        default = "" if info.default in (None, ()) else f"`{info.default}`"
        meaning = " ".join((info.description or "").split())
        meaning = meaning.replace("MAX_ROWS", f"{cells.MAX_ROWS:,}")
        yield f"| `{PREFIX}{name.upper()}` | {default} | {meaning} |"


def _items() -> Iterator[str]:
    for item in catalogue.ITEMS.values():
        facts = (item.name, item.title, item.cls.value, item.owner, item.purpose, item.retention)
        minors = "yes" if item.minors else "no"
        shown = catalogue.mask(_SAMPLES.get(item.rule, "一等奖"), item.rule)
        yield f"| {' | '.join(facts)} | {minors} | `{shown}` |"


def _sorted() -> list[tuple[str, tuple[str, ...]]]:
    return sorted(catalogue.SEALED.items())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
