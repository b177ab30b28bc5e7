"""The table of gas in contracts/README.md is what a chain charges."""

import re
from itertools import count

import pytest

from crypto import sm3
from ledger.chain import MAX_ITEMS
from ledger.chains import evm
from tests.chain.nodes import ADMIN, KEY, NODE_ID, ROOT, Deployed, Node

pytestmark = pytest.mark.component

STRANGER = bytes(31) + b"\3"


def digest(number: int) -> bytes:
    return sm3.digest(number.to_bytes(8))


def measured(node: Node, deployed: Deployed) -> dict[str, int]:
    """Do each thing once, and return its gas under the name that the table gives it."""
    anchorer, fresh = evm.address(KEY), count()
    role = node.read(deployed, "roleOf", NODE_ID)

    def anchor(*arguments: object) -> int:
        return node.execute(deployed, anchorer, "anchor", NODE_ID, *arguments)

    def many(logs: list[bytes], expect: int, size: int) -> int:
        items = [(log, expect, size, digest(next(fresh))) for log in logs]
        return node.execute(deployed, anchorer, "anchorMany", NODE_ID, items)

    log, root = digest(10**6), digest(10**7)
    gas = {
        "let an account anchor for a node": node.administer(
            deployed, "grantRole", role, evm.address(STRANGER)
        ),
        "`anchor`, first of a log": anchor(log, 0, 10, digest(10**8)),
        "`anchor`, every later one": anchor(log, 1, 20, root),
        "`anchor`, the same head again": anchor(log, 1, 20, root),
    }
    logs = [digest(2 * 10**6 + number) for number in range(MAX_ITEMS)]
    gas["`anchorMany`, first of 400 logs, a log"] = many(logs, 0, 10) // MAX_ITEMS
    for seq, number in enumerate((1, 10, 100, 400), start=1):
        # Each smaller batch moves only some logs: move the others on, so that all are equal.
        name = f"`anchorMany`, later, {number} log{'s' * (number > 1)}, a log"
        gas[name] = many(logs[:number], seq, 20 * seq) // number
        if logs[number:]:
            many(logs[number:], seq, 20 * seq)
    return gas


def test_the_table_is_true(node: Node, deployed: Deployed) -> None:
    text = (ROOT / "contracts" / "README.md").read_text("utf-8")
    table = {
        name: int(gas.replace(",", ""))
        for name, gas in re.findall(r"^\| (.+?) \| ([0-9,]+) \|$", text, re.MULTILINE)
    }
    deployment = node.rpc("eth_getBlockByNumber", "0x1", False)
    found = {"deploy": int(deployment["gasUsed"], 16)} | measured(node, deployed)
    assert set(table) == set(found)
    for name, gas in found.items():
        # Bytes of zero cost less than others: digests differ a little in price.
        assert gas == pytest.approx(table[name], rel=0.005), name


def test_as_many_logs_as_we_send_fit_into_a_block() -> None:
    assert evm.GAS_BASE + MAX_ITEMS * evm.GAS_PER_ITEM < 30_000_000
    assert evm.address(ADMIN) != evm.address(KEY)
