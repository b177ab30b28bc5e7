"""The examples of the ledger's pages in docs/formats, built by the code they document."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from crypto import canonical, sm3
from ledger import checkpoint, evidence, merkle
from ledger.checkpoint import Checkpoint
from ledger.entry import Entry
from ledger.evidence import Receipt
from ledger.log import Log, MemoryStore
from tests.identity.samples import SCHOOL, private_key, signer

NODE = "kexin.zz.example"
TIME = datetime(2026, 11, 24, 8, tzinfo=UTC)
WITNESS = "city.example"
ENTRIES = [
    Entry(
        "credential", SCHOOL, TIME, sm3.digest(b"credential %d" % number), sm3.digest(b"approval")
    )
    for number in range(7)
]


def examples() -> Mapping[str, str]:
    """Return the text of each example by its name in the pages."""
    log = Log(MemoryStore(), checkpoint.origin(NODE, SCHOOL, 2026))
    log.append(ENTRIES)
    head = Checkpoint(log.origin, log.size, log.root(), TIME)
    receipt = the_receipt(head)
    return {
        "entry": ENTRIES[3].encode().decode(),
        "entry-leaf": merkle.leaf_hash(ENTRIES[3].encode()).hex(),
        "entry-proof": "\n".join(each.hex() for each in log.prove(3)),
        "entry-root": head.root.hex(),
        "checkpoint": the_note(head).removesuffix("\n"),
        "checkpoint-key": _pretty({**private_key("log").public.jwk()}),
        "checkpoint-ids": f"{log.log_id.hex()}\n{checkpoint.node_id(NODE).hex()}",
        "receipt": canonical.dumps(
            evidence.seal_receipt(
                receipt, kid=private_key("receipt").public.kid, sign=signer("receipt")
            )
        ).decode(),
        "receipt-payload": _pretty(receipt.to_json()),
    }


def the_note(head: Checkpoint) -> str:
    """Return the note signed by the node and one witness."""
    note = checkpoint.sign(head, NODE, private_key("log").public, signer("log"))
    return checkpoint.cosign(note, WITNESS, private_key("witness").public, signer("witness"))


def the_receipt(head: Checkpoint) -> Receipt:
    """Return what the node saw of the anchor."""
    return Receipt(
        node=NODE,
        origin=head.origin,
        size=head.size,
        root=head.root,
        seq=1,
        chain="eip155:31337",
        genesis=sm3.digest(b"genesis"),
        contract="0x5fbdb2315678afecb367f032d93f642f64180aa3",
        driver="evm",
        block_number=8,
        block_hash=sm3.digest(b"block"),
        block_time=datetime(2026, 11, 24, 8, 0, 6, tzinfo=UTC),
        tx_hash=sm3.digest(b"transaction"),
        issued=datetime(2026, 11, 24, 8, 0, 10, tzinfo=UTC),
    )


def _pretty(value: Mapping[str, object]) -> str:
    return json.dumps(value, indent=1, sort_keys=True)
