"""A house: its servers, its four rooms, and what can be done to them."""

import asyncio
import contextlib
import os
import signal
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Any

from sqlalchemy import Table, func, select

from services.__main__ import ROOMS, builders
from services.dispatch.usecases.import_directory import import_directory
from shared.bus.rabbit import RabbitDeadLetters, Topology
from shared.db.database import Database
from shared.db.keyfile import ensure_keys as ensure_data_keys
from shared.db.keyfile import key_ring
from shared.db.migrations import rooms_with_tables
from shared.db.statements import fetch
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from shared.room.resend import resend
from shared.run.deployed import topology_of
from shared.run.settings import load
from shared.web.tokens import Signer, ensure_keys
from tests.faults.house.client import Books, Client
from tests.faults.house.clock import MovedClock
from tests.faults.house.lives import Lives
from tests.faults.house.processes import Serving
from tests.faults.house.sms import SmsGateway
from tests.kit.chaos_proxy import ChaosProxy
from tests.kit.desk import demo
from tests.kit.servers import PostgresServer, RabbitServer
from tests.kit.stamped import stamped
from tests.kit.story import ZONE
from tests.kit.waiting import until

MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=ZONE)

FORM = """
url = "{url}"
success = "code=0"
reference = "id"
deduplicates = {deduplicates}
[json]
id = "{{id}}"
phone = "{{phone}}"
template = "{{template}}"
text = "{{text}}"
"""


@dataclass
class House:
    home: Path
    seed: int
    postgres: PostgresServer
    rabbit: RabbitServer
    brokers: dict[str, ChaosProxy]
    databases: dict[str, ChaosProxy]
    sms: SmsGateway
    clock: MovedClock
    deduplicates: bool = True
    """What the gateway promised when notify was started last."""
    serving: dict[str, Serving] = field(default_factory=dict)
    injected: list[str] = field(default_factory=list)
    killed: Counter[str] = field(default_factory=Counter)
    """How often each process was killed by us."""
    poisoned: Counter[str] = field(default_factory=Counter)
    """How many messages that can never be understood each room was sent."""
    mornings: list[date] = field(default_factory=list)
    """The days whose 9:30 the house has seen, or has woken up after."""
    books: Books = field(default_factory=Books)
    lives: Lives = field(init=False)
    client: Client = field(init=False)
    random: Random = field(init=False)
    tables: dict[str, Table] = field(default_factory=dict)
    db: dict[str, Database] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.random = Random(self.seed)
        private, _ = ensure_keys(self.home / "keys")
        self.client = Client(self.address, Signer(private.read_bytes()), self.clock, self.books)
        self.lives = Lives(self.client, self.clock, Random(self.seed))
        ring = key_ring(self.data_keys)
        for room, metadata in rooms_with_tables().items():
            self.tables |= {f"{room}.{table.name}": table for table in metadata.tables.values()}
            self.db[room] = Database(self.postgres.url, room, pool_size=3, keys=ring)

    @property
    def data_keys(self) -> Path:
        return ensure_data_keys(self.home / "data-keys")

    # ---- where things are

    @cached_property
    def _room_of(self) -> dict[str, str]:
        made = {
            name: build(self.db[name], self.clock, Ids(self.clock), built_in()) for name, build in builders().items()
        }
        return {command: name for name, room in made.items() for command in room.commands}

    def address(self, what: str) -> str:
        """Of a room, or of the room that takes a command."""
        return self.serving[self._room_of.get(what, what)].url

    @cached_property
    def topology(self) -> Topology:
        return topology_of(load(mode="deployed"), builders())

    def letters(self) -> RabbitDeadLetters:
        return RabbitDeadLetters(self.rabbit.url, self.topology)

    async def rows(self, table: str, *where: Any) -> list[Any]:
        found = self.tables[table]
        async with self.db[table.partition(".")[0]].read() as session:
            return list(await fetch(session, select(found).where(*where)))

    async def count(self, table: str, *where: Any) -> int:
        found = self.tables[table]
        async with self.db[table.partition(".")[0]].read() as session:
            ((number,),) = await fetch(session, select(func.count()).select_from(found).where(*where))
        return int(number)

    # ---- what is done to it

    def move_to(self, at: datetime) -> None:
        self.forward(at)
        self.note(f"clocks moved to {at.astimezone(ZONE):%m-%d %H:%M}")

    def forward(self, at: datetime) -> None:
        """All clocks. The mornings between are nobody's: a reminder is never a day late."""
        began, local = self.clock.now(), at.astimezone(ZONE)
        self.clock.move_to(at)
        if began < datetime.combine(local, time(9, 30), ZONE) <= at:
            self.mornings.append(local.date())

    def note(self, fault: str) -> None:
        self.injected.append(fault)

    def add(self, name: str, env: dict[str, str]) -> Serving:
        self.serving[name] = made = Serving(name, self.home, env)
        made.start()
        return made

    def killing(self, name: str) -> None:
        """Kill -9, wherever it is; it is started again at once."""
        self.serving[name].signal(signal.SIGKILL)
        self.killed[name] += 1
        self.note(f"kill -9 of {name}")

    def write_form(self, *, deduplicates: bool) -> None:
        """What notify reads at its start."""
        self.deduplicates = deduplicates
        text = FORM.format(url=self.sms.url, deduplicates="true" if deduplicates else "false")
        (self.home / "sms.toml").write_text(text)

    async def killed_at(self, name: str, point: str, hits: int = 1, seconds: float = 40.0) -> bool:
        """Kill -9 at a named point, and up again. False where nothing passed the point in time."""
        process = self.serving[name]
        ends = len(process.ends)
        process.arm(point, hits)
        with contextlib.suppress(TimeoutError):
            await until(lambda: len(process.ends) > ends, seconds)
        process.disarm()
        if len(process.ends) == ends:
            return False
        self.note(f"kill -9 of {name} at {point}")
        self.killed[name] += 1
        await process.ready()
        return True

    async def hear_again(self, seconds: float = 60.0) -> None:
        """Until every room says that it is ready: it has found its broker, its queue and its database again."""
        async with asyncio.timeout(seconds):
            await asyncio.gather(*(each.ready() for each in self.serving.values() if each.wanted))

    async def resend(self, since: datetime) -> None:
        """What `ccrm resend all` does."""
        for room, build in builders().items():
            await resend(build(self.db[room], self.clock, Ids(self.clock), built_in()), since)
        self.note("events sent again")

    async def reminded(self, seconds: float = 60.0) -> None:
        """Until the reminders of this morning are on nobody's table any more."""
        today = self.clock.now().astimezone(ZONE).date()
        run, message = self.tables["sla.reminder_run"], self.tables["notify.message"]
        daily = (message.c.template == "reminder.daily", message.c.local_date == today)

        async def done() -> bool:
            if not await self.count("sla.reminder_run", run.c.template == "reminder.daily", run.c.local_date == today):
                return False
            queued = await self.count("notify.message", *daily, message.c.status.in_(["queued", "sending"]))
            reminder = self.tables["sla.reminder"]
            due = await self.count(
                "sla.reminder", reminder.c.template == "reminder.daily", reminder.c.local_date == today
            )
            return not queued and await self.count("notify.message", *daily) == due

        await until(done, seconds)

    async def settled(self, seconds: float = 60.0) -> float:
        """Until everything said has been heard by everybody and all that is due is done. Returns how long it took."""
        began = perf_counter()
        left = ["not looked yet"]
        while left and perf_counter() - began < seconds:
            with contextlib.suppress(OSError):
                left = await self._left()
                if not left:
                    left = await self._messages_left()
            await asyncio.sleep(0.1 if left else 0)
        assert not left, f"not settled after {seconds:g} s: {left[:20]}"
        return perf_counter() - began

    async def _left(self) -> list[str]:
        """What is not done yet."""
        case, left = self.tables["sla.case"], []
        if due := await self.count("sla.case", case.c.next_change_at <= self.clock.now()):
            left.append(f"{due} cases of sla are due")
        inboxes = {room: {row.event_id for row in await self.rows(f"{room}.inbox")} for room in ROOMS}
        for room in ROOMS:
            for row in await self.rows(f"{room}.outbox"):
                if row.sent_at is None:
                    left.append(f"{row.topic} of {room} is not sent")
                for listening, topics in self.topology.rooms.items():
                    if row.topic in topics and row.event_id not in inboxes[listening]:
                        left.append(f"{row.topic} {row.event_id} has not reached {listening}")
        return left

    async def _messages_left(self) -> list[str]:
        """Nobody waits here for the minutes after which a message is tried again, or its sender taken for dead."""
        message = self.tables["notify.message"]
        waiting = await self.rows("notify.message", message.c.status.in_(["queued", "sending"]))
        later = [row.next_try_at for row in waiting if row.next_try_at and row.next_try_at > self.clock.now()]
        if later and len(later) == len(waiting):
            self.forward(max(later) + timedelta(milliseconds=1))
        return [f"message {row.key} is {row.status} after {row.attempts} attempts" for row in waiting]

    async def close(self) -> None:
        await asyncio.gather(*(each.stop() for each in self.serving.values()))
        await self.client.close()
        await self.sms.stop()
        for proxy in (*self.brokers.values(), *self.databases.values()):
            await proxy.close()
        for db in self.db.values():
            await db.close()


@contextmanager
def own_home() -> Iterator[Path]:
    """A directory that the account which PostgreSQL runs as may enter; gone afterwards."""
    with TemporaryDirectory(prefix="ccrm-house-", ignore_cleanup_errors=True) as home:
        os.chmod(home, 0o755)
        yield Path(home)


@asynccontextmanager
async def opened(home: Path, seed: int, nice: Mapping[str, int] | None = None) -> AsyncIterator[House]:
    """Four rooms at work, in the demo group, on the Monday at 08:00. `nice`: who stands back for the others."""
    postgres, rabbit = PostgresServer(home / "postgres"), RabbitServer(home / "rabbit")
    sms = await SmsGateway().start()
    try:
        await asyncio.gather(asyncio.to_thread(postgres.start), asyncio.to_thread(rabbit.start))
        house = await _built(home, seed, postgres, rabbit, sms)
        try:
            house.write_form(deduplicates=True)
            for room in ROOMS:
                house.add(room, environment(house, room) | {"HOUSE_NICE": str((nice or {}).get(room, 0))})
            await asyncio.gather(*(each.ready() for each in house.serving.values()))
            await house.settled()
            yield house
        finally:
            await house.close()
    finally:
        postgres.stop()
        rabbit.close()


async def _built(home: Path, seed: int, postgres: PostgresServer, rabbit: RabbitServer, sms: SmsGateway) -> House:
    clock = MovedClock(home / "clock")
    clock.move_to(MONDAY)
    for room, metadata in rooms_with_tables().items():
        await stamped(postgres.url, room, metadata)
    brokers = {room: await ChaosProxy("127.0.0.1", rabbit.port, seed).start() for room in ROOMS}
    databases = {room: await ChaosProxy("127.0.0.1", postgres.port, seed).start() for room in ROOMS}
    house = House(home, seed, postgres, rabbit, brokers, databases, sms, clock)
    dispatch = builders()["dispatch"](house.db["dispatch"], clock, Ids(clock), built_in())
    async with dispatch.begin() as tx:
        await import_directory(tx, demo())
    return house


def environment(house: House, room: str) -> dict[str, str]:
    private, public = ensure_keys(house.home / "keys")
    return {
        "CCRM_MODE": "deployed",
        "CCRM_DATABASE_URL": house.databases[room].through(house.postgres.url),
        "CCRM_RABBITMQ_URL": house.brokers[room].through(house.rabbit.url),
        "CCRM_TOKEN_PUBLIC_KEY_FILE": str(public),
        "CCRM_DATA_KEYS_FILE": str(house.data_keys),
        "CCRM_DATA_DIR": str(house.home / "data"),
        "CCRM_RATE_PERSON": "0",
        "CCRM_RATE_PUBLIC": "0",
        "CCRM_SMS_GATEWAY": "http",
        "CCRM_SMS_HTTP": str(house.home / "sms.toml"),
        "CCRM_SMS_TIMEOUT": "1",
        "CCRM_SMS_PER_DAY": "1000",
        "CCRM_CHANNELS": "sms",
        "HOUSE_CLOCK": str(house.home / "clock"),
    } | ({"CCRM_TOKEN_PRIVATE_KEY_FILE": str(private)} if room == "dispatch" else {})


def tomorrow(clock: MovedClock, hour: int, minute: int = 0) -> datetime:
    """The next time that it is so late, Shanghai time."""
    now = clock.now().astimezone(ZONE)
    at = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
    return at if at > now else at + timedelta(days=1)
