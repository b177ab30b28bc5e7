"""Errors of the ledger room: a stable code for machines, parameters for the person's text.

Nothing here speaks to people: texts in Chinese and English live with the services that show
them. A parameter never holds a secret or anything personal; origins, sizes, indexes, chain
identities and digests are public.
"""

from typing import TypeAlias

Param: TypeAlias = str | int | None


class LedgerError(Exception):
    """Root of everything this room raises on purpose."""

    def __init__(self, code: str, /, **params: Param) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, Param] = params

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({shown})" if shown else self.code


class InvalidProof(LedgerError):
    """An inclusion or consistency proof does not lead to the root."""


class InvalidEntry(LedgerError):
    """Bytes or members that are no entry of format kexin/entry/v1."""


class InvalidCheckpoint(LedgerError):
    """A checkpoint note that cannot be read, or whose signature is not the node's."""


class InvalidReceipt(LedgerError):
    """An anchor receipt that cannot be read, is not the node's, or speaks of another tree head."""


class UnknownEntry(LedgerError):
    """The log has no entry with this index or digest, or no tree of this size."""


class LogMoved(LedgerError):
    """Another writer appended first. Nothing was written; run the transaction again."""


class LogClosed(LedgerError):
    """The log ended with its `close` entry and takes no more."""


class LogInconsistent(LedgerError):
    """The log contradicts what was signed or stored before. Never repaired automatically."""


class ChainError(LedgerError):
    """Root of what can go wrong between us and the chain."""


class ChainUnavailable(ChainError):
    """No usable answer now; the same question may succeed later."""


class ChainMismatch(ChainError):
    """Not the chain, genesis or contract code that was pinned: refused until an operator decides."""


class ChainRefused(ChainError):
    """The contract said no: paused, no role, or a key that was withdrawn."""


class AnchorDivergence(LedgerError):
    """The chain holds another tree head than ours for this log: stop and alarm."""
