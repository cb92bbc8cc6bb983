"""The embedded bus: hands outbox rows to each subscribed room, in that room's own transaction.

It stores nothing of its own: a row stays unsent in its outbox until every room's inbox has it, so a killed process
starts again where it was, and the inboxes make a second hand-over a no-op.
"""

from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol

from shared.bus.patience import next_delay
from shared.bus.port import Deliver, Message
from shared.kernel.clock import Clock
from shared.kernel.errors import Away, Poison
from shared.obs import metrics

RETRY_DELAYS = tuple(timedelta(seconds=s) for s in (1, 10, 60, 600))


class Outbox(Protocol):
    """A room's unsent rows, oldest first."""

    async def unsent(self, after: int, limit: int) -> Sequence[tuple[int, Message]]: ...

    async def mark_sent(self, seqs: Collection[int]) -> None: ...


@dataclass(frozen=True, slots=True)
class Member:
    """A room as the bus sees it. `up` is false during an outage (of a simulation).

    `stirred` says whether rows may have come since it was last asked; it spares a look into the outbox.
    """

    name: str
    topics: Collection[str]
    outbox: Outbox
    deliver: Deliver
    bury: Callable[[Message, str], Awaitable[None]]
    up: Callable[[], bool] = lambda: True
    stirred: Callable[[], bool] = lambda: True


@dataclass(slots=True)
class Waiting:
    """A row on its way: the rooms that still have to take it, and when each may be tried again."""

    source: str
    seq: int
    message: Message
    targets: dict[str, tuple[int, datetime | None]] = field(default_factory=dict)


Arrange = Callable[[list[tuple[Waiting, str]]], list[tuple[Waiting, str]]]


class MemoryBus:
    """`arrange` may reorder or repeat hand-overs (a fault simulation); `up` is false while the broker itself is out."""

    def __init__(
        self,
        members: Sequence[Member],
        clock: Clock,
        *,
        retry_delays: Sequence[timedelta] = RETRY_DELAYS,
        arrange: Arrange | None = None,
        batch: int = 500,
    ) -> None:
        self._members = {member.name: member for member in members}
        self._clock = clock
        self._delays = retry_delays
        self._arrange = arrange
        self._batch = batch
        self._waiting: dict[tuple[str, int], Waiting] = {}
        self._cursor = dict.fromkeys(self._members, 0)
        self._unread = set(self._members)
        self.up = True

    async def pump(self) -> bool:
        """Hands over all that can be handed over now, also what that brings forth. True where anything was."""
        any_done = False
        while self.up:
            for member in self._members.values():
                if member.up() and (member.name in self._unread or member.stirred()):
                    await self._collect(member)
            ready = self._ready()
            if self._arrange:
                ready = self._arrange(ready)
            for waiting, target in ready:
                await self._hand_over(waiting, target)
            if not await self._settle() and not ready:
                break
            any_done = True
        return any_done

    def next_retry(self) -> datetime | None:
        """When a refused hand-over may be tried again."""
        times = [
            due
            for waiting in self._waiting.values()
            for target, (_, due) in waiting.targets.items()
            if due is not None and self._members[target].up()
        ]
        return min(times, default=None)

    async def _collect(self, member: Member) -> None:
        while True:
            rows = await member.outbox.unsent(self._cursor[member.name], self._batch)
            for seq, message in rows:
                self._cursor[member.name] = max(self._cursor[member.name], seq)
                takers = [m.name for m in self._members.values() if message.topic in m.topics]
                self._waiting[member.name, seq] = Waiting(member.name, seq, message, dict.fromkeys(takers, (0, None)))
            if len(rows) < self._batch:
                self._unread.discard(member.name)
                return

    def _ready(self) -> list[tuple[Waiting, str]]:
        now = self._clock.now()
        return [
            (waiting, target)
            for waiting in self._waiting.values()
            for target, (_, due) in waiting.targets.items()
            if (due is None or due <= now) and self._members[target].up()
        ]

    async def _hand_over(self, waiting: Waiting, target: str) -> None:
        if not self.up or not self._members[target].up():
            return
        member, message = self._members[target], waiting.message
        tries = waiting.targets.get(target, (0, None))[0] + 1
        try:
            await member.deliver(message)
        except Poison as error:
            await member.bury(message, str(error))
            metrics.dead_lettered(target, message.topic)
        except Exception as error:
            # While the room's database is away nothing is counted.
            away = isinstance(error, Away)
            delay = self._delays[0] if away else next_delay(error, tries, self._delays)
            if delay is not None:
                if target in waiting.targets:
                    waiting.targets[target] = (tries - away, self._clock.now() + delay)
                metrics.retried(target, message.topic)
                return
            await member.bury(message, f"{type(error).__name__}: {error}")
            metrics.dead_lettered(target, message.topic)
        waiting.targets.pop(target, None)

    async def _settle(self) -> bool:
        done = [key for key, waiting in self._waiting.items() if not waiting.targets]
        for name in {source for source, _ in done}:
            if not self._members[name].up():
                continue
            seqs = [seq for source, seq in done if source == name]
            await self._members[name].outbox.mark_sent(seqs)
            for seq in seqs:
                del self._waiting[name, seq]
        return bool(done)
