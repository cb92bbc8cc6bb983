"""One room in a process of its own: PostgreSQL, RabbitMQ, and a web application beside its peers'."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping
from contextlib import asynccontextmanager, suppress
from datetime import timedelta
from functools import partial

import structlog
from fastapi import FastAPI

from shared.bus.port import Publisher
from shared.bus.rabbit import RabbitConsumer, RabbitDeadLetters, RabbitPublisher, Topology
from shared.db.database import Database
from shared.db.keycheck import require_keys
from shared.db.migrations import Migrations
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.ids import Ids
from shared.obs import metrics, tracing
from shared.policy.library import library
from shared.room.away import usable
from shared.room.consume import deliver
from shared.room.regions import NotObserving, place
from shared.room.relay import relay_batch
from shared.room.resend import forgetting
from shared.room.room import Room
from shared.run.embedded import Build
from shared.run.loops import POLL, Loops, Step
from shared.run.settings import BadSettings, Settings, oidc_client, traced
from shared.web.app import rooms_app
from shared.web.edge import Edge
from shared.web.peers import http_peers

log = structlog.get_logger(__name__)

PATIENCE = timedelta(seconds=2)
BATCH = 500
AWAY_PAUSE = 0.5
CONSUMER_GRACE = 3.0


@asynccontextmanager
async def deployed(
    settings: Settings, name: str, builders: Mapping[str, Build], *, clock: Clock | None = None
) -> AsyncIterator[tuple[Room, FastAPI]]:
    """The room at work, and its application. Raises BadSettings for what was not set."""
    clock = clock or SystemClock()
    if settings.region and settings.observe:
        raise BadSettings("CCRM_REGION and CCRM_OBSERVE exclude each other: a group's installation is no region's")
    room = _room(settings, name, builders[name], clock)
    verifier = settings.verifier()
    signer = settings.signer() if name == "dispatch" else None
    topology = topology_of(settings, builders)
    migrations = Migrations(name, room.metadata)
    publisher = RabbitPublisher(settings.broker(), topology, name)
    consumer = RabbitConsumer(
        settings.broker(),
        topology,
        name,
        partial(deliver, room),
        available=partial(_usable, room, migrations),
        prefetch=settings.prefetch,
        grace=CONSUMER_GRACE - 1,
        clock=clock,
    )
    loops = Loops()
    letters = RabbitDeadLetters(settings.broker(), topology)
    edge = Edge(
        clock,
        verifier,
        signer,
        patience=PATIENCE,
        peers=http_peers(settings.peers(name), settings.https()),
        checks={
            "database": room.db.ping,
            "migrations": partial(migrations.is_current, room.db),
            "data_keys": partial(require_keys, room.db, room.tables),
            "publisher": publisher.ready,
            "consumer": consumer.ready,
            "loops": partial(_alive, loops),
        },
        optional=frozenset({"publisher", "consumer"}),
        measures=[partial(_queues, name, consumer)],
        metrics_token=settings.metrics_token,
        rates=settings.rates(),
        oidc=oidc_client(settings, clock) if signer else None,
        public_address=settings.public_address,
        hears=topology.rooms,
        letters=letters,
    )
    try:
        traced(settings, f"ccrm-{name}")
        await publisher.start()
        await consumer.start()
        loops.start(f"{name}.relay", _relaying(room, publisher, clock), room.wake)
        loops.start(f"{name}.forget", forgetting(room, timedelta(days=settings.keep_sent_days)))
        loops.start_ticks([room])
        yield room, rooms_app([room], edge, described=lambda: list(_played(settings, builders).values()))
    finally:
        # First nothing new is taken, then what the last deliveries brought forth may still leave.
        await asyncio.gather(_within(CONSUMER_GRACE, consumer.stop()), loops.stop())
        await _within(1.0, relay_batch(room.db, room.tables, publisher, clock, batch=BATCH))
        closing = (publisher.close(), letters.close(), edge.peers.close(), room.db.close())
        await _within(1.0, asyncio.gather(*closing, asyncio.to_thread(tracing.stop)))


async def _within(seconds: float, work: Awaitable[object]) -> None:
    """The end of a process waits for nobody: what does not answer in time is left, and nothing is lost by it."""
    try:
        async with asyncio.timeout(seconds):
            await work
    except Exception as error:
        log.warning("process.end_cut_short", error=type(error).__name__)


async def _alive(loops: Loops) -> bool:
    return loops.alive()


async def _queues(name: str, consumer: RabbitConsumer) -> None:
    metrics.queue(name, await consumer.depths())


async def _usable(room: Room, migrations: Migrations) -> bool:
    """Whether there is any sense in taking messages: what fails for want of a table or a key would fail for all."""
    return await usable(room.db) and await migrations.is_current(room.db) and await require_keys(room.db, room.tables)


def topology_of(settings: Settings, builders: Mapping[str, Build]) -> Topology:
    """Every process looks after all queues, so it must know what every room listens to."""
    topics = {name: sorted(room.consumers) for name, room in _played(settings, builders).items()}
    return Topology(topics, prefix=settings.rabbitmq_prefix)


def _played(settings: Settings, builders: Mapping[str, Build]) -> dict[str, Room]:
    """Every room as its code says it is, for what a process tells of the others; none of them is at work."""
    clock = SystemClock()
    rooms = {}
    for name, build in builders.items():
        # Nothing is opened: an engine connects at its first use, and whoever asks may have no database.
        unused = Database("postgresql+asyncpg://nobody@localhost/nothing", name)
        room = build(unused, clock, Ids(clock), library(settings.policy_dir))
        with suppress(NotObserving):  # a queue that nobody empties would grow for ever
            rooms[name] = place(room, settings.region, settings.observe)
    return rooms


def _room(settings: Settings, name: str, build: Build, clock: Clock) -> Room:
    db = Database(settings.room_database(name), name, pool_size=settings.database_pool, keys=settings.data_keys())
    try:
        room = place(build(db, clock, Ids(clock), library(settings.policy_dir)), settings.region, settings.observe)
    except NotObserving:
        raise BadSettings(f"CCRM_OBSERVE: {name} has nothing to do in a group's installation") from None
    room.extra["public_url"] = settings.public_address
    room.extra["files"] = settings.files()
    if settings.files_url is None and room.extra.get("keeps_files"):
        log.warning("files.kept_on_this_machine", place=room.extra["files"], setting="CCRM_FILES_URL")
    return room


def _relaying(room: Room, publisher: Publisher, clock: Clock) -> Step:
    async def step() -> float:
        while True:
            claimed, confirmed = await relay_batch(room.db, room.tables, publisher, clock, batch=BATCH)
            if confirmed < claimed:
                # The broker is away: not at once again, and not at every commit that wakes the relay.
                await asyncio.sleep(AWAY_PAUSE)
                return POLL
            if claimed < BATCH:
                return POLL

    return step
