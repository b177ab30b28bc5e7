"""Everything that can go wrong in ledger/, by what the caller can do about it.

LedgerError
├── InvalidEntry         these bytes or members are no entry, or not one this log may take
├── InvalidProof         a proof does not lead to the root
├── InvalidCheckpoint    a checkpoint note is not readable, or not signed by who should have
├── InvalidReceipt       an anchor receipt is not readable, or speaks of another tree head
├── UnknownEntry         no such index or digest, or no tree of this size, in this log
├── UnknownLog           there is no log of this origin
├── LogMoved             another writer was first; nothing was written, try the transaction again
├── LogClosed            the log ended with its close entry and takes no more
├── LogInconsistent      our own log contradicts what it once signed: stop and alarm
├── AnchorDivergence     the chain holds another tree head than ours: stop and alarm
└── ChainError
    ├── ChainUnavailable no usable answer now; safe to try again
    ├── ChainMismatch    not the chain, genesis or contract code that was pinned: stop
    └── ChainRefused     the contract says no: paused, no role, or a role withdrawn

Each error has a stable `code` (snake_case) and `params`. Origins, sizes, indexes, digests and
chain identities may stand in them, for they are public; secrets and personal data never do.
Texts for people are made from both elsewhere.
"""

from typing import TypeAlias

Param: TypeAlias = str | int | None


class LedgerError(Exception):
    """Base of every error raised by ledger/."""

    def __init__(self, code: str, /, **params: Param) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, Param] = params

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value}" for name, value in self.params.items())
        return f"{self.code} ({shown})" if shown else self.code


class InvalidEntry(LedgerError):
    """These bytes or members are no entry, or not one that this log may take."""


class InvalidProof(LedgerError):
    """An inclusion or consistency proof does not lead to the root."""


class InvalidCheckpoint(LedgerError):
    """A checkpoint note cannot be read, or is not signed by who should have signed it."""


class InvalidReceipt(LedgerError):
    """An anchor receipt cannot be read, or speaks of another tree head."""


class UnknownEntry(LedgerError):
    """The log has no entry of this index or digest, or no tree of this size."""


class UnknownLog(LedgerError):
    """There is no log of this origin."""


class LogMoved(LedgerError):
    """Another writer was first. Nothing was written; run the transaction again."""


class LogClosed(LedgerError):
    """The log ended with its close entry and takes no more."""


class LogInconsistent(LedgerError):
    """The log contradicts what it once signed or stored. Never repaired automatically."""


class AnchorDivergence(LedgerError):
    """The chain holds another tree head than ours for this log. Never repaired automatically."""


class ChainError(LedgerError):
    """Base of what can go wrong between us and the chain."""


class ChainUnavailable(ChainError):
    """No usable answer now. Nothing was changed; safe to try again."""


class ChainMismatch(ChainError):
    """Not the chain, genesis or contract code that was pinned. An operator decides."""


class ChainRefused(ChainError):
    """The contract says no: paused, no role, or a role withdrawn."""
