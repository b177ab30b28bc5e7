"""Agreement with the PyPI package gmssl, written independently in Python.

It is a second opinion here and nothing else: its nonces come from a predictable generator, it
checks neither points nor the digest of a ciphertext, and it damages public keys whose hex
begins with 0 or 4 (docs/decisions/0002-sm2-library.md). The keys below avoid the last.
"""

from gmssl import sm2 as oracle_sm2
from gmssl import sm3 as oracle_sm3
from gmssl import sm4 as oracle_sm4
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import der, kdf, sm2, sm3, sm4
from crypto.keys import PrivateKey

few = settings(max_examples=8, deadline=None)
texts = st.binary(min_size=1, max_size=60)
privates = (
    st.integers(1, 2**250)
    .map(lambda d: PrivateKey.from_scalar(d.to_bytes(32)))
    .filter(lambda private: private.public.xy.hex()[0] not in "04")
)


def oracle(private: PrivateKey) -> oracle_sm2.CryptSM2:
    secret, public = private.export_scalar().hex(), private.public.xy.hex()
    return oracle_sm2.CryptSM2(private_key=secret, public_key=public, mode=1)


@few
@given(private=privates, message=texts)
def test_it_verifies_ours_and_we_verify_its(private: PrivateKey, message: bytes) -> None:
    assert oracle(private).verify_with_sm3(sm2.sign(private, message).hex(), message)
    sm2.verify(private.public, message, bytes.fromhex(oracle(private).sign_with_sm3(message)))


@few
@given(private=privates, message=texts)
def test_it_opens_ours_and_we_open_its(private: PrivateKey, message: bytes) -> None:
    reader = der.Reader(sm2.encrypt(private.public, message)).inside(der.SEQUENCE)
    point = reader.integer().to_bytes(32) + reader.integer().to_bytes(32)
    raw = point + reader.take(der.OCTETS) + reader.take(der.OCTETS)
    assert oracle(private).decrypt(raw) == message

    theirs = oracle(private).encrypt(message)
    if theirs is not None:  # its answer to a key stream of zeros
        ciphertext = der.element(
            der.SEQUENCE,
            der.integer(int.from_bytes(theirs[:32])),
            der.integer(int.from_bytes(theirs[32:64])),
            der.element(der.OCTETS, theirs[64:96]),
            der.element(der.OCTETS, theirs[96:]),
        )
        assert sm2.decrypt(private, ciphertext) == message


@given(st.binary(max_size=130))
def test_digests_agree(data: bytes) -> None:
    assert oracle_sm3.sm3_hash(list(data)) == sm3.digest(data).hex()


@given(z=st.binary(min_size=1, max_size=64), length=st.integers(1, 100))
def test_key_streams_agree(z: bytes, length: int) -> None:
    assert oracle_sm3.sm3_kdf(z.hex().encode(), length) == kdf.sm2_kdf(z, length).hex()


@given(key=st.binary(min_size=16, max_size=16), text=st.binary(max_size=80))
def test_cbc_agrees(key: bytes, text: bytes) -> None:
    cipher = oracle_sm4.CryptSM4()
    cipher.set_key(key, oracle_sm4.SM4_ENCRYPT)
    assert cipher.crypt_cbc(key[::-1], text) == sm4.cbc_encrypt(key, key[::-1], text)
