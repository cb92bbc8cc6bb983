"""Two regions and their group over real brokers: a link that is cut loses nothing and doubles nothing."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.__main__ import ROOMS, builders
from services.dispatch.usecases.import_directory import import_directory
from shared.bus.rabbit import RabbitDeadLetters
from shared.db.migrations import rooms_with_tables
from shared.db.statements import fetch
from shared.kernel.clock import ManualClock
from shared.room.commands import execute
from shared.room.resend import resend
from shared.room.room import Command, Room
from shared.run.deployed import deployed, topology_of
from shared.run.federation import LINK_USER, definitions
from shared.run.settings import Settings
from shared.web.tokens import ensure_keys
from tests.kit.chaos_proxy import ChaosProxy
from tests.kit.data_keys import keys_file
from tests.kit.desk import COMPLAINT, MORNING, demo, person
from tests.kit.servers import RabbitServer, free_port
from tests.kit.stamped import stamped
from tests.kit.waiting import until

PASSWORD = "between-brokers"
REGIONS = ("north", "south")
SEEING = ("dispatch", "sla")
OWN = "of-the-room"


@dataclass
class Installations:
    """Rooms by installation and name; `links` are those over which the group hears each region."""

    rooms: dict[str, dict[str, Room]]
    settings: dict[str, Settings]
    links: dict[str, ChaosProxy]
    clock: ManualClock

    async def do(self, region: str, room: str, who: str, name: str, case: str | None = None, **data: Any) -> str:
        command = Command(name, person(who), UUID(case) if case else None, data)
        return str((await execute(self.rooms[region][room], command))["complaint"])

    async def register(self, region: str, count: int) -> list[str]:
        cases = [await self.do(region, "intake", "wang.min", "complaint.register", **COMPLAINT) for _ in range(count)]
        known = self.rooms[region]["dispatch"]
        await until(lambda: _all_in(known, "complaint", "complaint_id", cases))
        return cases

    async def issued(self, region: str) -> str:
        (case,) = await self.register(region, 1)
        await self.do(region, "dispatch", "wang.min", "order.submit", case)
        await self.do(region, "dispatch", "sun.li", "order.review", case, decision="approve")
        await self.do(region, "dispatch", "gao.feng", "order.issue", case, decision="approve")
        return case


async def rows(room: Room, table: str) -> list[Any]:
    found = room.metadata.tables[f"{room.name}.{table}"]
    async with room.db.read() as session:
        return list(await fetch(session, select(found)))


async def _all_in(room: Room, table: str, column: str, wanted: list[str]) -> bool:
    return set(wanted) <= {str(row._mapping[column]) for row in await rows(room, table)}


def _through(url: str, user: str, password: str, port: int) -> str:
    vhost = url.rpartition("/")[2]
    return f"amqp://{user}:{password}@127.0.0.1:{port}/{vhost}?heartbeat=2"


@pytest.fixture
async def installed(tmp_path: Path, fresh_database: Callable[[], str]) -> AsyncIterator[Installations]:
    """One broker for both regions, a virtual host each, and one for the group."""
    ports = {"regions": free_port(), "group": free_port()}
    private, public = ensure_keys(tmp_path / "keys")
    urls = {"north": f"amqp://guest:guest@127.0.0.1:{ports['regions']}/north"}
    urls["south"] = f"amqp://guest:guest@127.0.0.1:{ports['regions']}/south"
    urls["group"] = f"amqp://guest:guest@127.0.0.1:{ports['group']}/group"
    async with AsyncExitStack() as stack:
        links = {name: await ChaosProxy("127.0.0.1", ports["regions"]).start() for name in REGIONS}
        for link in links.values():
            stack.push_async_callback(link.close)
        settings = {}
        for name, url in urls.items():
            upstreams = (
                " ".join(
                    f"{region}={_through(urls[region], LINK_USER, PASSWORD, links[region].listening)}"
                    for region in REGIONS
                )
                if name == "group"
                else f"group={_through(urls['group'], LINK_USER, PASSWORD, ports['group'])}"
            )
            settings[name] = Settings(
                mode="deployed", database_url=fresh_database(), rabbitmq_url=url, upstreams=upstreams,
                federation_password=PASSWORD, token_private_key_file=private, token_public_key_file=public,
                data_keys_file=keys_file(tmp_path),
                region=None if name == "group" else name, observe=name == "group", data_dir=tmp_path / name,
                broker_users=" ".join(f"{room}={OWN}" for room in (SEEING if name == "group" else ROOMS)),
            )  # fmt: skip
        both: dict[str, list[Any]] = {}
        for region in REGIONS:
            told = definitions(settings[region], "region", topology_of(settings[region], builders()))
            for kind, listed in told.items():
                both.setdefault(kind, []).extend(each for each in listed if each not in both.get(kind, []))
        # One user of both virtual hosts: the last hash counts, all are of the same password.
        both["users"] = list({each["name"]: each for each in both["users"]}.values())
        group = definitions(settings["group"], "group", topology_of(settings["group"], builders()))
        given = {"regions": both, "group": group}
        brokers = [
            RabbitServer(tmp_path / name, ports[name], plugins=["rabbitmq_federation"], definitions=json.dumps(told))
            for name, told in given.items()
        ]
        for broker in brokers:
            stack.callback(broker.close)
        await asyncio.gather(*(asyncio.to_thread(broker.start) for broker in brokers))
        # An exchange is federated from the moment its link is up: what was published before stays in the region.
        await until(lambda: _linked(tmp_path), 60)
        tables, clock = rooms_with_tables(), ManualClock(MORNING)
        rooms: dict[str, dict[str, Room]] = {}
        for name, each in settings.items():
            for room in ROOMS if name != "group" else SEEING:
                await stamped(str(each.database_url), room, tables[room])
                own = each.broker().replace("guest:guest", f"{room}:{OWN}")
                as_itself = each.model_copy(update={"rabbitmq_url": own})
                made, _ = await stack.enter_async_context(deployed(as_itself, room, builders(), clock=clock))
                rooms.setdefault(name, {})[room] = made
        yield Installations(rooms, settings, links, clock)


def _linked(brokers: Path) -> bool:
    """Whether the group listens to both regions and both regions to the group; a link that failed waits for seconds."""
    group, regions = ((brokers / name / "log").read_text(errors="replace") for name in ("group", "regions"))
    return all(
        f"'group' connected to exchange 'ccrm.events' in vhost '{region}'" in group
        and f"'ccrm.directory' in vhost '{region}' connected to exchange" in regions
        for region in REGIONS
    )


async def test_a_region_cut_off_catches_up_without_loss_or_duplicate(installed: Installations) -> None:
    group = installed.rooms["group"]
    async with group["dispatch"].begin() as tx:
        await import_directory(tx, demo())
    for region in REGIONS:
        for room in installed.rooms[region].values():
            await until(lambda room=room: rows(room, "directory"), 60)
    cases = {region: [await installed.issued(region)] for region in REGIONS}
    await until(lambda: _both_seen(installed, cases), 60)

    await installed.links["south"].cut()
    installed.clock.advance(timedelta(hours=1))
    cases["south"] += await installed.register("south", 20)
    cases["north"] += await installed.register("north", 2)
    await until(lambda: _all_in(group["dispatch"], "complaint", "complaint_id", cases["north"]), 60)
    assert len(await rows(group["dispatch"], "complaint")) == 1 + 3, "of the south nothing new has come"
    await installed.links["south"].heal()
    await until(lambda: _both_seen(installed, cases), 60)

    # The group joined with what it had missed sent again: nothing comes twice.
    facts = {name: await _facts(room) for name, room in group.items()}
    assert await resend(installed.rooms["south"]["intake"], MORNING - timedelta(days=1)) == 21
    marker = (await installed.register("south", 1))[0]
    cases["south"].append(marker)
    await until(lambda: _both_seen(installed, cases), 60)
    for name, room in group.items():
        assert len(await _facts(room) - facts[name]) == 1, name
        assert facts[name] < await _facts(room)

    for name in SEEING:
        own = set().union(*[await _facts_of_cases(installed.rooms[region][name]) for region in REGIONS])
        assert await _facts_of_cases(group[name]) == own, name
    for region, other in (REGIONS, REGIONS[::-1]):
        numbers = {row.number for row in await rows(installed.rooms[region]["dispatch"], "complaint")}
        assert all(number.startswith(f"{region.upper()}-TS") for number in numbers), other

    installed.clock.move_to(MORNING + timedelta(days=1))
    for region in REGIONS:
        await until(lambda region=region: rows(installed.rooms[region]["sla"], "reminder"), 30)
    sent = [row.key for region in REGIONS for row in await rows(installed.rooms[region]["sla"], "reminder")]
    assert len(sent) == 2 * len(set(sent)), "each region its own, once"
    assert await rows(group["sla"], "reminder") == await rows(group["sla"], "reminder_run") == []
    assert {row.topic for row in await rows(group["sla"], "outbox")} == set()
    assert {row.topic for row in await rows(group["dispatch"], "outbox")} == {"dispatch.directory_published.v1"}
    for each in installed.settings.values():
        letters = RabbitDeadLetters(each.broker(), topology_of(each, builders()))
        assert await letters.list() == []
        await letters.close()


async def _facts(room: Room) -> set[Any]:
    return {row.event_id for row in await rows(room, "fact")}


async def _facts_of_cases(room: Room) -> set[tuple[str, Any]]:
    """What stands in each case: facts in sla, acts and the number in dispatch."""
    if room.name == "sla":
        return {(str(row.complaint_id), row.event_id) for row in await rows(room, "fact")}
    acts = {(str(row.complaint_id), row.id) for row in await rows(room, "act")}
    return acts | {(str(row.complaint_id), row.number) for row in await rows(room, "complaint")}


async def _both_seen(installed: Installations, cases: dict[str, list[str]]) -> bool:
    """The group's rooms have heard all that the regions' own rooms have."""
    wanted = [case for each in cases.values() for case in each]
    seeing: list[Awaitable[bool]] = []
    for name, table in (("dispatch", "complaint"), ("sla", "case")):
        seeing.append(_all_in(installed.rooms["group"][name], table, "complaint_id", wanted))
    if not all([await each for each in seeing]):
        return False
    own = set().union(*[await _facts_of_cases(installed.rooms[region]["sla"]) for region in REGIONS])
    return await _facts_of_cases(installed.rooms["group"]["sla"]) == own
