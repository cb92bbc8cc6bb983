"""Measures sla against its targets on PostgreSQL: python bench/sla.py postgresql+asyncpg://… [--cases 100000].

The database must be empty; it is left filled. Prints a line a target.
"""

import argparse
import asyncio
import statistics
import time
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, text

from services.dispatch.domain.demo import demo_directory
from services.sla.app import build
from services.sla.repository import CASE, FACT
from services.sla.tables import METADATA
from services.sla.usecases.tick import tick
from shared.db.database import Database
from shared.db.statements import fetch, run
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from shared.room.room import Room

BEGIN = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def registered(room: Room, number: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """A registered case whose order was never submitted: its submit clock is due at 10:00 Shanghai time."""
    case = room.ids.new()
    data = {
        "project_id": "jinbi-bay", "number": f"TS-{number:07d}", "policy_id": "group-after-sales",
        "policy_version": "2020-01-01", "channel": "phone", "officer": "wang.min", "kind": "complaint",
        "validity": None, "category": "property_service", "severity": "general",
        "contact_ended_at": BEGIN.isoformat(), "required_by": (BEGIN + timedelta(days=4)).isoformat(),
    }  # fmt: skip
    fact = {
        "event_id": room.ids.new(), "complaint_id": case, "name": "complaint_registered", "at": BEGIN,
        "recorded_at": BEGIN, "by": "wang.min", "data": data,
    }  # fmt: skip
    return fact, {"complaint_id": case, "project_id": "jinbi-bay", "next_change_at": BEGIN}


async def fill(room: Room, cases: int) -> None:
    for start in range(0, cases, 5000):
        pairs = [registered(room, number) for number in range(start, min(start + 5000, cases))]
        async with room.db.begin() as session:
            await run(session, insert(FACT), [fact for fact, _ in pairs])
            await run(session, insert(CASE), [case for _, case in pairs])


async def settle(room: Room) -> None:
    """What autovacuum does within a minute where it is on: without it plans are made for the tables of a minute ago."""
    async with room.db.engine.connect() as connection:
        await (await connection.execution_options(isolation_level="AUTOCOMMIT")).execute(text("VACUUM ANALYZE"))


async def idle(room: Room, rows: int) -> float:
    """Median seconds of a tick with nothing due over `rows` open cases (case rows alone: the tick reads no facts)."""
    async with room.db.begin() as session:
        await run(
            session,
            text(
                "INSERT INTO sla.case (complaint_id, project_id, next_change_at) SELECT gen_random_uuid(), 'x', "
                f"TIMESTAMPTZ '2030-01-01' + n * INTERVAL '1 second' FROM generate_series(1, {rows}) n"
            ),
        )
    await settle(room)
    times = []
    for _ in range(30):
        begun = time.perf_counter()
        await tick(room)
        times.append(time.perf_counter() - begun)
    return statistics.median(times)


async def main(url: str, cases: int) -> None:
    clock = ManualClock(BEGIN)
    rooms = [build(Database(url, "sla"), clock, Ids(clock), built_in()) for _ in range(2)]
    room = rooms[0]
    await room.db.create(METADATA)
    async with room.begin() as tx:
        await run(tx.session, insert(room.tables.directory),
                  {"version": 1, "body": demo_directory().model_dump_json(), "received_at": BEGIN})  # fmt: skip
    few = await idle(room, 1_000)
    many = await idle(room, 999_000)
    ratio = f"ratio {many / few:.2f} (<= 1.5)"
    print(f"idle tick: {few * 1000:.2f} ms at 1,000 open, {many * 1000:.2f} ms at 1,000,000: {ratio}")
    async with room.db.begin() as session:
        await run(session, text("TRUNCATE sla.case"))

    await fill(room, cases)
    clock.move_to(BEGIN + timedelta(minutes=1))
    await tick(room)
    clock.move_to(BEGIN + timedelta(minutes=36))
    await settle(room)
    begun = time.perf_counter()
    await tick(room)
    print(f"{cases:,} clocks due at one instant, one replica: {time.perf_counter() - begun:.1f} s (<= 120)")

    clock.move_to(datetime(2026, 3, 2, 4, 0, tzinfo=UTC))
    async with room.db.begin() as session:
        await run(session, text("UPDATE sla.case SET next_change_at = :now"), {"now": clock.now()})
        await run(session, text("DELETE FROM sla.journal"))
    await settle(room)
    begun = time.perf_counter()
    await asyncio.gather(*(tick(each) for each in rooms))
    async with room.db.read() as session:
        ((charges, twice),) = await fetch(
            session,
            text("SELECT count(*), count(*) - count(DISTINCT (complaint_id, rule, person)) FROM sla.charge"),
        )
    print(f"the same with two replicas: {time.perf_counter() - begun:.1f} s; {charges:,} charges, {twice} twice")

    clock.move_to(datetime(2026, 3, 31, 12, 0, tzinfo=UTC))
    await settle(room)
    begun = time.perf_counter()
    await tick(room)
    async with room.db.read() as session:
        ((lines,),) = await fetch(session, text("SELECT count(*) FROM sla.statement_line"))
    took = time.perf_counter() - begun
    print(f"month-end statement over {cases:,} penalised cases: {took:.1f} s (<= 60), {lines:,} lines")
    for each in rooms:
        await each.db.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--cases", type=int, default=100_000)
    given = parser.parse_args()
    asyncio.run(main(given.url, given.cases))
