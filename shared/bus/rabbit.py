"""RabbitMQ: a publisher with confirms, a room's consumer with delayed retries, and the dead-letter queues."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from shared.bus import rabbit_letters as letters
from shared.bus.port import Message
from shared.bus.rabbit_consumer import RabbitConsumer
from shared.bus.rabbit_dead import RabbitDeadLetters
from shared.bus.rabbit_link import LOOK_EVERY, PUBLISH_TIMEOUT, Link, Outcome
from shared.bus.topology import Topology

__all__ = ["RabbitConsumer", "RabbitDeadLetters", "RabbitPublisher", "Topology"]


class RabbitPublisher:
    """Publishes with confirms on a connection of its own, made at the first call and again after every loss.

    A room publishes through its own exchange; without one, straight into that of all.
    """

    def __init__(
        self,
        url: str,
        topology: Topology,
        room: str | None = None,
        *,
        timeout: float = PUBLISH_TIMEOUT,
        look_every: float = LOOK_EVERY,
    ) -> None:
        self._topology = topology
        self._exchange = topology.exchange if room is None else topology.out(room)
        self._link = Link(url, topology, timeout=timeout, look_every=look_every)

    async def start(self) -> bool:
        """Connect and declare early; not required. False: no broker yet, which `publish` tries again."""
        return await self._link.ensure()

    async def ready(self) -> bool:
        """Connects where that is not so: with nothing to publish nobody else would."""
        return await self._link.ensure()

    async def publish(self, messages: Sequence[Message]) -> set[UUID]:
        """The ids the broker has taken over. A topic that no room takes is done when the broker says so itself."""
        if not messages or not await self._link.ensure():
            return set()
        held = await self.held()
        # aiormq tells returned messages apart by their id: one id must not be in flight twice.
        waiting = {message.event_id: message for message in messages if message.topic not in held}
        confirmed, unroutable = await self._round(list(waiting.values()))
        wanted = [message for message in unroutable if self._topology.wanted(message.topic)]
        confirmed |= {message.event_id for message in unroutable if not self._topology.wanted(message.topic)}
        if wanted and await self._link.repair():
            # A queue or binding was deleted; it is back, so these need not wait for the relay's next round.
            confirmed |= (await self._round(wanted))[0]
        return confirmed

    async def held(self) -> frozenset[str]:
        """What a room takes whose queue is away until it puts it back itself: the broker would confirm what only the
        others got. None without a connection: `publish` makes one, and learns it anew."""
        if not self._link.is_open:
            return frozenset()
        await self._link.look()
        return frozenset(topic for room in self._link.missing for topic in self._topology.rooms[room])

    async def _round(self, messages: list[Message]) -> tuple[set[UUID], list[Message]]:
        outcomes = await asyncio.gather(
            *(self._link.send(self._exchange, each.topic, letters.outgoing(each)) for each in messages)
        )
        pairs = list(zip(messages, outcomes, strict=True))
        confirmed = {message.event_id for message, outcome in pairs if outcome is Outcome.confirmed}
        return confirmed, [message for message, outcome in pairs if outcome is Outcome.unroutable]

    async def close(self) -> None:
        await self._link.close()
