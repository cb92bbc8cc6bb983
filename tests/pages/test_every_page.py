"""Every page of the console opens, says nothing wrong, fits every screen, is light, and has no fault that axe finds."""

import re
from datetime import timedelta

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page

from shared.web.console import MENU
from tests.kit.browser import DESKTOP, PHONE, TABLET, Site, overflow, picture, violations

pytestmark = pytest.mark.asyncio(loop_scope="module")

PEOPLE = (
    "wang.min", "wu.gang", "sun.li", "gao.feng", "ma.chao", "lin.fang", "tang.bo", "qian.hui", "hr.centre", "deng.min",
)  # fmt: skip
PATHS = [page.path for _, pages in MENU for page in pages]
HEAVIEST = 150 * 1024
"""Bytes of a first visit on the wire, without charts."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def busy(site: Site) -> Site:
    """A site on which something waits for everybody: a draft, an order to approve, one to handle, one that is late."""
    world = site.world
    late = await world.issued(
        content="电梯停运", customer={"name": "李女士", "phone": "13800000002", "room": "1-1-101"}
    )
    world.clock.advance(timedelta(days=1, hours=9))
    for room in world.running.rooms.values():
        if room.tick is not None:
            await room.tick(room)
    await world.running.settled()
    now = world.clock.now().isoformat()
    draft = await world.registered(contact_ended_at=now)
    waiting = await world.registered(
        contact_ended_at=now, customer={"name": "王五", "phone": "13800000003", "room": "2-1"}
    )
    await world.do("wang.min", "order.submit", str(waiting["complaint"]))
    await world.do("wu.gang", "visit.record", late, outcome="agreed", plan="更换曳引机")
    site.cases |= {"late": late, "draft": str(draft["complaint"]), "tracking": await world.key(draft)}
    return site


async def _faults(site: Site, page: Page, path: str, name: str) -> list[str]:
    faults = []
    answer = await page.goto(path)
    assert answer is not None
    if answer.status != 200:
        return [f"{path}: {answer.status}"]
    await page.wait_for_load_state("networkidle")
    for device, size in (("desktop", DESKTOP), ("tablet", TABLET), ("phone", PHONE)):
        await page.set_viewport_size(size)
        if (wider := await overflow(page)) > 0:
            faults.append(f"{path} at {size['width']} px is {wider} px too wide")
        await picture(page, f"{name}-{device}")
    faults += [f"{path}: {fault}" for fault in await violations(page)]
    await page.set_viewport_size(DESKTOP)
    return faults


def _name(path: str) -> str:
    return re.sub(r"[^a-z]+", "-", path.strip("/")) or "first"


async def _of(site: Site, path: str) -> str:
    """The first of the people who may open the page."""
    for person in PEOPLE:
        async with site.world.client(person, Accept="text/html") as client:
            if (await client.get(path)).status_code == 200:
                return person
    pytest.fail(f"nobody may open {path}")


@pytest.mark.parametrize("path", PATHS)
async def test_a_page_of_the_menu_has_no_fault_on_any_screen(busy: Site, path: str) -> None:
    person = await _of(busy, path)
    async with busy.device(person) as (_, page):
        assert await _faults(busy, page, path, _name(path)) + busy.taken_troubles() == []


@pytest.mark.parametrize(
    ("person", "path"),
    [
        ("gao.feng", "/cases/{late}"),
        ("wu.gang", "/orders/{late}/work"),
        ("sun.li", "/orders/{late}/preview"),
        ("wang.min", "/intake/registered/{draft}"),
        ("wang.min", "/orders/{draft}/acts/order.submit"),
        ("wang.min", "/account"),
        (None, "/login"),
        (None, "/report"),
        (None, "/t/{tracking}"),
        (None, "/t/{tracking}/rate"),
        (None, "/verify"),
    ],
)
async def test_a_page_beside_the_menu_has_no_fault_on_any_screen(busy: Site, person: str | None, path: str) -> None:
    async with busy.device(person) as (_, page):
        found = await _faults(busy, page, path.format(**busy.cases), _name(path))
        assert found + busy.taken_troubles() == []


@pytest.mark.parametrize("person", PEOPLE)
async def test_each_page_of_somebodys_menu_opens_for_him(busy: Site, person: str) -> None:
    async with busy.world.client(person, Accept="text/html") as client:
        first = await client.get("/", follow_redirects=True)
        paths = re.findall(r'<li><a href="(/[^"]*)"', first.text)
        opened = {
            path: (await client.get(path)).status_code for path in dict.fromkeys(paths) if "/language/" not in path
        }
    assert first.status_code == 200
    assert opened
    assert set(opened.values()) == {200}, opened


async def test_a_first_visit_is_light(busy: Site) -> None:
    for path in ("/orders/desk", "/intake/new", f"/cases/{busy.cases['late']}"):
        async with httpx.AsyncClient(base_url=busy.url, headers={"Accept-Encoding": "gzip"}) as client:
            client.headers["Authorization"] = f"Bearer {busy.world.token('wang.min')}"
            page = await client.get(path, headers={"Accept": "text/html"})
            parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', page.text)
            weight = 0
            for address in [path, *parts]:
                async with client.stream("GET", address, headers={"Accept": "text/html"}) as answer:
                    weight += sum([len(piece) async for piece in answer.aiter_raw()])
        assert len(parts) >= 2
        assert weight < HEAVIEST, (path, weight)
