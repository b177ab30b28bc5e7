"""The gate in front of every algorithm: after a failed self-test nothing answers.

`crypto.selftest` closes the gate; `check` is the first line of each public function of
sm2, sm3, sm4 and kdf. It never opens again: a process that computed a wrong answer once
is restarted, not trusted (GB/T 37092, error state of a cryptographic module).
"""

from collections.abc import Sequence

from crypto.errors import CryptoUnavailable

_failed: tuple[str, ...] = ()


def close(failed: Sequence[str]) -> None:
    """Stop every algorithm; `failed` names the known answers that were wrong."""
    global _failed
    _failed = tuple(failed)


def failed() -> tuple[str, ...]:
    """Return the names that closed the gate; empty while it is open."""
    return _failed


def check() -> None:
    """Raise CryptoUnavailable if a self-test of this process failed."""
    if _failed:
        raise CryptoUnavailable("self_test_failed", failed=", ".join(_failed))
