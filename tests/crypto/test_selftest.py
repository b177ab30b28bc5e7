"""Known answers: right now, and what a wrong one stops."""

from collections.abc import Callable

import pytest

from crypto import gate, kdf, keys, selftest, sm2, sm3, sm4
from crypto.errors import CryptoError, CryptoUnavailable
from tests.crypto.samples import MESSAGE, PRIVATE, PUBLIC, SIGNATURE


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """Begin untested, and leave no closed gate to other tests."""
    monkeypatch.setattr(gate, "_failed", ())
    monkeypatch.setattr(selftest, "_passed", False)


def test_all_answers_are_right() -> None:
    assert selftest.state() is selftest.State.UNTESTED
    report = selftest.run()
    assert report.ok
    assert [result.name for result in report.results] == list(selftest.KNOWN_ANSWERS)
    assert selftest.state() is selftest.State.PASSED
    selftest.require()


def test_a_verifier_asks_less() -> None:
    selftest.require(selftest.FOR_VERIFYING)
    assert selftest.state() is selftest.State.PASSED


ENTRIES: list[Callable[[], object]] = [
    lambda: sm3.digest(b""),
    lambda: sm3.new(),
    lambda: sm3.hmac(b"", b""),
    lambda: sm3.verify_hmac(b"", b"", b""),
    lambda: sm4.seal(bytes(16), b"", b""),
    lambda: sm4.unseal(bytes(16), bytes(28), b""),
    lambda: sm4.cbc_encrypt(bytes(16), bytes(16), b""),
    lambda: sm4.cbc_decrypt(bytes(16), bytes(16), bytes(16)),
    sm2.generate,
    lambda: sm2.z(PUBLIC),
    lambda: sm2.e_value(PUBLIC, b""),
    lambda: sm2.sign(PRIVATE, b""),
    lambda: sm2.sign_e(PRIVATE, bytes(32)),
    lambda: sm2.verify(PUBLIC, MESSAGE, SIGNATURE),
    lambda: sm2.verify_e(PUBLIC, bytes(32), SIGNATURE),
    lambda: sm2.encrypt(PUBLIC, b"text"),
    lambda: sm2.decrypt(PRIVATE, b""),
    lambda: kdf.pbkdf2(b"", b""),
    lambda: kdf.hkdf(b"", info=b"", length=1),
    lambda: kdf.sm2_kdf(b"", 1),
    lambda: keys.PublicKey(PUBLIC.xy).kid,
]


@pytest.mark.parametrize("entry", ENTRIES)
def test_after_a_wrong_answer_nothing_answers(
    entry: Callable[[], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    sm2.verify(PUBLIC, MESSAGE, SIGNATURE)  # whatever may be cached is cached
    assert PUBLIC.kid
    monkeypatch.setitem(selftest.KNOWN_ANSWERS, "sm3", lambda: False)
    report = selftest.run()
    assert not report.ok
    assert [result.name for result in report.results if not result.ok] == ["sm3"]
    assert selftest.state() is selftest.State.FAILED
    with pytest.raises(CryptoUnavailable, match=r"self_test_failed \(failed=sm3\)"):
        entry()
    with pytest.raises(CryptoUnavailable, match="self_test_failed"):
        selftest.require()


@pytest.mark.parametrize("name", selftest.KNOWN_ANSWERS)
def test_each_answer_notices_a_wrong_algorithm(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library with one bit wrong is noticed, whichever algorithm has it."""
    break_everything(monkeypatch)
    assert not selftest.run([name]).ok


def break_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    def other(data: bytes) -> bytes:
        return data[:-1] + bytes((data[-1] ^ 1,)) if data else b"\1"

    for module, function in [
        (sm3, "digest"), (sm3, "hmac"), (sm2, "decrypt"), (sm2, "sign"), (sm4, "seal_with_nonce"),
        (sm4, "cbc_encrypt"), (kdf, "pbkdf2"), (kdf, "hkdf"),
    ]:  # fmt: skip
        right = getattr(module, function)
        wrong = lambda *a, right=right, **k: other(right(*a, **k))  # noqa: E731
        monkeypatch.setattr(module, function, wrong)


def test_a_verifier_that_accepts_everything_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sm2, "verify", lambda *_: None)
    assert not selftest.run(["sm2_verify"]).ok


@pytest.mark.parametrize("error", [CryptoUnavailable("libcrypto_missing"), ValueError("odd")])
def test_an_algorithm_that_is_missing_is_a_wrong_answer(
    error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    def missing(*_: object) -> bytes:
        raise error

    monkeypatch.setattr(sm2, "sign", missing)
    report = selftest.run(["sm3", "sm2_sign"])
    assert [(result.name, result.ok) for result in report.results] == [
        ("sm3", True),
        ("sm2_sign", False),
    ]


def test_what_nobody_foresaw_closes_the_gate_too(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> bytes:
        raise MemoryError

    monkeypatch.setattr(sm4, "seal_with_nonce", broken)
    with pytest.raises(MemoryError):
        selftest.run()
    assert selftest.state() is selftest.State.FAILED
    with pytest.raises(CryptoError, match="self_test_failed"):
        sm3.digest(b"")
