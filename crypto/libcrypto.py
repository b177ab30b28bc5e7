"""The binding: SM2 by the system's libcrypto (OpenSSL 3 or Tongsuo 8.4 and later) and ctypes.

Found      the path given to `use`; else the libcrypto that this interpreter runs on; else
           the system's. One library a process, opened at the first call.
Boundary   what crosses it is a digest e of 32 bytes and a DER signature, or a DER ciphertext.
           Ranges, curve membership and strict DER are checked by crypto.sm2 and crypto.keys
           before anything gets here: OpenSSL 3 signs with d = 0, loops for ever on d = n-1
           and ignores bytes after a key.
Memory     every pointer has one owner: `Key` for EVP_PKEY, `_context` for EVP_PKEY_CTX.
Threads    a key may be shared; a context lives for one call; ctypes releases the GIL.
Errors     CryptoUnavailable: libcrypto_missing, libcrypto_too_old, libcrypto_without_sm2,
           libcrypto_already_open, libcrypto_refused.
"""

import ctypes
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from crypto.errors import CryptoUnavailable

_ptr, _bytes = ctypes.c_void_p, ctypes.c_char_p
_int, _long, _size = ctypes.c_int, ctypes.c_long, ctypes.c_size_t
_size_out, _ptr_out = ctypes.POINTER(_size), ctypes.POINTER(_ptr)

# name: (result, arguments). A function that is not declared here is not called.
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "OpenSSL_version": (_bytes, [_int]),
    "ERR_clear_error": (None, []),
    "EVP_PKEY_CTX_new_from_name": (_ptr, [_ptr, _bytes, _bytes]),
    "EVP_PKEY_CTX_new": (_ptr, [_ptr, _ptr]),
    "EVP_PKEY_CTX_free": (None, [_ptr]),
    "EVP_PKEY_free": (None, [_ptr]),
    "EVP_PKEY_keygen_init": (_int, [_ptr]),
    "EVP_PKEY_generate": (_int, [_ptr, _ptr_out]),
    "EVP_PKEY_sign_init": (_int, [_ptr]),
    "EVP_PKEY_sign": (_int, [_ptr, _ptr, _size_out, _bytes, _size]),
    "EVP_PKEY_verify_init": (_int, [_ptr]),
    "EVP_PKEY_verify": (_int, [_ptr, _bytes, _size, _bytes, _size]),
    "EVP_PKEY_encrypt_init": (_int, [_ptr]),
    "EVP_PKEY_encrypt": (_int, [_ptr, _ptr, _size_out, _bytes, _size]),
    "EVP_PKEY_decrypt_init": (_int, [_ptr]),
    "EVP_PKEY_decrypt": (_int, [_ptr, _ptr, _size_out, _bytes, _size]),
    "EVP_PKEY_get_bn_param": (_int, [_ptr, _bytes, _ptr_out]),
    "BN_bn2binpad": (_int, [_ptr, _ptr, _int]),
    "BN_clear_free": (None, [_ptr]),
    "EVP_PKEY_fromdata_init": (_int, [_ptr]),
    "EVP_PKEY_fromdata": (_int, [_ptr, _ptr_out, _int, _ptr]),
    "d2i_AutoPrivateKey": (_ptr, [_ptr, ctypes.POINTER(_bytes), _long]),
    "i2d_PUBKEY": (_int, [_ptr, _ptr_out]),
    # for crypto.group
    "BN_new": (_ptr, []),
    "BN_bin2bn": (_ptr, [_bytes, _int, _ptr]),
    "BN_set_flags": (None, [_ptr, _int]),
    "BN_mod_add_quick": (_int, [_ptr, _ptr, _ptr, _ptr]),
    "BN_mod_sub_quick": (_int, [_ptr, _ptr, _ptr, _ptr]),
    "BN_mod_mul": (_int, [_ptr, _ptr, _ptr, _ptr, _ptr]),
    "BN_mod_inverse": (_ptr, [_ptr, _ptr, _ptr, _ptr]),
    "BN_CTX_secure_new": (_ptr, []),
    "BN_CTX_free": (None, [_ptr]),
    "EC_GROUP_new_by_curve_name": (_ptr, [_int]),
    "EC_POINT_new": (_ptr, [_ptr]),
    "EC_POINT_clear_free": (None, [_ptr]),
    "EC_POINT_oct2point": (_int, [_ptr, _ptr, _bytes, _size, _ptr]),
    "EC_POINT_point2oct": (_size, [_ptr, _ptr, _int, _ptr, _size, _ptr]),
    "EC_POINT_mul": (_int, [_ptr, _ptr, _ptr, _ptr, _ptr, _ptr]),
    "EC_POINT_add": (_int, [_ptr, _ptr, _ptr, _ptr, _ptr]),
}

# The fixed DER around a point and around a scalar: id-ecPublicKey with the SM2 curve.
SPKI_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
_PKCS8_PREFIX = bytes.fromhex(
    "3041020100301306072a8648ce3d020106082a811ccf5501822d042730250201010420"
)
_MAX_SIGNATURE = 72  # SEQUENCE of two INTEGERs of 33 bytes

# From openssl/core.h and openssl/evp.h: kinds of parameter, and what a key is made of.
_UNSIGNED, _UTF8, _OCTETS = 2, 4, 5
_PUBLIC_KEY, _KEY_PAIR = 0x86, 0x87


class _Param(ctypes.Structure):
    """OSSL_PARAM; a list of them ends with an empty one."""

    _fields_ = (
        ("key", _bytes),
        ("kind", ctypes.c_uint),
        ("data", _bytes),
        ("size", _size),
        ("written", _size),
    )


class Key:
    """One EVP_PKEY, freed with the object; safe to share between threads."""

    __slots__ = ("_free", "_library", "_pointer")

    def __init__(self, library: "Library", pointer: int) -> None:
        self._library = library
        self._pointer = pointer
        self._free = library.functions.EVP_PKEY_free

    def __del__(self) -> None:
        self._free(self._pointer)

    def sign(self, e: bytes) -> bytes:
        """Return a DER signature of the 32-byte digest `e`."""
        f = self._library.functions
        with self._context(f.EVP_PKEY_sign_init) as context:
            out, size = ctypes.create_string_buffer(_MAX_SIGNATURE), _size(_MAX_SIGNATURE)
            self._library.expect(f.EVP_PKEY_sign(context, out, size, e, len(e)), "sign")
            return out.raw[: size.value]

    def verifies(self, e: bytes, signature: bytes) -> bool:
        """Return whether the strict DER `signature` is this key's over `e`."""
        f = self._library.functions
        with self._context(f.EVP_PKEY_verify_init) as context:
            valid: bool = f.EVP_PKEY_verify(context, signature, len(signature), e, len(e)) == 1
        if not valid:
            f.ERR_clear_error()
        return valid

    def encrypt(self, plaintext: bytes) -> bytes:
        """Return the GM/T 0009 DER ciphertext of `plaintext`."""
        f = self._library.functions
        sealed = self._transform(f.EVP_PKEY_encrypt_init, f.EVP_PKEY_encrypt, plaintext)
        if sealed is None:
            raise self._library.refused("encrypt")
        return sealed

    def decrypt(self, ciphertext: bytes) -> bytes | None:
        """Return the plaintext; None if the library refuses the ciphertext."""
        f = self._library.functions
        return self._transform(f.EVP_PKEY_decrypt_init, f.EVP_PKEY_decrypt, ciphertext)

    def point(self) -> bytes:
        """Return the public point X||Y, 64 bytes."""
        out = ctypes.create_string_buffer(len(SPKI_PREFIX) + 64)
        size = self._library.functions.i2d_PUBKEY(self._pointer, None)
        self._library.expect(size == len(out), "public key")
        # i2d moves the pointer it is given, so it gets one of its own.
        cursor = _ptr(ctypes.addressof(out))
        self._library.functions.i2d_PUBKEY(self._pointer, ctypes.byref(cursor))
        self._library.expect(out.raw.startswith(SPKI_PREFIX), "public key")
        return out.raw[len(SPKI_PREFIX) :]

    def scalar(self) -> bytes:
        """Return the private scalar d, 32 bytes."""
        f, number = self._library.functions, _ptr()
        found = f.EVP_PKEY_get_bn_param(self._pointer, b"priv", ctypes.byref(number))
        self._library.expect(found, "private key")
        out = ctypes.create_string_buffer(32)
        written = f.BN_bn2binpad(number, out, 32)
        f.BN_clear_free(number)
        self._library.expect(written == 32, "private key")
        scalar = out.raw
        ctypes.memset(out, 0, 32)
        return scalar

    def _context(self, init: Callable[[int], int]) -> "_Context":
        """Return a context of this key, started by `init`."""
        f = self._library.functions
        context: int | None = f.EVP_PKEY_CTX_new(self._pointer, None)
        if context is None:
            raise self._library.refused("context")
        if init(context) != 1:
            f.EVP_PKEY_CTX_free(context)
            raise self._library.refused("context")
        return _Context(context, f.EVP_PKEY_CTX_free)

    def _transform(self, init: Callable[[int], int], act: Any, data: bytes) -> bytes | None:
        """Run encryption or decryption twice, as EVP wants: for the size, then for the bytes."""
        with self._context(init) as context:
            size = _size()
            if act(context, None, size, data, len(data)) == 1:
                out = ctypes.create_string_buffer(size.value)
                if act(context, out, size, data, len(data)) == 1:
                    return out.raw[: size.value]
        self._library.functions.ERR_clear_error()
        return None


class _Context:
    """A context that is freed on every path. A class, because a generator costs thrice as much."""

    __slots__ = ("_free", "_pointer")

    def __init__(self, pointer: int, free: Callable[[int], None]) -> None:
        self._pointer = pointer
        self._free = free

    def __enter__(self) -> int:
        return self._pointer

    def __exit__(self, *_: object) -> None:
        self._free(self._pointer)


class Library:
    """One opened libcrypto that knows SM2."""

    def __init__(self, path: str) -> None:
        try:
            self.functions = ctypes.CDLL(path)
            for name, (result, arguments) in _FUNCTIONS.items():
                function = getattr(self.functions, name)
                function.restype, function.argtypes = result, arguments
        except OSError as error:
            raise CryptoUnavailable("libcrypto_missing", path=path) from error
        except AttributeError as error:  # no such function: OpenSSL 1.1, LibreSSL
            raise CryptoUnavailable("libcrypto_too_old", path=path) from error
        self.path = path
        self.version: str = self.functions.OpenSSL_version(0).decode("ascii")
        with self._generator():
            pass  # SM2 is there

    def generate(self) -> Key:
        """Return a new random key pair."""
        f, pointer = self.functions, _ptr()
        with self._generator() as context:
            self.expect(f.EVP_PKEY_keygen_init(context), "key generation")
            self.expect(f.EVP_PKEY_generate(context, ctypes.byref(pointer)), "key generation")
        return self._key(pointer.value)

    def public_key(self, point: bytes) -> Key:
        """Return the key of a point X||Y that is known to be on the curve."""
        return self._from_parts(_PUBLIC_KEY, (b"pub", _OCTETS, b"\x04" + point))

    def key_pair(self, scalar: bytes, point: bytes) -> Key:
        """Return the key of a scalar in range and the point that belongs to it."""
        native = int.from_bytes(scalar).to_bytes(len(scalar), sys.byteorder)
        return self._from_parts(
            _KEY_PAIR, (b"pub", _OCTETS, b"\x04" + point), (b"priv", _UNSIGNED, native)
        )

    def derive(self, scalar: bytes) -> Key:
        """Return the key of a scalar in range; the library computes its point."""
        der = _bytes(_PKCS8_PREFIX + scalar)
        size = len(_PKCS8_PREFIX) + len(scalar)
        return self._key(self.functions.d2i_AutoPrivateKey(None, ctypes.byref(der), size))

    def expect(self, result: int, doing: str) -> None:
        """Raise CryptoUnavailable unless the library said 1."""
        if result != 1:
            raise self.refused(doing)

    def refused(self, doing: str) -> CryptoUnavailable:
        """Return the error for something that libcrypto never refuses when it is well."""
        self.functions.ERR_clear_error()
        return CryptoUnavailable("libcrypto_refused", doing=doing, version=self.version)

    def _from_parts(self, selection: int, *parts: tuple[bytes, int, bytes]) -> Key:
        """Make a key of named parts; several times faster than having DER parsed."""
        f, pointer = self.functions, _ptr()
        named = [(b"group", _UTF8, b"SM2"), *parts]
        params = (_Param * (len(named) + 1))()
        for at, (name, kind, data) in enumerate(named):
            params[at] = _Param(name, kind, data, len(data), 0)
        with self._generator() as context:
            self.expect(f.EVP_PKEY_fromdata_init(context), "reading a key")
            made = f.EVP_PKEY_fromdata(context, ctypes.byref(pointer), selection, params)
            self.expect(made, "reading a key")
        return self._key(pointer.value)

    def _key(self, pointer: int | None) -> Key:
        if pointer is None:
            raise self.refused("making a key")
        return Key(self, pointer)

    @contextmanager
    def _generator(self) -> Iterator[int]:
        """Yield a context that makes SM2 keys; free it on every path."""
        context: int | None = self.functions.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
        if context is None:
            self.functions.ERR_clear_error()
            raise CryptoUnavailable("libcrypto_without_sm2", version=self.version)
        try:
            yield context
        finally:
            self.functions.EVP_PKEY_CTX_free(context)


_FILE = re.compile(r"libcrypto\.so(\.\d+)*")
_wanted: str | None = None


def use(path: str) -> None:
    """Choose the library file; to be called before the first use of SM2.

    Raises CryptoUnavailable if another library is already open.
    """
    global _wanted
    if library.cache_info().currsize and library().path != path:
        raise CryptoUnavailable("libcrypto_already_open", path=library().path)
    _wanted = path


@cache
def library() -> Library:
    """Return the process's library, opening it at the first call."""
    return Library(_wanted or _mapped() or _installed())


def _mapped(maps: Path = Path("/proc/self/maps")) -> str | None:
    """Return the libcrypto that the interpreter's own modules run on, where /proc tells it.

    Passed over: the private copies that wheels bring (libcrypto-1a2b3c4d.so.3), and a file
    that an upgrade has replaced, marked "(deleted)".
    """
    import _hashlib  # noqa: F401  (maps libcrypto)

    if not maps.exists():
        return None
    paths = {line.split(maxsplit=5)[-1] for line in maps.read_text("utf-8").splitlines()}
    return min((path for path in paths if _FILE.fullmatch(Path(path).name)), default=None)


def _installed() -> str:
    """Return the library that the system's linker finds."""
    import ctypes.util  # loads subprocess and more, which the usual path does not need

    found = ctypes.util.find_library("crypto")
    if found is None:
        raise CryptoUnavailable("libcrypto_missing", path="libcrypto")
    return found
