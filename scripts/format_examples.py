"""Write the examples into docs/formats, and record new signatures over what has changed.

    python scripts/format_examples.py

An example stands in a page between a line `<!-- example: <name> -->` and the end of the fenced
block after it. The code that the pages document builds it (tests/identity/examples.py and
tests/ledger/examples.py). SM2 signatures are random, so those over the examples are recorded in
tests/vectors/identity.
"""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.identity import samples  # noqa: E402
from tests.identity.examples import examples as of_identity  # noqa: E402
from tests.ledger.examples import examples as of_ledger  # noqa: E402

BLOCK = re.compile(
    r"(<!-- example: ([a-z-]+) -->\n```[a-z]*\n)(.*?)(^```$)", re.DOTALL | re.MULTILINE
)


def examples() -> Mapping[str, str]:
    """Return the text of each example by its name in the pages."""
    return {**of_identity(), **of_ledger()}


def record() -> None:
    """Build every example, keeping each signature that still fits and making the others."""
    examples()
    document = {
        "comment": "SM2 signatures over the examples of docs/formats, by fixed example keys.",
        "source": "scripts/format_examples.py",
        "signatures": {label: samples.SIGNED[label] for label in sorted(samples.USED)},
    }
    samples.SIGNATURES.write_text(json.dumps(document, indent=1) + "\n", "utf-8")


def fill() -> None:
    """Replace the contents of every marked block."""
    texts = examples()
    for page in sorted((ROOT / "docs" / "formats").glob("*.md")):
        old = page.read_text("utf-8")
        new = BLOCK.sub(lambda found: found[1] + texts[found[2]] + "\n" + found[4], old)
        if new != old:
            page.write_text(new, "utf-8")


if __name__ == "__main__":
    record()
    fill()
