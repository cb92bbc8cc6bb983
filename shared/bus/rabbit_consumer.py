"""A room's consumer over RabbitMQ: delayed retries, dead letters, and a rest while the room's database is away."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import aio_pika
import structlog
from aio_pika.abc import AbstractIncomingMessage
from faststream import AckPolicy
from faststream.rabbit import Channel, RabbitBroker, RabbitQueue
from faststream.rabbit.annotations import RabbitMessage

from shared.bus import rabbit_letters as letters
from shared.bus.patience import next_delay
from shared.bus.port import Deliver, Message
from shared.bus.rabbit_link import BROKEN, Link, Outcome, uninvited_cancellation, with_heartbeat
from shared.bus.topology import Topology
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.errors import Away, Poison
from shared.kernel.tls import why
from shared.obs import metrics

log = structlog.get_logger(__name__)

AWAY_PAUSES = (0.5, 1.0, 2.0, 5.0, 10.0)
"""Seconds between two looks for a database that is away; the last is repeated."""

RETURNS = 1000
"""So often a message may come back because the database went away with it in hand (three hours at the longest pause).
Then it is suspected of sending the database away, and its attempts count."""

_PROBE_SECONDS = 5.0
_FORWARD_PAUSES = (1.0, 2.0, 5.0, *(10.0,) * 60)


async def _always() -> bool:
    return True


async def _ended(task: asyncio.Task[None]) -> None:
    """Cancels the task until it has ended: the client library now and then takes a cancellation for its own."""
    while not task.done():
        task.cancel()
        await asyncio.wait([task], timeout=0.2)
    await asyncio.gather(task, return_exceptions=True)


class RabbitConsumer:
    """Hands a room's messages to `deliver`, up to `prefetch` at once, and acks what it took.

    Poison goes to the dead-letter queue at once. Any other error waits in the retry queue of its step, out of the way
    of the rest (see `patience` for how long). While `available` says no, or after `Away`, nothing is consumed and
    nothing is counted: what was in hand goes back, and the consumer returns when `available` holds again.
    What takes longer than `longest` seconds counts as `Away`.
    """

    def __init__(
        self,
        url: str,
        topology: Topology,
        room: str,
        deliver: Deliver,
        *,
        available: Callable[[], Awaitable[bool]] = _always,
        away_pauses: Sequence[float] = AWAY_PAUSES,
        longest: float = 60.0,
        prefetch: int = 20,
        grace: float = 10.0,
        watch_every: float = 15.0,
        clock: Clock | None = None,
    ) -> None:
        self._url = url
        self._topology = topology
        self._room = room
        self._deliver = deliver
        self._available = available
        self._away_pauses = away_pauses
        self._longest = longest
        self._prefetch = prefetch
        self._grace = grace
        self._watch_every = watch_every
        self._clock = clock or SystemClock()
        self._link = Link(url, topology)
        self._broker: RabbitBroker | None = None
        self._changing = asyncio.Lock()
        self._in_hand: set[asyncio.Task[None]] = set()
        self._watching: asyncio.Task[None] | None = None
        self._resting: asyncio.Task[None] | None = None
        self._looks = 0

    async def start(self) -> None:
        """Subscribe. Without a broker this returns all the same and goes on trying: see `ready`."""
        if await self._is_available():
            await self._subscribe()
        else:
            self._rest()
        self._watching = asyncio.create_task(self._watch(), name=f"bus-watch-{self._room}")

    async def ready(self) -> bool:
        """True when the broker answers now, has the room's queue, and knows this consumer."""
        return self._subscribed() and await self._link.has_queue(self._topology.queue(self._room))

    @property
    def resting(self) -> bool:
        """True while the room's database is away."""
        return self._resting is not None

    async def depths(self) -> dict[str, int]:
        """How many messages wait, are to be tried again, and are dead. Empty where no broker answers."""
        names = {"waiting": [self._topology.queue(self._room)], "dead": [self._topology.dead(self._room)]}
        names["retry"] = [self._topology.retry(self._room, delay) for delay in self._topology.retry_delays]
        counts = await self._link.counts([name for each in names.values() for name in each])
        if counts is None:
            return {}
        return {state: sum(counts[name] for name in each) for state, each in names.items()}

    async def stop(self) -> None:
        """Take no more, finish what is in hand for `grace` seconds, give the rest back."""
        for task in (self._watching, self._resting):
            if task is not None:
                await _ended(task)
        self._watching = self._resting = None
        async with self._changing:
            broker, self._broker = self._broker, None
            if broker is not None:
                await self._unsubscribe(broker)
        await self._link.close()

    # ---- coming and going

    async def _subscribe(self) -> None:
        async with self._changing:
            if self._broker is None and not self.resting and await self._link.ensure():
                await self._open()

    async def _open(self) -> None:
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
            if self._subscribed() or self.resting:
                lost = 0
                if quiet < self._watch_every:
                    continue
            quiet = 0.0
            try:
                whole = await self._link.repair()
                if whole and not self._subscribed() and not self.resting:
                    lost += 1
                    await self._come_back(lost)
            except Exception as error:
                log.error("bus.watch_failed", room=self._room, error=type(error).__name__)

    async def _come_back(self, lost: int) -> None:
        """aio-pika restores a consumer within seconds of its queue being there; past that, or at first, subscribe."""
        async with self._changing:
            if self._broker is not None:
                if lost % 5:
                    return
                broker, self._broker = self._broker, None
                await self._unsubscribe(broker)
        await self._subscribe()

    # ---- the database is away

    def _rest(self) -> None:
        if self._resting is None:
            self._resting = asyncio.create_task(self._wait_for_database(), name=f"bus-rest-{self._room}")

    async def _wait_for_database(self) -> None:
        log.warning("bus.consumer_rests", room=self._room)
        metrics.resting(self._room, True)
        async with self._changing:
            broker, self._broker = self._broker, None
            if broker is not None:
                await self._unsubscribe(broker)
        while True:
            # Grows over several rests too, until a message has gone through.
            await asyncio.sleep(self._away_pauses[min(self._looks, len(self._away_pauses) - 1)])
            self._looks += 1
            if await self._is_available():
                break
        self._resting = None
        metrics.resting(self._room, False)
        log.info("bus.consumer_returns", room=self._room)
        with contextlib.suppress(*BROKEN):
            await self._subscribe()  # where that fails, the watch goes on trying

    async def _is_available(self) -> bool:
        try:
            async with asyncio.timeout(_PROBE_SECONDS):
                return await self._available()
        except Exception as error:
            log.info("bus.database_away", room=self._room, error=why(error) or type(error).__name__)
            return False

    # ---- one message

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
        resting = False
        try:
            # Before all else, at rest too: any copy comes back through an exchange of our own.
            given = self._admitted(raw)
            resting = self.resting
            if not resting:
                await self._tried(given)
        except Poison as error:
            await self._settle(message, *self._buried(message, attempt, str(error) or "poison"))
        except Exception as error:
            away = isinstance(error, Away) or not await self._is_available()
            if away and letters.returns(raw) < RETURNS:
                self._rest()
                await self._settle(message, *self._returned(message, tried=True))
            else:
                await self._settle(message, *self._again(message, attempt, error))
        else:
            if resting:
                await self._settle(message, *self._returned(message, tried=False))
                return
            self._looks = 0
            await message.ack()

    def _admitted(self, raw: AbstractIncomingMessage) -> Message:
        """Raises Poison for what is no event, or is another room's to say."""
        given = letters.incoming(raw)
        if not self._topology.may_say(raw.exchange or "", given.topic):
            raise Poison(f"{letters.FORGED}{given.topic} came in through {raw.exchange}")
        return given

    async def _tried(self, message: Message) -> None:
        work = asyncio.ensure_future(self._deliver(message))
        try:
            await asyncio.wait({work}, timeout=self._longest)
            if work.done():
                return work.result()
            raise Away(f"not done after {self._longest:g} s")
        finally:
            if not work.done():
                work.cancel()
                # Not for ever: over a dead connection the rollback hangs as well.
                await asyncio.wait({work}, timeout=1.0)

    def _again(self, message: RabbitMessage, attempt: int, error: Exception) -> tuple[str, aio_pika.Message]:
        raw, name = message.raw_message, type(error).__name__
        delay = next_delay(error, attempt, self._topology.retry_delays)
        if delay is None:
            return self._buried(message, attempt, f"{attempt} attempts: {name}: {error}")
        facts = {"room": self._room, "topic": letters.topic_of(raw), "message_id": raw.message_id, "attempt": attempt}
        log.warning("bus.delivery_failed", **facts, error=name, retry_in=str(delay))
        metrics.retried(self._room, self._topic(message))
        return self._topology.retry(self._room, delay), letters.retried(raw, attempt)

    def _returned(self, message: RabbitMessage, *, tried: bool) -> tuple[str, aio_pika.Message]:
        """Into the shortest retry queue with its attempts as they were; a nack would count for the queue's limit."""
        shortest = min(self._topology.retry_delays)
        return self._topology.retry(self._room, shortest), letters.returned(message.raw_message, tried)

    def _buried(self, message: RabbitMessage, attempt: int, reason: str) -> tuple[str, aio_pika.Message]:
        raw = message.raw_message
        log.error("bus.dead_lettered", room=self._room, topic=letters.topic_of(raw), message_id=raw.message_id)
        metrics.dead_lettered(self._room, self._topic(message))
        return self._topology.dead(self._room), letters.buried(raw, attempt, reason, self._clock.now())

    def _topic(self, message: RabbitMessage) -> str:
        """For counting: what a stranger sent may be named anything."""
        topic = letters.topic_of(message.raw_message)
        return topic if topic in self._topology.rooms[self._room] else "unknown"

    async def _settle(self, message: RabbitMessage, queue: str, copy: aio_pika.Message) -> None:
        """Acks what the other queue has. A broker that takes nothing now (an alarm) is waited for with the message in
        hand: giving it back would count towards the queue's limit."""
        for pause in _FORWARD_PAUSES:
            if await self._forward(queue, copy):
                await message.ack()
                return
            if message.raw_message.channel.is_closed:
                return  # the broker hands it out again by itself
            await asyncio.sleep(pause)
        await message.nack(requeue=True)

    async def _forward(self, queue: str, message: aio_pika.Message) -> bool:
        if not await self._link.ensure():
            return False
        own = self._topology.own(self._room)
        outcome = await self._link.send(own, queue, message)
        if outcome is Outcome.unroutable and await self._link.repair():
            outcome = await self._link.send(own, queue, message)
        return outcome is Outcome.confirmed


async def _undecoded(message: RabbitMessage) -> RabbitMessage:
    """The handler gets the delivery itself: what cannot be read is buried with a reason, not dropped on the way."""
    return message
