"""The examples of the ledger's pages are what the code makes, and prove what the pages say."""

import re
from pathlib import Path

import pytest

from crypto import canonical
from crypto.keys import PublicKey
from ledger import checkpoint, entry, evidence, merkle
from ledger.evidence import Level
from tests.identity.samples import private_key
from tests.ledger.examples import NODE, WITNESS, examples

PAGES = Path(__file__).parents[2] / "docs" / "formats"
BLOCK = re.compile(
    r"<!-- example: ([a-z-]+) -->\n```[a-z]*\n(.*?)\n^```$", re.DOTALL | re.MULTILINE
)
EXAMPLES = examples()
SHOWN = dict(
    BLOCK.findall(
        "".join(
            (PAGES / f"{name}-v1.md").read_text("utf-8")
            for name in ("entry", "checkpoint", "anchor-receipt")
        )
    )
)


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_the_page_shows_what_the_code_makes(name: str) -> None:
    # If a format was changed on purpose: python scripts/format_examples.py
    assert SHOWN[name] == EXAMPLES[name]


def test_the_shown_entry_leads_to_the_shown_root() -> None:
    data = SHOWN["entry"].encode()
    assert entry.decode(data).kind == "credential"
    page = (PAGES / "entry-v1.md").read_text("utf-8")
    assert f"The bytes of an entry, {len(data)} of them" in page
    merkle.verify_inclusion(
        leaf=bytes.fromhex(SHOWN["entry-leaf"]),
        index=3,
        size=7,
        proof=[bytes.fromhex(line) for line in SHOWN["entry-proof"].splitlines()],
        root=bytes.fromhex(SHOWN["entry-root"]),
    )


def test_the_shown_receipt_is_one_of_the_shown_checkpoint() -> None:
    head = checkpoint.verify(
        SHOWN["checkpoint"] + "\n",
        name=NODE,
        key=PublicKey.from_jwk(
            canonical.loads(re.sub(r"\s", "", SHOWN["checkpoint-key"]).encode())
        ),
        witnesses={WITNESS: private_key("witness").public},
        required=1,
    )
    assert head.root.hex() == SHOWN["entry-root"]
    key = private_key("receipt").public
    document = canonical.loads(SHOWN["receipt"].encode())
    anchored = evidence.verify_receipt(document, {key.kid: key}, head)
    assert anchored.level is Level.RECEIPT
