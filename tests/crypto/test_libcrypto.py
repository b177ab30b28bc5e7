"""The binding: finding the library, telling what is wrong with it, and giving everything back."""

import ctypes
import ctypes.util
import gc
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from crypto import libcrypto, sm2
from crypto.errors import CryptoUnavailable, InvalidCiphertext, InvalidSignature
from crypto.keys import PrivateKey, PublicKey
from crypto.libcrypto import Library
from tests.crypto.samples import PRIVATE, PUBLIC

PATH = libcrypto.library().path


class Spy:
    """A CDLL that counts calls and, for the functions it is told, answers otherwise."""

    def __init__(self, real: Any, **answers: Any) -> None:
        self.real, self.answers, self.calls = real, answers, Counter[str]()

    def __getattr__(self, name: str) -> Any:
        function = getattr(self.real, name)
        if isinstance(self.answers.get(name), str):
            raise AttributeError(name)

        def call(*arguments: Any) -> Any:
            self.calls[name] += 1
            return self.answers[name] if name in self.answers else function(*arguments)

        return call


@pytest.fixture
def library() -> Library:
    """A library of the test's own, with its own function objects."""
    return Library(PATH)


@pytest.fixture(autouse=True)
def forgetful() -> Iterator[None]:
    yield
    libcrypto.library.cache_clear()
    sm2._verifier.cache_clear()


def test_the_library_is_the_interpreters() -> None:
    assert re.search(r"\.so|\.dylib|\.dll", PATH)
    assert re.match(r"OpenSSL [3-9]|Tongsuo", libcrypto.library().version)
    assert libcrypto.library() is libcrypto.library()


MAPS = """\
7f00-7f01 r-xp 00000000 08:01 11 /venv/psycopg_binary.libs/libcrypto-81d66ed9.so.3
7f01-7f02 r-xp 00000000 08:01 12 /usr/lib/x86_64-linux-gnu/libcrypto.so.3
7f02-7f03 r-xp 00000000 08:01 12 /usr/lib/x86_64-linux-gnu/libcrypto.so.3
7f03-7f04 rw-p 00000000 00:00 0
7f04-7f05 rw-p 00000000 00:00 0 [heap]
7f05-7f06 r-xp 00000000 08:01 13 /opt/with space/libssl.so.3
"""


@pytest.mark.parametrize(
    ("maps", "found"),
    [
        (MAPS, "/usr/lib/x86_64-linux-gnu/libcrypto.so.3"),
        ("7f00-7f01 r-xp 0 08:01 11 /usr/lib/libcrypto.so.3 (deleted)\n", None),
        ("7f00-7f01 r-xp 0 08:01 11 /a b/libcrypto.so\n", "/a b/libcrypto.so"),
        ("", None),
    ],
)
def test_the_mapped_library_is_found(maps: str, found: str | None, tmp_path: Path) -> None:
    (tmp_path / "maps").write_text(maps, "utf-8")
    assert libcrypto._mapped(tmp_path / "maps") == found


def test_without_proc_the_system_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert libcrypto._mapped(tmp_path / "none") is None
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: f"lib{name}.so.3")
    assert libcrypto._installed() == "libcrypto.so.3"
    monkeypatch.setattr(ctypes.util, "find_library", lambda name: None)
    with pytest.raises(CryptoUnavailable, match="libcrypto_missing"):
        libcrypto._installed()


def test_the_configured_path_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    libcrypto.library.cache_clear()
    monkeypatch.setattr(libcrypto, "_wanted", None)
    libcrypto.use("/nowhere/libcrypto.so")
    with pytest.raises(CryptoUnavailable, match="libcrypto_missing"):
        libcrypto.library()
    libcrypto.use(PATH)
    assert libcrypto.library().path == PATH


def test_a_process_keeps_its_library() -> None:
    libcrypto.use(libcrypto.library().path)
    with pytest.raises(CryptoUnavailable, match="libcrypto_already_open"):
        libcrypto.use("/nowhere/libcrypto.so")


def test_a_library_without_our_functions_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    spy = Spy(ctypes.CDLL(PATH), EVP_PKEY_CTX_new_from_name="absent")
    monkeypatch.setattr(ctypes, "CDLL", lambda _: spy)
    with pytest.raises(CryptoUnavailable, match="libcrypto_too_old"):
        Library(PATH)


def test_a_library_without_sm2_is_refused(library: Library) -> None:
    library.functions = Spy(library.functions, EVP_PKEY_CTX_new_from_name=None)  # type: ignore[assignment]
    with pytest.raises(CryptoUnavailable, match="libcrypto_without_sm2"):
        library.generate()


DOING: dict[str, Callable[[Library], object]] = {
    "generate": lambda library: library.generate(),
    "derive": lambda library: library.derive(PRIVATE.export_scalar()),
    "public": lambda library: library.public_key(PUBLIC.xy),
    "pair": lambda library: library.key_pair(PRIVATE.export_scalar(), PUBLIC.xy),
    "sign": lambda library: pair(library).sign(bytes(32)),
    "encrypt": lambda library: pair(library).encrypt(b"text"),
    "point": lambda library: pair(library).point(),
    "scalar": lambda library: pair(library).scalar(),
}


def pair(library: Library) -> libcrypto.Key:
    return library.key_pair(PRIVATE.export_scalar(), PUBLIC.xy)


@pytest.mark.parametrize(
    ("doing", "function", "answer"),
    [
        ("generate", "EVP_PKEY_keygen_init", 0),
        ("generate", "EVP_PKEY_generate", 0),
        ("derive", "d2i_AutoPrivateKey", None),
        ("public", "EVP_PKEY_fromdata_init", -2),
        ("public", "EVP_PKEY_fromdata", 0),
        ("pair", "EVP_PKEY_fromdata", -1),
        ("sign", "EVP_PKEY_CTX_new", None),
        ("sign", "EVP_PKEY_sign_init", 0),
        ("sign", "EVP_PKEY_sign", 0),
        ("encrypt", "EVP_PKEY_encrypt_init", 0),
        ("encrypt", "EVP_PKEY_encrypt", 0),
        ("point", "i2d_PUBKEY", -1),
        ("scalar", "EVP_PKEY_get_bn_param", 0),
        ("scalar", "BN_bn2binpad", -1),
    ],
)
def test_whatever_the_library_refuses_is_named_and_given_back(
    doing: str, function: str, answer: Any, library: Library
) -> None:
    spy = Spy(library.functions, **{function: answer})
    library.functions = spy  # type: ignore[assignment]
    with pytest.raises(CryptoUnavailable, match="libcrypto_refused"):
        DOING[doing](library)
    gc.collect()
    balanced(spy, function)


def balanced(spy: Spy, refused: str = "") -> None:
    """Check that as much was freed as was made."""
    calls = spy.calls - Counter([refused])  # the refused call made nothing
    contexts = calls["EVP_PKEY_CTX_new"] + calls["EVP_PKEY_CTX_new_from_name"]
    made = calls["EVP_PKEY_generate"] + calls["EVP_PKEY_fromdata"] + calls["d2i_AutoPrivateKey"]
    assert calls["EVP_PKEY_CTX_free"] == contexts
    assert calls["EVP_PKEY_free"] == made
    assert calls["BN_clear_free"] == calls["EVP_PKEY_get_bn_param"]


def test_an_encryption_that_fails_at_the_second_call_is_refused(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """EVP is asked for the size first; that call succeeds here."""
    calls = iter([1, 0])
    spy = Spy(library.functions)
    key = pair(library)
    monkeypatch.setattr(spy, "EVP_PKEY_encrypt", lambda *_: next(calls), raising=False)
    library.functions = spy  # type: ignore[assignment]
    with pytest.raises(CryptoUnavailable, match="libcrypto_refused"):
        key.encrypt(b"text")
    assert (spy.calls["EVP_PKEY_CTX_new"], spy.calls["EVP_PKEY_CTX_free"]) == (1, 1)


def test_a_point_in_a_form_we_do_not_know_is_refused(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libcrypto, "SPKI_PREFIX", bytes(27))
    with pytest.raises(CryptoUnavailable, match="libcrypto_refused"):
        pair(library).point()


def test_ordinary_work_gives_everything_back(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Valid and invalid, each path once, counted."""
    spy = Spy(library.functions)
    library.functions = spy  # type: ignore[assignment]
    monkeypatch.setattr(libcrypto, "library", lambda: library)
    sm2._verifier.cache_clear()
    everything_once()
    sm2._verifier.cache_clear()
    gc.collect()
    balanced(spy)
    assert spy.calls["EVP_PKEY_free"] == 5


def everything_once() -> None:
    private = sm2.generate()
    again = PrivateKey.from_scalar(private.export_scalar())
    sm2.verify(again.public, b"text", sm2.sign(private, b"text"))
    with pytest.raises(InvalidSignature):
        sm2.verify(again.public, b"other", sm2.sign(again, b"text"))
    assert sm2.decrypt(again, sm2.encrypt(private.public, b"text")) == b"text"
    with pytest.raises(InvalidCiphertext):
        sm2.decrypt(_stranger(), sm2.encrypt(private.public, b"text"))


def _stranger() -> PrivateKey:
    """A key that the library has not seen yet."""
    return PrivateKey(PRIVATE.export_scalar(), PublicKey(PUBLIC.xy))


def test_a_verifying_program_loads_little() -> None:
    """Start-up time: none of these is needed to verify a signature."""
    heavy = ["cryptography", "subprocess", "ssl", "asyncio", "pydantic", "sqlalchemy", "secrets"]
    code = (
        "import sys, crypto.jws, crypto.sm2, crypto.canonical\n"
        "from crypto import selftest\n"
        "selftest.require(selftest.FOR_VERIFYING)\n"
        f"print([name for name in {heavy} if name in sys.modules])"
    )
    command = [sys.executable, "-c", code]
    root = Path(__file__).parents[2]
    done = subprocess.run(command, cwd=root, capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "[]", done.stdout
