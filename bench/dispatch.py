"""Measures dispatch's lists on PostgreSQL: python bench/dispatch.py postgresql+asyncpg://… [--cases 100000].

The database must be empty; it is left filled. Prints the 95th percentile of each list (page of 25) in milliseconds;
the target is 60 ms each.
"""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from sqlalchemy import insert, text

from services.dispatch.app import build
from services.dispatch.domain.demo import demo_directory
from services.dispatch.tables import COMPLAINT, METADATA, ORDER
from services.dispatch.usecases import reads
from services.dispatch.usecases.meetings import meetings
from services.dispatch.usecases.queues import answered_for, waiting_for
from shared.db.database import Database
from shared.db.statements import run
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from shared.room.room import Actor, Room

BEGIN = datetime(2026, 1, 5, 1, 30, tzinfo=UTC)
OPEN = 0.005
"""Of all cases; they lie in three projects, so that each person has far more before him than in life."""
PROJECTS = (("jinbi-bay", "wang.min"), ("lakeside", "sun.yue"), ("yunshan", "zhang.lan"))
CATEGORIES = (("property_service", "property"), ("delay_quality", "engineering"), ("marketing_contract", "marketing"))
STATES = ("registered", "order_submitted", "order_reviewed", "handling", "handling", "handling", "closure_applied",
          "closure_verified", "closure_reviewed")  # fmt: skip
RUNS = 40


def row(room: Room, number: int, cases: int) -> dict[str, Any]:
    project, officer = PROJECTS[number % 3]
    category, first = CATEGORIES[number % 7 % 3]
    is_open = number >= cases * (1 - OPEN)
    state = STATES[number % len(STATES)] if is_open else "closed"
    at = BEGIN + timedelta(minutes=number)
    handed = None if state in ("registered", "order_submitted", "order_reviewed") else at
    name, phone, place = f"客户{number % 5000}", f"+86138{number:08d}", f"{number % 60}-{number % 40}"
    return {
        "complaint_id": room.ids.new(), "number": f"TS{number:09d}", "project_id": project,
        "policy_id": "group-after-sales", "policy_version": "2020-01-01", "officer": officer, "channel": "phone",
        "contact_ended_at": at, "registered_at": at, "kind": "complaint", "validity": None, "category": category,
        "severity": "general", "severity_reason": "一般投诉", "extra": {},
        "content": f"第 {number} 件：卫生间顶板渗水，夜间滴水影响休息。",
        "customer": {"name": name, "phone": phone, "room": place},
        "customer_name": name, "customer_phone": phone, "customer_room": place,
        "on_the_spot": False, "signed": False, "state": state, "state_since": at, "version": 3,
        "order_department": first, "first_department": first,
        "responsible": "property" if first == "property" else "regional", "cooperating": [],
        "required_by": at + timedelta(days=4), "agreed_completion_at": None, "extended_until": None,
        "handed_over_at": handed, "visited_at": handed, "visit_outcome": None, "material_entered": False,
        "planned": True,
        "pending": {}, "open_ends": False, "closed_at": None if is_open else at, "closed_ground": None,
        "inherited_required_by": None, "merged_into": None, "asked": [], "confined_to": None, "extreme": False,
        "guardian": None,
    }  # fmt: skip


def order(room: Room, case: dict[str, Any]) -> dict[str, Any]:
    at = case["registered_at"]
    return {
        "id": room.ids.new(), "complaint_id": case["complaint_id"], "version": 1, "number": None,
        "first_department": case["first_department"], "named": False, "cooperating": [], "required_by": None,
        "submitted_at": at, "submitted_by": case["officer"],
    }  # fmt: skip


async def fill(room: Room, cases: int) -> None:
    for start in range(0, cases, 2000):
        rows = [row(room, number, cases) for number in range(start, min(start + 2000, cases))]
        async with room.db.begin() as session:
            await run(session, insert(COMPLAINT), rows)
            await run(session, insert(ORDER), [order(room, case) for case in rows])
    async with room.db.begin() as session:
        await run(session, text("ANALYZE"))


async def timed(what: str, work: Callable[[], Awaitable[Any]]) -> None:
    spent = []
    for _ in range(RUNS):
        begun = time.perf_counter()
        await work()
        spent.append((time.perf_counter() - begun) * 1000)
    spent.sort()
    print(f"{what:<52} median {spent[RUNS // 2]:6.1f} ms   p95 {spent[int(RUNS * 0.95)]:6.1f} ms", flush=True)


async def main(url: str, cases: int) -> None:
    clock = ManualClock(BEGIN + timedelta(days=90))
    room = build(Database(url, "dispatch"), clock, Ids(clock), built_in())
    await room.db.create(METADATA)
    async with room.begin() as tx:
        await run(tx.session, insert(room.tables.directory),
                  {"version": 1, "body": demo_directory().model_dump_json(), "received_at": BEGIN})  # fmt: skip
    await fill(room, cases)
    for person in ("gao.feng", "wang.min", "wu.gang", "chen.wei", "qian.hui"):
        who = Actor("person", person)
        await timed(f"{person}: cases", partial(reads.cases, room, who))
        await timed(f"{person}: open cases", partial(reads.cases, room, who, state="open"))
        await timed(f"{person}: cases of a state", partial(reads.cases, room, who, state="order_reviewed"))
        for q in ("TS000000777", "渗水", "客户4999", "没有的字"):
            await timed(f"{person}: cases with {q}", partial(reads.cases, room, who, q=q))
        await timed(f"{person}: what waits", partial(waiting_for, room, who))
        await timed(f"{person}: what he answers for", partial(answered_for, room, who))
        await timed(f"{person}: meetings", partial(meetings, room, who))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("url")
    parser.add_argument("--cases", type=int, default=100_000)
    given = parser.parse_args()
    asyncio.run(main(given.url, given.cases))
