"""Who asks too often waits: a bucket of requests an address and a person, in the process's own memory. Pure.

Several processes of a room count each for itself: this keeps one caller from taking a process for himself. Guessed
passwords are counted in the database, for all processes (dispatch, lockout).
"""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import IPv6Address, ip_address
from math import ceil
from time import monotonic

MOST_CALLERS = 20_000
"""So many buckets are kept, some 4 MB. Beyond it who was not heard of for longest begins again, with a full one."""

PUBLIC, PERSON = 240, 1200
"""A minute: a house, an office or a telephone company may share one address; a person types with ten fingers, and a
program that hands in complaints for him has twenty requests a second."""


class Buckets:
    """`per_minute` requests may come at once, and as many a minute go on; 0 for as many as they like."""

    def __init__(self, per_minute: int, *, most: int = MOST_CALLERS, clock: Callable[[], float] = monotonic) -> None:
        self._full, self._most, self._clock = per_minute, most, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def take(self, caller: str) -> int | None:
        """None where the request may go on, else how many seconds to wait."""
        if not self._full:
            return None
        now, rate = self._clock(), self._full / 60
        left, at = self._left.pop(caller, (float(self._full), now))
        left = min(self._full, left + (now - at) * rate)
        wait = None if left >= 1 else ceil((1 - left) / rate)
        self._left[caller] = (left - 1 if wait is None else left, now)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return wait


class Rates:
    """`public` counts an address where nobody is signed in, `person` what somebody changes. Reads are not counted."""

    def __init__(self, public: int = PUBLIC, person: int = PERSON) -> None:
        self.public, self.person = Buckets(public), Buckets(person)


def network(address: str) -> str:
    """Whose an address is: one subscriber has 2^64 of IPv6's."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, IPv6Address):
        return str(found.ipv4_mapped or found.exploded[:19])
    return str(found)
