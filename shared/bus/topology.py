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

import structlog
from aio_pika.abc import AbstractChannel, AbstractQueue, ExchangeType
from aio_pika.exceptions import ChannelPreconditionFailed

log = structlog.get_logger(__name__)

RETRY_DELAYS = (timedelta(seconds=1), timedelta(seconds=10), timedelta(minutes=1), timedelta(minutes=10))

# A quorum queue counts every return: a lost connection, a stopped or killed consumer, not only a message that kills its
# reader. Six was reached by six cuts of the network in a row with the same message in hand. What failed in order is
# acked and goes on as a copy, which starts at nought; so this bounds crash loops only.
DELIVERY_LIMIT = 50

# Looking at a dead letter counts as a delivery, and RabbitMQ 4 gives quorum queues a limit of 20 unless told otherwise.
_UNLIMITED = 2**31 - 1


@dataclass(frozen=True)
class Topology:
    """The names, and which room takes which topics. Processes that share a broker must agree on all of it."""

    rooms: Mapping[str, Collection[str]]
    prefix: str = "ccrm"
    retry_delays: tuple[timedelta, ...] = RETRY_DELAYS
    delivery_limit: int = DELIVERY_LIMIT

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
        await _declare_queue(channel, topology.dead(room), {"x-queue-type": "quorum", "x-delivery-limit": _UNLIMITED})
        queue = await _declare_queue(
            channel,
            topology.queue(room),
            _dead_letters_to(topology.dead(room)) | {"x-delivery-limit": topology.delivery_limit},
        )
        for delay in topology.retry_delays:
            await _declare_queue(
                channel,
                topology.retry(room, delay),
                _dead_letters_to(topology.queue(room)) | {"x-message-ttl": _milliseconds(delay)},
            )
        for topic in sorted(topics):
            await queue.bind(exchange, routing_key=topic)


async def _declare_queue(channel: AbstractChannel, name: str, arguments: dict[str, Any]) -> AbstractQueue:
    """A queue that an earlier version made with other arguments is used as it is: they cannot be changed, and a room
    that stood still over them would be worse."""
    try:
        return await channel.declare_queue(name, durable=True, arguments=arguments)
    except ChannelPreconditionFailed:
        log.warning("bus.queue_differs", queue=name, wanted=arguments)
        await channel.reopen()
        return await channel.declare_queue(name, passive=True)


async def remove(channel: AbstractChannel, topology: Topology) -> None:
    """Delete everything with all messages in it: for tests, and for who takes the system down for good."""
    for name in topology.queues():
        await channel.queue_delete(name)
    await channel.exchange_delete(topology.exchange)
