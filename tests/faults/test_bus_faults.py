"""Whatever happens between the rooms: every acknowledged fact has its effect once in every room that listens."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from time import perf_counter

import pytest
from sqlalchemy import update

from shared.db.statements import run
from shared.room.outbox import RoomOutbox
from tests.faults.conftest import Ground, opened
from tests.faults.station import Station
from tests.kit.servers import RabbitServer
from tests.kit.waiting import until


async def test_the_brokers_connection_breaks_again_and_again_while_facts_are_published(ground: Ground) -> None:
    proxy = ground.brokers["source"]
    saying = asyncio.create_task(ground.say(300, 0.01))
    while not saying.done():
        match ground.random.choice(["reset", "truncate", "cut", "half-open"]):
            case "reset":
                proxy.reset()
            case "truncate":
                proxy.truncate(ground.random.randrange(1, 4000))
            case "half-open":
                proxy.mute("down")  # published, and no confirm comes back
            case "cut":
                await proxy.cut()
        await asyncio.sleep(0.3 + ground.random.random() / 2)
        await proxy.heal()
        await asyncio.sleep(0.2)
    await saying
    assert len(ground.acknowledged) == 300  # without the broker every command is still answered
    await ground.all_arrived_once()


async def test_a_broker_that_swallows_everything_holds_up_no_command(ground: Ground) -> None:
    await ground.say(20)
    ground.brokers["source"].blackhole()
    began = perf_counter()
    await ground.say(50)
    assert perf_counter() - began < 3
    assert len(ground.acknowledged) == 70
    await asyncio.sleep(3)  # longer than a publish may take
    await ground.brokers["source"].heal()
    await ground.all_arrived_once()


async def test_a_listening_rooms_database_goes_away_in_every_way_while_it_consumes(ground: Ground) -> None:
    proxy = ground.databases["left"]
    saying = asyncio.create_task(ground.say(200, 0.02))
    for fault in ("reset", "cut", "blackhole", "truncate"):
        await asyncio.sleep(0.4)
        match fault:
            case "reset":
                proxy.reset()
            case "cut":
                await proxy.cut()
            case "blackhole":
                proxy.blackhole()
            case "truncate":
                proxy.truncate(ground.random.randrange(1, 2000), "down")
        await asyncio.sleep(1.2)
        await proxy.heal()
    await saying
    # The other room heard everything meanwhile.
    await until(lambda: _heard(ground.listening[1], 200), 5)
    await ground.all_arrived_once()


async def _heard(station: Station, count: int) -> bool:
    return len(await station.numbers_heard()) >= count


async def test_a_database_that_stays_away_is_waited_for_without_a_dead_letter(ground: Ground) -> None:
    left = ground.listening[0]
    await ground.databases["left"].cut()
    await ground.say(100)
    await until(lambda: left.consumer.resting)
    await until(lambda: _heard(ground.listening[1], 100))
    await asyncio.sleep(4)  # the first two retry steps are long over
    assert left.consumer.resting
    await ground.databases["left"].heal()
    await ground.all_arrived_once(10)


async def test_the_connection_of_a_consumer_breaks_with_messages_in_hand(ground: Ground) -> None:
    saying = asyncio.create_task(ground.say(300, 0.01))
    while not saying.done():
        await asyncio.sleep(0.4)
        proxy = ground.brokers[ground.random.choice(["left", "right"])]
        if ground.random.random() < 0.5:
            proxy.reset()
        else:
            proxy.truncate(ground.random.randrange(1, 500), ground.random.choice(["up", "down"]))
    await ground.all_arrived_once()


async def test_facts_sent_twice_and_out_of_order_have_one_effect(ground: Ground) -> None:
    await ground.say(60)
    await until(lambda: _heard(ground.listening[0], 60))
    room = ground.source.room
    outbox = RoomOutbox(room.db, room.tables, room.clock)
    async with room.begin() as tx:
        await run(tx.session, update(room.tables.outbox).values(sent_at=None))
    again = [message for _, message in await outbox.unsent(0, 100)]
    for _ in range(3):
        ground.random.shuffle(again)
        await ground.source.publisher.publish(again)
    await ground.all_arrived_once()


async def test_a_slow_and_trembling_network_loses_nothing(ground: Ground) -> None:
    for proxy in (*ground.brokers.values(), *ground.databases.values()):
        proxy.slow(latency=0.005, jitter=0.03, bandwidth=500_000)
    await ground.say(40)
    assert len(ground.acknowledged) == 40
    await ground.all_arrived_once()


def _process(argv: list[str], env: dict[str, str], file: Path) -> "subprocess.Popen[bytes]":
    with file.open("ab") as log:
        return subprocess.Popen(argv, env=env, stdout=log, stderr=log)


async def test_a_relay_killed_between_confirm_and_mark_sends_again_and_nobody_acts_twice(
    ground: Ground, tmp_path: Path
) -> None:
    await ground.source.loops.stop()  # the relay shall be another process
    await ground.say(50)
    env = os.environ | {
        "STATION_DATABASE": ground.source.room.db.engine.url.render_as_string(hide_password=False),
        "STATION_BROKER": ground.brokers["source"].through(ground.broker_url),
        "STATION_PREFIX": ground.prefix,
    }
    argv = [sys.executable, "-m", "tests.faults.station", "source"]
    for _ in range(2):
        dying = _process(argv, env | {"STATION_DIE_AFTER": "1"}, tmp_path / "log")
        assert await asyncio.to_thread(dying.wait, 20) == -signal.SIGKILL, (tmp_path / "log").read_text()
        assert await ground.source.unsent() == 50  # it was killed before it could note anything
    await until(lambda: _heard(ground.listening[0], 50))
    living = _process(argv, env, tmp_path / "log")
    try:
        await ground.all_arrived_once()
    finally:
        living.kill()
        living.wait()


@pytest.fixture
def own_broker(tmp_path: Path) -> RabbitServer:
    return RabbitServer(tmp_path / "rabbit")


async def test_a_broker_is_stopped_and_killed_under_way(
    own_broker: RabbitServer, fresh_database: Callable[[], str], rabbit_prefix: str
) -> None:
    await asyncio.to_thread(own_broker.start)
    try:
        async with opened(own_broker.url, fresh_database(), rabbit_prefix) as ground:
            await ground.say(100)
            await asyncio.sleep(2)  # a quorum queue survives kill -9 about two seconds after its declaration
            saying = asyncio.create_task(ground.say(100, 0.02))
            await asyncio.sleep(0.3)
            await asyncio.to_thread(own_broker.kill)
            await asyncio.to_thread(own_broker.start)
            await saying
            assert len(ground.acknowledged) == 200
            await ground.all_arrived_once(40)
    finally:
        await asyncio.to_thread(own_broker.close)


async def test_a_fact_is_heard_within_a_tenth_of_a_second(ground: Ground) -> None:
    """Woken at the commit, not at the next poll, which would take half a second on average."""
    await ground.say(5)
    await until(lambda: _heard(ground.listening[0], 5))
    heard = asyncio.Event()
    inner = ground.listening[0].consumer._deliver

    async def deliver(message: object) -> None:
        await inner(message)  # type: ignore[arg-type]
        heard.set()

    ground.listening[0].consumer._deliver = deliver  # type: ignore[assignment]
    taken: list[float] = []
    for number in range(100, 200):
        heard.clear()
        began = perf_counter()
        assert await ground.source.say(number)
        await asyncio.wait_for(heard.wait(), 5)
        taken.append((perf_counter() - began) * 1000)
    cuts = statistics.quantiles(taken, n=100)
    print(f"commit to effect: p50 {cuts[49]:.1f} ms, p99 {cuts[98]:.1f} ms")  # noqa: T201
    assert cuts[49] < 100
