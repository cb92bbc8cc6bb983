"""Exchange, queues and bindings of all rooms. Everyone declares all that his user may, so nothing is lost before a
room's first start, and whoever finds a part missing can put it back.

    <prefix>.<other>.out ──other.*.*──▶ <prefix>.events

    <prefix>.events ──topic──▶ <prefix>.<room> ──delivery limit──▶ <prefix>.<room>.dead
                                    ▲     └─ failed ─▶ <prefix>.<room>.retry.<ms> ─┐
                                    └────────────── after the delay ───────────────┘

A room publishes into an exchange of its own, from which only facts under its own name go on: with a right to write to
the common one it could speak for others, by a queue that dead-letters there. And between its own queues it goes through
`<prefix>.<room>.own`: who may write to the broker's default exchange reaches every queue.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import structlog
from aio_pika.abc import AbstractChannel, AbstractExchange, AbstractQueue, ExchangeType
from aio_pika.exceptions import ChannelNotFoundEntity, ChannelPreconditionFailed
from aiormq.exceptions import ChannelAccessRefused

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

    def out(self, room: str) -> str:
        """The exchange into which a room publishes."""
        return f"{self.prefix}.{room}.out"

    def may_say(self, exchange: str, topic: str) -> bool:
        """False for a fact that came in through the exchange of a room that it is not named after: a CC header passes
        every permission and binding, and the exchange of a delivery is the broker's word for where it came in."""
        says = [room for room in self.rooms if exchange == self.out(room)]
        return not says or topic.partition(".")[0] in says

    def own(self, room: str) -> str:
        """The exchange between the queues of one room."""
        return f"{self.prefix}.{room}.own"

    def queue(self, room: str) -> str:
        return f"{self.prefix}.{room}"

    def dead(self, room: str) -> str:
        return f"{self.prefix}.{room}.dead"

    def retry(self, room: str, delay: timedelta) -> str:
        """Named by its delay, not its step: another list of delays makes other queues, and the old ones run dry."""
        return f"{self.prefix}.{room}.retry.{_milliseconds(delay)}"

    def takers(self, topic: str) -> frozenset[str]:
        """The rooms that take the topic."""
        return frozenset(room for room, topics in self.rooms.items() if topic in topics)

    def wanted(self, topic: str) -> bool:
        return bool(self.takers(topic))

    def queues_of(self, room: str) -> dict[str, dict[str, Any]]:
        """The queues of a room with their arguments, each after the one that it dead-letters to."""
        own = self.own(room)
        found: dict[str, dict[str, Any]] = {
            self.dead(room): {"x-queue-type": "quorum", "x-delivery-limit": _UNLIMITED},
            self.queue(room): _dead_letters_to(own, self.dead(room)) | {"x-delivery-limit": self.delivery_limit},
        }
        for delay in self.retry_delays:
            arguments = _dead_letters_to(own, self.queue(room)) | {"x-message-ttl": _milliseconds(delay)}
            found[self.retry(room, delay)] = arguments
        return found

    def queues(self) -> list[str]:
        return [name for room in self.rooms for name in self.queues_of(room)]


@dataclass
class Known:
    """What a connection has learnt by declaring. `foreign`: the rooms whose queues its user may not declare; `missing`:
    those of them that have no queue now. `differing`: queues that are there with other arguments."""

    foreign: set[str] = field(default_factory=set)
    missing: frozenset[str] = frozenset()
    differing: set[str] = field(default_factory=set)
    may_declare_exchanges: bool = True
    """Those that all rooms share, or that lead to them."""


def topics_of(room: str) -> str:
    """What a room may say, as a pattern of a topic exchange: `room.fact.vN`."""
    return f"{room}.*.*"


def _milliseconds(delay: timedelta) -> int:
    return delay // timedelta(milliseconds=1)


def _dead_letters_to(exchange: str, queue: str) -> dict[str, Any]:
    """Kept until the target has it (the broker tries again every three minutes): at-most-once, the default, would drop
    what expires while the target is missing."""
    return {
        "x-queue-type": "quorum",
        "x-dead-letter-exchange": exchange,
        "x-dead-letter-routing-key": queue,
        "x-dead-letter-strategy": "at-least-once",
        "x-overflow": "reject-publish",
    }


async def declare(channel: AbstractChannel, topology: Topology, known: Known) -> None:
    """Put everything there. Idempotent: called at start, and again to repair a deleted queue or binding.

    A user of one room may declare that room's part only: of the others it looks whether their queues are there.
    """
    events = await _events(channel, topology, known)
    missing = set()
    for room in topology.rooms:
        if room not in known.foreign and await _declare_room(channel, topology, room, events, known):
            continue
        if not await _is_there(channel, topology.queue(room)):
            missing.add(room)
    if missing - known.missing:
        log.warning("bus.queues_missing", rooms=sorted(missing), mended_by="these rooms, or ccrm broker definitions")
    known.missing = frozenset(missing)


async def _events(channel: AbstractChannel, topology: Topology, known: Known) -> AbstractExchange:
    if known.may_declare_exchanges:
        try:
            return await channel.declare_exchange(topology.exchange, ExchangeType.TOPIC, durable=True)
        except ChannelAccessRefused:
            known.may_declare_exchanges = False
            await channel.reopen()
    return await _found(channel, topology.exchange)


async def _found(channel: AbstractChannel, exchange: str) -> AbstractExchange:
    try:
        return await channel.declare_exchange(exchange, passive=True)
    except ChannelNotFoundEntity:
        raise ConnectionError(
            f"the exchange {exchange} is missing and this user may not declare it: "
            "import what `ccrm broker definitions` prints"
        ) from None


async def _declare_room(
    channel: AbstractChannel, topology: Topology, room: str, events: AbstractExchange, known: Known
) -> bool:
    """False where the room is another's. What is refused of one's own is an error: messages would be missed."""
    dead, *others = topology.queues_of(room).items()
    try:
        queues = [await _declare_queue(channel, *dead, known)]
    except ChannelAccessRefused:
        # Remembered for this connection: every refusal is an error in the broker's log.
        known.foreign.add(room)
        await channel.reopen()
        return False
    if known.may_declare_exchanges:
        out = await channel.declare_exchange(topology.out(room), ExchangeType.TOPIC, durable=True)
        await events.bind(out, routing_key=topics_of(room))
    else:
        await _found(channel, topology.out(room))
    try:
        own = await channel.declare_exchange(topology.own(room), ExchangeType.DIRECT, durable=True)
        queues += [await _declare_queue(channel, name, arguments, known) for name, arguments in others]
        for queue in queues:
            await queue.bind(own, routing_key=queue.name)
        for topic in sorted(topology.rooms[room]):
            await queues[1].bind(events, routing_key=topic)
    except ChannelAccessRefused as error:
        raise ConnectionError(
            f"the broker refuses {room} what this version needs: import what `ccrm broker definitions` prints ({error})"
        ) from None
    return True


async def _is_there(channel: AbstractChannel, queue: str) -> bool:
    try:
        await channel.declare_queue(queue, passive=True)
    except ChannelNotFoundEntity:
        await channel.reopen()
        return False
    return True


async def _declare_queue(channel: AbstractChannel, name: str, arguments: dict[str, Any], known: Known) -> AbstractQueue:
    """A queue that an earlier version made with other arguments is used as it is: they cannot be changed, and a room
    that stood still over them would be worse."""
    if name in known.differing:
        try:
            return await channel.declare_queue(name, passive=True)
        except ChannelNotFoundEntity:
            known.differing.discard(name)
            await channel.reopen()
    try:
        return await channel.declare_queue(name, durable=True, arguments=arguments)
    except ChannelPreconditionFailed:
        log.warning("bus.queue_differs", queue=name, wanted=arguments)
        known.differing.add(name)
        await channel.reopen()
        return await channel.declare_queue(name, passive=True)


async def remove(channel: AbstractChannel, topology: Topology) -> None:
    """Delete everything with all messages in it: for tests, and for who takes the system down for good."""
    for name in topology.queues():
        await channel.queue_delete(name)
    for exchange in (topology.exchange, *map(topology.own, topology.rooms), *map(topology.out, topology.rooms)):
        await channel.exchange_delete(exchange)
