"""The embedded bus and RabbitMQ behave alike: what a room sees does not tell which of them carried it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from typing import Protocol
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from shared.bus.memory import Member, MemoryBus
from shared.bus.port import Message
from shared.bus.rabbit import RabbitConsumer, RabbitDeadLetters, RabbitPublisher, Topology
from shared.kernel.clock import SystemClock
from shared.kernel.errors import Poison, Transient

DELAYS = (timedelta(milliseconds=50), timedelta(milliseconds=100))
ROOMS = {"intake": ["dispatch.done.v1"], "sla": ["dispatch.done.v1", "intake.told.v1"]}
Take = Callable[[str, Message], Awaitable[None]]


class Carrier(Protocol):
    """A bus under test: `take` is called with the room and the message."""

    async def publish(self, *messages: Message) -> None: ...

    async def settle(self, done: Callable[[], bool]) -> None: ...

    async def dead(self) -> list[tuple[str, UUID, str]]: ...


def message(topic: str = "dispatch.done.v1", body: str = "{}") -> Message:
    return Message(uuid4(), topic, body, uuid4())


async def until(done: Callable[[], bool], act: Callable[[], Awaitable[object]]) -> None:
    async with asyncio.timeout(20):
        while not done():
            await act()
            await asyncio.sleep(0.02)


class ListOutbox:
    def __init__(self) -> None:
        self.rows: list[Message] = []
        self.sent: set[int] = set()

    async def unsent(self, after: int, limit: int) -> Sequence[tuple[int, Message]]:
        found = [(n, m) for n, m in enumerate(self.rows, 1) if n > after and n not in self.sent]
        return found[:limit]

    async def mark_sent(self, seqs: Collection[int]) -> None:
        self.sent |= set(seqs)


class Embedded:
    def __init__(self, take: Take) -> None:
        self.outbox = ListOutbox()
        self.buried: list[tuple[str, UUID, str]] = []

        def member(room: str) -> Member:
            async def deliver(message: Message) -> None:
                await take(room, message)

            async def bury(message: Message, reason: str) -> None:
                self.buried.append((room, message.event_id, reason))

            return Member(room, ROOMS.get(room, ()), self.outbox if room == "dispatch" else ListOutbox(), deliver, bury)

        self.bus = MemoryBus([member(room) for room in (*ROOMS, "dispatch")], SystemClock(), retry_delays=DELAYS)

    async def publish(self, *messages: Message) -> None:
        self.outbox.rows += messages

    async def settle(self, done: Callable[[], bool]) -> None:
        await until(done, self.bus.pump)

    async def dead(self) -> list[tuple[str, UUID, str]]:
        return self.buried


class Rabbit:
    def __init__(self, url: str, prefix: str, take: Take) -> None:
        self.topology = Topology(ROOMS, prefix=prefix, retry_delays=DELAYS)
        self.publisher = RabbitPublisher(url, self.topology)
        self.letters = RabbitDeadLetters(url, self.topology)

        def consumer(room: str) -> RabbitConsumer:
            async def deliver(message: Message) -> None:
                await take(room, message)

            return RabbitConsumer(url, self.topology, room, deliver)

        self.consumers = [consumer(room) for room in ROOMS]

    async def publish(self, *messages: Message) -> None:
        assert await self.publisher.publish(messages) == {each.event_id for each in messages}

    async def settle(self, done: Callable[[], bool]) -> None:
        await until(done, lambda: asyncio.sleep(0))

    async def dead(self) -> list[tuple[str, UUID, str]]:
        return [(letter.room, UUID(letter.id), letter.reason) for letter in await self.letters.list()]


class House:
    """What the rooms saw, and what they should make of it."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, UUID]] = []
        self.messages: list[Message] = []
        self.trouble: dict[UUID, Callable[[int], None]] = {}
        self.carrier: Carrier

    async def take(self, room: str, message: Message) -> None:
        self.seen.append((room, message.event_id))
        self.messages.append(message)
        trouble = self.trouble.get(message.event_id)
        if trouble:
            trouble(self.tries(room, message))

    def tries(self, room: str, message: Message) -> int:
        return self.seen.count((room, message.event_id))


@pytest_asyncio.fixture(params=["embedded", "rabbitmq"])
async def house(request: pytest.FixtureRequest) -> AsyncIterator[House]:
    house = House()
    if request.param == "embedded":
        house.carrier = Embedded(house.take)
        yield house
        return
    prefix = request.getfixturevalue("rabbit_prefix")
    rabbit = Rabbit(request.getfixturevalue("rabbitmq_url"), prefix, house.take)
    for consumer in rabbit.consumers:
        await consumer.start()
    house.carrier = rabbit
    yield house
    for consumer in rabbit.consumers:
        await consumer.stop()
    await rabbit.publisher.close()
    await rabbit.letters.close()


async def test_each_subscribed_room_takes_a_message_once_and_no_other_room(house: House) -> None:
    both, one = message(), message("intake.told.v1")
    await house.carrier.publish(both, one)
    await house.carrier.settle(lambda: len(house.seen) >= 3)
    await house.carrier.settle(lambda: True)
    assert sorted(house.seen) == sorted([("intake", both.event_id), ("sla", both.event_id), ("sla", one.event_id)])


async def test_a_passing_failure_is_tried_again_until_it_is_taken(house: House) -> None:
    hard = message("intake.told.v1")

    def at_first(tries: int) -> None:
        if tries < 3:
            raise Transient("not yet")

    house.trouble[hard.event_id] = at_first
    await house.carrier.publish(hard)
    await house.carrier.settle(lambda: house.tries("sla", hard) == 3)
    assert await house.carrier.dead() == []


async def test_what_fails_to_the_last_is_buried_with_its_reason_and_the_rest_flows_on(house: House) -> None:
    hopeless, fine = message("intake.told.v1"), message("intake.told.v1")

    def always(tries: int) -> None:
        raise RuntimeError("no table for it")

    house.trouble[hopeless.event_id] = always
    await house.carrier.publish(hopeless, fine)
    await house.carrier.settle(
        lambda: house.tries("sla", hopeless) == 1 + len(DELAYS) and ("sla", fine.event_id) in house.seen
    )
    buried = await _dead(house)
    assert [(room, event) for room, event, _ in buried] == [("sla", hopeless.event_id)]
    assert "no table for it" in buried[0][2]


async def test_poison_is_buried_at_once_in_the_room_that_cannot_take_it_only(house: House) -> None:
    bad = message()

    def poison(tries: int) -> None:
        raise Poison("no such field")

    house.trouble[bad.event_id] = poison
    await house.carrier.publish(bad)
    await house.carrier.settle(lambda: len(house.seen) == 2)
    buried = await _dead(house, 2)
    assert {(room, event) for room, event, _ in buried} == {("intake", bad.event_id), ("sla", bad.event_id)}
    assert house.tries("sla", bad) == house.tries("intake", bad) == 1


async def test_a_message_comes_as_it_was_sent(house: House) -> None:
    sent = message("intake.told.v1", '{"content": "卫生间渗水"}')
    await house.carrier.publish(sent)
    await house.carrier.settle(lambda: ("sla", sent.event_id) in house.seen)
    assert house.messages == [sent]


async def _dead(house: House, number: int = 1) -> list[tuple[str, UUID, str]]:
    begun = datetime.now(UTC)  # noqa: TID251 - how long the test waits
    while len(found := await house.carrier.dead()) < number:
        assert datetime.now(UTC) - begun < timedelta(seconds=20)  # noqa: TID251
        await asyncio.sleep(0.05)
    return found
