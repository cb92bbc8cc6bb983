"""Measures capture while the 9:30 run over many unfinished orders is under way, on four services with servers of their
own: python -m bench.morning [--orders 20000].
"""

import argparse
import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import insert

from services.__main__ import builders
from services.dispatch.usecases.import_directory import import_directory
from services.sla.repository import CASE, FACT
from shared.db.statements import run
from shared.kernel.ids import Ids
from shared.org.model import Assignment, Directory
from shared.policy.library import built_in
from tests.faults.house.house import House, opened, own_home, tomorrow
from tests.faults.house.lives import MATTERS
from tests.kit.desk import demo
from tests.kit.waiting import until

GROUPS = 60
"""So many times the demo's companies: about 1,000 people who answer for something."""
PEOPLE = 4
"""So many capture at once, each after the other, with as long a pause as a quick officer needs."""


def grown(directory: Directory) -> Directory:
    """The demo group with many companies like its own."""
    people, assignments = list(directory.people), list(directory.assignments)
    companies, projects = list(directory.companies), list(directory.projects)
    places = {each.id for each in (*companies, *projects)}
    for number in range(1, GROUPS):

        def named(text: str, number: int = number) -> str:
            return f"{text}-{number}"

        companies += [each.model_copy(update={"id": named(each.id)}) for each in directory.companies]
        projects += [
            each.model_copy(update={"id": named(each.id), "company": named(each.company),
                                    "property_company": named(each.property_company)})
            for each in directory.projects
        ]  # fmt: skip
        local = [each for each in directory.assignments if each.scope in places]
        assignments += [Assignment(**{**each.model_dump(), "scope": named(each.scope), "person": named(each.person)})
                        for each in local]  # fmt: skip
        held = {each.person for each in local}
        people += [each.model_copy(update={"id": named(each.id), "mobile": None}) for each in directory.people
                   if each.id in held]  # fmt: skip
    return directory.with_changes(people=people, assignments=assignments, companies=companies, projects=projects)


async def fill(house: House, orders: int) -> None:
    """Orders that were issued an hour ago and are not finished, as sla has heard of them."""
    ids, now = Ids(house.clock), house.clock.now()
    facts: list[dict[str, Any]] = []
    cases: list[dict[str, Any]] = []
    for number in range(orders):
        matter, group = MATTERS[number % len(MATTERS)], number // len(MATTERS) % GROUPS
        tail = f"-{group}" if group else ""
        case, begin = ids.new(), now - timedelta(hours=2)
        registered = {
            "project_id": matter.project + tail, "number": f"TS-{number:07d}", "policy_id": "group-after-sales",
            "policy_version": "2020-01-01", "channel": "phone", "officer": matter.officer + tail, "kind": "complaint",
            "validity": None, "category": matter.category, "severity": "general",
            "contact_ended_at": begin.isoformat(), "required_by": (now + timedelta(days=9)).isoformat(),
        }  # fmt: skip
        for minutes, name, data in (
            (0, "complaint_registered", registered),
            (5, "order_submitted", {"first_department": None}),
            (20, "order_reviewed", {}),
            (30, "order_issued", {}),
            (50, "visit_recorded", {"outcome": "agreed", "has_plan": True}),
        ):
            at = begin + timedelta(minutes=minutes)
            facts.append({"event_id": ids.new(), "complaint_id": case, "name": name, "at": at, "recorded_at": at,
                          "by": matter.officer, "data": data})  # fmt: skip
        cases.append({"complaint_id": case, "project_id": matter.project + tail, "next_change_at": begin})
    async with house.db["sla"].begin() as session:
        await run(session, insert(FACT), facts)
        await run(session, insert(CASE), cases)


@dataclass
class Captured:
    spent: list[float] = field(default_factory=list)

    def quantile(self, part: float) -> float:
        ordered = sorted(self.spent)
        return ordered[min(int(len(ordered) * part), len(ordered) - 1)] * 1000


async def capture(house: House, ends: asyncio.Event) -> Captured:
    captured = Captured()

    async def officer() -> None:
        while not ends.is_set():
            began = perf_counter()
            await house.lives.register(MATTERS[0])
            captured.spent.append(perf_counter() - began)
            await asyncio.sleep(0.05)

    await asyncio.gather(*(officer() for _ in range(PEOPLE)))
    return captured


async def captured_for(house: House, seconds: float) -> Captured:
    ends = asyncio.Event()
    working = asyncio.create_task(capture(house, ends))
    await asyncio.sleep(seconds)
    ends.set()
    return await working


async def main(orders: int) -> None:
    with own_home() as home:
        # As deploy/compose.yaml has it, where all stand on one machine.
        async with opened(home, 1, nice={"sla": 10, "notify": 10}) as house:
            dispatch = builders()["dispatch"](house.db["dispatch"], house.clock, Ids(house.clock), built_in())
            async with dispatch.begin() as tx:
                await import_directory(tx, grown(demo()))
            await house.settled()
            await fill(house, orders)
            await house.settled(600)
            house.move_to(tomorrow(house.clock, 9, 29))
            await house.settled(600)
            await captured_for(house, 5)
            without = await captured_for(house, 20)
            house.move_to(tomorrow(house.clock, 9, 30))
            began, ends = perf_counter(), asyncio.Event()
            working = asyncio.create_task(capture(house, ends))
            await until(lambda: house.count("sla.reminder_run"), 120)
            await until(lambda: _all_sent(house), 600)
            took = perf_counter() - began
            ends.set()
            during = await working
            due = await house.count("sla.reminder")
            print(f"{orders:,} unfinished orders, {due:,} digests sent in {took:.1f} s")
            for name, each in (("without", without), ("during", during)):
                print(f"capture {name}: {len(each.spent):,} complaints, median {each.quantile(0.5):.0f} ms, "
                      f"p99 {each.quantile(0.99):.0f} ms")  # fmt: skip
            print(f"p99 during / without: {during.quantile(0.99) / without.quantile(0.99):.2f} (<= 1.3)")


async def _all_sent(house: House) -> bool:
    message, reminder = house.tables["notify.message"], house.tables["sla.reminder"]
    daily = await house.count("sla.reminder", reminder.c.template == "reminder.daily")
    done = await house.count(
        "notify.message", message.c.template == "reminder.daily", message.c.status.not_in(["queued", "sending"])
    )
    return daily > 0 and done == daily


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--orders", type=int, default=20_000)
    asyncio.run(main(parser.parse_args().orders))
