"""The number that a reporter takes home: three groups of four symbols, the last one checks.

Symbols    those of GB 32100 (31: no I, O, S, V, Z), eleven of them random: 54 bits. With failures
           counted by place nobody meets one by trying
Typed      case, spaces, hyphens and the letters that people write for digits do not matter
Errors     Invalid ticket_mistyped
"""

import re

from crypto.entropy import Random
from identity.check_characters import ALPHABET, mod_31
from services.platform.errors import Invalid

_RANDOM_SYMBOLS = 11
_EVEN = 256 - 256 % len(ALPHABET)
"""Bytes below this fall on all symbols equally often."""

_TICKET = re.compile(f"[{ALPHABET}]{{{_RANDOM_SYMBOLS + 1}}}")
_SPACE = re.compile(r"[\s\-·—–－　]")
_LOOK_ALIKE = str.maketrans("OISZ", "0152")


def new(random: Random) -> str:
    """Return a ticket that nobody has."""
    symbols = ""
    while len(symbols) < _RANDOM_SYMBOLS:
        symbols += "".join(ALPHABET[each % 31] for each in random(16) if each < _EVEN)
    body = symbols[:_RANDOM_SYMBOLS]
    return body + mod_31(body)


def read(text: str) -> str:
    """Return a ticket as it was given out. Raises Invalid."""
    ticket = _SPACE.sub("", text).upper().translate(_LOOK_ALIKE)
    if not _TICKET.fullmatch(ticket) or mod_31(ticket[:-1]) != ticket[-1]:
        raise Invalid("ticket_mistyped")
    return ticket


def shown(ticket: str) -> str:
    """Return a ticket in groups of four."""
    return " ".join(ticket[at : at + 4] for at in range(0, len(ticket), 4))
