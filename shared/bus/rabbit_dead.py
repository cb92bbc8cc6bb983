"""The dead-letter queues of all rooms: looked at without taking, replayed one by one."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Sequence

import structlog
from aio_pika.abc import AbstractIncomingMessage, AbstractQueue
from aio_pika.exceptions import ChannelNotFoundEntity
from aiormq.exceptions import ChannelAccessRefused

from shared.bus import rabbit_letters as letters
from shared.bus.port import DeadLetter, Unconfirmed
from shared.bus.rabbit_link import Link, Outcome
from shared.bus.topology import Topology
from shared.kernel.errors import Poison

log = structlog.get_logger(__name__)


class RabbitDeadLetters:
    """Implements `port.DeadLetters`. Raises ConnectionError where no broker answers, or it refuses."""

    def __init__(self, url: str, topology: Topology) -> None:
        self._topology = topology
        self._link = Link(url, topology)

    async def list(self, room: str | None = None) -> list[DeadLetter]:
        """All letters, oldest first, of one room or of all. None is taken."""
        found = []
        for each in self._rooms(room):
            async with self._all(each) as letters_there:
                found += [letters.letter(raw, each) for raw in letters_there]
        return found

    async def replay(self, letter_id: str, room: str | None = None) -> bool:
        """Back to its room's queue with its attempts forgotten, then acked: it may be doubled, never lost."""
        for each in self._rooms(room):
            async with self._all(each) as letters_there:
                for raw in letters_there:
                    if letters.letter_id(raw) == letter_id:
                        await self._replay(raw, each)
                        return True
        return False

    async def replay_all(self, room: str | None = None) -> int:
        """Every letter that is there now, one in hand at a time, however many there are. Returns how many."""
        done = 0
        for each in self._rooms(room):
            async with self._queue(each) as queue:
                # Bounded by the count at the start: what dies again meanwhile waits for the next call.
                for _ in range(queue.declaration_result.message_count or 0):
                    raw = await queue.get(fail=False)
                    if raw is None:
                        break
                    if not letters.forged(raw, self._topology):
                        await self._replay(raw, each)
                        done += 1
        return done

    async def close(self) -> None:
        await self._link.close()

    def _rooms(self, room: str | None) -> tuple[str, ...]:
        if room is None:
            return tuple(self._topology.rooms)
        if room not in self._topology.rooms:
            raise ValueError(f"no room is named {room}; there are {', '.join(self._topology.rooms)}")
        return (room,)

    @contextlib.asynccontextmanager
    async def _queue(self, room: str) -> AsyncIterator[AbstractQueue]:
        if not await self._link.repair():
            raise ConnectionError("RabbitMQ cannot be reached")
        try:
            async with self._link.side_channel() as channel:
                yield await channel.declare_queue(self._topology.dead(room), passive=True)
        except ChannelAccessRefused:
            raise ConnectionError(f"this user of RabbitMQ may not read the dead letters of {room}") from None
        except ChannelNotFoundEntity:
            raise ConnectionError(f"{room} has no queue for dead letters, and this user may not declare it") from None

    @contextlib.asynccontextmanager
    async def _all(self, room: str) -> AsyncIterator[Sequence[AbstractIncomingMessage]]:
        """Every letter in hand at once: given back by closing the channel, they keep their order."""
        held: list[AbstractIncomingMessage] = []
        async with self._queue(room) as queue:
            while (raw := await queue.get(fail=False)) is not None:
                held.append(raw)
            yield held
        # The queue hears of the closed channel a moment later: who looks again at once must find them all.
        expected = sum(not raw.processed for raw in held)
        if expected:
            async with self._link.side_channel() as channel:
                for _ in range(100):
                    back = await channel.declare_queue(self._topology.dead(room), passive=True)
                    if (back.declaration_result.message_count or 0) >= expected:
                        break
                    await asyncio.sleep(0.01)

    async def _replay(self, raw: AbstractIncomingMessage, room: str) -> None:
        if letters.forged(raw, self._topology):
            raise Poison(f"this letter was {letters.FORGED}it is never handed to {room} again")
        outcome = await self._link.send(self._topology.own(room), self._topology.queue(room), letters.again(raw))
        if outcome is not Outcome.confirmed:
            raise Unconfirmed(f"the queue of {room} did not take the letter; it stays where it is")
        await raw.ack()
        log.info("bus.letter_replayed", room=room, topic=letters.topic_of(raw), message_id=raw.message_id)
