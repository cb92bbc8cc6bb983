"""Background work of a process: runs for as long as the process does, whatever goes wrong in between."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from datetime import timedelta
from time import perf_counter

import structlog

from shared.kernel.errors import Transient
from shared.obs import metrics
from shared.room.away import away
from shared.room.room import Room

log = structlog.get_logger(__name__)

POLL = 1.0
_STOP_SECONDS = 1.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 10.0

Step = Callable[[], Awaitable[float]]
"""One round of work; returns after how many seconds the next is due at the latest."""


async def forever(name: str, step: Step, wake: asyncio.Event | None = None) -> None:
    """Repeats the step until cancelled. After an error it pauses, longer each time, and goes on."""
    failures = 0
    while True:
        try:
            pause = await step()
            failures = 0
        except Exception as error:
            pause = min(_FIRST_PAUSE * 2**failures, _LONGEST_PAUSE)
            failures += 1
            metrics.loop_failed(name)
            if isinstance(error, Transient) or away(error):
                log.warning("loop.postponed", loop=name, reason=f"{type(error).__name__}: {error}", pause=pause)
            else:
                log.error("loop.failed", loop=name, pause=pause, exc_info=error)
            await asyncio.sleep(pause)
            continue
        await _rest(pause, wake)


async def _rest(pause: float, wake: asyncio.Event | None) -> None:
    if wake is None:
        await asyncio.sleep(pause)
        return
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(pause):
            await wake.wait()
    wake.clear()


def ticking(room: Room) -> Step:
    """Does what is due in the room, then waits for what is due next, a poll at the longest."""
    tick = room.tick
    assert tick is not None

    async def step() -> float:
        began = perf_counter()
        await tick(room)
        metrics.ticked(room.name, perf_counter() - began)
        due = await room.next_wake(room) if room.next_wake else None
        if due is None:
            return POLL
        # What is due now and was left over is for the next round, but not at the price of the processor.
        return min(max((due - room.clock.now()) / timedelta(seconds=1), 0.05), POLL)

    return step


class Loops:
    """The loops of one process, started together and ended together."""

    def __init__(self) -> None:
        self._tasks: list[asyncio.Task[None]] = []

    def start(self, name: str, step: Step, wake: asyncio.Event | None = None) -> None:
        self._tasks.append(asyncio.create_task(forever(name, step, wake), name=name))

    def start_ticks(self, rooms: Iterable[Room]) -> None:
        for room in rooms:
            if room.tick is not None:
                self.start(f"{room.name}.tick", ticking(room))

    def alive(self) -> bool:
        return all(not task.done() for task in self._tasks)

    async def stop(self) -> None:
        """A transaction under way is rolled back, and its work is found again at the next start."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            # Not for ever: over a dead connection a rollback hangs as well.
            await asyncio.wait(self._tasks, timeout=_STOP_SECONDS)
        self._tasks.clear()
