"""Files of SM2 private keys: PKCS#8 in PEM, plain or under a password.

Standard   RFC 5208 and RFC 5915 with id-ecPublicKey and the SM2 curve; under a password PBES2
           (RFC 8018) with PBKDF2-HMAC-SM3 and SM4-CBC, as GM/T 0091-2020 wants.
The split  HMAC-SM3 as the PRF is 1.2.156.10197.1.401.2 in the GM/T standards and GmSSL,
           1.2.156.10197.1.401.3.1 in Tongsuo and OpenSSL, and each refuses the other's file.
           Both are read; `dump` writes the one it is told.
Errors     InvalidKey: pem, pkcs8_algorithm, pkcs8_structure, pkcs8_point, pkcs8_rounds,
           password_needed, password_wrong, scalar_range.
"""

from collections.abc import Callable
from enum import StrEnum

from crypto import der, entropy, kdf, sm4
from crypto.entropy import Random
from crypto.errors import InvalidCiphertext, InvalidEncoding, InvalidKey
from crypto.keys import PrivateKey, from_pem, to_pem

PLAIN_LABEL = "PRIVATE KEY"
ENCRYPTED_LABEL = "ENCRYPTED PRIVATE KEY"
SALT_SIZE = 16
MAX_ROUNDS = 2_000_000  # above a second of work, a file is an attack

_SM2_CURVE = der.oid("1.2.156.10197.1.301")
_EC_KEY = der.oid("1.2.840.10045.2.1") + _SM2_CURVE
_PBES2 = der.oid("1.2.840.113549.1.5.13")
_PBKDF2 = der.oid("1.2.840.113549.1.5.12")
_SM4_CBC = der.oid("1.2.156.10197.1.104.2")
_NULL = der.element(der.NULL)
_PARAMETERS, _POINT = 0xA0, 0xA1  # the optional members of ECPrivateKey
_UNCOMPRESSED = b"\x00\x04"  # no unused bits; the form of the point


class Prf(StrEnum):
    """The two names of HMAC-SM3."""

    GMT = "1.2.156.10197.1.401.2"
    OPENSSL = "1.2.156.10197.1.401.3.1"


_PRFS = {Prf.GMT: der.oid(Prf.GMT), Prf.OPENSSL: der.oid(Prf.OPENSSL) + _NULL}
_READ_PRFS = {oid + null for oid in map(der.oid, Prf) for null in (b"", _NULL)}


def load(text: str, password: bytes | None = None) -> PrivateKey:
    """Return the private key of a PEM text. Raises InvalidKey."""
    if f"-----BEGIN {ENCRYPTED_LABEL}-----" in text:
        if password is None:
            raise InvalidKey("password_needed")
        return _parsed(_parse_encrypted, from_pem(ENCRYPTED_LABEL, text), password)
    return _parsed(_parse_plain, from_pem(PLAIN_LABEL, text), b"")


def dump(
    private: PrivateKey,
    password: bytes | None = None,
    *,
    rounds: int = kdf.ROUNDS,
    prf: Prf = Prf.GMT,
    random: Random = entropy.system,
) -> str:
    """Return the private key as PEM text; encrypted if there is a password."""
    plain = _plain(private)
    if password is None:
        return to_pem(PLAIN_LABEL, plain)
    salt, iv = random(SALT_SIZE), random(sm4.BLOCK_SIZE)
    key = kdf.pbkdf2(password, salt, rounds=rounds, length=sm4.KEY_SIZE)
    slow = der.element(
        der.SEQUENCE,
        der.element(der.OCTETS, salt),
        der.integer(rounds),
        der.element(der.SEQUENCE, _PRFS[prf]),
    )
    scheme = der.element(
        der.SEQUENCE,
        der.element(der.SEQUENCE, _PBKDF2, slow),
        der.element(der.SEQUENCE, _SM4_CBC, der.element(der.OCTETS, iv)),
    )
    sealed = der.element(
        der.SEQUENCE,
        der.element(der.SEQUENCE, _PBES2, scheme),
        der.element(der.OCTETS, sm4.cbc_encrypt(key, iv, plain)),
    )
    return to_pem(ENCRYPTED_LABEL, sealed)


def _plain(private: PrivateKey) -> bytes:
    inner = der.element(
        der.SEQUENCE,
        der.integer(1),
        der.element(der.OCTETS, private.export_scalar()),
        der.element(_POINT, der.element(der.BIT_STRING, _UNCOMPRESSED, private.public.xy)),
    )
    algorithm = der.element(der.SEQUENCE, _EC_KEY)
    return der.element(der.SEQUENCE, der.integer(0), algorithm, der.element(der.OCTETS, inner))


def _parsed(
    parse: Callable[[bytes, bytes], PrivateKey], data: bytes, password: bytes
) -> PrivateKey:
    """Parse; a broken structure is a broken key, whatever exactly is broken in it."""
    try:
        return parse(data, password)
    except InvalidEncoding as error:
        raise InvalidKey("pkcs8_structure", because=error.code) from error


def _parse_plain(data: bytes, _: bytes) -> PrivateKey:
    outer = der.Reader(data)
    info = outer.inside(der.SEQUENCE)
    outer.end()
    version, algorithm, wrapped = info.integer(), info.take(der.SEQUENCE), info.inside(der.OCTETS)
    info.end()
    if version != 0 or algorithm != _EC_KEY:
        raise InvalidKey("pkcs8_algorithm")
    inner = wrapped.inside(der.SEQUENCE)
    wrapped.end()
    if inner.integer() != 1:
        raise InvalidKey("pkcs8_structure", because="version")
    scalar = inner.take(der.OCTETS)
    if inner.next_is(_PARAMETERS) and inner.take(_PARAMETERS) != _SM2_CURVE:
        raise InvalidKey("pkcs8_algorithm")
    stated = inner.inside(_POINT).take(der.BIT_STRING) if inner.next_is(_POINT) else None
    inner.end()
    private = PrivateKey.from_scalar(scalar)
    if stated is not None and stated != _UNCOMPRESSED + private.public.xy:
        raise InvalidKey("pkcs8_point")
    return private


def _parse_encrypted(data: bytes, password: bytes) -> PrivateKey:
    outer = der.Reader(data)
    info = outer.inside(der.SEQUENCE)
    outer.end()
    algorithm, ciphertext = info.inside(der.SEQUENCE), info.take(der.OCTETS)
    info.end()
    if der.element(der.OID, algorithm.take(der.OID)) != _PBES2:
        raise InvalidKey("pkcs8_algorithm")
    scheme = algorithm.inside(der.SEQUENCE)
    algorithm.end()
    salt, rounds = _parse_pbkdf2(scheme.inside(der.SEQUENCE))
    iv = _parse_sm4_cbc(scheme.inside(der.SEQUENCE))
    scheme.end()
    key = kdf.pbkdf2(password, salt, rounds=rounds, length=sm4.KEY_SIZE)
    try:
        plain = sm4.cbc_decrypt(key, iv, ciphertext)
    except InvalidCiphertext as error:
        raise InvalidKey("password_wrong") from error
    # One wrong password in 256 leaves something that looks padded, but hardly a sequence.
    if plain[:1] != bytes((der.SEQUENCE,)):
        raise InvalidKey("password_wrong")
    return _parse_plain(plain, b"")


def _parse_pbkdf2(reader: der.Reader) -> tuple[bytes, int]:
    """Return salt and rounds."""
    if der.element(der.OID, reader.take(der.OID)) != _PBKDF2:
        raise InvalidKey("pkcs8_algorithm")
    parameters = reader.inside(der.SEQUENCE)
    reader.end()
    salt, rounds = parameters.take(der.OCTETS), parameters.integer()
    length = parameters.integer() if parameters.next_is(der.INTEGER) else sm4.KEY_SIZE
    prf = parameters.take(der.SEQUENCE)
    parameters.end()
    if prf not in _READ_PRFS or length != sm4.KEY_SIZE:
        raise InvalidKey("pkcs8_algorithm")
    if not 1 <= rounds <= MAX_ROUNDS:
        raise InvalidKey("pkcs8_rounds", most=MAX_ROUNDS)
    return salt, rounds


def _parse_sm4_cbc(reader: der.Reader) -> bytes:
    """Return the IV."""
    if der.element(der.OID, reader.take(der.OID)) != _SM4_CBC:
        raise InvalidKey("pkcs8_algorithm")
    iv = reader.take(der.OCTETS)
    reader.end()
    if len(iv) != sm4.BLOCK_SIZE:
        raise InvalidKey("pkcs8_structure", because="iv")
    return iv
