"""How often, and for how long, what could not be taken is tried again: one rule for every bus."""

from collections.abc import Sequence
from datetime import timedelta

from shared.kernel.errors import Transient

PATIENCE = timedelta(hours=24)
"""So long is tried what may yet go through by itself, at the longest delay; then a person must hear of it."""


def next_delay(
    error: Exception, attempt: int, delays: Sequence[timedelta], patience: timedelta = PATIENCE
) -> timedelta | None:
    """How long to wait after the attempt (from 1) that ended with this error. None: it goes to the dead letters.

    What is broken is given up after the last of the delays; what is only not possible now goes on at that delay.
    """
    if attempt <= len(delays):
        return delays[attempt - 1]
    if delays and isinstance(error, Transient) and attempt <= len(delays) + patience // delays[-1]:
        return delays[-1]
    return None
