"""RabbitMQ: a publisher with confirms, a room's consumer with delayed retries, and the dead-letter queues."""

import asyncio
import contextlib
from collections.abc import Sequence
from uuid import UUID

import aio_pika
import structlog
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from faststream.rabbit.annotations import RabbitMessage

from shared.bus import rabbit_letters as letters
from shared.bus.port import Deliver, Message
from shared.bus.rabbit_dead import RabbitDeadLetters
from shared.bus.rabbit_link import BROKEN, PUBLISH_TIMEOUT, Link, Outcome, uninvited_cancellation, with_heartbeat
from shared.bus.topology import Topology
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Poison

__all__ = ["RabbitConsumer", "RabbitDeadLetters", "RabbitPublisher", "Topology"]

log = structlog.get_logger(__name__)


class RabbitPublisher:
    """Publishes with confirms on a connection of its own, made at the first call and again after every loss."""

    def __init__(self, url: str, topology: Topology, *, timeout: float = PUBLISH_TIMEOUT) -> None:
        self._topology = topology
        self._link = Link(url, topology, timeout=timeout)

    async def start(self) -> bool:
        """Connect and declare early; not required. False: no broker yet, which `publish` tries again."""
        return await self._link.ensure()

    async def ready(self) -> bool:
        return self._link.is_open

    async def publish(self, messages: Sequence[Message]) -> set[UUID]:
        """The ids the broker has taken over. A topic that no room takes is done when the broker says so itself."""
        if not messages or not await self._link.ensure():
            return set()
        # aiormq tells returned messages apart by their id: one id must not be in flight twice.
        waiting = {message.event_id: message for message in messages}
        confirmed, unroutable = await self._round(list(waiting.values()))
        wanted = [message for message in unroutable if self._topology.wanted(message.topic)]
        confirmed |= {message.event_id for message in unroutable if not self._topology.wanted(message.topic)}
        if wanted and await self._link.repair():
            # A queue or binding was deleted; it is back, so these need not wait for the relay's next round.
            confirmed |= (await self._round(wanted))[0]
        return confirmed

    async def _round(self, messages: list[Message]) -> tuple[set[UUID], list[Message]]:
        outcomes = await asyncio.gather(
            *(self._link.send(self._topology.exchange, each.topic, letters.outgoing(each)) for each in messages)
        )
        pairs = list(zip(messages, outcomes, strict=True))
        confirmed = {message.event_id for message, outcome in pairs if outcome is Outcome.confirmed}
        return confirmed, [message for message, outcome in pairs if outcome is Outcome.unroutable]

    async def close(self) -> None:
        await self._link.close()


class RabbitConsumer:
    """Hands a room's messages to `deliver`, up to `prefetch` at once, and acks what it took.

    Poison goes to the dead-letter queue at once. Any other error waits in the retry queue of its step, out of the way
    of the rest, and goes to the dead-letter queue after the last step.
    """

    def __init__(
        self,
        url: str,
        topology: Topology,
        room: str,
        deliver: Deliver,
        *,
        prefetch: int = 20,
        grace: float = 10.0,
        watch_every: float = 15.0,
        clock: Clock | None = None,
    ) -> None:
        self._url = url
        self._topology = topology
        self._room = room
        self._deliver = deliver
        self._prefetch = prefetch
        self._grace = grace
        self._watch_every = watch_every
        self._clock = clock or SystemClock()
        self._link = Link(url, topology)
        self._broker: RabbitBroker | None = None
        self._in_hand: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Subscribe. Without a broker this returns all the same and goes on trying: see `ready`."""
        await self._subscribe()
        self._watching = asyncio.create_task(self._watch(), name=f"bus-watch-{self._room}")

    async def ready(self) -> bool:
        """True when the broker answers now, has the room's queue, and knows this consumer."""
        return self._subscribed() and await self._link.has_queue(self._topology.queue(self._room))

    async def stop(self) -> None:
        """Take no more, finish what is in hand for `grace` seconds, give the rest back."""
        if self._watching is not None:
            self._watching.cancel()
            await asyncio.gather(self._watching, return_exceptions=True)
            self._watching = None
        broker, self._broker = self._broker, None
        if broker is not None:
            await self._unsubscribe(broker)
        await self._link.close()

    async def _subscribe(self) -> None:
        if not await self._link.ensure():
            return
        broker = RabbitBroker(
            with_heartbeat(self._url),
            reconnect_interval=1.0,
            graceful_timeout=self._grace,
            apply_types=False,
            logger=None,
        )
        # The topology is declared already: FastStream only looks the queue up, and decides nothing about acks.
        subscriber = broker.subscriber(
            RabbitQueue(self._topology.queue(self._room), declare=False),
            channel=Channel(prefetch_count=self._prefetch),
            ack_policy=AckPolicy.MANUAL,
            no_reply=True,
            decoder=_undecoded,
        )
        subscriber(self._take)
        try:
            async with uninvited_cancellation(), asyncio.timeout(10):
                await broker.start()
        except BROKEN as error:
            log.warning("bus.not_subscribed", room=self._room, error=type(error).__name__)
            await self._unsubscribe(broker)
            return
        except BaseException:
            await self._unsubscribe(broker)
            raise
        self._broker = broker
        log.info("bus.subscribed", room=self._room)

    async def _unsubscribe(self, broker: RabbitBroker) -> None:
        with contextlib.suppress(*BROKEN):
            async with uninvited_cancellation(), asyncio.timeout(self._grace + 2):
                for subscriber in broker.subscribers:
                    await subscriber.stop()
        for task in list(self._in_hand):
            task.cancel()
        await asyncio.gather(*self._in_hand, return_exceptions=True)
        connection = broker._connection
        with contextlib.suppress(*BROKEN, ExceptionGroup):
            # Closing the channel is what gives unacked messages back.
            async with uninvited_cancellation(), asyncio.timeout(3):
                await broker.stop()
        if connection is not None and not connection.is_closed:
            # FastStream leaves it open, and reconnecting, where a subscriber could not be stopped in order.
            with contextlib.suppress(*BROKEN):
                async with uninvited_cancellation(), asyncio.timeout(1):
                    await connection.close()

    def _subscribed(self) -> bool:
        connection = None if self._broker is None else self._broker._connection
        if connection is None or not connection.connected.is_set() or connection.transport is None:
            return False
        wire = connection.transport.connection
        # A queue that was deleted takes its consumer along, and the connection stays: ask for the consumer itself.
        return not wire.is_closed and any(getattr(channel, "consumers", None) for channel in wire.channels.values())

    async def _watch(self) -> None:
        """Keep the topology whole, and subscribe anew where the client library does not come back by itself."""
        quiet = 0.0
        lost = 0
        while True:
            pause = min(1.0 + lost / 5, 5.0, self._watch_every)
            await asyncio.sleep(pause)
            quiet += pause
            if self._subscribed():
                lost = 0
                if quiet < self._watch_every:
                    continue
            quiet = 0.0
            try:
                whole = await self._link.repair()
                if whole and not self._subscribed():
                    lost += 1
                    await self._come_back(lost)
            except Exception as error:
                log.error("bus.watch_failed", room=self._room, error=type(error).__name__)

    async def _come_back(self, lost: int) -> None:
        """aio-pika restores a consumer within seconds of its queue being there; past that, or at first, subscribe."""
        if self._broker is not None:
            if lost % 5:
                return
            broker, self._broker = self._broker, None
            await self._unsubscribe(broker)
        await self._subscribe()

    async def _take(self, message: RabbitMessage) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._in_hand.add(task)
        try:
            await self._handle(message)
        except BROKEN as error:
            # The channel went while this was in hand: the broker hands it out again, the inbox knows it.
            log.warning("bus.ack_failed", room=self._room, error=type(error).__name__)
        finally:
            self._in_hand.discard(task)

    async def _handle(self, message: RabbitMessage) -> None:
        raw = message.raw_message
        attempt = letters.attempts(raw) + 1
        try:
            await self._deliver(letters.incoming(raw))
        except Poison as error:
            settled = await self._bury(message, attempt, str(error) or "poison")
        except Exception as error:
            settled = await self._retry(message, attempt, error)
        else:
            settled = True
        if settled:
            await message.ack()
        else:
            # Neither queue took it; a pause, because it comes straight back.
            await asyncio.sleep(1.0)
            await message.nack(requeue=True)

    async def _retry(self, message: RabbitMessage, attempt: int, error: Exception) -> bool:
        raw = message.raw_message
        delays = self._topology.retry_delays
        facts = {"room": self._room, "topic": letters.topic_of(raw), "message_id": raw.message_id, "attempt": attempt}
        if attempt > len(delays):
            return await self._bury(message, attempt, f"{attempt} attempts: {type(error).__name__}: {error}")
        log.warning("bus.delivery_failed", **facts, error=type(error).__name__, retry_in=str(delays[attempt - 1]))
        queue = self._topology.retry(self._room, delays[attempt - 1])
        return await self._forward(queue, letters.retried(raw, attempt))

    async def _bury(self, message: RabbitMessage, attempt: int, reason: str) -> bool:
        raw = message.raw_message
        log.error("bus.dead_lettered", room=self._room, topic=letters.topic_of(raw), message_id=raw.message_id)
        dead = letters.buried(raw, attempt, reason, self._clock.now())
        return await self._forward(self._topology.dead(self._room), dead)

    async def _forward(self, queue: str, message: aio_pika.Message) -> bool:
        if not await self._link.ensure():
            return False
        outcome = await self._link.send("", queue, message)
        if outcome is Outcome.unroutable and await self._link.repair():
            outcome = await self._link.send("", queue, message)
        return outcome is Outcome.confirmed


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
    """The handler gets the delivery itself: what cannot be read is buried with a reason, not dropped on the way."""
    return message
