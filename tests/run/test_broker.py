"""A user for each room: it can do that room's work, and the broker refuses it everything else."""

import asyncio
import contextlib
import json
import re
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import aio_pika
import pytest
from aio_pika.abc import AbstractChannel, AbstractIncomingMessage
from aiormq.exceptions import ChannelAccessRefused

from services.__main__ import ROOMS, builders
from services.dispatch.usecases.import_directory import import_directory
from shared.bus import topology as declaring
from shared.bus.port import Message
from shared.bus.rabbit import RabbitConsumer, RabbitDeadLetters, RabbitPublisher, Topology
from shared.db.migrations import rooms_with_tables
from shared.db.statements import fetch
from shared.events.base import REGISTRY
from shared.kernel.errors import Poison
from shared.room.commands import execute
from shared.room.room import Command
from shared.run.broker import OPERATOR, SCALER, definitions
from shared.run.deployed import deployed, topology_of
from shared.run.federation import definitions as federated
from shared.run.settings import BadSettings, Settings
from shared.web.tokens import ensure_keys
from tests.kit.data_keys import keys_file
from tests.kit.desk import COMPLAINT, demo, person
from tests.kit.servers import RabbitServer, free_port
from tests.kit.stamped import stamped

USERS = {name: f"secret-of-{name}" for name in (*ROOMS, OPERATOR, SCALER)}
NOW = {key: value for key, value in COMPLAINT.items() if key not in ("contact_ended_at", "required_by")}
SAID = {
    "intake": "intake.complaint_registered.v1",
    "dispatch": "dispatch.order_issued.v1",
    "sla": "sla.reminder_due.v1",
    "notify": "notify.message_sent.v1",
}


def settings(port: int = 5672, **given: Any) -> Settings:
    values: dict[str, Any] = {
        "mode": "deployed",
        "rabbitmq_url": f"amqp://admin:of-the-admin@127.0.0.1:{port}/",
        "broker_users": " ".join(f"{name}={password}" for name, password in USERS.items()),
    }
    return Settings(**values | given)


@dataclass
class Broker:
    port: int
    management: int
    topology: Topology

    def url(self, user: str) -> str:
        return f"amqp://{user}:{USERS.get(user, 'of-the-admin')}@127.0.0.1:{self.port}/"

    @asynccontextmanager
    async def channel(self, user: str) -> AsyncIterator[AbstractChannel]:
        async with await aio_pika.connect(self.url(user)) as connection:
            yield await connection.channel(on_return_raises=True)

    async def consuming(self, stack: AsyncExitStack, room: str, taken: list[Message], **options: Any) -> RabbitConsumer:
        async def take(message: Message) -> None:
            taken.append(message)

        consumer = RabbitConsumer(
            self.url(room), self.topology, room, options.pop("deliver", take), watch_every=0.3, **options
        )
        stack.push_async_callback(consumer.stop)
        await consumer.start()
        return consumer

    def publisher(self, stack: AsyncExitStack, room: str, **options: Any) -> RabbitPublisher:
        publisher = RabbitPublisher(self.url(room), self.topology, room, **options)
        stack.push_async_callback(publisher.close)
        return publisher


async def until(condition: Callable[[], Any], seconds: float = 15.0) -> None:
    async with asyncio.timeout(seconds):
        while True:
            held = condition()
            if await held if asyncio.iscoroutine(held) else held:
                return
            await asyncio.sleep(0.05)


def message(topic: str, body: str = "{}") -> Message:
    return Message(event_id=uuid4(), topic=topic, body=body, correlation_id=uuid4())


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[int, int]]:
    port, management = free_port(), free_port()
    given = settings(port)
    told = definitions(given, topology_of(given, builders()))
    broker = RabbitServer(
        tmp_path_factory.mktemp("broker"), port, plugins=["rabbitmq_management"], definitions=json.dumps(told),
        conf=f"management.tcp.ip = 127.0.0.1\nmanagement.tcp.port = {management}",
    )  # fmt: skip
    try:
        broker.start()
        yield port, management
    finally:
        broker.close()


@pytest.fixture
async def broker(server: tuple[int, int]) -> AsyncIterator[Broker]:
    port, management = server
    made = Broker(port, management, topology_of(settings(port), builders()))
    yield made
    async with made.channel("admin") as channel:
        await declaring.declare(channel, made.topology, declaring.Known())
        for name in made.topology.queues():
            await channel.queue_delete(name)
        await declaring.declare(channel, made.topology, declaring.Known())


# ---- what stands in the definitions


def test_every_fact_may_be_said_by_the_room_it_is_named_after_and_by_no_other() -> None:
    told = definitions(settings(), topology_of(settings(), builders()))
    says = {each["user"]: each["write"] for each in told["topic_permissions"] if each["exchange"].endswith(".out")}
    assert set(says) == set(ROOMS)
    for topic, model in REGISTRY.items():
        if model.__module__.startswith("shared.events."):
            assert [room for room in ROOMS if re.search(says[room], topic)] == [topic.split(".")[0]], topic


def test_a_room_listens_to_what_it_takes_and_to_nothing_else() -> None:
    topology = topology_of(settings(), builders())
    told = definitions(settings(), topology)
    hears = {each["user"]: each["read"] for each in told["topic_permissions"] if each["exchange"] == topology.exchange}
    for room in ROOMS:
        assert {topic for topic in REGISTRY if re.search(hears[room], topic)} == set(topology.rooms[room])


def test_no_password_stands_in_the_definitions() -> None:
    text = json.dumps(definitions(settings(), topology_of(settings(), builders())))
    assert "secret-of" not in text
    assert "of-the-admin" not in text


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (None, "names no password for intake, dispatch, sla, notify"),
        ("intake=long-enough", "names no password for dispatch, sla, notify"),
        ("intake=short", "the password of intake has less than 8 characters"),
        ("stranger=long-enough", "must be NAME=PASSWORD"),
        ("intake=long-enough intake=long-enough", "must be NAME=PASSWORD"),
        ("intake", "must be NAME=PASSWORD"),
    ],
)
def test_a_room_without_a_good_password_is_refused_without_repeating_it(given: str | None, said: str) -> None:
    with pytest.raises(BadSettings, match=said) as refused:
        definitions(settings(broker_users=given), topology_of(settings(), builders()))
    assert "long-enough" not in str(refused.value)


def test_a_region_and_its_group_have_users_for_the_rooms_that_run_there() -> None:
    given = settings(federation_password="between-brokers", upstreams="other=amqp://federation:x@mq/")
    group = topology_of(given.model_copy(update={"observe": True}), builders())
    both = " ".join(f"{name}={USERS[name]}" for name in ("dispatch", "sla"))
    told = federated(given.model_copy(update={"broker_users": both}), "group", group)
    assert [each["name"] for each in told["users"]] == ["admin", "federation", "dispatch", "sla"]
    region = topology_of(given.model_copy(update={"region": "south"}), builders())
    told = federated(given, "region", region)
    assert {each["name"] for each in told["users"]} == {"admin", "federation", *USERS}
    assert len({each["name"] for each in told["exchanges"]}) == len(told["exchanges"])


# ---- each can do its work


@pytest.mark.parametrize("room", ROOMS)
async def test_what_a_room_says_reaches_every_room_that_takes_it(broker: Broker, room: str) -> None:
    sent = message(SAID[room])
    takers = broker.topology.takers(sent.topic)
    async with AsyncExitStack() as stack:
        taken: dict[str, list[Message]] = {each: [] for each in takers}
        for each in takers:
            consumer = await broker.consuming(stack, each, taken[each])
            assert await consumer.ready()
            assert await consumer.depths() == {"waiting": 0, "retry": 0, "dead": 0}
        publisher = broker.publisher(stack, room)
        assert await publisher.publish([sent]) == {sent.event_id}
        await until(lambda: all(taken.values()))
        assert all(each == [sent] for each in taken.values())


async def test_what_a_room_cannot_take_is_tried_again_and_buried_and_an_operator_gives_it_back(broker: Broker) -> None:
    calls: list[str] = []
    mended = False

    async def deliver(taken: Message) -> None:
        calls.append(taken.body)
        if taken.body == "later" and calls.count("later") == 1:
            raise ValueError("not yet")
        if taken.body == "poison" and not mended:
            raise Poison("unreadable")

    async with AsyncExitStack() as stack:
        await broker.consuming(stack, "notify", [], deliver=deliver)
        publisher = broker.publisher(stack, "intake")
        both = [message(SAID["intake"], "later"), message(SAID["intake"], "poison")]
        assert await publisher.publish(both) == {each.event_id for each in both}
        await until(lambda: calls.count("later") == 2)
        letters = RabbitDeadLetters(broker.url(OPERATOR), broker.topology)
        stack.push_async_callback(letters.close)
        (letter,) = [each for each in await letters.list() if each.room == "notify"]
        assert (letter.id, letter.reason) == (str(both[1].event_id), "unreadable")
        own = RabbitDeadLetters(broker.url("notify"), broker.topology)
        stack.push_async_callback(own.close)
        assert [each.id for each in await own.list("notify")] == [letter.id]
        with pytest.raises(ConnectionError, match="may not read the dead letters of intake"):
            await own.list()
        mended = True
        assert await letters.replay(letter.id)
        await until(lambda: calls.count("poison") == 2)
        assert await letters.list() == []


async def test_a_room_puts_its_own_queue_back_and_what_it_takes_waits_for_it_elsewhere(broker: Broker) -> None:
    sent = message(SAID["intake"])
    async with AsyncExitStack() as stack:
        async with broker.channel("admin") as channel:
            await channel.queue_delete(broker.topology.queue("sla"))
        publisher = broker.publisher(stack, "intake")
        assert await publisher.publish([sent]) == set(), "the others would get it, and sla never"
        unconcerned = message(SAID["notify"])
        assert not broker.topology.takers(unconcerned.topic) & {"sla"}
        taken: list[Message] = []
        await broker.consuming(stack, "sla", taken)
        await until(lambda: publisher.publish([sent]))
        await until(lambda: sent in taken)


async def test_a_queue_lost_while_all_are_connected_is_missed_too_and_what_it_takes_waits(broker: Broker) -> None:
    sent, unconcerned = message(SAID["intake"]), message(SAID["notify"])
    async with AsyncExitStack() as stack:
        publisher = broker.publisher(stack, "intake", look_every=0.2)
        assert await publisher.publish([message(SAID["intake"])]), "connected, and all queues are there"
        assert await publisher.held() == frozenset()
        async with broker.channel("admin") as channel:
            await channel.queue_delete(broker.topology.queue("sla"))
        await asyncio.sleep(0.3)
        assert await publisher.publish([sent]) == set(), "the others would get it, and sla never"
        assert await publisher.held() == broker.topology.rooms["sla"]
        assert unconcerned.topic not in await publisher.held()
        taken: list[Message] = []
        await broker.consuming(stack, "sla", taken)
        await until(lambda: publisher.publish([sent]))
        await until(lambda: sent in taken)
        assert await publisher.held() == frozenset()


async def test_a_queue_that_was_declared_by_an_earlier_version_goes_on_working(broker: Broker) -> None:
    """Then all queues dead-lettered through the default exchange, and everyone might use it."""
    queue, dead = broker.topology.queue("notify"), broker.topology.dead("notify")
    async with AsyncExitStack() as stack, broker.channel("admin") as channel:
        await channel.queue_delete(queue)
        arguments: dict[str, Any] = {"x-queue-type": "quorum", "x-dead-letter-exchange": "", "x-delivery-limit": 50}
        await channel.declare_queue(queue, durable=True, arguments=arguments | {"x-dead-letter-routing-key": dead})
        taken: list[Message] = []
        await broker.consuming(stack, "notify", taken)
        sent = message(SAID["intake"])
        publisher = broker.publisher(stack, "intake")
        await until(lambda: publisher.publish([sent]))
        await until(lambda: sent in taken)


async def test_the_definitions_are_what_the_rooms_would_declare(broker: Broker) -> None:
    known = declaring.Known()
    async with broker.channel("sla") as channel:
        await declaring.declare(channel, broker.topology, known)
    assert known == declaring.Known(foreign=set(ROOMS) - {"sla"}, may_declare_exchanges=False)


# ---- and nothing else

Act = Callable[[AbstractChannel, Topology], Any]


async def _reads_a_foreign_queue(channel: AbstractChannel, topology: Topology) -> None:
    await (await channel.get_queue(topology.queue("dispatch"), ensure=False)).get(fail=False)


async def _consumes_a_foreign_queue(channel: AbstractChannel, topology: Topology) -> None:
    await (await channel.get_queue(topology.queue("dispatch"), ensure=False)).consume(_ignored)


async def _ignored(_: AbstractIncomingMessage) -> None:
    return None


async def _reads_foreign_dead_letters(channel: AbstractChannel, topology: Topology) -> None:
    await (await channel.get_queue(topology.dead("dispatch"), ensure=False)).get(fail=False)


async def _speaks_for_another(channel: AbstractChannel, topology: Topology) -> None:
    out = await channel.get_exchange(topology.out("sla"), ensure=False)
    await out.publish(aio_pika.Message(b"{}"), SAID["dispatch"])


async def _writes_into_anothers_exchange(channel: AbstractChannel, topology: Topology) -> None:
    out = await channel.get_exchange(topology.out("dispatch"), ensure=False)
    await out.publish(aio_pika.Message(b"{}"), SAID["dispatch"])


async def _writes_into_the_exchange_of_all(channel: AbstractChannel, topology: Topology) -> None:
    events = await channel.get_exchange(topology.exchange, ensure=False)
    await events.publish(aio_pika.Message(b"{}"), SAID["sla"])


async def _writes_into_a_queue_straight(channel: AbstractChannel, topology: Topology) -> None:
    await channel.default_exchange.publish(aio_pika.Message(b"{}"), topology.queue("dispatch"))


async def _writes_by_anothers_own_exchange(channel: AbstractChannel, topology: Topology) -> None:
    own = await channel.get_exchange(topology.own("dispatch"), ensure=False)
    await own.publish(aio_pika.Message(b"{}"), topology.queue("dispatch"))


async def _declares_a_foreign_queue(channel: AbstractChannel, topology: Topology) -> None:
    await channel.declare_queue(topology.retry("dispatch", timedelta(seconds=77)), durable=True)


async def _declares_any_queue(channel: AbstractChannel, topology: Topology) -> None:
    await channel.declare_queue(exclusive=True)


async def _deletes_a_foreign_queue(channel: AbstractChannel, topology: Topology) -> None:
    await channel.queue_delete(topology.queue("dispatch"))


async def _purges_a_foreign_queue(channel: AbstractChannel, topology: Topology) -> None:
    await (await channel.get_queue(topology.queue("dispatch"), ensure=False)).purge()


async def _deletes_the_exchange_of_all(channel: AbstractChannel, topology: Topology) -> None:
    await channel.exchange_delete(topology.exchange)


async def _listens_to_what_is_not_its_business(channel: AbstractChannel, topology: Topology) -> None:
    assert SAID["notify"] not in topology.rooms["sla"]
    events = await channel.get_exchange(topology.exchange, ensure=False)
    await (await channel.get_queue(topology.queue("sla"), ensure=False)).bind(events, SAID["notify"])


async def _listens_to_everything(channel: AbstractChannel, topology: Topology) -> None:
    events = await channel.get_exchange(topology.exchange, ensure=False)
    await (await channel.get_queue(topology.queue("sla"), ensure=False)).bind(events, "#")


async def _dead_letters_into_the_exchange_of_all(channel: AbstractChannel, topology: Topology) -> None:
    """What a broker dead-letters is asked for no topic permission."""
    arguments = {"x-dead-letter-exchange": topology.exchange, "x-dead-letter-routing-key": SAID["dispatch"]}
    await channel.declare_queue(topology.retry("sla", timedelta(seconds=77)), durable=True, arguments=arguments)  # type: ignore[arg-type]


FORBIDDEN: list[Act] = [
    _reads_a_foreign_queue,
    _consumes_a_foreign_queue,
    _reads_foreign_dead_letters,
    _speaks_for_another,
    _writes_into_anothers_exchange,
    _writes_into_the_exchange_of_all,
    _writes_into_a_queue_straight,
    _writes_by_anothers_own_exchange,
    _declares_a_foreign_queue,
    _declares_any_queue,
    _deletes_a_foreign_queue,
    _purges_a_foreign_queue,
    _deletes_the_exchange_of_all,
    _listens_to_what_is_not_its_business,
    _listens_to_everything,
    _dead_letters_into_the_exchange_of_all,
]


@pytest.mark.parametrize("act", FORBIDDEN, ids=lambda act: act.__name__.strip("_"))
async def test_a_room_is_refused_what_is_not_its_own(broker: Broker, act: Act) -> None:
    async with broker.channel("sla") as channel:
        with pytest.raises(ChannelAccessRefused):
            await act(channel, broker.topology)


@pytest.mark.parametrize("how", ["by a CC header", "by a queue that dead-letters there"])
async def test_facts_under_another_name_are_not_taken(broker: Broker, how: str) -> None:
    """Ways round the topic permissions."""
    out = broker.topology.out("sla")
    async with AsyncExitStack() as stack:
        taken: list[Message] = []
        await broker.consuming(stack, "notify", taken)
        marker = SAID["dispatch"]
        async with broker.channel("sla") as channel:
            if how == "by a CC header":
                forged = aio_pika.Message(b"forged", headers={"CC": [marker]}, message_id=str(uuid4()), type=marker)
                exchange = await channel.get_exchange(out, ensure=False)
                with contextlib.suppress(ChannelAccessRefused):  # as newer brokers have it
                    await exchange.publish(forged, "sla.nothing_at_all.v1", mandatory=True)
            else:
                queue = broker.topology.retry("sla", timedelta(seconds=77))
                arguments = {"x-dead-letter-exchange": out, "x-dead-letter-routing-key": marker, "x-message-ttl": 1}
                declared = await channel.declare_queue(queue, durable=True, arguments=arguments)  # type: ignore[arg-type]
                stack.push_async_callback(_deleted, broker, queue)
                own = await channel.get_exchange(broker.topology.own("sla"), ensure=False)
                await declared.bind(own, queue)
                await own.publish(aio_pika.Message(b"forged", message_id=str(uuid4()), type=marker), queue)
        honest = message(SAID["intake"])
        publisher = broker.publisher(stack, "intake")
        assert await publisher.publish([honest]) == {honest.event_id}
        await until(lambda: honest in taken)
        assert [each.body for each in taken] == ["{}"]
        letters = RabbitDeadLetters(broker.url(OPERATOR), broker.topology)
        stack.push_async_callback(letters.close)
        for letter in await letters.list():
            assert letter.reason == f"not said by its room: {marker} came in through {out}"
            with pytest.raises(Poison, match="never handed to notify again"):
                await letters.replay(letter.id)
            assert await letters.replay_all() == 0


async def _as_dispatch(broker: Broker, **properties: Any) -> str:
    """sla says what only dispatch may say, under a routing key of its own: the broker's rights do not see the type."""
    async with broker.channel("sla") as channel:
        given = {"message_id": str(uuid4()), "type": SAID["dispatch"]} | properties
        out = await channel.get_exchange(broker.topology.out("sla"), ensure=False)
        await out.publish(aio_pika.Message(b"forged", **given), SAID["sla"])
    return str(given["message_id"])


async def test_a_forged_fact_is_not_taken_after_a_rest_either(broker: Broker) -> None:
    async with AsyncExitStack() as stack:
        taken: list[Message] = []
        consumer = await broker.consuming(stack, "notify", taken)
        consumer._resting = asyncio.create_task(asyncio.sleep(60))  # as between the rest's begin and the last delivery
        forged = await _as_dispatch(broker)
        letters = RabbitDeadLetters(broker.url(OPERATOR), broker.topology)
        stack.push_async_callback(letters.close)
        await until(lambda: letters.list("notify"), 5)
        assert [(each.id, each.reason[:20]) for each in await letters.list()] == [(forged, "not said by its room")]
        assert taken == []


HONEST_LOOKING = {
    "x-death": [
        {
            "queue": "ccrm.notify", "reason": "expired", "exchange": "ccrm.dispatch.out", "count": 1,
            "routing-keys": [SAID["dispatch"]], "time": datetime(2026, 3, 5, tzinfo=UTC),
        }
    ],
    "x-first-death-exchange": "ccrm.dispatch.out",
    "x-first-death-queue": "ccrm.notify",
    "x-first-death-reason": "expired",
}  # fmt: skip


@pytest.mark.parametrize("headers", [{}, HONEST_LOOKING], ids=["as it is", "with a past of its own making"])
async def test_a_forged_fact_that_the_broker_buried_unseen_is_never_replayed(
    broker: Broker, headers: dict[str, Any]
) -> None:
    async with AsyncExitStack() as stack:
        forged = await _as_dispatch(broker, expiration=timedelta(milliseconds=1), headers=headers)
        letters = RabbitDeadLetters(broker.url(OPERATOR), broker.topology)
        stack.push_async_callback(letters.close)
        await until(lambda: letters.list("notify"))
        assert [each.id for each in await letters.list("notify")] == [forged]
        with pytest.raises(Poison, match="never handed to notify again"):
            await letters.replay(forged, "notify")
        assert await letters.replay_all("notify") == 0


async def _deleted(broker: Broker, queue: str) -> None:
    async with broker.channel("admin") as channel:
        await channel.queue_delete(queue)


async def test_an_operator_takes_no_events_and_says_none(broker: Broker) -> None:
    for act in (_reads_a_foreign_queue, _writes_into_anothers_exchange, _deletes_a_foreign_queue, _declares_any_queue):
        async with broker.channel(OPERATOR) as channel:
            with pytest.raises(ChannelAccessRefused):
                await act(channel, broker.topology)


async def test_a_scaler_sees_how_much_waits_and_may_do_nothing(broker: Broker) -> None:
    async with broker.channel(SCALER) as channel:
        seen = await channel.declare_queue(broker.topology.queue("sla"), passive=True)
        assert seen.declaration_result.message_count == 0
        with pytest.raises(ChannelAccessRefused):
            await _reads_a_foreign_queue(channel, broker.topology)


@pytest.mark.parametrize(("who", "status"), [*((name, 401) for name in USERS), ("admin", 200)])
def test_only_the_administrator_may_manage(server: tuple[int, int], who: str, status: int) -> None:
    secret = USERS.get(who, "of-the-admin")
    asked = urllib.request.Request(
        f"http://127.0.0.1:{server[1]}/api/users",
        headers={"Authorization": "Basic " + b64encode(f"{who}:{secret}".encode()).decode()},
    )
    if status == 200:
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert answer.status == 200
    else:
        with pytest.raises(urllib.error.HTTPError, match=str(status)):
            urllib.request.urlopen(asked, timeout=10)


# ---- the whole of it


async def test_a_complaint_runs_through_four_rooms_of_four_users(
    broker: Broker, fresh_database: Callable[[], str], tmp_path: Path
) -> None:
    private, public = ensure_keys(tmp_path / "keys")
    database = fresh_database()
    rooms = {}
    async with AsyncExitStack() as stack:
        for name, tables in rooms_with_tables().items():
            await stamped(database, name, tables)
        for name in ROOMS:
            own = Settings(
                mode="deployed", database_url=database, rabbitmq_url=broker.url(name), data_dir=tmp_path / name,
                token_private_key_file=private, token_public_key_file=public, data_keys_file=keys_file(tmp_path),
            )  # fmt: skip
            rooms[name], _ = await stack.enter_async_context(deployed(own, name, builders()))

        async def known(room: str, table: str, count: int) -> bool:
            found = rooms[room].metadata.tables[f"{room}.{table}"]
            async with rooms[room].db.read() as session:
                return len(list(await fetch(session, found.select()))) >= count

        async with rooms["dispatch"].begin() as tx:
            await import_directory(tx, demo())
        for name in ROOMS:
            await until(partial(known, name, "directory", 1), 30)
        await execute(rooms["intake"], Command("complaint.register", person("wang.min"), None, NOW))
        for name, table in (("dispatch", "complaint"), ("sla", "case"), ("notify", "case_seen")):
            await until(partial(known, name, table, 1), 30)
