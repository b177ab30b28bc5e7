"""What can go wrong in services/evidence, by what the caller can do about it.

EvidenceError             code (stable, snake_case) and params (never personal data)
├── UnreadableBundle      these bytes are no bundle: the check `format` fails
├── Unproven              a part does not show what it should: the code is the check's reason
├── SourceUnavailable     a source did not answer, or not with what was asked: the answer is unknown
└── SourceContradicts     the chain was asked and holds something else than the receipt says

None of them reaches a person as an error: what is wrong with a credential is a verdict.
"""

Param = str | int


class EvidenceError(Exception):
    """Base of every error raised by services/evidence."""

    def __init__(self, code: str, **params: Param) -> None:
        super().__init__(code)
        self.code = code
        self.params: dict[str, Param] = params


class UnreadableBundle(EvidenceError):
    """The bytes are not a bundle in its one canonical form."""


class Unproven(EvidenceError):
    """A part of a bundle does not show what it should; `code` is a reason of the check."""


class SourceUnavailable(EvidenceError):
    """A source did not answer in time, or not with something usable."""


class SourceContradicts(EvidenceError):
    """Enough endpoints of the chain hold something else than the receipt says."""
