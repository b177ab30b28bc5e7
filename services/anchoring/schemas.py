"""Answers of the anchoring slice."""

from services.web.bodies import Answer


class Inclusion(Answer):
    """An entry of a log and its way to the root of the tree of `size` entries."""

    origin: str
    index: int
    size: int
    root: str
    hashes: list[str]
    entry: dict[str, str]


class Consistency(Answer):
    """That the tree of `size` entries begins with the tree of `old_size`."""

    origin: str
    old_size: int
    size: int
    old_root: str
    root: str
    hashes: list[str]


class Entries(Answer):
    """Some entries of a log in order; each as the exact text that its leaf hash covers."""

    origin: str
    start: int
    size: int
    entries: list[str]


class WaitingEntry(Answer):
    """An entry that no final anchor covers yet."""

    origin: str
    index: int


class Stopped(Answer):
    """A log whose anchoring stopped, because the chain holds another head than ours."""

    origin: str
    seq: int


class Pending(Answer):
    """What is not anchored yet, up to a limit, and what will not be without a person."""

    waiting: list[WaitingEntry]
    stopped: list[Stopped]
