"""RabbitMQ: a publisher with confirms, a room's consumer with delayed retries, and the dead-letter queues."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

from shared.bus import rabbit_letters as letters
from shared.bus.port import Message
from shared.bus.rabbit_consumer import RabbitConsumer
from shared.bus.rabbit_dead import RabbitDeadLetters
from shared.bus.rabbit_link import PUBLISH_TIMEOUT, Link, Outcome
from shared.bus.topology import Topology

__all__ = ["RabbitConsumer", "RabbitDeadLetters", "RabbitPublisher", "Topology"]


class RabbitPublisher:
    """Publishes with confirms on a connection of its own, made at the first call and again after every loss.

    A room publishes through its own exchange; without one, straight into that of all.
    """

    def __init__(
        self, url: str, topology: Topology, room: str | None = None, *, timeout: float = PUBLISH_TIMEOUT
    ) -> None:
        self._topology = topology
        self._exchange = topology.exchange if room is None else topology.out(room)
        self._link = Link(url, topology, timeout=timeout)

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
        missing = await self._missing()
        # aiormq tells returned messages apart by their id: one id must not be in flight twice.
        waiting = {
            message.event_id: message for message in messages if not missing & self._topology.takers(message.topic)
        }
        confirmed, unroutable = await self._round(list(waiting.values()))
        wanted = [message for message in unroutable if self._topology.wanted(message.topic)]
        confirmed |= {message.event_id for message in unroutable if not self._topology.wanted(message.topic)}
        if wanted and await self._link.repair():
            # A queue or binding was deleted; it is back, so these need not wait for the relay's next round.
            confirmed |= (await self._round(wanted))[0]
        return confirmed

    async def _missing(self) -> frozenset[str]:
        """Rooms whose queue is away until they put it back themselves: what they take waits in the outbox, for the
        broker would confirm what only the others got."""
        if self._link.missing:
            await self._link.repair()
        return self._link.missing

    async def _round(self, messages: list[Message]) -> tuple[set[UUID], list[Message]]:
        outcomes = await asyncio.gather(
            *(self._link.send(self._exchange, each.topic, letters.outgoing(each)) for each in messages)
        )
        pairs = list(zip(messages, outcomes, strict=True))
        confirmed = {message.event_id for message, outcome in pairs if outcome is Outcome.confirmed}
        return confirmed, [message for message, outcome in pairs if outcome is Outcome.unroutable]

    async def close(self) -> None:
        await self._link.close()
