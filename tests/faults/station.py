"""A room reduced to what carries facts: it says numbers and writes down those it hears, so each effect can be counted.

`python -m tests.faults.station NAME` runs one as a process that dies at a named point.
"""

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from functools import partial
from typing import ClassVar
from uuid import UUID

from sqlalchemy import Column, Integer, Table, Uuid, func, select

from shared.bus.port import Message, Publisher
from shared.bus.rabbit import RabbitConsumer, RabbitPublisher, Topology
from shared.db.database import Database
from shared.db.statements import fetch, insert_rows
from shared.db.tables import common_tables, room_metadata
from shared.events.base import Event
from shared.kernel.clock import SystemClock
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary
from shared.room.away import usable
from shared.room.consume import deliver
from shared.room.room import Room, Tx
from shared.run.deployed import _relaying
from shared.run.loops import Loops

TOPIC = "faults.counted.v1"
LISTENING = ("left", "right")
ROOMS = {"source": (), **dict.fromkeys(LISTENING, (TOPIC,))}


class Counted(Event):
    topic: ClassVar[str] = TOPIC
    number: int


def _room(name: str, url: str) -> Room:
    metadata = room_metadata(name)
    tables = common_tables(metadata)
    # Nothing makes a number unique here: an effect that happens twice shows as two rows.
    heard = Table(
        "heard",
        metadata,
        Column("id", Integer, primary_key=True, autoincrement=True),
        Column("event_id", Uuid, nullable=False),
        Column("number", Integer, nullable=False),
    )

    async def hear(tx: Tx, event: Counted) -> None:
        await insert_rows(tx.session, heard, {"event_id": event.event_id, "number": event.number})

    clock = SystemClock()
    db = Database(url, name, pool_size=5)
    consumers = {TOPIC: hear} if name in LISTENING else {}
    return Room(name, db, metadata, tables, clock, Ids(clock), PolicyLibrary([]), consumers=consumers)


def topology(prefix: str) -> Topology:
    return Topology(ROOMS, prefix=prefix)


class _Dying:
    """A publisher whose process is killed after the broker has confirmed and before the relay can note it."""

    def __init__(self, inner: Publisher, after: int) -> None:
        self._inner = inner
        self._left = after

    async def publish(self, messages: Sequence[Message]) -> set[UUID]:
        confirmed = await self._inner.publish(messages)
        self._left -= 1
        if self._left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return confirmed

    async def held(self) -> frozenset[str]:
        return await self._inner.held()


class Station:
    """One room at work as `ccrm serve` puts it together, with short pauses."""

    def __init__(self, name: str, database: str, broker: str, prefix: str) -> None:
        self.room = _room(name, database)
        self.heard = self.room.metadata.tables[f"{name}.heard"]
        self.publisher = RabbitPublisher(broker, topology(prefix), timeout=2.0)
        self.consumer = RabbitConsumer(
            broker,
            topology(prefix),
            name,
            partial(deliver, self.room),
            available=partial(usable, self.room.db),
            away_pauses=(0.2, 0.5, 1.0),
            longest=3.0,
            grace=1.0,
            watch_every=1.0,
        )
        self.loops = Loops()

    async def start(self, *, die_after_batches: int = 0) -> "Station":
        publisher: Publisher = _Dying(self.publisher, die_after_batches) if die_after_batches else self.publisher
        self.loops.start(f"{self.room.name}.relay", _relaying(self.room, publisher, self.room.clock), self.room.wake)
        await self.consumer.start()
        return self

    async def stop(self) -> None:
        await self.consumer.stop()
        await self.loops.stop()
        await self.publisher.close()
        await self.room.db.close()

    async def say(self, number: int) -> bool:
        """A command. True when it was acknowledged; otherwise it may have been done or not."""
        try:
            async with asyncio.timeout(3), self.room.begin() as tx:
                tx.emit(Counted, number=number)
        except Exception:
            return False
        return True

    async def numbers_heard(self) -> list[int]:
        async with self.room.db.read() as session:
            return [row.number for row in await fetch(session, select(self.heard.c.number))]

    async def numbers_said(self) -> list[int]:
        """What the outbox holds: the facts that were committed."""
        table = self.room.tables.outbox
        async with self.room.db.read() as session:
            return [Counted.model_validate_json(row.body).number for row in await fetch(session, select(table.c.body))]

    async def unsent(self) -> int:
        table = self.room.tables.outbox
        async with self.room.db.read() as session:
            ((count,),) = await fetch(session, select(func.count()).where(table.c.sent_at.is_(None)))
        return int(count)


async def _main(name: str) -> None:
    env = os.environ
    station = Station(name, env["STATION_DATABASE"], env["STATION_BROKER"], env["STATION_PREFIX"])
    await station.start(die_after_batches=int(env.get("STATION_DIE_AFTER", "0")))
    await asyncio.sleep(60)


if __name__ == "__main__":
    asyncio.run(_main(sys.argv[1]))
