"""Slows down whoever guesses passwords: counts failures in a sliding window, in this process's memory."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from shared.kernel.clock import Clock


@dataclass
class _Count:
    allowed: int
    failures: dict[str, deque[datetime]] = field(default_factory=dict)


class LoginGuard:
    """Locks a name for one address after a few failures, a name for everybody and an address after many."""

    _MAX_KEYS = 50_000

    def __init__(
        self,
        clock: Clock,
        *,
        window: timedelta = timedelta(minutes=15),
        per_pair: int = 5,
        per_name: int = 30,
        per_address: int = 60,
    ) -> None:
        self._clock = clock
        self._window = window
        self._pair, self._name, self._address = _Count(per_pair), _Count(per_name), _Count(per_address)

    def wait(self, name: str, address: str) -> timedelta | None:
        """How long this caller must wait before he may try again; None where he may try now."""
        waits = [self._wait(count, key) for count, key in self._counts(name, address)]
        return max((each for each in waits if each is not None), default=None)

    def failed(self, name: str, address: str) -> None:
        for count, key in self._counts(name, address):
            if len(count.failures) >= self._MAX_KEYS:
                # Whoever fills the table with names must not empty the memory; the oldest go first.
                count.failures.pop(next(iter(count.failures)))
            count.failures.setdefault(key, deque(maxlen=count.allowed)).append(self._clock.now())

    def succeeded(self, name: str, address: str) -> None:
        self._pair.failures.pop(f"{name}\n{address}", None)

    def _counts(self, name: str, address: str) -> list[tuple[_Count, str]]:
        return [(self._pair, f"{name}\n{address}"), (self._name, name), (self._address, address)]

    def _wait(self, count: _Count, key: str) -> timedelta | None:
        times = count.failures.get(key)
        if times is None:
            return None
        oldest_that_counts = self._clock.now() - self._window
        while times and times[0] <= oldest_that_counts:
            times.popleft()
        if not times:
            del count.failures[key]
            return None
        return times[0] + self._window - self._clock.now() if len(times) >= count.allowed else None
