"""The RabbitMQ bus against a real broker: what is confirmed is there, what fails waits aside, poison is buried."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import aio_pika
import pika
import pytest
from aio_pika.abc import AbstractChannel, DeliveryMode

from shared.bus import topology as declaring
from shared.bus.port import DeadLetter, Deliver, Message
from shared.bus.rabbit import RabbitConsumer, RabbitDeadLetters, RabbitPublisher, Topology
from shared.kernel.clock import ManualClock
from shared.kernel.errors import Poison

FACT, OTHER = "intake.registered.v1", "dispatch.issued.v1"
NOW = datetime(2026, 3, 5, 9, 30, tzinfo=UTC)


def message(topic: str = FACT, body: str = "{}") -> Message:
    return Message(event_id=uuid4(), topic=topic, body=body, correlation_id=uuid4())


@dataclass
class Bus:
    """One broker seen from outside, and the parts under test; all ended after the test."""

    url: str
    topology: Topology
    raw: AbstractChannel
    publisher: RabbitPublisher
    dead: RabbitDeadLetters
    consumers: list[RabbitConsumer] = field(default_factory=list)

    async def consume(self, room: str, deliver: Deliver, **options: Any) -> RabbitConsumer:
        options = {"watch_every": 0.3, "clock": ManualClock(NOW)} | options
        consumer = RabbitConsumer(self.url, self.topology, room, deliver, **options)
        self.consumers.append(consumer)
        await consumer.start()
        return consumer

    async def count(self, queue: str) -> int:
        return (await self.raw.declare_queue(queue, passive=True)).declaration_result.message_count or 0

    async def letters(self, number: int) -> list[DeadLetter]:
        await until(lambda: self._has_letters(number))
        return await self.dead.list()

    async def _has_letters(self, number: int) -> bool:
        return len(await self.dead.list()) >= number


async def until(condition: Callable[[], Any | Awaitable[Any]], seconds: float = 10.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if await held if isinstance(held, Awaitable) else held:
                return
            await asyncio.sleep(0.02)


@pytest.fixture
async def bus(rabbitmq_url: str, rabbit_prefix: str) -> AsyncIterator[Bus]:
    topology = Topology(
        {"dispatch": [FACT], "sla": [FACT, OTHER]},
        prefix=rabbit_prefix,
        retry_delays=(timedelta(milliseconds=50), timedelta(milliseconds=150)),
    )
    async with await aio_pika.connect(rabbitmq_url) as connection:
        made = Bus(
            rabbitmq_url,
            topology,
            await connection.channel(),
            RabbitPublisher(rabbitmq_url, topology),
            RabbitDeadLetters(rabbitmq_url, topology),
        )
        yield made
        for consumer in made.consumers:
            await consumer.stop()
        await made.publisher.close()
        await made.dead.close()
        await declaring.remove(await connection.channel(), topology)


class Taking:
    """A room that takes what it gets, and fails for a body as often as it is told to."""

    def __init__(self, failures: dict[str, list[Exception]] | None = None) -> None:
        self.taken: list[Message] = []
        self.calls: list[str] = []
        self._failures = failures or {}

    async def __call__(self, message: Message) -> None:
        self.calls.append(message.body)
        left = self._failures.get(message.body)
        if left:
            raise left.pop(0)
        self.taken.append(message)


async def test_what_is_confirmed_lies_persistent_in_every_room_that_takes_the_topic(bus: Bus) -> None:
    sent = message(body='{"text": "客户来电"}')
    assert await bus.publisher.publish([sent]) == {sent.event_id}
    for room in ("dispatch", "sla"):
        queue = await bus.raw.declare_queue(bus.topology.queue(room), passive=True)
        raw = await queue.get()
        assert raw.delivery_mode is DeliveryMode.PERSISTENT
        assert (raw.message_id, raw.type, raw.routing_key) == (str(sent.event_id), FACT, FACT)
        assert (raw.correlation_id, raw.content_type) == (str(sent.correlation_id), "application/json")
        assert raw.body.decode() == sent.body
        await raw.ack()


async def test_confirms_are_gathered_in_flight_and_a_room_gets_each_message_once(bus: Bus) -> None:
    room = Taking()
    sent = [message(body=str(number)) for number in range(300)]
    assert await bus.publisher.publish(sent) == {each.event_id for each in sent}
    await bus.consume("sla", room)
    await until(lambda: len(room.taken) >= 300)
    assert {each.event_id for each in room.taken} == {each.event_id for each in sent}
    assert room.taken[0] == next(each for each in sent if each.event_id == room.taken[0].event_id)


async def test_a_topic_nobody_takes_is_done_and_does_not_stop_the_rest(bus: Bus) -> None:
    unclaimed, wanted = message("notify.unclaimed.v1"), message()
    assert await bus.publisher.publish([unclaimed, wanted]) == {unclaimed.event_id, wanted.event_id}


async def test_a_wanted_topic_that_cannot_be_routed_is_not_confirmed(bus: Bus, monkeypatch: pytest.MonkeyPatch) -> None:
    assert await bus.publisher.start()
    queue = await bus.raw.declare_queue(bus.topology.queue("sla"), passive=True)
    await queue.unbind(bus.topology.exchange, OTHER)
    with monkeypatch.context() as patched:
        patched.setattr("shared.bus.topology.declare", _cannot_declare)
        lost, fine = message(OTHER), message(FACT)
        assert await bus.publisher.publish([lost, fine]) == {fine.event_id}
    assert await bus.publisher.publish([lost]) == {lost.event_id}


async def _cannot_declare(*_: Any) -> None:
    raise ConnectionError("refused")


async def test_a_deleted_exchange_and_queue_are_put_back_by_the_publisher(bus: Bus) -> None:
    assert await bus.publisher.start()
    await bus.raw.queue_delete(bus.topology.queue("sla"))
    sent = message(OTHER)
    assert await bus.publisher.publish([sent]) == {sent.event_id}
    assert await bus.count(bus.topology.queue("sla")) == 1

    await bus.raw.exchange_delete(bus.topology.exchange)
    sent = message(OTHER)

    async def published() -> bool:
        return sent.event_id in await bus.publisher.publish([sent])

    await until(published)
    assert await bus.count(bus.topology.queue("sla")) == 2


async def test_a_queue_that_was_deleted_is_put_back_before_others_get_what_it_takes_too(bus: Bus) -> None:
    publisher = RabbitPublisher(bus.url, bus.topology, look_every=0.1)
    assert await publisher.publish([message()])
    await bus.raw.queue_delete(bus.topology.queue("sla"))
    await asyncio.sleep(0.2)
    sent = message(FACT)
    assert await publisher.publish([sent]) == {sent.event_id}
    assert await bus.count(bus.topology.queue("sla")) == 1
    await publisher.close()


async def test_a_new_connection_learns_anew_which_queues_differ(bus: Bus) -> None:
    queue = bus.topology.queue("sla")
    await bus.raw.declare_queue(queue, durable=True)
    link = bus.publisher._link
    assert await link.ensure()
    assert link._known.differing == {queue}
    await link.close()
    await bus.raw.queue_delete(queue)
    other = RabbitPublisher(bus.url, bus.topology)
    assert await other.start()
    await other.close()
    assert await link.ensure()
    assert link._known.differing == set()


async def test_without_a_broker_nothing_is_confirmed_and_nothing_raises(bus: Bus) -> None:
    nowhere = "amqp://guest:guest@127.0.0.1:9/"
    publisher = RabbitPublisher(nowhere, bus.topology)
    assert await publisher.publish([message()]) == set()
    consumer = RabbitConsumer(nowhere, bus.topology, "sla", Taking())
    await consumer.start()
    assert not await consumer.ready()
    await consumer.stop()


async def test_a_cancellation_that_was_asked_for_goes_through(bus: Bus) -> None:
    assert await bus.publisher.start()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await bus.publisher.publish([message() for _ in range(300)])


async def test_what_fails_is_tried_again_after_its_delay_while_others_pass(bus: Bus) -> None:
    room = Taking({"late": [RuntimeError("database away"), RuntimeError("database away")]})
    await bus.consume("sla", room, prefetch=1)
    late, other = message(body="late"), message(body="other")
    await bus.publisher.publish([late])
    await bus.publisher.publish([other])
    await until(lambda: len(room.taken) == 2)
    assert [each.body for each in room.taken] == ["other", "late"]
    assert room.calls.count("late") == 3
    assert room.taken[1] == late  # topic, ids and body came back unchanged
    assert await bus.dead.list() == []


async def test_what_goes_on_failing_is_dead_lettered_with_its_reason(bus: Bus) -> None:
    room = Taking({"bad": [RuntimeError("no such column")] * 9})
    await bus.consume("sla", room)
    sent = message(body="bad")
    await bus.publisher.publish([sent])
    (letter,) = await bus.letters(1)
    assert len(room.calls) == 3
    assert (letter.id, letter.room, letter.topic, letter.body) == (str(sent.event_id), "sla", FACT, "bad")
    assert letter.reason == "3 attempts: RuntimeError: no such column"
    assert letter.dead_at == NOW


async def test_poison_is_dead_lettered_at_once_while_others_flow(bus: Bus) -> None:
    room = Taking({"poison": [Poison("no event is named so")]})
    await bus.consume("sla", room)
    await bus.publisher.publish([message(body="poison"), *(message(body="good") for _ in range(20))])
    (letter,) = await bus.letters(1)
    assert letter.reason == "no event is named so"
    await until(lambda: len(room.taken) == 20)
    assert room.calls.count("poison") == 1


def send_foreign(url: str, queue: str, body: bytes, message_id: str | None) -> None:
    """By another client library: aio-pika would give every message an id."""
    connection = pika.BlockingConnection(pika.URLParameters(url))
    properties = pika.BasicProperties(type=FACT, message_id=message_id)
    connection.channel().basic_publish("", queue, body, properties)
    connection.close()


@pytest.mark.parametrize(
    ("body", "message_id", "reason"),
    [
        (b"{}", None, "is no UUID"),
        (b"{}", "first", "'first' is no UUID"),
        (b"\xff\x00{", str(UUID(int=7)), "no UTF-8"),
    ],
)
async def test_what_cannot_be_a_message_never_reaches_the_room(
    bus: Bus, body: bytes, message_id: str | None, reason: str
) -> None:
    room = Taking()
    await bus.consume("sla", room)
    await asyncio.to_thread(send_foreign, bus.url, bus.topology.queue("sla"), body, message_id)
    (letter,) = await bus.letters(1)
    assert reason in letter.reason
    assert await bus.dead.replay(letter.id)
    (same,) = await bus.letters(1)
    assert (same.id, same.body) == (letter.id, letter.body)
    assert room.calls == []


async def test_a_body_that_is_no_json_is_the_rooms_to_judge(bus: Bus) -> None:
    room = Taking({"not json": [Poison("Invalid JSON")]})
    await bus.consume("sla", room)
    await bus.publisher.publish([message(body="not json")])
    (letter,) = await bus.letters(1)
    assert (letter.body, letter.reason) == ("not json", "Invalid JSON")


async def test_a_deleted_queue_is_put_back_and_the_consumer_goes_on(bus: Bus) -> None:
    room = Taking()
    consumer = await bus.consume("dispatch", room)
    assert await consumer.ready()
    await bus.raw.queue_delete(bus.topology.queue("dispatch"))
    await until(lambda: not consumer._subscribed())
    await until(consumer.ready)
    sent = message()
    assert await bus.publisher.publish([sent]) == {sent.event_id}
    await until(lambda: room.taken == [sent])


async def test_a_deleted_binding_is_put_back(bus: Bus) -> None:
    room = Taking()
    await bus.consume("dispatch", room)
    queue = await bus.raw.declare_queue(bus.topology.queue("dispatch"), passive=True)
    await queue.unbind(bus.topology.exchange, FACT)
    # sla takes the topic too, so the publisher cannot notice; the consumer's watch does.
    await asyncio.sleep(0.8)
    sent = message()
    await bus.publisher.publish([sent])
    await until(lambda: room.taken == [sent])


async def test_stop_finishes_what_is_in_hand(bus: Bus) -> None:
    begun, finished = asyncio.Event(), asyncio.Event()

    async def slow(_: Message) -> None:
        begun.set()
        await asyncio.sleep(0.3)
        finished.set()

    consumer = await bus.consume("sla", slow)
    await bus.publisher.publish([message()])
    await begun.wait()
    await consumer.stop()
    assert finished.is_set()
    assert not await consumer.ready()
    assert await bus.count(bus.topology.queue("sla")) == 0


async def test_stop_gives_back_what_takes_too_long(bus: Bus) -> None:
    begun = asyncio.Event()
    ended: list[str] = []

    async def endless(message: Message) -> None:
        begun.set()
        try:
            await asyncio.sleep(60)
        finally:
            ended.append(message.body)

    consumer = await bus.consume("sla", endless, grace=0.2, prefetch=1)
    sent = [message(body="first"), message(body="second")]
    for each in sent:
        await bus.publisher.publish([each])
    await begun.wait()
    await consumer.stop()
    assert ended == ["first"]  # its transaction is rolled back before the message is another's
    room = Taking()
    await bus.consume("sla", room)
    await until(lambda: len(room.taken) == 2)
    assert {each.body for each in room.taken} == {"first", "second"}


async def test_dead_letters_are_listed_without_being_taken_and_replayed_one_by_one(bus: Bus) -> None:
    room = Taking({body: [Poison(f"{body} refused")] for body in ("one", "two", "three")})
    await bus.consume("sla", room, prefetch=1)
    for body in ("one", "two", "three"):
        await bus.publisher.publish([message(body=body)])
    letters = await bus.letters(3)
    for _ in range(25):  # RabbitMQ 4 would drop a letter after its twentieth return
        assert [each.body for each in await bus.dead.list("sla")] == ["one", "two", "three"]
    assert await bus.dead.list("dispatch") == []

    assert await bus.dead.replay(letters[1].id)
    await until(lambda: [each.body for each in room.taken] == ["two"])
    assert room.taken[0].topic == FACT
    assert [each.body for each in await bus.dead.list()] == ["one", "three"]
    assert not await bus.dead.replay(letters[1].id)
    assert not await bus.dead.replay("no-such-letter")
    with pytest.raises(ValueError, match="no room is named cellar"):
        await bus.dead.list("cellar")


async def test_a_replayed_letter_has_all_its_attempts_again(bus: Bus) -> None:
    room = Taking({"bad": [RuntimeError("still broken")] * 5})
    await bus.consume("sla", room)
    await bus.publisher.publish([message(body="bad")])
    (letter,) = await bus.letters(1)
    assert letter.headers["x-ccrm-attempt"] == "3"
    assert await bus.dead.replay(letter.id)
    await until(lambda: [each.body for each in room.taken] == ["bad"])
    assert len(room.calls) == 6


async def test_more_than_a_thousand_letters_are_listed_and_drained(bus: Bus) -> None:
    assert await bus.publisher.start()
    dead = bus.topology.dead("sla")
    many = [aio_pika.Message(b"{}", message_id=str(uuid4()), type=FACT, delivery_mode=2) for _ in range(1200)]
    await asyncio.gather(*(bus.raw.default_exchange.publish(each, dead) for each in many))
    assert [each.id for each in await bus.dead.list("sla")] == [each.message_id for each in many]
    assert await bus.dead.replay_all("sla") == 1200
    assert await bus.dead.list() == []
    assert await bus.count(bus.topology.queue("sla")) == 1200


async def test_what_the_broker_gives_up_itself_says_so(bus: Bus) -> None:
    await bus.publisher.publish([message(body="kills its reader")])
    queue = await bus.raw.declare_queue(bus.topology.queue("sla"), passive=True)
    for _ in range(bus.topology.delivery_limit + 1):
        await (await queue.get()).nack(requeue=True)
    (letter,) = await bus.letters(1)
    assert letter.reason == "the broker gave it up: delivery_limit"
    assert letter.topic == FACT
    assert letter.dead_at is not None
    assert await bus.dead.replay(letter.id)
    assert await bus.count(bus.topology.queue("sla")) == 1
