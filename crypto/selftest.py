"""Known answers, asked of every algorithm at start-up (GM/T 0028: power-up self-tests).

When one is wrong the gate closes: no algorithm of this process answers again, `require`
raises, and health reports FAILED. A program that only verifies may run FOR_VERIFYING,
which takes 2 ms; all of them take 10 ms, and 20 more to load SM4.
Sources: GB/T 32905 (SM3), GB/T 32918.5 annexes A and C (SM2), RFC 8998 (SM4-GCM),
draft-ribose-cfrg-sm4 (SM4-CBC); HMAC, PBKDF2 and HKDF over SM3 as in tests/vectors/crypto.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from crypto import gate, kdf, sm2, sm3
from crypto.errors import CryptoError, InvalidSignature
from crypto.keys import PrivateKey, PublicKey

_hex = bytes.fromhex

_D = _hex("3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8")
_POINT = _hex(
    "09f9df311e5421a150dd7d161e4bc5c672179fad1833fc076bb08ff356f35020"
    "ccea490ce26775a52dc6ea718cc1aa600aed05fbf35e084a6632f6072da9ad13"
)
_SIGNATURE = _hex(
    "f5a03b0648d2c4630eeac513e1bb81a15944da3827d5b74143ac7eaceee720b3"
    "b1b6aa29df212fd8763182bc0d421ca1bb9038fd1f7f42d4840b69c485bbc1aa"
)
_CIPHERTEXT = _hex(
    "307c022004ebfc718e8d1798620432268e77feb6415e2ede0e073c0f4f640ecd2e149a73"
    "022100e858f9d81e5430a57b36daab8f950a3c64e6ee6a63094d99283aff767e124df0"
    "042059983c18f809e262923c53aec295d30383b54e39d609d160afcb1908d0bd8766"
    "041321886ca989ca9c7d58087307ca93092d651efa"
)
_SM4_KEY = _hex("0123456789abcdeffedcba9876543210")


class State(StrEnum):
    """What health says."""

    UNTESTED = "untested"
    PASSED = "passed"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Result:
    """One known answer."""

    name: str
    ok: bool


@dataclass(frozen=True, slots=True)
class Report:
    """All that were asked."""

    results: tuple[Result, ...]

    @property
    def ok(self) -> bool:
        """Whether every answer was right."""
        return all(result.ok for result in self.results)


def _sm3() -> bool:
    answer = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    return sm3.digest(b"abc").hex() == answer


def _hmac() -> bool:
    answer = "a8f95cf26f204957e7ca73c9602a25dda35f168b28103b51dfc968c810416b63"
    return sm3.hmac(bytes(range(32)), b"abc").hex() == answer


def _sm2_verify() -> bool:
    """The standard's signature is accepted and, with one bit changed, refused."""
    public = PublicKey(_POINT)
    sm2.verify(public, b"message digest", _SIGNATURE)
    altered = _SIGNATURE[:-1] + bytes((_SIGNATURE[-1] ^ 1,))
    try:
        sm2.verify(public, b"message digest", altered)
    except InvalidSignature:
        return True
    return False


def _sm2_sign() -> bool:
    """A signature is random, so the answer is that it verifies; the public key is known."""
    private = PrivateKey.from_scalar(_D)
    sm2.verify(private.public, b"known answer", sm2.sign(private, b"known answer"))
    return private.public.xy == _POINT


def _sm2_decrypt() -> bool:
    private = PrivateKey(_D, PublicKey(_POINT))
    return sm2.decrypt(private, _CIPHERTEXT) == b"encryption standard"


def _sm4_gcm() -> bool:
    from crypto import sm4

    nonce = _hex("00001234567800000000abcd")
    text = b"".join(bytes((digit * 0x11,)) * 8 for digit in b"\x0a\x0b\x0c\x0d\x0e\x0f\x0e\x0a")
    aad = _hex("feedfacedeadbeeffeedfacedeadbeefabaddad2")
    answer = (
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec"
    )
    sealed = nonce + _hex(answer)
    return (
        sm4.seal_with_nonce(_SM4_KEY, nonce, text, aad) == sealed
        and sm4.unseal(_SM4_KEY, sealed, aad) == text
    )


def _sm4_cbc() -> bool:
    from crypto import sm4

    answer = "2677f46b09c122cc975533105bd4a22af6125f7275ce552c3a2bbcf533de8a3b"
    sealed = sm4.cbc_encrypt(_SM4_KEY, _SM4_KEY, _SM4_KEY * 2)
    return sealed[:32].hex() == answer and sm4.cbc_decrypt(_SM4_KEY, _SM4_KEY, sealed) == (
        _SM4_KEY * 2
    )


def _pbkdf2() -> bool:
    answer = "30530b86537c85ea33fbe26ee0adea8d8bd91d283b87936f400e83ad2364ef26"
    return kdf.pbkdf2(b"passwd", b"salt", rounds=1).hex() == answer


def _hkdf() -> bool:
    answer = "c69fe91b7aaee2dd5718d72dcaee0cce93f1b8e41f792da51261b6a517e68b36ed2c595572b01dfa359b"
    salt, info = bytes(range(13)), bytes(range(0xF0, 0xFA))
    return kdf.hkdf(b"\x0b" * 22, salt=salt, info=info, length=42).hex() == answer


KNOWN_ANSWERS: Final[Mapping[str, Callable[[], bool]]] = {
    "sm3": _sm3,
    "hmac_sm3": _hmac,
    "sm2_verify": _sm2_verify,
    "sm2_sign": _sm2_sign,
    "sm2_decrypt": _sm2_decrypt,
    "sm4_gcm": _sm4_gcm,
    "sm4_cbc": _sm4_cbc,
    "pbkdf2_sm3": _pbkdf2,
    "hkdf_sm3": _hkdf,
}
FOR_VERIFYING: Final = ("sm3", "sm2_verify")

_passed = False


def run(names: Collection[str] = tuple(KNOWN_ANSWERS)) -> Report:
    """Ask the named algorithms; close the gate if one answers wrongly or not at all."""
    global _passed
    right: set[str] = set()
    try:
        right.update(name for name in names if _answers(name))
    finally:  # also when something escapes that nobody foresaw
        wrong = [name for name in names if name not in right]
        if wrong:
            gate.close(wrong)
    _passed = True
    return Report(tuple(Result(name, name in right) for name in names))


def require(names: Collection[str] = tuple(KNOWN_ANSWERS)) -> None:
    """Run the self-test and raise CryptoUnavailable unless all is well."""
    run(names)
    gate.check()


def state() -> State:
    """Return what health says of this process."""
    if gate.failed():
        return State.FAILED
    return State.PASSED if _passed else State.UNTESTED


def _answers(name: str) -> bool:
    try:
        return KNOWN_ANSWERS[name]()
    except (CryptoError, ValueError):
        return False
