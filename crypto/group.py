"""Arithmetic with secrets on the SM2 curve: numbers modulo n, and points, all by libcrypto.

Standard   GB/T 32918.1 and .5: the group of n points that G generates; n is prime.
Scalar     a number from 1 to n-1, 32 bytes; opaque: it does not print, pickle or compare.
           Nothing here looks at its value: libcrypto multiplies points by its ladder, one
           scalar at a time, and inverts without branching on the number.
Point      crypto.keys.PublicKey, so never the point at infinity.
Errors     InvalidKey: scalar_range, point_at_infinity; CryptoUnavailable("libcrypto_refused").
Speed      0.4 ms for a multiple of a point; a few microseconds for the rest.
"""

import ctypes
from functools import cache
from typing import Any, Final, NoReturn

from crypto import curve, gate, libcrypto
from crypto.entropy import Random
from crypto.errors import InvalidKey
from crypto.keys import PublicKey

SCALAR_SIZE: Final = 32
MINUS_ONE: Final = (curve.N - 1).to_bytes(SCALAR_SIZE)

_ptr = ctypes.c_void_p
_SM2 = 1172  # NID_sm2
_CONSTANT_TIME = 4  # BN_FLG_CONSTTIME
_UNCOMPRESSED = 4  # POINT_CONVERSION_UNCOMPRESSED


class Scalar:
    """A secret number modulo n that is not zero."""

    __slots__ = ("_octets",)

    def __init__(self, octets: bytes) -> None:
        if len(octets) != SCALAR_SIZE or not 1 <= int.from_bytes(octets) < curve.N:
            raise InvalidKey("scalar_range")
        self._octets = octets

    def export(self) -> bytes:
        """Return the 32 bytes: for wrapping them under a key, or where they are no secret."""
        return self._octets

    def __repr__(self) -> str:
        return "Scalar()"

    def __reduce__(self) -> NoReturn:
        raise TypeError("a secret number is wrapped, not pickled")


def choose(random: Random) -> Scalar:
    """Return a scalar, each with the same probability: what is out of range is thrown away."""
    while True:
        octets = random(SCALAR_SIZE)
        if 1 <= int.from_bytes(octets) < curve.N:
            return Scalar(octets)


def reduced(octets: bytes) -> bytes:
    """Return a public big-endian number modulo n, 32 bytes; it may be zero."""
    return (int.from_bytes(octets) % curve.N).to_bytes(SCALAR_SIZE)


def add(left: Scalar, right: Scalar) -> Scalar:
    """Return left + right. Raises InvalidKey if that is zero."""
    return _combined("BN_mod_add_quick", left, right)


def subtract(left: Scalar, right: Scalar) -> Scalar:
    """Return left - right. Raises InvalidKey if that is zero."""
    return _combined("BN_mod_sub_quick", left, right)


def multiply(left: Scalar, right: Scalar) -> Scalar:
    """Return left * right."""
    return _combined("BN_mod_mul", left, right, _Context())


def invert(scalar: Scalar) -> Scalar:
    """Return 1 / scalar."""
    f, out = _functions(), _Number(bytes(SCALAR_SIZE))
    _expect(f.BN_mod_inverse(out, _secret(scalar), _order(), _Context()) is not None)
    return Scalar(out.octets())


def base(scalar: Scalar) -> PublicKey:
    """Return scalar * G."""
    f, out = _functions(), _Point()
    number = _secret(scalar)
    _expect(f.EC_POINT_mul(_group(), out, number, None, None, None))
    return out.value()


def multiple(scalar: Scalar, point: PublicKey) -> PublicKey:
    """Return scalar * point."""
    f, out, number, given = _functions(), _Point(), _secret(scalar), _Point(point)
    _expect(
        f.EC_POINT_mul(_group(), out, None, given, number, None)
    )  # without a multiple of G beside it: only then is it the ladder
    return out.value()


def plus(left: PublicKey, right: PublicKey) -> PublicKey:
    """Return left + right. Raises InvalidKey("point_at_infinity")."""
    f, out, first, second = _functions(), _Point(), _Point(left), _Point(right)
    _expect(f.EC_POINT_add(_group(), out, first, second, None))
    return out.value()


def minus(left: PublicKey, right: PublicKey) -> PublicKey:
    """Return left - right. Raises InvalidKey("point_at_infinity")."""
    y = curve.P - int.from_bytes(right.xy[32:])
    return plus(left, PublicKey(right.xy[:32] + y.to_bytes(32)))


# Objects of these classes are passed to libcrypto themselves, never their pointers alone:
# so each lives at least as long as the call.
class _Number:
    """One BIGNUM, wiped and freed with the object."""

    __slots__ = ("_as_parameter_", "_free")

    def __init__(self, octets: bytes) -> None:
        f = _functions()
        self._free = f.BN_clear_free
        self._as_parameter_ = _ptr(f.BN_bin2bn(octets, len(octets), None))
        _expect(self._as_parameter_.value is not None)

    def __del__(self) -> None:
        self._free(self._as_parameter_)

    def octets(self) -> bytes:
        """Return the number as 32 bytes."""
        out = ctypes.create_string_buffer(SCALAR_SIZE)
        _expect(_functions().BN_bn2binpad(self, out, SCALAR_SIZE) == SCALAR_SIZE)
        octets = out.raw
        ctypes.memset(out, 0, SCALAR_SIZE)
        return octets


class _Point:
    """One EC_POINT, wiped and freed with the object; at infinity unless it is given a value."""

    __slots__ = ("_as_parameter_", "_free")

    def __init__(self, value: PublicKey | None = None) -> None:
        f = _functions()
        self._free, self._as_parameter_ = f.EC_POINT_clear_free, _ptr()
        self._as_parameter_ = _ptr(f.EC_POINT_new(_group()))
        _expect(self._as_parameter_.value is not None)
        if value is not None:
            octets = b"\x04" + value.xy
            _expect(f.EC_POINT_oct2point(_group(), self, octets, len(octets), None))

    def __del__(self) -> None:
        self._free(self._as_parameter_)

    def value(self) -> PublicKey:
        """Return the point. Raises InvalidKey("point_at_infinity")."""
        out = ctypes.create_string_buffer(1 + 2 * curve.FIELD_SIZE)
        written = _functions().EC_POINT_point2oct(
            _group(), self, _UNCOMPRESSED, out, len(out), None
        )
        if written == 1:  # the one byte that stands for infinity
            raise InvalidKey("point_at_infinity")
        _expect(written == len(out))
        return PublicKey(out.raw[1:])


class _Context:
    """One BN_CTX in secure memory, for one call."""

    __slots__ = ("_as_parameter_", "_free")

    def __init__(self) -> None:
        f = _functions()
        self._free = f.BN_CTX_free
        self._as_parameter_ = _ptr(f.BN_CTX_secure_new())
        _expect(self._as_parameter_.value is not None)

    def __del__(self) -> None:
        self._free(self._as_parameter_)


def _combined(function: str, left: Scalar, right: Scalar, *context: _Context) -> Scalar:
    f, out, first, second = (
        _functions(),
        _Number(bytes(SCALAR_SIZE)),
        _secret(left),
        _secret(right),
    )
    act = getattr(f, function)
    _expect(act(out, first, second, _order(), *context))
    return Scalar(out.octets())


def _secret(scalar: Scalar) -> _Number:
    number = _Number(scalar.export())
    _functions().BN_set_flags(number, _CONSTANT_TIME)
    return number


def _functions() -> Any:
    gate.check()
    return libcrypto.library().functions


def _expect(result: int) -> None:
    libcrypto.library().expect(int(result), "arithmetic")


@cache
def _group() -> _ptr:
    """Return the curve as libcrypto knows it; kept for the life of the process."""
    group = _ptr(_functions().EC_GROUP_new_by_curve_name(_SM2))
    _expect(group.value is not None)
    return group


@cache
def _order() -> _Number:
    return _Number(curve.N.to_bytes(SCALAR_SIZE))
