"""A world with a case and a letter of whistle-blowing, full of words that only their own people may read."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from sqlalchemy import func, select

from services.__main__ import builders
from services.dispatch.domain.demo import demo_directory
from services.dispatch.usecases.import_directory import import_directory
from shared.db.statements import fetch
from shared.kernel.clock import ManualClock
from shared.org.model import Absence, Directory, Person
from shared.room.room import Room
from shared.run.embedded import embedded
from shared.run.settings import Settings
from tests.kit.pictures import data_url, drawn_name, photo
from tests.web.world import MORNING, World

WORDS = ("苏遗珠", "9-9-9909", "墨绿鸢尾", "密谈方案", "进展暗语", "索赔秘辛")
"""What stands in the secret case: the customer, his flat, his words, the plan, the progress, the claim."""
PHONE = "13977665544"
LETTER = ("举报人甲", "暗账流向")

STRANGER, FORMER_DELEGATE, OTHER_DELEGATE = "lu.ren", "dai.ban", "dai.wei"


@dataclass
class Secret:
    """`ids` name what belongs to the case; `marks` are the words that betray it to whoever finds them in an answer."""

    complaint: str
    number: str
    tracking: str
    marks: list[str]
    ids: dict[str, str] = field(default_factory=dict)


@dataclass
class Secrets:
    world: World
    case: Secret
    letter: Secret
    other: Secret
    """A case of lakeside: its customer's key is the one of a customer with a case of his own."""
    asked: dict[str, list[tuple[str, httpx.Response]]] = field(default_factory=dict)

    async def counts(self, *, without: frozenset[str] = frozenset()) -> dict[str, int]:
        return await row_counts(self.world, without)


async def row_counts(world: World, without: frozenset[str] = frozenset()) -> dict[str, int]:
    """Rows by table of all rooms."""
    found = {}
    for room in world.running.rooms.values():
        async with room.db.read() as session:
            for name, table in room.metadata.tables.items():
                if name.split(".")[1] not in without:
                    (row,) = await fetch(session, select(func.count().label("rows")).select_from(table))
                    found[name] = int(row.rows)
    return found


def directory() -> Directory:
    """The demo group; yunshan under 004; somebody without a post, and two delegates: one was, one is somebody's."""
    demo = demo_directory()
    projects = [one.model_copy(update={"policy": "finance"}) if one.id == "yunshan" else one for one in demo.projects]
    people = [Person(id=one, name=name) for one, name in
              ((STRANGER, "路人"), (FORMER_DELEGATE, "戴办"), (OTHER_DELEGATE, "戴威"))]  # fmt: skip
    absences = [
        Absence(person="wu.gang", delegate=FORMER_DELEGATE, since=_day(2, 20), until=_day(3, 1)),
        Absence(person="shi.lei", delegate=OTHER_DELEGATE, since=_day(2, 20), until=None),
    ]
    return demo.with_changes(projects=projects, people=[*demo.people, *people], absences=absences)


def _day(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


@asynccontextmanager
async def secrets_world(data_dir: Path) -> AsyncIterator[Secrets]:
    clock = ManualClock(MORNING)
    async with embedded(Settings(data_dir=data_dir, rate_public=0, rate_person=0), builders(), clock=clock) as (
        running,
        app,
    ):
        async with running.rooms["dispatch"].begin() as tx:
            await import_directory(tx, directory())
        running.start()
        await running.settled()
        world = World(app, running, clock)
        case = await _case(world)
        letter = await _letter(world)
        other = await _other(world)
        clock.advance(timedelta(days=31))
        for room in running.rooms.values():
            await _tick(room)
        await running.settled()
        yield Secrets(world, case, letter, other)


async def _tick(room: Room) -> None:
    if room.tick is not None:
        await room.tick(room)


async def _did(world: World, person: str, name: str, case: str | None = None, **data: Any) -> dict[str, Any]:
    response = await world.do(person, name, case, **data)
    assert response.status_code in (200, 201), (name, response.text)
    return dict(response.json())


def _told(answer: dict[str, Any], *marks: str) -> Secret:
    return Secret(
        answer["complaint"], answer["number"], answer["tracking"], [answer["number"], answer["tracking"], *marks]
    )


async def _photo(world: World, person: str, case: str) -> str:
    async with world.client(person) as client:
        response = await client.post(
            "/api/v1/attachments",
            params={"kind": "photo", "complaint": case, "phase": "before", "name": "鸢尾.jpg"},
            content=photo(), headers={"Content-Type": "image/jpeg"},
        )  # fmt: skip
    assert response.status_code == 201, response.text
    return str(response.json()["attachment"])


async def _case(world: World) -> Secret:
    """Of jinbi-bay, handled by the property company and much too late: charges, proposals, digests speak of it."""
    customer = {"name": WORDS[0], "phone": PHONE, "room": WORDS[1]}
    made = await _did(
        world, "wang.min", "complaint.register", project="jinbi-bay", channel="phone", category="property_service",
        customer=customer, content=f"{WORDS[2]}，请回电 {PHONE}", contact_ended_at="2026-03-02T08:00:00+08:00",
        required_by="2026-03-04T09:00:00+08:00",
    )  # fmt: skip
    secret = _told(made, *WORDS, PHONE)
    case = secret.complaint
    async with world.client(**{"X-Tracking-Token": secret.tracking}) as client:
        body = {"complaint": case, "with": {"signature": data_url(drawn_name())}}
        assert (await client.post("/api/v1/commands/complaint.sign", json=body)).status_code == 200
    secret.ids["attachment"] = await _photo(world, "wang.min", case)
    await _did(world, "wang.min", "order.submit", case)
    await _did(world, "sun.li", "order.review", case, decision="approve")
    await _did(world, "gao.feng", "order.issue", case, decision="approve")
    await _did(world, "wu.gang", "visit.record", case, outcome="agreed", plan=WORDS[3],
               signature=data_url(drawn_name()), agreed_completion_at="2026-03-04T09:00:00+08:00")  # fmt: skip
    await _did(world, "wu.gang", "progress.enter", case, text=WORDS[4])
    await _did(world, "wang.min", "claim.raise", case, amount=50000, note=WORDS[5])
    async with world.client("gao.feng") as client:
        whole = (await client.get(f"/api/v1/complaints/{case}")).json()
        code = (await client.get(f"/cases/{case}", headers={"Accept": "text/html"})).text
    assert WORDS[4] in code
    (drawn,) = {act["data"]["signature_image"] for act in whole["case"]["acts"] if "signature_image" in act["data"]}
    secret.ids["act"] = drawn.split("/")[4]
    return secret


async def _letter(world: World) -> Secret:
    made = await _did(
        world, "zhang.lan", "complaint.register", project="yunshan", channel="letter", category="business",
        customer={"name": LETTER[0], "phone": "13655443322", "room": "8-8-8808"}, content=LETTER[1],
        contact_ended_at="2026-03-02T09:00:00+08:00", fields={"whistleblowing": True},
    )  # fmt: skip
    return _told(made, *LETTER, "13655443322", "8-8-8808")


async def _other(world: World) -> Secret:
    made = await _did(
        world, "sun.yue", "complaint.register", project="lakeside", channel="phone", category="property_service",
        customer={"name": "旁人乙", "phone": "13544332211", "room": "1-1-101"}, content="门铃不响",
        contact_ended_at="2026-03-02T09:00:00+08:00", required_by="2026-03-06T18:00:00+08:00",
    )  # fmt: skip
    return _told(made)
