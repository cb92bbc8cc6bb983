"""One connection to RabbitMQ that publishes with confirms and comes back by itself at the next call."""

import asyncio
import contextlib
import logging
import re
from collections.abc import AsyncIterator, Sequence
from enum import StrEnum
from time import monotonic
from urllib.parse import parse_qs, urlsplit

import aio_pika
import structlog
from aio_pika.abc import AbstractChannel, AbstractConnection, AbstractExchange
from aio_pika.exceptions import AMQPError, ChannelNotFoundEntity, DeliveryError, PublishError

from shared.bus import topology as declaring
from shared.bus.topology import Known, Topology
from shared.kernel.tls import why

log = structlog.get_logger(__name__)

# What a lost, refused, half-open or frozen broker raises here; RuntimeError is aio-pika's for a closed channel.
BROKEN = (AMQPError, OSError, TimeoutError, RuntimeError)

PUBLISH_TIMEOUT = 5.0
LOOK_EVERY = 15.0
"""Seconds between two looks whether every room has its queue. Nothing else tells: an event that another room takes as
well is confirmed all the same."""
_LOOK_AGAIN = 2.0
"""While one is known to be missing. Each such look is an error in the broker's log."""
_HEARTBEAT = 10
_CLOSE_TIMEOUT = 1.0


class Outcome(StrEnum):
    confirmed = "confirmed"
    unroutable = "unroutable"
    """The broker is well and says that no queue takes this."""
    unconfirmed = "unconfirmed"
    """It may have arrived or not."""


def with_heartbeat(url: str) -> str:
    """Without it a frozen broker is noticed after about three minutes."""
    query = urlsplit(url).query
    if "heartbeat" in parse_qs(query):
        return url
    return f"{url}{'&' if query else '?'}heartbeat={_HEARTBEAT}"


def without_password(url: str) -> str:
    return re.sub(r"//([^:/@]*):[^@]*@", r"//\1:***@", url)


@contextlib.asynccontextmanager
async def uninvited_cancellation() -> AsyncIterator[None]:
    """aiormq ends what waits on a dying connection with CancelledError although nobody cancelled: make it an error."""
    try:
        yield
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise
        raise ConnectionError("the connection was lost while waiting") from None


class Link:
    """A plain connection, not aio-pika's robust one: who publishes must know at once that it did not work."""

    def __init__(
        self, url: str, topology: Topology, *, timeout: float = PUBLISH_TIMEOUT, look_every: float = LOOK_EVERY
    ) -> None:
        self._url = with_heartbeat(url)
        self._topology = topology
        self._timeout = timeout
        self._look_every = look_every
        self._looked = 0.0
        self._connection: AbstractConnection | None = None
        self._channel: AbstractChannel | None = None
        self._exchanges: dict[str, AbstractExchange] = {}
        self._connecting = asyncio.Lock()
        self._attempts = 0
        self._lost = False
        self._declaring = asyncio.Lock()
        self._declared = 0
        self._known = Known()

    @property
    def missing(self) -> frozenset[str]:
        """Rooms without a queue that this user may not declare, as of the last declaration."""
        return self._known.missing

    @property
    def is_open(self) -> bool:
        return self._connection is not None and not self._connection.is_closed and self._channel_is_open

    @property
    def _channel_is_open(self) -> bool:
        return self._channel is not None and not self._channel.is_closed

    async def ensure(self) -> bool:
        """Connect and declare the topology, where that is not done; callers that wait share one attempt."""
        seen = self._attempts
        if self.is_open:
            return True
        async with self._connecting:
            if self.is_open or self._attempts != seen:
                return self.is_open
            try:
                # Declaring every room's queues for the first time takes longer than a publish.
                async with uninvited_cancellation(), asyncio.timeout(self._timeout * 3):
                    await self._connect()
            except BROKEN as error:
                # An outage is said once, not at every attempt.
                level = logging.DEBUG if self._lost else logging.WARNING
                log.log(level, "bus.not_connected", url=without_password(self._url), error=why(error) or _short(error))
                self._lost = True
            else:
                self._lost = False
            finally:
                self._attempts += 1
            return self.is_open

    async def send(self, exchange: str, routing_key: str, message: aio_pika.Message) -> Outcome:
        """Publish one message, mandatory and confirmed. Never raises but for a cancellation that was asked for."""
        channel = self._channel
        if channel is None:
            return Outcome.unconfirmed
        try:
            async with uninvited_cancellation(), asyncio.timeout(self._timeout):
                await self._exchanges[exchange].publish(message, routing_key, mandatory=True)
        except PublishError:
            return Outcome.unroutable
        except DeliveryError as error:  # a nack: the broker is well, the queue could not take it
            log.warning("bus.publish_refused", routing_key=routing_key, error=_short(error))
            return Outcome.unconfirmed
        except BROKEN as error:
            if channel is self._channel:  # one line for all that were in flight
                log.warning("bus.publish_failed", routing_key=routing_key, error=_short(error))
            await self._drop(channel)
            return Outcome.unconfirmed
        return Outcome.confirmed

    async def repair(self) -> bool:
        """Declare the topology again; callers that come while that runs share the one run. False: no broker."""
        seen = self._declared
        if not self.is_open:
            return await self.ensure()  # declares
        async with self._declaring:
            if self._declared != seen:
                return True
            try:
                # On a channel of its own: a refused declaration closes the channel it was made on.
                async with uninvited_cancellation(), asyncio.timeout(self._timeout * 3), self.side_channel() as channel:
                    await declaring.declare(channel, self._topology, self._known)
            except BROKEN as error:
                log.warning("bus.topology_not_declared", error=_short(error))
                return False
            self._declared += 1
            return True

    async def look(self) -> None:
        """See whether a room's queue has gone, or come back, where the last look is old; if so, declare again."""
        age = monotonic() - self._looked
        if age < (min(_LOOK_AGAIN, self._look_every) if self.missing else self._look_every):
            return
        self._looked = monotonic()
        if self.missing:
            await self.repair()
        elif not await self._is_whole():
            lost = {"seen_seconds_ago": round(age), "mended_by": "ccrm resend, for what was said since"}
            log.warning("bus.queue_lost", **lost)
            await self.repair()

    async def _is_whole(self) -> bool:
        """False only where the broker says that a queue is not there: any other trouble shows when publishing."""
        try:
            async with uninvited_cancellation(), asyncio.timeout(2.0), self.side_channel() as channel:
                for room in self._topology.rooms:
                    await channel.declare_queue(self._topology.queue(room), passive=True)
        except ChannelNotFoundEntity:
            return False
        except BROKEN as error:
            log.debug("bus.not_looked", error=_short(error))
        return True

    async def has_queue(self, name: str) -> bool:
        """True when the broker answers, within two seconds, that the queue is there."""
        try:
            async with uninvited_cancellation(), asyncio.timeout(2.0):
                if not await self.ensure():
                    return False
                async with self.side_channel() as channel:
                    await channel.declare_queue(name, passive=True)
        except BROKEN:
            return False
        return True

    async def counts(self, queues: Sequence[str]) -> dict[str, int] | None:
        """How many messages are ready in each queue; None where the broker does not answer within two seconds."""
        try:
            async with uninvited_cancellation(), asyncio.timeout(2.0):
                if not await self.ensure():
                    return None
                async with self.side_channel() as channel:
                    found = [await channel.declare_queue(name, passive=True) for name in queues]
        except BROKEN:
            return None
        return {queue.name: queue.declaration_result.message_count or 0 for queue in found}

    @contextlib.asynccontextmanager
    async def side_channel(self) -> AsyncIterator[AbstractChannel]:
        """Another channel on the same connection, closed at the end: what it has not acked goes back, in order."""
        if self._connection is None:
            raise ConnectionError("RabbitMQ cannot be reached")
        channel = self._connection.channel(publisher_confirms=False)
        await channel.initialize()
        try:
            yield channel
        finally:
            with contextlib.suppress(*BROKEN):
                async with uninvited_cancellation(), asyncio.timeout(self._timeout):
                    await channel.close()

    async def close(self) -> None:
        await self._drop(self._channel)

    async def _connect(self) -> None:
        await self._drop(self._channel)
        connection = await aio_pika.connect(self._url)
        try:
            channel = connection.channel(publisher_confirms=True, on_return_raises=True)
            await channel.initialize()
            # Anew at every connection: the user's rights may be others now, and a queue made anew.
            known = Known()
            await declaring.declare(channel, self._topology, known)
            rooms = self._topology.rooms
            names = (self._topology.exchange, *map(self._topology.own, rooms), *map(self._topology.out, rooms))
            exchanges = {name: await channel.get_exchange(name, ensure=False) for name in names}
        except BaseException:
            await _shut(connection)
            raise
        self._known, self._exchanges = known, exchanges
        self._connection, self._channel = connection, channel
        self._looked = monotonic()

    async def _drop(self, channel: AbstractChannel | None) -> None:
        """Give the connection up, unless another call has already replaced it."""
        if channel is not self._channel or self._connection is None:
            return
        connection, self._connection, self._channel = self._connection, None, None
        await _shut(connection)


async def _shut(connection: AbstractConnection) -> None:
    # A frozen broker never answers the closing handshake.
    with contextlib.suppress(*BROKEN):
        async with uninvited_cancellation(), asyncio.timeout(_CLOSE_TIMEOUT):
            await connection.close()


def _short(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"[:300]
