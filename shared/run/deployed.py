"""One room in a process of its own: PostgreSQL, RabbitMQ, and a web application beside its peers'."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

import structlog
from fastapi import FastAPI

from shared.bus.rabbit import RabbitConsumer, RabbitPublisher, Topology
from shared.db.database import Database
from shared.db.migrations import Migrations
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.ids import Ids
from shared.policy.library import library
from shared.room.consume import deliver
from shared.room.relay import relay_batch
from shared.room.room import Room
from shared.run.embedded import Build
from shared.run.loops import POLL, Loops, Step
from shared.run.settings import Settings
from shared.web.app import rooms_app
from shared.web.edge import Edge
from shared.web.peers import http_peers

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=2)
BATCH = 500
CONSUMER_GRACE = 3.0


@asynccontextmanager
async def deployed(
    settings: Settings, name: str, builders: Mapping[str, Build], *, clock: Clock | None = None
) -> AsyncIterator[tuple[Room, FastAPI]]:
    """The room at work, and its application. Raises BadSettings for what was not set."""
    clock = clock or SystemClock()
    room = _room(settings, name, builders[name], clock)
    verifier = settings.verifier()
    signer = settings.signer() if name == "dispatch" else None
    topology = topology_of(settings, builders)
    publisher = RabbitPublisher(settings.broker(), topology)
    consumer = RabbitConsumer(
        settings.broker(),
        topology,
        name,
        partial(deliver, room),
        prefetch=settings.prefetch,
        grace=CONSUMER_GRACE - 1,
        clock=clock,
    )
    migrations = Migrations(name, room.metadata)
    edge = Edge(
        clock,
        verifier,
        signer,
        patience=PATIENCE,
        peers=http_peers(settings.peers(name)),
        checks={
            "database": room.db.ping,
            "migrations": partial(migrations.is_current, room.db),
            "publisher": publisher.ready,
            "consumer": consumer.ready,
        },
    )
    loops = Loops()
    try:
        await publisher.start()
        await consumer.start()
        loops.start(f"{name}.relay", _relaying(room, publisher, clock), room.wake)
        loops.start_ticks([room])
        yield room, rooms_app([room], edge)
    finally:
        # First nothing new is taken, then what the last deliveries brought forth may still leave.
        await _within(CONSUMER_GRACE, consumer.stop())
        await loops.stop()
        await _within(1.0, relay_batch(room.db, room.tables, publisher, clock, batch=BATCH))
        await _within(1.0, asyncio.gather(publisher.close(), edge.peers.close(), room.db.close()))


async def _within(seconds: float, work: Awaitable[object]) -> None:
    """The end of a process waits for nobody: what does not answer in time is left, and nothing is lost by it."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except Exception as error:
        log.warning("process.end_cut_short", error=type(error).__name__)


def topology_of(settings: Settings, builders: Mapping[str, Build]) -> Topology:
    """Every process declares all queues, so it must know what every room listens to."""
    clock = SystemClock()
    topics = {}
    for name, build in builders.items():
        # Nothing is opened: an engine connects at its first use.
        unused = Database(settings.room_database(name), name)
        topics[name] = sorted(build(unused, clock, Ids(clock), library(settings.policy_dir)).consumers)
    return Topology(topics, prefix=settings.rabbitmq_prefix)


def _room(settings: Settings, name: str, build: Build, clock: Clock) -> Room:
    db = Database(settings.room_database(name), name, pool_size=settings.database_pool)
    return build(db, clock, Ids(clock), library(settings.policy_dir))


def _relaying(room: Room, publisher: RabbitPublisher, clock: Clock) -> Step:
    async def step() -> float:
        while True:
            claimed, confirmed = await relay_batch(room.db, room.tables, publisher, clock, batch=BATCH)
            if claimed < BATCH or confirmed < claimed:
                # What was not confirmed is tried again at the next poll, not at once: the broker is away.
                return POLL

    return step
