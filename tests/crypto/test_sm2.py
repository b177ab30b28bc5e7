"""SM2 against GB/T 32918.5 and other projects' vectors, and against hostile input."""

import threading

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crypto import curve, der, libcrypto, sm2
from crypto.errors import (
    CryptoError,
    InvalidCiphertext,
    InvalidEncoding,
    InvalidSignature,
)
from crypto.keys import PrivateKey, PublicKey
from tests.crypto.samples import MESSAGE, PRIVATE, PUBLIC, SIGNATURE, STANDARD, point, vectors

FILE = vectors("sm2.json")
NEGATIVE = FILE["signature_negative"]
EXAMPLE = FILE["encryption"][0]
CIPHERTEXT = bytes.fromhex(EXAMPLE["der_hex"])
N = curve.N


def rs(r: int, s: int) -> bytes:
    return r.to_bytes(32) + s.to_bytes(32)


R, S = int.from_bytes(SIGNATURE[:32]), int.from_bytes(SIGNATURE[32:])


def test_the_curve_is_the_recommended_one() -> None:
    ours = {
        "p": curve.P, "a": curve.A, "b": curve.B, "n": curve.N, "gx": curve.GX, "gy": curve.GY
    }  # fmt: skip
    assert ours == {name: int(FILE["curve"][name], 16) for name in ours}


def test_z_and_e_are_those_of_the_standard() -> None:
    assert sm2.z(PUBLIC).hex() == STANDARD["za_hex"]
    assert sm2.e_value(PUBLIC, MESSAGE).hex() == STANDARD["e_hex"]


def test_the_signature_of_the_standard_is_valid() -> None:
    sm2.verify(PUBLIC, MESSAGE, SIGNATURE)
    assert sm2.to_der(SIGNATURE).hex() == STANDARD["sig_der_hex"]
    assert sm2.from_der(bytes.fromhex(STANDARD["sig_der_hex"])) == SIGNATURE


@pytest.mark.parametrize("case", NEGATIVE["must_fail"], ids=lambda case: case["case"])
def test_the_negative_vectors_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(InvalidSignature):
        sm2.verify(PUBLIC, MESSAGE, bytes.fromhex(case["r_hex"] + case["s_hex"]))


@pytest.mark.parametrize("ident", NEGATIVE["wrong_id_must_fail"])
def test_a_wrong_id_is_refused(ident: str) -> None:
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        sm2.verify(PUBLIC, MESSAGE, SIGNATURE, ident=ident.encode())


@pytest.mark.parametrize("case", FILE["verify_e_only"]["vectors"])
def test_signatures_over_a_given_digest(case: dict[str, str]) -> None:
    public = PublicKey(point(FILE["verify_e_only"]))
    sm2.verify_e(
        public, bytes.fromhex(case["e_hex"]), sm2.from_der(bytes.fromhex(case["sig_der_hex"]))
    )


@pytest.mark.parametrize("case", FILE["cloud_kms_interop"]["signatures"])
def test_a_signature_over_a_bare_hash_is_no_signature_of_the_message(
    case: dict[str, str],
) -> None:
    public = PublicKey(bytes.fromhex(case["pub_uncompressed_hex"][2:]))
    signature = sm2.from_der(bytes.fromhex(case["sig_der_hex"]))
    sm2.verify_e(public, bytes.fromhex(FILE["cloud_kms_interop"]["e_hex"]), signature)
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        sm2.verify(public, b"abc", signature)


@pytest.mark.parametrize("case", FILE["deterministic"])
def test_deterministic_signatures_of_another_project_are_valid(case: dict[str, str]) -> None:
    public = PrivateKey.from_scalar(bytes.fromhex(case["d_hex"])).public
    signature = bytes.fromhex(case["r_hex"] + case["s_hex"])
    if "msg_hex" in case:
        sm2.verify(public, bytes.fromhex(case["msg_hex"]), signature)
    else:
        sm2.verify_e(public, bytes.fromhex(case["e_input_hex"]).rjust(32, b"\0"), signature)


@pytest.mark.parametrize(
    ("r", "s"),
    [
        (0, S), (N, S), (N + 1, S), (2**256 - 1, S),
        (R, 0), (R, N), (R, N + 1), (R, 2**256 - 1),
        (0, 0), (N, N), (R, N - R), (1, N - 1), (N - 1, 1),
    ],
)  # fmt: skip
def test_a_signature_out_of_range_never_reaches_the_library(
    r: int, s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libcrypto.Key, "verifies", lambda *_: True)
    with pytest.raises(InvalidSignature, match="signature_range"):
        sm2.verify(PUBLIC, MESSAGE, rs(r, s))


@pytest.mark.parametrize(("r", "s"), [(1, 1), (N - 1, N - 1), (1, N - 2), (S, R)])
def test_a_signature_in_range_but_wrong_is_refused(r: int, s: int) -> None:
    with pytest.raises(InvalidSignature, match="signature_mismatch"):
        sm2.verify(PUBLIC, MESSAGE, rs(r, s))


@pytest.mark.parametrize("size", [0, 63, 65, 128])
def test_a_signature_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidSignature, match="signature_length"):
        sm2.verify(PUBLIC, MESSAGE, (SIGNATURE * 2)[:size])


@given(bit=st.integers(0, 511))
def test_one_flipped_bit_of_a_signature_is_refused(bit: int) -> None:
    altered = (int.from_bytes(SIGNATURE) ^ (1 << bit)).to_bytes(64)
    with pytest.raises(InvalidSignature):
        sm2.verify(PUBLIC, MESSAGE, altered)


@given(message=st.binary(max_size=200), ident=st.binary(max_size=40))
def test_what_was_signed_is_valid_for_that_id_only(message: bytes, ident: bytes) -> None:
    signature = sm2.sign(PRIVATE, message, ident=ident)
    sm2.verify(PUBLIC, message, signature, ident=ident)
    with pytest.raises(InvalidSignature):
        sm2.verify(PUBLIC, message + b"\0", signature, ident=ident)
    with pytest.raises(InvalidSignature):
        sm2.verify(PUBLIC, message, signature, ident=ident + b"\0")


def test_a_new_key_signs_and_another_does_not_verify() -> None:
    first, second = sm2.generate(), sm2.generate()
    signature = sm2.sign(first, b"text")
    sm2.verify(first.public, b"text", signature)
    with pytest.raises(InvalidSignature):
        sm2.verify(second.public, b"text", signature)


@pytest.mark.parametrize("d", [1, 2, N - 2])
def test_the_edges_of_the_range_sign(d: int) -> None:
    private = PrivateKey.from_scalar(d.to_bytes(32))
    sm2.verify(private.public, b"text", sm2.sign(private, b"text"))


def test_the_longest_id_is_8191_bytes() -> None:
    sm2.z(PUBLIC, bytes(8191))
    with pytest.raises(InvalidEncoding, match="ident_too_long"):
        sm2.z(PUBLIC, bytes(8192))


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_digest_of_another_length_is_a_mistake(size: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        sm2.verify_e(PUBLIC, bytes(size), SIGNATURE)
    with pytest.raises(ValueError, match="32 bytes"):
        sm2.sign_e(PRIVATE, bytes(size))


# --- DER of signatures ---


@given(st.integers(1, N - 1), st.integers(1, N - 1))
def test_der_comes_back(r: int, s: int) -> None:
    if r + s != N:
        assert sm2.from_der(sm2.to_der(rs(r, s))) == rs(r, s)


SHORT = der.integer(5)
FINE = sm2.to_der(SIGNATURE)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        SIGNATURE,
        FINE[:-1],
        FINE + b"\0",
        b"\x30\x81" + FINE[1:],
        b"\x30\x82\0" + FINE[1:],
        b"\x30\x80" + FINE[2:] + b"\0\0",
        b"\x31" + FINE[1:],
        der.element(der.SEQUENCE, SHORT),
        der.element(der.SEQUENCE, SHORT, SHORT, SHORT),
        der.element(der.SEQUENCE, b"\x02\x02\x00\x05", SHORT),
        der.element(der.SEQUENCE, b"\x02\x81\x01\x05", SHORT),
        der.element(der.SEQUENCE, b"\x02\x01\xff", SHORT),
        der.element(der.SEQUENCE, b"\x02\x00", SHORT),
        der.element(der.SEQUENCE, b"\x04\x01\x05", SHORT),
    ],
)
def test_other_der_of_a_signature_is_refused(data: bytes) -> None:
    with pytest.raises(InvalidEncoding, match="der_"):
        sm2.from_der(data)


@pytest.mark.parametrize(("r", "s"), [(0, 1), (1, 0), (N, 1), (1, N), (2**4000, 1), (1, N - 1)])
def test_der_of_a_signature_out_of_range_is_refused(r: int, s: int) -> None:
    with pytest.raises(InvalidSignature, match="signature_range"):
        sm2.from_der(der.element(der.SEQUENCE, der.integer(r), der.integer(s)))


@given(st.binary(max_size=80), st.integers(0, 75), st.integers(0, 255))
def test_der_that_is_read_would_be_written_the_same(noise: bytes, at: int, byte: int) -> None:
    altered = bytearray(FINE)
    altered[at % len(FINE)] = byte
    for data in (noise, bytes(altered)):
        try:
            signature = sm2.from_der(data)
        except CryptoError:
            continue
        assert sm2.to_der(signature) == data


# --- encryption ---


def test_the_ciphertext_of_the_standard_opens() -> None:
    assert sm2.decrypt(PRIVATE, CIPHERTEXT) == EXAMPLE["pt_ascii"].encode()


@pytest.mark.parametrize("case", FILE["decrypt_der"]["vectors"])
def test_ciphertexts_of_another_project_open(case: dict[str, str]) -> None:
    private = PrivateKey.from_scalar(bytes.fromhex(FILE["decrypt_der"]["d_hex"]))
    assert private.public.xy == point(FILE["decrypt_der"])
    assert sm2.decrypt(private, bytes.fromhex(case["ct_der_hex"])) == case["pt_ascii"].encode()


@settings(max_examples=30)
@given(st.binary(min_size=1, max_size=300))
def test_what_was_encrypted_opens(plaintext: bytes) -> None:
    ciphertext = sm2.encrypt(PUBLIC, plaintext)
    assert sm2.decrypt(PRIVATE, ciphertext) == plaintext
    with pytest.raises(InvalidCiphertext):
        sm2.decrypt(PrivateKey.from_scalar((7).to_bytes(32)), ciphertext)


@pytest.mark.parametrize("at", range(len(CIPHERTEXT)))
def test_one_altered_byte_of_a_ciphertext_is_refused(at: int) -> None:
    altered = bytearray(CIPHERTEXT)
    altered[at] ^= 0x01
    with pytest.raises(CryptoError):
        sm2.decrypt(PRIVATE, bytes(altered))


def parts(x: int, y: int, c3: bytes = bytes(32), c2: bytes = b"text") -> bytes:
    return der.element(
        der.SEQUENCE,
        der.integer(x),
        der.integer(y),
        der.element(der.OCTETS, c3),
        der.element(der.OCTETS, c2),
    )


@pytest.mark.parametrize(
    ("ciphertext", "code"),
    [
        (parts(0, 0), "ciphertext_off_curve"),
        (parts(curve.GX, curve.GY ^ 1), "ciphertext_off_curve"),
        (parts(curve.GX + curve.P, curve.GY), "ciphertext_off_curve"),
        (parts(2**3000, curve.GY), "ciphertext_off_curve"),
        (parts(curve.GX, curve.GY, bytes(31)), "ciphertext_length"),
        (parts(curve.GX, curve.GY, bytes(33)), "ciphertext_length"),
        (parts(curve.GX, curve.GY, c2=b""), "ciphertext_length"),
        (parts(curve.GX, curve.GY), "ciphertext_mismatch"),
    ],
)
def test_another_ciphertext_is_refused(ciphertext: bytes, code: str) -> None:
    with pytest.raises(InvalidCiphertext, match=code):
        sm2.decrypt(PRIVATE, ciphertext)


@pytest.mark.parametrize("ciphertext", [b"", CIPHERTEXT[:-1], CIPHERTEXT + b"\0"])
def test_a_ciphertext_of_another_length_is_refused(ciphertext: bytes) -> None:
    with pytest.raises(InvalidEncoding):
        sm2.decrypt(PRIVATE, ciphertext)


def test_nothing_cannot_be_encrypted() -> None:
    with pytest.raises(ValueError, match="nothing"):
        sm2.encrypt(PUBLIC, b"")


def test_a_key_stream_of_zeros_is_thrown_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """The standard wants another nonce then; libcrypto would send the text in clear."""
    clear, masked = parts(curve.GX, curve.GY, c2=b"x"), parts(curve.GX, curve.GY, c2=b"y")
    answers = iter([clear, clear, masked])
    monkeypatch.setattr(libcrypto.Key, "encrypt", lambda *_: next(answers))
    assert sm2.encrypt(PUBLIC, b"x") == masked
    monkeypatch.setattr(libcrypto.Key, "decrypt", lambda *_: b"x")
    with pytest.raises(InvalidCiphertext, match="ciphertext_mismatch"):
        sm2.decrypt(PRIVATE, clear)


# --- many at once ---


def test_one_key_serves_many_threads() -> None:
    wrong: list[BaseException | str] = []

    def work(name: int) -> None:
        try:
            for at in range(15):
                message = f"{name} {at}".encode()
                sm2.verify(PUBLIC, message, sm2.sign(PRIVATE, message))
                try:
                    sm2.verify(PUBLIC, message, SIGNATURE)
                    wrong.append("accepted")
                except InvalidSignature:
                    pass
        except CryptoError as error:
            wrong.append(error)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_more_keys_than_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """An evicted key is freed, and made again when it is needed again."""
    freed = 0
    free = libcrypto.Key.__del__

    def counted(key: libcrypto.Key) -> None:
        nonlocal freed
        freed += 1
        free(key)

    sm2._verifier.cache_clear()
    private = [PrivateKey.from_scalar((d + 2).to_bytes(32)) for d in range(260)]
    e = bytes(32)
    signature = sm2.sign_e(private[0], e)
    monkeypatch.setattr(libcrypto.Key, "__del__", counted)
    for key in private:
        sm2._verifier(key.public.xy)
    assert sm2._verifier.cache_info().currsize == 256
    assert freed == 4
    sm2.verify_e(private[0].public, e, signature)
