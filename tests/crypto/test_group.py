"""Arithmetic with secrets, beside the same in plain numbers."""

import pickle
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crypto import curve, entropy, gate, group, libcrypto
from crypto.errors import CryptoUnavailable, InvalidKey
from crypto.group import Scalar
from crypto.keys import PrivateKey, PublicKey
from tests.crypto.samples import PRIVATE, PUBLIC

ONE = Scalar((1).to_bytes(32))
LAST = Scalar(group.MINUS_ONE)
numbers = st.integers(1, curve.N - 1)


def scalar(value: int) -> Scalar:
    return Scalar(value.to_bytes(32))


def value(found: Scalar) -> int:
    return int.from_bytes(found.export())


@given(left=numbers, right=numbers)
def test_numbers_are_computed_modulo_n(left: int, right: int) -> None:
    assert value(group.multiply(scalar(left), scalar(right))) == left * right % curve.N
    assert value(group.invert(scalar(left))) == pow(left, -1, curve.N)
    if left + right != curve.N:
        assert value(group.add(scalar(left), scalar(right))) == (left + right) % curve.N
    if left != right:
        assert value(group.subtract(scalar(left), scalar(right))) == (left - right) % curve.N


def test_a_number_that_would_be_zero_is_refused() -> None:
    for act, right in ((group.add, LAST), (group.subtract, ONE)):
        with pytest.raises(InvalidKey, match="scalar_range"):
            act(ONE, right)


@pytest.mark.parametrize("octets", [b"", bytes(32), curve.N.to_bytes(32), b"\xff" * 32, b"\1" * 31])
def test_what_is_no_scalar_is_refused(octets: bytes) -> None:
    with pytest.raises(InvalidKey, match="scalar_range"):
        Scalar(octets)


@given(left=numbers, right=numbers)
def test_points_follow_their_numbers(left: int, right: int) -> None:
    first, second = scalar(left), scalar(right)

    assert group.multiple(first, group.base(second)) == group.base(group.multiply(first, second))
    if (left + right) % curve.N:
        total = group.base(group.add(first, second))
        assert group.plus(group.base(first), group.base(second)) == total
        assert group.minus(total, group.base(second)) == group.base(first)


def test_a_multiple_of_the_generator_is_a_public_key() -> None:
    assert group.base(Scalar(PRIVATE.export_scalar())) == PUBLIC
    assert group.base(ONE) == PrivateKey.from_scalar(bytes(31) + b"\1").public
    generator = PublicKey(curve.GX.to_bytes(32) + curve.GY.to_bytes(32))
    assert group.multiple(ONE, PUBLIC) == PUBLIC
    assert group.multiple(LAST, PUBLIC) == PublicKey(
        PUBLIC.xy[:32] + (curve.P - int.from_bytes(PUBLIC.xy[32:])).to_bytes(32)
    )
    assert group.plus(generator, generator) == group.base(scalar(2))


def test_infinity_is_no_point() -> None:
    with pytest.raises(InvalidKey, match="point_at_infinity"):
        group.minus(PUBLIC, PUBLIC)


def test_a_choice_throws_away_what_is_out_of_range() -> None:
    values = [bytes(32), b"\xff" * 32, curve.N.to_bytes(32), group.MINUS_ONE]

    assert group.choose(lambda size: values.pop(0)).export() == group.MINUS_ONE
    assert values == []
    assert group.choose(entropy.system).export() != group.choose(entropy.system).export()


def test_a_number_of_any_size_is_reduced() -> None:
    assert group.reduced(curve.N.to_bytes(32)) == bytes(32)
    assert group.reduced(b"\xff" * 48) == ((2**384 - 1) % curve.N).to_bytes(32)


def test_a_scalar_does_not_print_or_pickle() -> None:
    assert repr(LAST) == "Scalar()"
    with pytest.raises(TypeError, match="wrapped"):
        pickle.dumps(LAST)


def test_nothing_is_computed_behind_a_closed_gate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "_failed", ("sm2_sign",))
    with pytest.raises(CryptoUnavailable, match="self_test_failed"):
        group.base(ONE)
    with pytest.raises(CryptoUnavailable, match="self_test_failed"):
        group.add(ONE, ONE)


class Refusing:
    """A library in which one function fails."""

    def __init__(self, real: Any, name: str, answer: int | None) -> None:
        self._real, self._name, self._answer = real, name, answer

    def __getattr__(self, name: str) -> Any:
        return (lambda *_: self._answer) if name == self._name else getattr(self._real, name)


@pytest.mark.parametrize(
    ("name", "answer"),
    [
        ("BN_bin2bn", None),
        ("BN_bn2binpad", -1),
        ("BN_mod_inverse", None),
        ("BN_mod_mul", 0),
        ("BN_CTX_secure_new", None),
        ("EC_GROUP_new_by_curve_name", None),
        ("EC_POINT_new", None),
        ("EC_POINT_oct2point", 0),
        ("EC_POINT_mul", 0),
        ("EC_POINT_add", 0),
        ("EC_POINT_point2oct", 0),
    ],
)
def test_what_the_library_refuses_is_told(
    name: str, answer: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    group._group.cache_clear()
    opened = libcrypto.library()
    monkeypatch.setattr(opened, "functions", Refusing(opened.functions, name, answer))
    with pytest.raises(CryptoUnavailable, match="libcrypto_refused"):
        group.plus(group.multiple(group.invert(group.multiply(ONE, LAST)), PUBLIC), PUBLIC)
