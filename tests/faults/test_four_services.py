"""Four services at work, attacked in every way: nothing is lost, nothing is done twice, and every figure is right.

`CCRM_FAULTS=full` passes every point of every room and stays longer in each fault (`make faults`).
"""

import asyncio
import signal
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from time import perf_counter
from uuid import uuid4

import aio_pika
import asyncpg
import pytest
import pytest_asyncio

from tests.faults.conftest import SEED
from tests.faults.house.attack import FULL, attacked
from tests.faults.house.house import House, environment, opened, own_home, tomorrow
from tests.faults.house.lives import MATTERS
from tests.faults.house.sms import Mood
from tests.kit.story import ZONE
from tests.kit.waiting import until

pytestmark = pytest.mark.asyncio(loop_scope="module")

LONG = 3.0 if FULL else 1.0
"""Faults that last, last so many times as long."""

COMMAND = ("after_begin", "before_commit", "before_reply", "after_publish")
MESSAGE = ("after_receive", "after_inbox", "before_ack")
POINTS = {
    "intake": (*COMMAND, *MESSAGE),
    "dispatch": (*COMMAND, *MESSAGE),
    "sla": ("after_claim", "after_publish", *MESSAGE),
    "notify": ("before_send", "after_send", *MESSAGE),
}
MANY = 50_000 if FULL else 300
SHORT = 2
"""So many points of each room, drawn by the seed, where not all are passed."""


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def house() -> AsyncIterator[House]:
    with own_home() as home:
        async with opened(home, SEED) as made:
            yield made


async def test_every_room_is_killed_at_its_points_while_people_work(house: House) -> None:
    async def killed(room: str) -> None:
        points = list(POINTS[room])
        house.random.shuffle(points)
        for point in points if FULL else points[:SHORT]:
            passed = await house.killed_at(room, f"{room}.{point}", house.random.randrange(1, 4))
            assert passed, f"nothing passed {room}.{point}"

    async with attacked(house, "kill -9 of each service at its points", at_once=6):
        await asyncio.gather(*(killed(room) for room in POINTS))


async def test_the_broker_is_stopped_and_killed_and_loses_queues_and_bindings(house: House) -> None:
    async with attacked(house, "the broker"):
        await asyncio.to_thread(house.rabbit.stop)
        house.note("broker stopped")
        await asyncio.sleep(2 * LONG)
        await asyncio.to_thread(house.rabbit.start)
        await asyncio.sleep(2)
        await asyncio.to_thread(house.rabbit.kill)
        house.note("kill -9 of the broker")
        await asyncio.sleep(LONG)
        await asyncio.to_thread(house.rabbit.start)
        await house.hear_again()
        async with await aio_pika.connect(house.rabbit.url) as link:
            channel = await link.channel()
            queue = await channel.get_queue(house.topology.queue("sla"), ensure=False)
            # What lies in a deleted queue is lost to the broker; the events are kept, and sent again.
            since = house.clock.now() - timedelta(minutes=2)
            await queue.delete(if_unused=False, if_empty=False)
            house.note("the queue of sla deleted")
            queue = await channel.get_queue(house.topology.queue("notify"), ensure=False)
            await queue.unbind(house.topology.exchange, "dispatch.order_issued.v1")
            house.note("a binding of notify deleted")
        await until(lambda: _bound(house, "notify", "dispatch.order_issued.v1"), 40)
        await house.hear_again()
        await house.resend(since)


async def _bound(house: House, room: str, topic: str) -> bool:
    """The room has seen what is missing and has put it back."""
    bindings = await asyncio.to_thread(house.rabbit.ctl, "-q", "list_bindings", "destination_name", "routing_key")
    return [house.topology.queue(room), topic] in [line.split() for line in bindings.splitlines()]


async def test_the_broker_takes_nothing_for_want_of_memory_and_of_disk(house: House) -> None:
    async with attacked(house, "the broker's alarms"):
        for alarm, wrong, right in (
            ("memory", ("set_vm_memory_high_watermark", "absolute", "1"), ("set_vm_memory_high_watermark", "0.4")),
            ("disk", ("set_disk_free_limit", "1000000GB"), ("set_disk_free_limit", "50MB")),
        ):
            await asyncio.to_thread(house.rabbit.ctl, *wrong)
            house.note(f"{alarm} alarm")
            await asyncio.sleep(3 * LONG)
            await asyncio.to_thread(house.rabbit.ctl, *right)


async def test_the_database_dies_loses_its_backends_and_can_only_be_read(house: House) -> None:
    async with attacked(house, "the database"):
        await asyncio.to_thread(house.postgres.kill)
        house.note("kill -9 of the database")
        await asyncio.sleep(LONG)
        await asyncio.to_thread(house.postgres.start)
        await asyncio.sleep(2)
        link = await _administrator(house)
        await link.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        house.note("all backends ended")
        await asyncio.sleep(2)
        await link.execute("ALTER SYSTEM SET default_transaction_read_only = on")
        await link.execute("SELECT pg_reload_conf()")
        house.note("the database is read-only")
        await asyncio.sleep(3 * LONG)
        await link.execute("SET default_transaction_read_only = off")
        await link.execute("ALTER SYSTEM RESET default_transaction_read_only")
        await link.execute("SELECT pg_reload_conf()")
        async with link.transaction():
            await link.execute("LOCK TABLE intake.complaint, dispatch.complaint IN ACCESS EXCLUSIVE MODE")
            house.note("tables locked until the pools are exhausted")
            await asyncio.sleep(4 * LONG)
        await link.close()


async def _administrator(house: House) -> asyncpg.Connection:
    return await asyncpg.connect(house.postgres.url.replace("+asyncpg", ""))


async def test_the_network_is_cut_half_open_slow_and_black(house: House) -> None:
    ways = [(kind, room) for kind in ("broker", "database") for room in POINTS]
    house.random.shuffle(ways)
    async with attacked(house, "the network"):
        for number, (kind, room) in enumerate(ways):
            proxy = (house.brokers if kind == "broker" else house.databases)[room]
            match ("cut", "half-open", "slow", "blackhole", "reset", "truncate")[number % 6]:
                case "cut":
                    await proxy.cut()
                case "half-open":
                    proxy.mute("down")
                case "slow":
                    proxy.slow(latency=0.2, jitter=0.1)
                case "blackhole":
                    proxy.blackhole()
                case "reset":
                    proxy.reset()
                case "truncate":
                    proxy.truncate(house.random.randrange(1, 4000))
            house.note(f"{room} to its {kind}: {proxy.history[-1]}")
            await asyncio.sleep(1.5 * LONG)
            await proxy.heal()


async def test_the_gateway_of_sms_fails_in_every_way(house: House) -> None:
    async with attacked(house, "the SMS gateway"):
        for mood in (Mood.error, Mood.busy, Mood.slow, Mood.mute):
            wanted = house.sms.calls[mood] + 2
            house.sms.mood = mood
            for _ in range(20):
                # A gateway that has failed is left alone for a while, and longer each time.
                house.forward(house.clock.now() + timedelta(minutes=1))
                await asyncio.sleep(1)
                if house.sms.calls[mood] >= wanted:
                    break
            assert house.sms.calls[mood] >= wanted, mood
            house.note(f"gateway {mood}")
        house.sms.mood = Mood.well
    assert sum(house.sms.repeated.values()) > 0, "no message was tried again that had been taken"


async def test_poison_is_put_aside_and_holds_nothing_up(house: House) -> None:
    topic = "intake.complaint_registered.v1"
    letters = [b"\xff\xfe no json", b"[]", b'{"topic": "x"}', b'{"event_id": 7}', b"{" + b" " * 5_000_000]
    async with attacked(house, "poison"):
        async with await aio_pika.connect(house.rabbit.url) as link:
            exchange = await (await link.channel()).get_exchange(house.topology.exchange, ensure=False)
            for body in letters:
                message = aio_pika.Message(body, message_id=str(uuid4()), delivery_mode=2)
                await exchange.publish(message, topic)
                house.note(f"{len(body)} bytes of poison")
        for room, topics in house.topology.rooms.items():
            house.poisoned[room] += len(letters) * (topic in topics)


async def test_nobody_is_there_at_half_past_nine_and_over_many_five_minutes(house: House) -> None:
    """sla and notify are down from 9:25 to 9:47 of the next day; then sla for three days."""
    async with attacked(house, "sla down over 9:30", keeps_pace=False):
        house.move_to(tomorrow(house.clock, 9, 25))
        await asyncio.sleep(2)
        for down, at in ((("sla", "notify"), tomorrow(house.clock, 9, 47)), (("sla",), _in_days(house, 3))):
            for room in down:
                await house.serving[room].stop()
                house.note(f"{room} stopped")
            house.move_to(at)
            await asyncio.sleep(2 * LONG)
            for room in down:
                house.serving[room].start()
            await asyncio.gather(*(house.serving[room].ready() for room in down))
            await house.reminded()


def _in_days(house: House, days: int) -> datetime:
    return house.clock.now().astimezone(ZONE).replace(hour=16, minute=5) + timedelta(days=days)


async def test_two_more_replicas_of_sla_and_notify_and_one_sleeps_over_the_morning(house: House) -> None:
    more = ["sla-2", "notify-2", *(["sla-3", "notify-3", "sla-4", "notify-4"] if FULL else [])]
    async with attacked(house, "replicas", keeps_pace=False):
        for name in more:
            house.add(name, environment(house, name.partition("-")[0]))
        await asyncio.gather(*(house.serving[name].ready() for name in more))
        house.move_to(tomorrow(house.clock, 9, 29))
        await asyncio.sleep(2)
        house.serving["sla"].signal(signal.SIGSTOP)
        house.note("sla is paused")
        house.move_to(tomorrow(house.clock, 9, 31))
        await house.reminded()
        house.serving["sla"].signal(signal.SIGCONT)
        await house.killed_at("sla-2", "sla.after_claim")
        await house.killed_at("notify-2", "notify.after_send")
        for name in more:
            await house.serving[name].stop()


async def test_the_clocks_go_back_and_the_morning_comes_twice(house: House) -> None:
    async with attacked(house, "clocks back", keeps_pace=False):
        house.move_to(tomorrow(house.clock, 9, 30) + timedelta(seconds=20))
        house.lives.end()
        await house.settled()
        house.clock.move_to(house.clock.now() - timedelta(minutes=2))
        house.note("clocks back by two minutes")
        await asyncio.sleep(2)
        house.clock.move_to(house.clock.now() + timedelta(minutes=3))
        await asyncio.sleep(2)


async def test_the_month_ends_while_sla_dies(house: House) -> None:
    async with attacked(house, "month's end", keeps_pace=False):
        house.lives.end()
        await house.settled()
        house.serving["sla"].arm("sla.after_claim")
        house.move_to(datetime(2026, 3, 31, 20, 0, 1, tzinfo=ZONE))
        assert await house.killed_at("sla", "sla.after_claim")
        await until(lambda: house.count("sla.statement_run"), 30)
    held = await house.count("sla.statement")
    assert held > 3


async def test_a_gateway_that_cannot_deduplicate_leaves_a_message_uncertain_and_sends_none_twice(house: House) -> None:
    await house.serving["notify"].stop()
    house.write_form(deduplicates=False)
    house.serving["notify"].start()
    await house.serving["notify"].ready()
    async with attacked(house, "a gateway that takes and does not answer"):
        house.sms.mood = Mood.mute
        before = house.sms.calls[Mood.mute]
        await until(lambda: house.sms.calls[Mood.mute] > before, 20)
        house.note("gateway mute")
        house.sms.mood = Mood.well
    uncertain = [row for row in await house.rows("notify.message") if row.status == "uncertain"]
    assert uncertain
    assert all(str(row.id) in house.sms.taken and not house.sms.repeated[str(row.id)] for row in uncertain)


async def test_complaints_are_captured_through_the_death_of_every_room_and_of_the_broker(house: House) -> None:
    wanted, began = len(house.books.of("complaint.register")) + MANY, perf_counter()

    async def capture() -> None:
        while len(house.books.of("complaint.register")) < wanted:
            await house.lives.register(house.random.choice(MATTERS))

    async with attacked(house, f"{MANY:,} complaints", keeps_pace=False):
        house.lives.end()
        capturing = asyncio.gather(*(capture() for _ in range(16)))
        while not capturing.done():
            for room in POINTS:
                if not capturing.done():
                    house.killing(room)
                    await house.serving[room].ready()
            await asyncio.to_thread(house.rabbit.kill)
            house.note("kill -9 of the broker")
            await asyncio.to_thread(house.rabbit.start)
            await house.hear_again()
            await asyncio.sleep(60 if FULL else 0)
        await capturing
        house.note(f"{MANY / (perf_counter() - began):.0f} complaints a second")
