"""Fill the made parts of docs/formats/bundle-v1.md and verdict-v1.md.

    python scripts/evidence_pages.py             write the pages
    python scripts/evidence_pages.py --check     write nothing; exit 1 if one is stale
    python scripts/evidence_pages.py --record    first build tests/vectors/evidence anew

The example is one bundle with the root and the list to judge it by, kept in tests/vectors/evidence
because SM2 signatures are random. Everything else on the pages is made from it and from the table
of reasons and its texts.
"""

import json
import re
import sys
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from crypto import canonical  # noqa: E402
from identity import trust_list, trust_root  # noqa: E402
from scripts.catalogues import LOCALE, messages  # noqa: E402
from services.evidence.reasons import REASONS  # noqa: E402
from services.evidence.verdict import Verdict, verify  # noqa: E402
from services.platform.texts import EN, ZH  # noqa: E402

VECTORS = ROOT / "tests" / "vectors" / "evidence"
FORMATS = ROOT / "docs" / "formats"
PAGES = ("bundle-v1.md", "verdict-v1.md")
NOW = datetime(2026, 11, 24, 4, tzinfo=UTC)
"""The instant at which the example is judged."""

BUNDLE = VECTORS / "example.kexin.json"
TRUST_ROOT = VECTORS / "root.json"
TRUST_LIST = VECTORS / "list.json"

_MADE = re.compile(r"(<!-- made: ([a-z-]+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def example() -> Verdict:
    """Return the verdict on the example."""
    root = trust_root.parse(TRUST_ROOT.read_bytes())
    document = canonical.loads(TRUST_LIST.read_bytes())
    trust = trust_list.open(document, root, now=NOW, seen=None)
    return verify(BUNDLE.read_bytes(), trust=trust, now=NOW)


def parts() -> dict[str, str]:
    """Return the made parts of the pages by name."""
    return {
        "bundle": f"```json\n{BUNDLE.read_text('utf-8')}\n```\n",
        "bundle-members": _pretty(canonical.loads(BUNDLE.read_bytes())),
        "verdict": _pretty(example().to_json()),
        "reasons": "\n".join(_reasons()) + "\n",
    }


def filled(page: str) -> str:
    """Return a page with its made parts put in."""
    made = parts()
    text = (FORMATS / page).read_text("utf-8")
    return _MADE.sub(lambda found: f"{found[1]}{made[found[2]]}{found[4]}", text)


def record() -> None:
    """Build the example anew."""
    from tests.services.evidence import world

    claims = {**world.CLAIMS, "period": "2025-2026学年", "class": "高一(3)班"}
    text = world.sd_jwt(claims)
    VECTORS.mkdir(exist_ok=True)
    place = world.credential_place(text, others=59)
    BUNDLE.write_bytes(world.bundle_bytes(text, place=place))
    TRUST_ROOT.write_bytes(world.ROOT.to_bytes())
    TRUST_LIST.write_bytes(canonical.dumps(world.trust_document()))


def _pretty(value: object) -> str:
    return f"```json\n{json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True)}\n```\n"


def _reasons() -> list[str]:
    rows = ["| Check | Reason | Result | Message | 说明 |", "|---|---|---|---|---|"]
    for check, reasons in REASONS.items():
        for reason, result in reasons.items():
            code = f"{check}.{reason}"
            texts = [template(code, lang) for lang in (EN, ZH)]
            rows.append(f"| `{check}` | `{reason}` | {result.value} | {' | '.join(texts)} |")
    return rows


def codes() -> set[str]:
    """Return every code that the catalogue of verdicts has a text for."""
    return set(_texts(EN))


def template(code: str, lang: str) -> str:
    """Return a text with its parameters' names in their places."""
    raw = _texts(lang)[code]
    return re.sub(r"\{([a-z_]+)\}", r"*\1*", raw).replace("|", "\\|")


@cache
def _texts(lang: str) -> dict[str, str]:
    folder = {EN: "en", ZH: "zh_CN"}[lang]
    return messages(LOCALE / folder / "LC_MESSAGES" / "verdict.po")


def main() -> int:
    """Do what the command line asks; return the exit code."""
    if "--record" in sys.argv:
        record()
    stale = [page for page in PAGES if filled(page) != (FORMATS / page).read_text("utf-8")]
    if "--check" not in sys.argv:
        for page in stale:
            (FORMATS / page).write_text(filled(page), "utf-8")
        return 0
    print(*stale, sep="\n", end="\n" if stale else "")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
