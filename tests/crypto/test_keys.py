"""Keys as values: what is refused, and every form there and back."""

import copy
import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import curve, keys, sm3
from crypto.base64url import b64u
from crypto.canonical import dumps
from crypto.errors import CryptoError, InvalidEncoding, InvalidKey
from crypto.keys import PrivateKey, PublicKey
from tests.crypto.samples import PRIVATE, PUBLIC, openssl

X, Y = int.from_bytes(PUBLIC.xy[:32]), int.from_bytes(PUBLIC.xy[32:])


def xy(x: int, y: int) -> bytes:
    return x.to_bytes(32) + y.to_bytes(32)


@pytest.mark.parametrize(
    "point",
    [
        xy(0, 0),
        xy(X, Y ^ 1),
        xy(X + 1, Y),
        xy(Y, X),
        xy(curve.P, Y),
        xy(curve.P, curve.P),
        xy(2**256 - 1, 2**256 - 1),
        xy(X, 0),
    ],
)
def test_a_point_off_the_curve_is_refused(point: bytes) -> None:
    with pytest.raises(InvalidKey, match="point_off_curve"):
        PublicKey(point)


@pytest.mark.parametrize("small", range(64))
def test_a_coordinate_not_below_p_is_refused_even_where_its_rest_is_on_the_curve(
    small: int,
) -> None:
    y = square_root(small)
    if y is None:
        return
    PublicKey(xy(small, y))
    with pytest.raises(InvalidKey, match="point_off_curve"):
        PublicKey(xy(small + curve.P, y))


def square_root(x: int) -> int | None:
    """Return a y with (x, y) on the curve; P is 3 modulo 4."""
    square = (x**3 + curve.A * x + curve.B) % curve.P
    root = pow(square, (curve.P + 1) // 4, curve.P)
    return root if root * root % curve.P == square else None


@pytest.mark.parametrize("size", [0, 1, 32, 63, 65])
def test_a_point_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidKey, match="point_length"):
        PublicKey(bytes(size))


@pytest.mark.parametrize("d", [0, curve.N - 1, curve.N, curve.N + 1, 2**256 - 1])
def test_a_scalar_out_of_range_is_refused(d: int) -> None:
    with pytest.raises(InvalidKey, match="scalar_range"):
        PrivateKey.from_scalar(d.to_bytes(32))
    with pytest.raises(InvalidKey, match="scalar_range"):
        PrivateKey(d.to_bytes(32), PUBLIC)


@pytest.mark.parametrize("size", [0, 31, 33])
def test_a_scalar_of_another_length_is_refused(size: int) -> None:
    with pytest.raises(InvalidKey, match="scalar_range"):
        PrivateKey.from_scalar(bytes(size - 1) + b"\1" if size else b"")


@pytest.mark.parametrize("d", [1, 2, curve.N - 2])
def test_the_edges_of_the_range_are_keys(d: int) -> None:
    private = PrivateKey.from_scalar(d.to_bytes(32))
    assert private.export_scalar() == d.to_bytes(32)
    assert curve.holds(
        int.from_bytes(private.public.xy[:32]), int.from_bytes(private.public.xy[32:])
    )


def test_the_scalar_one_is_the_generator() -> None:
    assert PrivateKey.from_scalar((1).to_bytes(32)).public.xy == xy(curve.GX, curve.GY)


def test_a_private_key_does_not_show_or_pickle_itself() -> None:
    secret = PRIVATE.export_scalar()
    for text in (repr(PRIVATE), str(PRIVATE), f"{PRIVATE!r}"):
        assert secret.hex() not in text
        assert str(secret) not in text
    with pytest.raises(TypeError, match="wrapped"):
        pickle.dumps(PRIVATE)
    with pytest.raises(TypeError, match="wrapped"):
        copy.deepcopy(PRIVATE)


def test_the_name_of_a_key_is_the_thumbprint_of_its_jwk() -> None:
    assert PUBLIC.kid == b64u(sm3.digest(dumps(PUBLIC.jwk())))
    assert len(PUBLIC.kid) == 43


def test_a_jwk_comes_back() -> None:
    assert PublicKey.from_jwk(PUBLIC.jwk()) == PUBLIC


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"kty": "OKP"}, "jwk_kind"),
        ({"crv": "P-256"}, "jwk_kind"),
        ({"d": b64u(bytes(32))}, "jwk_members"),
        ({"kid": "me"}, "jwk_members"),
        ({"x": 5}, "jwk_members"),
        ({"y": None}, "jwk_members"),
        ({"x": b64u(PUBLIC.xy), "y": ""}, "jwk_members"),
        ({"x": b64u(bytes(31)), "y": b64u(bytes(31))}, "point_length"),
        ({"x": b64u(bytes(32)), "y": b64u(bytes(32))}, "point_off_curve"),
    ],
)
def test_another_jwk_is_refused(change: dict[str, Any], code: str) -> None:
    with pytest.raises(InvalidKey, match=code):
        PublicKey.from_jwk(PUBLIC.jwk() | change)


@pytest.mark.parametrize("jwk", [None, [], "jwk", {}, {"crv": "SM2-P-256", "kty": "EC"}])
def test_what_is_no_jwk_is_refused(jwk: object) -> None:
    with pytest.raises(InvalidKey, match="jwk_members"):
        PublicKey.from_jwk(jwk)


def test_a_jwk_in_loose_base64_is_refused() -> None:
    loose = PUBLIC.jwk()["x"][:-1] + "B"
    with pytest.raises(InvalidEncoding, match="base64url"):
        PublicKey.from_jwk(PUBLIC.jwk() | {"x": loose})


def test_spki_and_pem_come_back() -> None:
    assert PublicKey.from_spki(PUBLIC.spki()) == PUBLIC
    assert PublicKey.from_pem(PUBLIC.pem) == PUBLIC
    assert PublicKey.from_pem(PUBLIC.pem.replace("\n", "\r\n")) == PUBLIC


def test_openssl_reads_our_spki_and_we_its() -> None:
    der = openssl("pkey", "-pubin", "-outform", "DER", data=PUBLIC.pem.encode())
    assert der == PUBLIC.spki()


@given(at=st.integers(0, len(PUBLIC.spki()) - 1), bit=st.integers(0, 7))
def test_one_flipped_bit_of_an_spki_is_refused(at: int, bit: int) -> None:
    altered = bytearray(PUBLIC.spki())
    altered[at] ^= 1 << bit
    with pytest.raises(InvalidKey):
        PublicKey.from_spki(bytes(altered))


@pytest.mark.parametrize("der", [b"", PUBLIC.spki()[:-1], PUBLIC.spki() + b"\0"])
def test_an_spki_of_another_length_is_refused(der: bytes) -> None:
    with pytest.raises(InvalidKey):
        PublicKey.from_spki(der)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "-----BEGIN PUBLIC KEY-----",
        PUBLIC.pem.replace("PUBLIC", "PRIVATE"),
        PUBLIC.pem.replace("MFkw", "MF*w"),
        PUBLIC.pem.replace("MFkw", "MFéw"),
        PUBLIC.pem + PUBLIC.pem,
        "text before\n" + PUBLIC.pem,
        PUBLIC.pem.replace("KEY-----\n", "KEY-----\nProc-Type: 4,ENCRYPTED\n\n", 1),
    ],
)
def test_another_pem_is_refused(text: str) -> None:
    with pytest.raises(InvalidKey, match="pem"):
        PublicKey.from_pem(text)


@given(st.binary(max_size=120))
def test_arbitrary_bytes_are_a_key_or_a_named_error(data: bytes) -> None:
    try:
        public = PublicKey.from_spki(data)
    except CryptoError:
        return
    assert public.spki() == data


@given(st.binary(min_size=1, max_size=200))
def test_pem_comes_back(data: bytes) -> None:
    assert keys.from_pem("LABEL", keys.to_pem("LABEL", data)) == data


def test_errors_tell_their_facts() -> None:
    with pytest.raises(InvalidKey) as caught:
        PublicKey(b"short")
    assert (caught.value.code, caught.value.params) == ("point_length", {"length": 5})
    assert str(caught.value) == "point_length (length=5)"
