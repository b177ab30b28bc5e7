"""What the QR code in a picture stands for: a certificate of this node, or something else.

Ours      `<public_url>/v/<code>`: host and port are ours; what a chat program appended and the
          scheme do not matter, because the code is looked up here and nowhere else
Foreign   another site. Its host is told as text, in ASCII and without marks, because a name may
          be made to look like another one; nothing of the rest of the address is shown
Text      something that is no web address at all
Several   codes of ours for two certificates: a person has to choose
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlsplit

from services.platform.errors import Invalid
from services.verification import service

_PORTS: Final = {"http": 80, "https": 443}
_HOST = re.compile(r"[a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?|[0-9a-f:.]{2,45}")
_OURS = re.compile(r"/v/([^/]{1,60})/?")


class Kind(StrEnum):
    """What was found."""

    OURS = "ours"
    FOREIGN = "foreign"
    TEXT = "text"
    SEVERAL = "several"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Scan:
    """What a picture's codes say."""

    kind: Kind
    code: str = ""
    """Of a certificate, as it is stored; of ours only."""
    host: str = ""
    """Where another site's code leads; empty if its name is none that can be shown."""


def read(texts: Sequence[str], own: str) -> Scan:
    """Return what these codes stand for at the node whose address is `own`."""
    ours = tuple(dict.fromkeys(code for each in texts if (code := code_in(each, own))))
    if len(ours) == 1:
        return Scan(Kind.OURS, ours[0])
    if ours:
        return Scan(Kind.SEVERAL)
    for each in texts:
        address = _address(each)
        if address is not None:
            return Scan(Kind.FOREIGN, host=_shown(address))
    return Scan(Kind.TEXT) if texts else Scan(Kind.NONE)


def code_in(text: str, own: str) -> str | None:
    """Return the code in an address of ours; None for anything else."""
    address, ours = _address(text), urlsplit(own)
    if address is None or _place(address) != _place(ours, address.scheme):
        return None
    found = _OURS.fullmatch(address.path.removeprefix(ours.path))
    try:
        return None if found is None else service.read_code(found[1])
    except Invalid:
        return None


def _address(text: str) -> SplitResult | None:
    """Return a web address taken apart; None if it is none."""
    try:
        address = urlsplit(text.strip())
        is_web = address.scheme in _PORTS and bool(address.hostname) and _port(address) > 0
    except ValueError:
        return None
    return address if is_web else None


def _place(address: SplitResult, scheme: str = "") -> tuple[str | None, int]:
    """Return host and port; a port that is not said is that of either scheme."""
    port = address.port
    if port is None or port == _PORTS[address.scheme]:
        port = _PORTS[scheme or address.scheme]
    return address.hostname, port


def _port(address: SplitResult) -> int:
    return address.port or _PORTS[address.scheme]


def _shown(address: SplitResult) -> str:
    try:
        host = (address.hostname or "").encode("idna").decode("ascii").lower()
    except UnicodeError:
        return ""
    return host if _HOST.fullmatch(host) else ""
