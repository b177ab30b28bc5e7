"""What the tests of crypto share: vector files, the standard's key pair, the openssl command."""

import functools
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from crypto.keys import PrivateKey, PublicKey

VECTORS = Path(__file__).parents[1] / "vectors" / "crypto"
ID_OPTION = "distid:1234567812345678"


@functools.cache
def vectors(name: str) -> Any:
    """Return a vector file."""
    return json.loads((VECTORS / name).read_text("utf-8"))


def point(case: dict[str, str]) -> bytes:
    """Return X||Y of a case that gives them apart."""
    return bytes.fromhex(case["px_hex"] + case["py_hex"])


STANDARD = vectors("sm2.json")["signature"][0]
"""GB/T 32918.5-2017 Annex A."""

PUBLIC = PublicKey(point(STANDARD))
PRIVATE = PrivateKey(bytes.fromhex(STANDARD["d_hex"]), PUBLIC)
MESSAGE: bytes = STANDARD["msg_ascii"].encode()
SIGNATURE = bytes.fromhex(STANDARD["sig_raw_hex"])


def openssl(*arguments: str | Path, data: bytes = b"") -> bytes:
    """Return what the openssl command prints; skip the test where there is none."""
    if shutil.which("openssl") is None:
        pytest.skip("no openssl command")
    command = ["openssl", *map(str, arguments)]
    done = subprocess.run(command, input=data, capture_output=True, check=False)
    assert done.returncode == 0, f"{command}: {done.stderr.decode()}"
    return done.stdout
