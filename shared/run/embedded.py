"""All rooms in one process: SQLite files, the memory bus, one web application."""

import asyncio
import fcntl
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import timedelta
from functools import partial
from pathlib import Path

import structlog
from fastapi import FastAPI

from shared.bus.memory import Member, MemoryBus
from shared.db.database import Database
from shared.db.keycheck import require_keys
from shared.db.keyring import CannotOpen
from shared.db.migrations import Migrations
from shared.kernel.clock import Clock, SystemClock
from shared.kernel.ids import Ids
from shared.obs import tracing
from shared.policy.library import PolicyLibrary, library
from shared.room.consume import StoredDeadLetters, bury, deliver
from shared.room.outbox import RoomOutbox
from shared.room.resend import forgetting
from shared.room.room import Room
from shared.run.loops import POLL, Loops
from shared.run.settings import BadSettings, Settings, oidc_client, traced
from shared.web.app import rooms_app
from shared.web.edge import Edge
from shared.web.peers import local_peers
from shared.web.tokens import Signer, Verifier, ensure_keys

log = structlog.get_logger(__name__)

Build = Callable[[Database, Clock, Ids, PolicyLibrary], Room]

SETTLE_SECONDS = 2.0


class Embedded:
    """The rooms, migrated, with the bus between them. `start` sets the background work going."""

    def __init__(self, rooms: Sequence[Room], clock: Clock) -> None:
        self.rooms = {room.name: room for room in rooms}
        self.bus = MemoryBus([_member(room, clock) for room in rooms], clock)
        self.loops = Loops()
        self._clock = clock
        self._wake = asyncio.Event()
        self._waiting: list[asyncio.Future[None]] = []
        for room in rooms:
            room.wake = self._wake

    def start(self, keep_sent: timedelta | None = None) -> None:
        """`keep_sent`: so long events that were sent are kept; None: for good."""
        self.loops.start("bus", self._pump, self._wake)
        if keep_sent is not None:
            for room in self.rooms.values():
                self.loops.start(f"{room.name}.forget", forgetting(room, keep_sent))
        self.loops.start_ticks(self.rooms.values())

    async def settled(self) -> None:
        """Waits until what was committed before has reached every room, or a while at most: it will get there."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(done)
        self._wake.set()
        try:
            async with asyncio.timeout(SETTLE_SECONDS):
                await done
        except TimeoutError:
            log.warning("bus.slow_to_settle")

    async def _pump(self) -> float:
        asked, self._waiting = self._waiting, []
        try:
            await self.bus.pump()
        finally:
            for done in asked:
                if not done.done():
                    done.set_result(None)
        retry = self.bus.next_retry()
        if retry is None:
            return POLL
        return min(max((retry - self._clock.now()) / timedelta(seconds=1), 0.0), POLL)

    async def close(self) -> None:
        await self.loops.stop()
        for room in self.rooms.values():
            await room.db.close()


@asynccontextmanager
async def embedded(
    settings: Settings, builders: Mapping[str, Build], *, clock: Clock | None = None
) -> AsyncIterator[tuple[Embedded, FastAPI]]:
    """The rooms over the files of `data_dir`, and their application. Raises BadSettings where they are in use."""
    clock = clock or SystemClock()
    if settings.region or settings.observe:
        raise BadSettings("CCRM_REGION and CCRM_OBSERVE need CCRM_MODE=deployed: regions meet over their brokers")
    try:
        settings.data_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadSettings(f"{settings.data_dir} cannot be made: {error.strerror}") from None
    with _alone(settings.data_dir):
        policies = library(settings.policy_dir)
        rooms = []
        for name, build in builders.items():
            db = Database(settings.embedded_database(name), name, keys=settings.data_keys())
            room = build(db, clock, Ids(clock), policies)
            room.extra["public_url"] = settings.public_address
            room.extra["files"] = settings.files()
            await Migrations(name, room.metadata).upgrade(db)
            try:
                await require_keys(db, room.tables)
            except CannotOpen as error:
                await db.close()
                raise BadSettings(str(error)) from None
            rooms.append(room)
        running = Embedded(rooms, clock)
        traced(settings, "ccrm")
        try:
            yield running, _application(settings, running, clock)
        finally:
            await running.close()
            tracing.stop()


def _application(settings: Settings, running: Embedded, clock: Clock) -> FastAPI:
    private, public = ensure_keys(settings.data_dir / "keys")
    checks = {f"{name}.database": room.db.ping for name, room in running.rooms.items()}

    async def working() -> bool:
        return running.loops.alive()

    edge = Edge(
        clock,
        Verifier(public.read_bytes()),
        Signer(private.read_bytes()),
        settle=running.settled,
        checks={**checks, "loops": working},
        metrics_token=settings.metrics_token,
        rates=settings.rates(),
        oidc=oidc_client(settings, clock),
        public_address=settings.public_url.rstrip("/") if settings.public_url else None,
        letters=StoredDeadLetters(list(running.rooms.values())),
    )
    app = rooms_app(list(running.rooms.values()), edge)
    edge.peers = local_peers(app, [name for name in running.rooms if name != "dispatch"])
    return app


def _member(room: Room, clock: Clock) -> Member:
    return Member(
        room.name,
        set(room.consumers),
        RoomOutbox(room.db, room.tables, clock),
        partial(deliver, room),
        partial(bury, room),
    )


@contextmanager
def _alone(data_dir: Path) -> Iterator[None]:
    """Two processes over the same files would each believe to be the bus."""
    with (data_dir / "lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise BadSettings(f"another ccrm is running with the data in {data_dir}") from None
        yield
