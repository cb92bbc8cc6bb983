"""Several replicas and no leader: one that is paused over a due time, and wakes after another did the work, changes
nothing.
"""

import asyncio
import contextlib
import signal
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest
from sqlalchemy.exc import DBAPIError

from services.sla.app import build
from services.sla.usecases.tick import recompute_due, tick
from services.sla.usecases.verify_journal import verify_journal
from shared.db import database as databases
from shared.db.database import Database
from shared.db.migrations import rooms_with_tables
from shared.events.base import decode
from shared.events.dispatch import DirectoryPublishedV1, ProgressEnteredV1
from shared.events.sla import ReminderDueV1
from shared.kernel.clock import ManualClock, SystemClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from shared.web.tokens import ensure_keys
from tests.faults.conftest import SEED
from tests.kit.data_keys import KEYS, keys_file
from tests.kit.desk import Desk, demo
from tests.kit.stamped import stamped
from tests.kit.waiting import until
from tests.notify.facts import issued, registered, submitted
from tests.run.process import Ccrm


def afternoon(now: datetime) -> str:
    """A zone in which it is three in the afternoon: 9:30 has passed, and the day is not over for long."""
    ahead = (15 - now.hour + 12) % 24 - 12
    return f"Etc/GMT{-ahead:+d}"


@dataclass
class Pair:
    """Two `ccrm serve sla` over one database, and the desk that tells them facts of yesterday."""

    replicas: tuple[Ccrm, Ccrm]
    desk: Desk

    def signal(self, which: int, number: signal.Signals) -> None:
        child = self.replicas[which]._child
        assert child is not None
        child.send_signal(number)

    async def open_case(self, number: str) -> None:
        case, required = self.desk.other_ids.new(), self.desk.clock.now() + timedelta(days=30)
        late = self.desk.clock.now() - timedelta(hours=2)
        for fact in (
            registered(self.desk, case, number=number, required_by=required, contact_ended_at=late),
            submitted(self.desk, case, required_by=required),
            issued(self.desk, case),
        ):
            await self.desk.hears(fact)

    async def computed(self, cases: int) -> bool:
        found = await self.desk.rows("case")
        now = SystemClock().now()
        return len(found) == cases and all(row.next_change_at is None or row.next_change_at > now for row in found)

    async def reminded(self) -> list[str]:
        told = [decode(row.topic, row.body) for row in await self.desk.rows("outbox")]
        return sorted(each.recipient for each in told if isinstance(each, ReminderDueV1))


@pytest.fixture
async def pair(
    tmp_path: Path, fresh_database: Callable[[], str], rabbitmq_url: str, rabbit_prefix: str
) -> AsyncIterator[Pair]:
    url = fresh_database()
    await stamped(url, "sla", rooms_with_tables()["sla"])
    _, public = ensure_keys(tmp_path / "keys")
    env = {
        "CCRM_MODE": "deployed",
        "CCRM_DATABASE_URL": url,
        "CCRM_RABBITMQ_URL": rabbitmq_url,
        "CCRM_RABBITMQ_PREFIX": rabbit_prefix,
        "CCRM_TOKEN_PUBLIC_KEY_FILE": str(public),
        "CCRM_DATA_KEYS_FILE": str(keys_file(tmp_path)),
    }
    clock = ManualClock(SystemClock().now() - timedelta(hours=26))
    room = build(Database(url, "sla", keys=KEYS), clock, Ids(clock), built_in())
    desk = Desk(room, clock)
    directory = demo().model_copy(update={"timezone": afternoon(SystemClock().now())})
    await desk.hears(desk.fact(DirectoryPublishedV1, version=1, directory=directory))
    replicas = [Ccrm("serve", "sla", log=tmp_path / f"sla-{each}.log", env=env) for each in "ab"]
    try:
        await asyncio.gather(*(asyncio.to_thread(each.start) for each in replicas))
        yield Pair((replicas[0], replicas[1]), desk)
    finally:
        for each in replicas:
            if each._child is not None:
                each._child.send_signal(signal.SIGCONT)
                each.kill()
        await room.db.close()


async def test_who_was_paused_over_the_due_time_wakes_and_changes_nothing(pair: Pair) -> None:
    pair.signal(0, signal.SIGSTOP)
    await pair.open_case("TS-1")
    await until(lambda: pair.computed(1), 20)
    await until(pair.reminded, 20)
    once = await pair.reminded()
    assert len(once) == len(set(once)) == 3
    journal = await pair.desk.rows("journal")
    assert journal, "the order was submitted late"
    pair.signal(0, signal.SIGCONT)
    await asyncio.sleep(2.5)
    assert await pair.reminded() == once
    assert await pair.desk.rows("journal") == journal

    # Now the other one; a late fact has the day's reminders worked through again, and nobody told again.
    pair.signal(1, signal.SIGSTOP)
    await pair.open_case("TS-2")
    await until(lambda: pair.computed(2), 20)
    pair.signal(1, signal.SIGCONT)
    await asyncio.sleep(2.5)
    assert await pair.reminded() == once
    assert {row.complaint_id for row in await pair.desk.rows("journal")} == {
        row.complaint_id for row in await pair.desk.rows("case")
    }


async def test_replicas_paused_at_any_point_do_everything_once(pair: Pair) -> None:
    random = Random(SEED)
    for number in range(20):
        which = random.randrange(2)
        await asyncio.sleep(random.random() * 0.1)
        pair.signal(which, signal.SIGSTOP)
        try:
            await pair.open_case(f"TS-{number}")
            await asyncio.sleep(random.random() * 0.4)
        finally:
            pair.signal(which, signal.SIGCONT)
    await until(lambda: pair.computed(20), 30)
    await until(pair.reminded, 20)
    once = await pair.reminded()
    assert len(once) == len(set(once)) == 3
    journal = await pair.desk.rows("journal")
    per_case = [sum(row.complaint_id == case.complaint_id for row in journal) for case in await pair.desk.rows("case")]
    assert len(set(per_case)) == 1
    assert per_case[0] > 0
    assert (await verify_journal(pair.desk.room)).problem is None


async def test_the_work_of_one_that_stopped_with_it_in_hand_goes_to_another(
    fresh_database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(databases, "IDLE_SECONDS", 1.0)
    url, clock = fresh_database(), ManualClock(SystemClock().now() - timedelta(hours=26))
    paused, wakes = threading.Event(), threading.Event()

    def stopping(point: str) -> None:
        if point == "sla.after_claim":
            paused.set()
            wakes.wait(30)

    def stopped_replica() -> Exception | int:
        """In a thread and loop of its own, as another process would."""

        async def work() -> int:
            room = build(Database(url, "sla", keys=KEYS), clock, Ids(clock), built_in())
            room.failpoint = stopping
            try:
                return await recompute_due(room)
            finally:
                with contextlib.suppress(Exception):
                    await room.db.close()

        try:
            return asyncio.run(work())
        except Exception as error:
            return error

    room = build(Database(url, "sla", keys=KEYS), clock, Ids(clock), built_in())
    await room.db.create(room.metadata)
    desk = Desk(room, clock)
    await desk.hears(desk.fact(DirectoryPublishedV1, version=1, directory=demo()))
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case, number="TS-1"))
    first = asyncio.create_task(asyncio.to_thread(stopped_replica))
    await asyncio.to_thread(paused.wait, 30)
    assert await recompute_due(room) == 0, "what another has in hand is left to it"

    async def taken() -> bool:
        return await recompute_due(room) == 1

    await until(taken, 20)
    progress: dict[str, Any] = {"project_id": "jinbi-bay", "by": "wu.gang", "state_before": "x", "state": "x"}
    await desk.hears(desk.fact(ProgressEnteredV1, complaint_id=case, text="已到场", **progress))
    await tick(room)
    before = await desk.rows("case"), await desk.rows("journal"), await desk.rows("outbox")
    wakes.set()
    woken = await first
    assert isinstance(woken, DBAPIError), woken
    assert (await desk.rows("case"), await desk.rows("journal"), await desk.rows("outbox")) == before
    await room.db.close()
