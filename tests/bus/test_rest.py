"""A room whose database is away takes nothing, counts nothing, loses nothing, and goes on when it is back."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shared.bus.memory import Member, MemoryBus
from shared.bus.patience import next_delay
from shared.bus.port import Message
from shared.bus.rabbit import RabbitConsumer
from shared.kernel.clock import ManualClock
from shared.kernel.errors import Away, Transient
from tests.bus.test_conformance import ListOutbox
from tests.bus.test_rabbit import FACT, Bus, bus, message, until

__all__ = ["bus"]

PAUSES = (0.02, 0.05)


class Database:
    """A room over a database that is there or away."""

    def __init__(self) -> None:
        self.away = False
        self.says_so = True
        self.calls = 0
        self.looks = 0
        self.taken: list[Message] = []

    async def deliver(self, message: Message) -> None:
        self.calls += 1
        if self.away:
            raise Away("connection refused") if self.says_so else RuntimeError("no such table")
        self.taken.append(message)

    async def available(self) -> bool:
        self.looks += 1
        if self.away and self.says_so:
            raise ConnectionRefusedError
        return not self.away


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
async def consumer(bus: Bus, database: Database) -> RabbitConsumer:
    return await bus.consume("sla", database.deliver, available=database.available, away_pauses=PAUSES, grace=0.5)


@pytest.mark.parametrize("says_so", [True, False], ids=["the error says so", "only the probe says so"])
async def test_an_outage_longer_than_all_retry_steps_puts_nothing_among_the_dead(
    bus: Bus, database: Database, consumer: RabbitConsumer, says_so: bool
) -> None:
    database.away, database.says_so = True, says_so
    sent = [message(body=str(number)) for number in range(60)]
    await bus.publisher.publish(sent)
    await until(lambda: consumer.resting and not consumer._subscribed())
    calls = database.calls
    assert calls <= 20  # what had been fetched; the rest stayed with the broker
    await asyncio.sleep(1.0)  # five times as long as all steps together
    assert database.calls == calls
    assert database.looks > 5
    assert not await consumer.ready()
    assert await bus.dead.list() == []

    database.away = False
    await until(lambda: len(database.taken) >= 60)
    assert {each.event_id for each in database.taken} == {each.event_id for each in sent}
    assert len(database.taken) == 60
    assert await consumer.ready()
    assert not consumer.resting


async def test_more_outages_than_the_queue_allows_returns_do_not_bury_a_message(bus: Bus, database: Database) -> None:
    await bus.publisher.start()
    bus.topology = replace(bus.topology, delivery_limit=50)
    sent = message()
    left = bus.topology.delivery_limit + 5

    async def away_again(message: Message) -> None:
        nonlocal left
        if left:
            left -= 1
            raise Away("connection reset")
        database.taken.append(message)

    await bus.consume("sla", away_again, available=database.available, away_pauses=(0.001,), grace=0.2)
    await bus.publisher.publish([sent])
    await until(lambda: database.taken == [sent], 60)
    assert await bus.dead.list() == []


async def test_a_room_that_starts_without_its_database_waits_for_it(bus: Bus, database: Database) -> None:
    database.away = True
    sent = message()
    await bus.publisher.publish([sent])
    consumer = await bus.consume("sla", database.deliver, available=database.available, away_pauses=PAUSES)
    await asyncio.sleep(0.2)
    assert (database.calls, consumer.resting) == (0, True)
    database.away = False
    await until(lambda: database.taken == [sent])


async def test_what_may_yet_go_through_is_tried_beyond_the_last_step(bus: Bus, database: Database) -> None:
    tries = 0

    async def not_yet(message: Message) -> None:
        nonlocal tries
        tries += 1
        if tries < 8:  # four more than there are steps
            raise Transient("the directory has not arrived yet")
        database.taken.append(message)

    await bus.consume("sla", not_yet)
    sent = message()
    await bus.publisher.publish([sent])
    await until(lambda: database.taken == [sent])
    assert await bus.dead.list() == []


async def test_a_database_that_answers_nothing_is_away_after_the_longest_wait(bus: Bus, database: Database) -> None:
    hanging = True

    async def hang(message: Message) -> None:
        if hanging:
            try:
                await asyncio.sleep(60)
            finally:
                await asyncio.sleep(60)  # as a rollback over a dead connection
        database.taken.append(message)

    consumer = await bus.consume("sla", hang, available=database.available, away_pauses=PAUSES, longest=0.2, grace=0.2)
    sent = message()
    await bus.publisher.publish([sent])
    await until(lambda: consumer.resting)
    hanging = False
    await until(lambda: database.taken == [sent])
    assert await bus.dead.list() == []


async def test_a_resting_consumer_stops_at_once(bus: Bus, database: Database) -> None:
    database.away = True
    consumer = await bus.consume("sla", database.deliver, available=database.available, away_pauses=(60.0,))
    assert consumer.resting
    await asyncio.wait_for(consumer.stop(), 1)


async def test_a_queue_of_an_earlier_version_is_used_as_it_is(bus: Bus, database: Database) -> None:
    earlier = replace(bus.topology, delivery_limit=6)
    made = Bus(bus.url, earlier, bus.raw, type(bus.publisher)(bus.url, earlier), bus.dead)
    assert await made.publisher.start()
    sent = message()
    assert await bus.publisher.publish([sent]) == {sent.event_id}
    await bus.consume("sla", database.deliver, available=database.available)
    await until(lambda: database.taken == [sent])
    await made.publisher.close()


@pytest.mark.parametrize(
    ("error", "attempt", "delay"),
    [
        (RuntimeError(), 1, 1),
        (RuntimeError(), 2, 10),
        (RuntimeError(), 3, None),
        (Transient(), 3, 10),
        (Transient(), 2 + 6, 10),
        (Transient(), 2 + 7, None),
    ],
)
def test_what_is_broken_is_given_up_after_the_steps_and_what_is_late_after_its_patience(
    error: Exception, attempt: int, delay: int | None
) -> None:
    steps = (timedelta(seconds=1), timedelta(seconds=10))
    expected = None if delay is None else timedelta(seconds=delay)
    assert next_delay(error, attempt, steps, timedelta(minutes=1)) == expected


async def test_the_embedded_bus_counts_no_outage_either() -> None:
    clock = ManualClock(datetime(2026, 3, 5, 1, tzinfo=UTC))
    outbox, buried, taken, left = ListOutbox(), [], [], 500
    outbox.rows.append(message())

    async def deliver(message: Message) -> None:
        nonlocal left
        left -= 1
        if left > 0:
            raise Away("disk is full")
        taken.append(message)

    async def bury(message: Message, reason: str) -> None:
        buried.append(message)

    source = Member("intake", (), outbox, deliver, bury)
    memory = MemoryBus([source, Member("sla", (FACT,), ListOutbox(), deliver, bury)], clock)
    for _ in range(500):
        await memory.pump()
        clock.advance(timedelta(seconds=1))
    assert (taken, buried) == (outbox.rows, [])
    assert outbox.sent == {1}
