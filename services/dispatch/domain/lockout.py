"""Slows down whoever guesses passwords: failures count in a sliding window. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

WINDOW = timedelta(minutes=15)
PER_PAIR, PER_NAME, PER_ADDRESS = 5, 30, 60
"""Of one name from one address, of one name from anywhere, from one address for any names."""

Failure = tuple[str, str, datetime]
"""Name, address, when."""


def wait_for(failures: Iterable[Failure], name: str, address: str, now: datetime) -> timedelta | None:
    """How long this caller must wait before he may try again; None where he may try now."""
    recent = sorted((one for one in failures if one[2] > now - WINDOW), key=lambda one: one[2], reverse=True)
    waits = (
        _wait([at for who, where, at in recent if (who, where) == (name, address)], PER_PAIR, now),
        _wait([at for who, _, at in recent if who == name], PER_NAME, now),
        _wait([at for _, where, at in recent if where == address], PER_ADDRESS, now),
    )
    return max((wait for wait in waits if wait is not None), default=None)


def _wait(newest_first: list[datetime], allowed: int, now: datetime) -> timedelta | None:
    """Until so many have left the window that one more is allowed."""
    return newest_first[allowed - 1] + WINDOW - now if len(newest_first) >= allowed else None
