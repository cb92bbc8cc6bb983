"""One station that says numbers, two that listen, and a proxy before everything they talk to."""

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from random import Random

import aio_pika
import pytest

from shared.bus import topology as declaring
from shared.bus.rabbit import RabbitDeadLetters
from tests.faults.station import LISTENING, Station, topology
from tests.kit.chaos_proxy import ChaosProxy, proxy_to
from tests.kit.waiting import until

SEED = int(os.environ.get("CCRM_TEST_SEED", "20260302"))
"""Set another one to be attacked otherwise."""


@dataclass
class Ground:
    """`acknowledged` are the numbers whose command was answered with success."""

    source: Station
    listening: list[Station]
    brokers: dict[str, ChaosProxy]
    databases: dict[str, ChaosProxy]
    broker_url: str
    prefix: str
    random: Random = field(default_factory=lambda: Random(SEED))
    acknowledged: list[int] = field(default_factory=list)

    async def say(self, count: int, pause: float = 0.0) -> None:
        first = len(self.acknowledged) and self.acknowledged[-1] + 1
        for number in range(first, first + count):
            if await self.source.say(number):
                self.acknowledged.append(number)
            if pause:
                await asyncio.sleep(pause)

    async def all_arrived_once(self, seconds: float = 25.0) -> None:
        """Every acknowledged fact has had its effect once in every listening room; nothing died, nothing is left."""
        self.report()
        await until(self._all_arrived, seconds)
        await asyncio.sleep(0.3)  # a second effect would come after the first
        said = sorted(await self.source.numbers_said())
        assert set(self.acknowledged) <= set(said)
        for station in self.listening:
            assert sorted(await station.numbers_heard()) == said, station.room.name
        letters = RabbitDeadLetters(self.broker_url, topology(self.prefix))
        try:
            assert await letters.list() == []
        finally:
            await letters.close()

    async def _all_arrived(self) -> bool:
        if await self.source.unsent():
            return False
        said = len(set(await self.source.numbers_said()))
        return all([len(set(await station.numbers_heard())) >= said for station in self.listening])

    def report(self) -> None:
        """pytest shows it where the test fails."""
        print(f"seed {SEED}")  # noqa: T201
        for kind, proxies in (("broker", self.brokers), ("database", self.databases)):
            for room, proxy in proxies.items():
                print(f"{room} - {kind}: {', '.join(proxy.history) or 'nothing'}")  # noqa: T201


@contextlib.asynccontextmanager
async def opened(broker_url: str, database_url: str, prefix: str) -> AsyncIterator[Ground]:
    async with contextlib.AsyncExitStack() as stack:
        names = ("source", *LISTENING)
        brokers = {n: await stack.enter_async_context(proxy_to(broker_url, SEED, 5672)) for n in names}
        databases = {n: await stack.enter_async_context(proxy_to(database_url, SEED, 5432)) for n in names}
        stations = {
            name: Station(name, databases[name].through(database_url), brokers[name].through(broker_url), prefix)
            for name in names
        }
        for station in stations.values():
            await station.room.db.create(station.room.metadata)
            stack.push_async_callback(station.stop)
        for station in stations.values():
            await station.start()
        listening = [stations[name] for name in LISTENING]
        yield Ground(stations["source"], listening, brokers, databases, broker_url, prefix)
        for proxy in (*brokers.values(), *databases.values()):
            await proxy.heal()


@pytest.fixture
async def ground(rabbitmq_url: str, fresh_database: Callable[[], str], rabbit_prefix: str) -> AsyncIterator[Ground]:
    try:
        async with opened(rabbitmq_url, fresh_database(), rabbit_prefix) as made:
            yield made
    finally:
        async with await aio_pika.connect(rabbitmq_url) as connection:
            await declaring.remove(await connection.channel(), topology(rabbit_prefix))
