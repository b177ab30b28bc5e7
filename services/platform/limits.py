"""How often one place may fail: sign-ins and look-ups of codes, counted by address.

Only failures count, so that a school behind one address may work as much as it likes. The
count is kept in this process's memory: several processes allow as many times the failures, and
a restart forgets. What guards a single account is counted in the account itself.

IPv6 addresses count by /64, which is what one subscriber has.
"""

import ipaddress
from collections import OrderedDict
from datetime import datetime, timedelta
from threading import Lock

from services.platform.clock import Clock
from services.platform.errors import TooMany

REMEMBERED = 10_000
"""Most places that are remembered; the one that failed longest ago is forgotten first."""


def place_of(address: str | None) -> str:
    """Return the place an address belongs to: itself, or its /64 for IPv6."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return "elsewhere"
    if isinstance(parsed, ipaddress.IPv6Address):
        if parsed.ipv4_mapped is not None:
            return str(parsed.ipv4_mapped)
        return str(ipaddress.ip_network((parsed, 64), strict=False))
    return str(parsed)


class Limits:
    """Counts the failures of places. Safe to use from several threads."""

    def __init__(
        self,
        clock: Clock,
        *,
        allowed: int,
        window_seconds: int,
        code: str = "too_many_failures",
    ) -> None:
        self._clock = clock
        self._code = code
        self._allowed = allowed
        self._window = timedelta(seconds=window_seconds)
        self._failures: OrderedDict[str, tuple[int, datetime]] = OrderedDict()
        self._lock = Lock()

    def check(self, place: str) -> None:
        """Raise TooMany if the place has failed too often of late."""
        with self._lock:
            count, last = self._failures.get(place, (0, None))
        if last is None or count < self._allowed:
            return
        wait = last + self._window - self._clock()
        if wait > timedelta(0):
            raise TooMany(self._code, retry_after_seconds=int(wait.total_seconds()))

    def failed(self, place: str) -> None:
        """Count a failure of the place."""
        now = self._clock()
        with self._lock:
            count, last = self._failures.pop(place, (0, now))
            if now - last >= self._window:
                count = 0
            self._failures[place] = (count + 1, now)
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def succeeded(self, place: str) -> None:
        """Forget the failures of the place."""
        with self._lock:
            self._failures.pop(place, None)
