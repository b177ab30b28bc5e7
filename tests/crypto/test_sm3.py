"""SM3 and HMAC-SM3 against the standard's examples and the interpreter's own HMAC."""

import hashlib  # noqa: TID251
import hmac
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import sm3
from crypto.errors import InvalidSignature
from crypto.sm3_pyca import PycaHasher
from tests.crypto.samples import vectors

CASES = vectors("sm3.json")["vectors"]


def message(case: dict[str, Any]) -> bytes:
    if "msg_hex" in case:
        return bytes.fromhex(case["msg_hex"])
    return bytes.fromhex(case["msg_repeat"]["hex"]) * int(case["msg_repeat"]["count"])


@pytest.mark.parametrize("case", CASES)
def test_digest_matches_the_vector(case: dict[str, Any]) -> None:
    assert sm3.digest(message(case)).hex() == case["digest_hex"]


@pytest.mark.parametrize("case", CASES)
def test_the_other_backend_matches_the_vector(case: dict[str, Any]) -> None:
    state = PycaHasher()
    state.update(message(case))
    assert state.digest().hex() == case["digest_hex"]


def test_an_interpreter_without_sm3_gets_the_other_backend(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def unsupported(name: str) -> None:
        raise ValueError(f"unsupported hash type {name}")

    monkeypatch.setattr(hashlib, "new", unsupported)
    assert isinstance(sm3._first_state(), PycaHasher)


@pytest.mark.parametrize("start", [sm3.new, lambda prefix: _begun(PycaHasher(), prefix)])
def test_a_copy_goes_its_own_way(start: Any) -> None:
    first = start(b"prefix")
    second = first.copy()
    second.update(b"more")
    assert first.digest() == first.digest() == sm3.digest(b"prefix")
    assert second.digest() == sm3.digest(b"prefixmore")


def _begun(state: PycaHasher, prefix: bytes) -> PycaHasher:
    state.update(prefix)
    return state


@given(key=st.binary(max_size=200), data=st.binary(max_size=300))
def test_hmac_agrees_with_the_interpreter(key: bytes, data: bytes) -> None:
    assert sm3.hmac(key, data) == hmac.digest(key, data, "sm3")


def test_verify_hmac_accepts_the_tag_and_nothing_shorter() -> None:
    tag = sm3.hmac(b"key", b"data")
    sm3.verify_hmac(b"key", b"data", tag)
    with pytest.raises(InvalidSignature, match="mac_mismatch"):
        sm3.verify_hmac(b"key", b"data", tag[:31])


def test_digest_refuses_text() -> None:
    with pytest.raises(TypeError):
        sm3.digest("abc")  # type: ignore[arg-type]
