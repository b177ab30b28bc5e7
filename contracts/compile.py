"""Compile the anchor registry and write the artifact that the node deploys, or compare with it.

    python contracts/compile.py            rewrite ledger/abi/AnchorRegistry.json
    python contracts/compile.py --check    exit 1 where it is not what the sources give

Needs Node (any that runs npm's solc) and `npm ci` in contracts/. The bytecode depends on code
and settings alone: the compiler's metadata trailer is left out.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from crypto import sm3

HOME = Path(__file__).parent
ARTIFACT = HOME.parent / "ledger" / "abi" / "AnchorRegistry.json"
SOURCES = ("src/AnchorRegistry.sol", "src/IAnchorRegistry.sol")
SETTINGS = {
    "evmVersion": "paris",
    "metadata": {"appendCBOR": False, "bytecodeHash": "none"},
    "optimizer": {"enabled": True, "runs": 200},
}


def source_digests() -> dict[str, str]:
    """Return the SM3 of each source in hex: whether the artifact is stale needs no compiler."""
    return {name: sm3.digest((HOME / name).read_bytes()).hex() for name in SOURCES}


def _solc(node: str, *arguments: str, text: str = "") -> str:
    command = [node, str(HOME / "bin" / "solc"), *arguments]
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=True)  # noqa: S603  (our own file)
    return done.stdout


def artifact(node: str = "node") -> dict[str, Any]:
    """Compile with npm's solc and return the artifact; ValueError with the compiler's words."""
    request = {
        "language": "Solidity",
        "sources": {name: {"content": (HOME / name).read_text("utf-8")} for name in SOURCES},
        "settings": SETTINGS
        | {
            "outputSelection": {
                "*": {"*": ["abi", "evm.bytecode.object", "evm.deployedBytecode.object"]}
            }
        },
    }
    answer = json.loads(_solc(node, "--standard-json", text=json.dumps(request)))
    if answer.get("errors"):
        raise ValueError("\n".join(error["formattedMessage"] for error in answer["errors"]))
    made = answer["contracts"][SOURCES[0]]["AnchorRegistry"]
    return {
        "abi": made["abi"],
        "bytecode": "0x" + made["evm"]["bytecode"]["object"],
        "deployedBytecode": "0x" + made["evm"]["deployedBytecode"]["object"],
        "solc": _solc(node, "--version").split()[-1],
        "settings": SETTINGS,
        "sourceSm3": source_digests(),
    }


def main(arguments: list[str]) -> int:
    """Write the artifact, or with --check say whether it is up to date."""
    text = json.dumps(artifact(), indent=1, sort_keys=True) + "\n"
    if "--check" in arguments:
        return 0 if ARTIFACT.read_text("utf-8") == text else 1
    ARTIFACT.parent.mkdir(exist_ok=True)
    ARTIFACT.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
