"""One room's database: PostgreSQL (a schema) or SQLite (a file), with the same sessions on both."""

import ssl
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import MetaData, event, text
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, async_sessionmaker, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool
from sqlalchemy.schema import CreateSchema
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.inline_sqlite import connect
from shared.db.keyring import KeyRing
from shared.db.sealed import bind_keys
from shared.db.sealing import NOTICED, is_sealed_room
from shared.kernel.tls import trusting

WRITES = "ccrm_writes"
"""The execution option that marks a transaction as writing: SQLite must take its lock at the start."""

COMMITTED = "committed"
"""Under this a session keeps what is called once its transaction is committed: counters, nothing that can fail."""


IDLE_SECONDS = 120.0
"""So long the server keeps the locks of a process that has stopped in the midst of a transaction. Then the others have
its work, and should it wake, it finds the transaction gone: it changes nothing.
"""


class Database:
    """`url` is `postgresql+asyncpg://…`, or `sqlite:///FILE`. The room's tables live in the schema `room` on both:
    SQLite attaches its file under that name, so one set of table definitions and migrations serves.

    `durable=False` gives up surviving a power cut, for throw-away databases. `keys` seal what names a person, each
    database with a ring of its own, whose `seals` it sets where it was not given; without them it is written as it is,
    and what is sealed cannot be read.
    """

    def __init__(
        self, url: str, room: str, *, durable: bool = True, pool_size: int = 10, keys: KeyRing | None = None
    ) -> None:
        self.room = room
        self.keys = keys
        self._asked = -NOTICED
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.engine = _sqlite_engine(url, room, durable) if self.is_sqlite else _postgres_engine(url, pool_size)
        if keys is not None:
            bind_keys(self.engine.dialect, keys)
        self._sessions = async_sessionmaker(self.engine, class_=AsyncSession, expire_on_commit=False, autoflush=False)

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[AsyncSession]:
        """A writing transaction: committed at the end, rolled back on any exception."""
        await self.learn()
        async with self._sessions() as session:
            await session.connection(execution_options={WRITES: True})
            try:
                yield session
                await session.commit()
                for told in session.info.pop(COMMITTED, ()):
                    told()
            except BaseException:
                await session.rollback()
                raise

    @asynccontextmanager
    async def read(self) -> AsyncIterator[AsyncSession]:
        """A reading transaction: nothing is kept."""
        await self.learn()
        async with self._sessions() as session:
            try:
                yield session
            finally:
                # A session's own end gives way to others before it lets go: they would find SQLite's lock held.
                await session.close()

    async def learn(self) -> None:
        """Whether this room seals: asked again and again as long as it does not."""
        if self.keys is None or self.keys.seals or time.monotonic() - self._asked < NOTICED:
            return
        async with self._sessions() as session:
            try:
                sealed = await is_sealed_room(session, self.room)
            finally:
                await session.close()
        self._asked = time.monotonic()
        self.keys.seals = self.keys.seals or sealed

    async def create(self, metadata: MetaData) -> None:
        """Creates the room's tables without migrations, for throw-away databases."""
        async with self.engine.begin() as connection:
            if not self.is_sqlite:
                await connection.execute(CreateSchema(self.room, if_not_exists=True))
            await connection.run_sync(metadata.create_all)

    async def ping(self) -> bool:
        async with self.engine.connect() as connection:
            await connection.execute(text("SELECT 1"))
        return True

    async def close(self) -> None:
        await self.engine.dispose()


def _postgres_engine(given: str, pool_size: int) -> AsyncEngine:
    url, tls = transport(make_url(given))
    return create_async_engine(
        url,
        pool_size=pool_size,
        max_overflow=5,
        pool_timeout=10,
        pool_pre_ping=True,
        hide_parameters=True,
        connect_args={
            "timeout": 10,
            "server_settings": {"timezone": "UTC", "idle_in_transaction_session_timeout": f"{IDLE_SECONDS:g}s"},
            **tls,
        },
    )


def transport(url: URL) -> tuple[URL, dict[str, Any]]:
    """The URL without libpq's `sslmode` and `sslrootcert`, which pg_dump takes as they stand, and what asyncpg is told
    instead. A named authority is the only one, and the host must bear the name in its certificate.
    """
    mode, root = (url.query.get(name) for name in ("sslmode", "sslrootcert"))
    rest = url.difference_update_query(["sslmode", "sslrootcert"])
    if root is not None:
        if mode not in (None, "verify-full"):
            raise ValueError("with sslrootcert, sslmode must be verify-full")
        return rest, {"ssl": trusting(Path(str(root)))}
    if mode == "verify-full":
        return rest, {"ssl": ssl.create_default_context()}
    return rest, {} if mode is None else {"ssl": mode}


def _sqlite_engine(url: str, room: str, durable: bool) -> AsyncEngine:
    file = make_url(url).database
    if not file or file == ":memory:":
        raise ValueError("the embedded database needs a file: sqlite:///FILE")
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    # The driver must not begin transactions by itself: a write begins IMMEDIATE, or two writers deadlock.
    driver: dict[str, Any] = {"connect_args": {"isolation_level": None}} if durable else {"async_creator": connect}
    engine = create_async_engine(
        "sqlite+aiosqlite://",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=5,
        max_overflow=5,
        pool_timeout=30,
        hide_parameters=True,
        **driver,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _attach(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA busy_timeout = 15000")
        cursor.execute(f"ATTACH DATABASE ? AS {room}", (str(path),))
        cursor.execute(f"PRAGMA {room}.journal_mode = {'WAL' if durable else 'MEMORY'}")
        cursor.execute(f"PRAGMA {room}.synchronous = {'FULL' if durable else 'OFF'}")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Any) -> None:
        writes = connection.get_execution_options().get(WRITES, False)
        if not durable and not writes:
            return  # used by one task after another: a reader sees nothing change
        cursor = connection.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if writes else "BEGIN")
        cursor.close()

    return engine
