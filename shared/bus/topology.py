"""Exchange, queues and bindings of all rooms. Everyone declares the whole of it, so nothing is lost before a room's
first start, and whoever finds a part missing can put it back.

    <prefix>.events ──topic──▶ <prefix>.<room> ──delivery limit──▶ <prefix>.<room>.dead
                                    ▲     └─ failed ─▶ <prefix>.<room>.retry.<ms> ─┐
                                    └────────────── after the delay ───────────────┘
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aio_pika.abc import AbstractChannel, ExchangeType

RETRY_DELAYS = (timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))

# Looking at a dead letter counts as a delivery, and RabbitMQ 4 gives quorum queues a limit of 20 unless told otherwise.
_UNLIMITED = 2**31 - 1


@dataclass(frozen=True)
class Topology:
    """The names, and which room takes which topics. Processes that share a broker must agree on all of it."""

    rooms: Mapping[str, Collection[str]]
    prefix: str = "ccrm"
    retry_delays: tuple[timedelta, ...] = RETRY_DELAYS
    delivery_limit: int = 6

    def __post_init__(self) -> None:
        object.__setattr__(self, "rooms", {room: frozenset(topics) for room, topics in self.rooms.items()})

    @property
    def exchange(self) -> str:
        return f"{self.prefix}.events"

    def queue(self, room: str) -> str:
        return f"{self.prefix}.{room}"

    def dead(self, room: str) -> str:
        return f"{self.prefix}.{room}.dead"

    def retry(self, room: str, delay: timedelta) -> str:
        """Named by its delay, not its step: another list of delays makes other queues, and the old ones run dry."""
        return f"{self.prefix}.{room}.retry.{_milliseconds(delay)}"

    def wanted(self, topic: str) -> bool:
        return any(topic in topics for topics in self.rooms.values())

    def queues(self) -> list[str]:
        names = []
        for room in self.rooms:
            names += [self.dead(room), self.queue(room), *(self.retry(room, delay) for delay in self.retry_delays)]
        return names


def _milliseconds(delay: timedelta) -> int:
    return delay // timedelta(milliseconds=1)


def _dead_letters_to(queue: str) -> dict[str, Any]:
    """Kept until the target has it (the broker tries again every three minutes): at-most-once, the default, would drop
    what expires while the target is missing."""
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": "",
        "x-dead-letter-routing-key": queue,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


async def declare(channel: AbstractChannel, topology: Topology) -> None:
    """Put everything there. Idempotent: called at start, and again to repair a deleted queue or binding."""
    exchange = await channel.declare_exchange(topology.exchange, ExchangeType.TOPIC, durable=True)
    for room, topics in topology.rooms.items():
        await channel.declare_queue(
            topology.dead(room),
            durable=True,
            arguments={"x-queue-type": "quorum", "x-delivery-limit": _UNLIMITED},
        )
        queue = await channel.declare_queue(
            topology.queue(room),
            durable=True,
            arguments=_dead_letters_to(topology.dead(room)) | {"x-delivery-limit": topology.delivery_limit},
        )
        for delay in topology.retry_delays:
            await channel.declare_queue(
                topology.retry(room, delay),
                durable=True,
                arguments=_dead_letters_to(topology.queue(room)) | {"x-message-ttl": _milliseconds(delay)},
            )
        for topic in sorted(topics):
            await queue.bind(exchange, routing_key=topic)


async def remove(channel: AbstractChannel, topology: Topology) -> None:
    """Delete everything with all messages in it: for tests, and for who takes the system down for good."""
    for name in topology.queues():
        await channel.queue_delete(name)
    await channel.exchange_delete(topology.exchange)
