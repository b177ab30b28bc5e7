"""PBKDF2, HKDF and the SM2 key stream against published vectors."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from crypto import kdf, sm2
from crypto.keys import PrivateKey, PublicKey
from tests.crypto.samples import vectors

FILE = vectors("kdf_sm3.json")
EXCHANGES = vectors("sm2.json")["key_exchange"]


@pytest.mark.parametrize("case", FILE["pbkdf2_hmac_sm3"])
def test_pbkdf2_matches_the_vector(case: dict[str, Any]) -> None:
    password, salt = bytes.fromhex(case["password_hex"]), bytes.fromhex(case["salt_hex"])
    derived = kdf.pbkdf2(password, salt, rounds=case["iterations"], length=case["len"])
    assert derived.hex() == case["dk_hex"]


@pytest.mark.parametrize("case", FILE["hkdf_sm3"])
def test_hkdf_matches_the_vector(case: dict[str, Any]) -> None:
    ikm, salt, info = (bytes.fromhex(case[f"{name}_hex"]) for name in ("ikm", "salt", "info"))
    assert kdf.hkdf(ikm, salt=salt, info=info, length=case["len"]).hex() == case["okm_hex"]


@given(
    ikm=st.binary(max_size=80),
    salt=st.binary(max_size=80),
    info=st.binary(max_size=80),
    length=st.integers(1, 300),
)
def test_hkdf_agrees_with_another_library(
    ikm: bytes, salt: bytes, info: bytes, length: int
) -> None:
    expected = HKDF(hashes.SM3(), length, salt, info).derive(ikm)
    assert kdf.hkdf(ikm, salt=salt, info=info, length=length) == expected


@pytest.mark.parametrize("length", [0, -1, 8161])
def test_hkdf_refuses_a_length_outside_the_rfc(length: int) -> None:
    with pytest.raises(ValueError, match="HKDF"):
        kdf.hkdf(b"key", info=b"", length=length)


def test_hkdf_gives_the_longest_length_of_the_rfc() -> None:
    assert len(kdf.hkdf(b"key", info=b"", length=8160)) == 8160


@pytest.mark.parametrize("rounds", [0, -1])
def test_pbkdf2_refuses_less_than_one_round(rounds: int) -> None:
    with pytest.raises(ValueError, match="one round"):
        kdf.pbkdf2(b"", b"", rounds=rounds)


@pytest.mark.parametrize("case", FILE["sm2_kdf"])
def test_key_stream_matches_the_vector(case: dict[str, Any]) -> None:
    assert kdf.sm2_kdf(bytes.fromhex(case["z_hex"]), case["len"]).hex() == case["out_hex"]


@pytest.mark.parametrize("length", [0, 2**37])
def test_key_stream_refuses_a_length_outside_the_standard(length: int) -> None:
    with pytest.raises(ValueError, match="key stream"):
        kdf.sm2_kdf(b"z", length)


@pytest.mark.parametrize("case", EXCHANGES)
def test_z_and_key_stream_give_the_agreed_key(case: dict[str, Any]) -> None:
    """Annex B of GB/T 32918.5: K = KDF(xU || yU || ZA || ZB)."""
    shared = bytes.fromhex(
        case["U_uncompressed_hex"][2:] if "U" not in case else "".join(case["U"])
    )
    za, zb = (sm2.z(_public(case, side), case[f"id{side.lower()}_ascii"].encode()) for side in "AB")
    assert za.hex() == case.get("ZA_hex", za.hex())
    assert zb.hex() == case.get("ZB_hex", zb.hex())
    assert kdf.sm2_kdf(shared + za + zb, case["klen_bytes"]).hex() == case["K_hex"]


def _public(case: dict[str, Any], side: str) -> PublicKey:
    public = PrivateKey.from_scalar(bytes.fromhex(case[f"d{side}_hex"])).public
    assert public.xy.hex() == "".join(case.get(f"P{side}", [public.xy.hex()]))
    return public
