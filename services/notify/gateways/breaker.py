"""Which gateways are away, in this process: while one is, its messages wait instead of failing one after another."""

from datetime import datetime, timedelta

FAILURES = 5
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=15), timedelta(minutes=5)


class Breaker:
    """Opens after some failures in a row, longer each time; after the pause one message goes ahead of the others."""

    def __init__(self) -> None:
        self._failed = 0
        self._pause = FIRST_PAUSE
        self._until: datetime | None = None
        self._probing: datetime | None = None

    @property
    def is_open(self) -> bool:
        """Until a call has worked again."""
        return self._until is not None

    def closed_until(self, now: datetime) -> datetime | None:
        """When to come again; None where one more call may be made now."""
        if self._until is None:
            return None
        if now < self._until:
            return self._until
        if self._probing is not None and now < self._probing:
            return self._probing
        self._probing = now + FIRST_PAUSE
        return None

    def opened_until(self, now: datetime) -> datetime | None:
        """Until when nothing is to be tried; asked just before the call, by who has leave to make it."""
        return self._until if self._until is not None and now < self._until else None

    def worked(self) -> None:
        self._failed, self._pause, self._until, self._probing = 0, FIRST_PAUSE, None, None

    def failed(self, now: datetime, wait: timedelta | None = None) -> datetime | None:
        """When to come again, where it is open now or opens by this. `wait` is what the gateway itself asked for."""
        self._failed += 1
        if self._until is not None and now < self._until:
            return self._until  # calls that were under way when it opened
        if self._failed < FAILURES and wait is None:
            return None
        pause = max(self._pause, wait or timedelta(0))
        self._until, self._probing = now + pause, None
        self._pause = min(self._pause * 2, LONGEST_PAUSE)
        return self._until
