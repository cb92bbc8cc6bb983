"""The deployed shape in a browser: four processes on PostgreSQL and RabbitMQ behind nginx, one or another killed."""

import re
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import aio_pika
import httpx
import pytest
import pytest_asyncio
from playwright.async_api import FilePayload, Locator, Page, async_playwright, expect

from services.__main__ import builders
from shared.bus import topology as declaring
from shared.run.deployed import topology_of
from shared.run.settings import Settings
from shared.web.app import TITLE
from tests.kit.browser import DESKTOP, TABLET, Visited, launch
from tests.kit.gateway import Installation, installed, nginx
from tests.kit.pictures import photo
from tests.kit.servers import NoServer

pytestmark = pytest.mark.asyncio(loop_scope="module")

CARDS = {"intake": "part-record", "sla": "part-ledger", "notify": "part-messages"}
"""The room, and its card of a case."""

WAIT = 25_000
"""Of the browser for a room: longer than a card takes to renew itself, on a machine that has other things to do."""

TEXT = "卫生间顶板渗水，夜间滴水"


@dataclass
class Group:
    """The installation, the browser at its gateway, and the page of an officer who is signed in."""

    installation: Installation
    visited: Visited
    page: Page
    case: str = ""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def group(
    tmp_path_factory: pytest.TempPathFactory, fresh_database: Callable[[], str], rabbitmq_url: str
) -> AsyncIterator[Group]:
    try:
        nginx()
    except NoServer as error:
        pytest.fail(str(error), pytrace=False)
    home: Path = tmp_path_factory.mktemp("group")
    prefix = f"t{secrets.token_hex(5)}"
    try:
        with installed(home, fresh_database(), rabbitmq_url, prefix, "wang.min") as installation:
            async with async_playwright() as playwright:
                browser = await launch(playwright)
                visited = Visited(installation.gateway.url, browser)
                async with visited.device("wang.min", DESKTOP) as (_, page):
                    yield Group(installation, visited, page)
                await browser.close()
    finally:
        # The broker may serve other tests for long.
        async with await aio_pika.connect(rabbitmq_url) as connection:
            topology = topology_of(Settings(rabbitmq_prefix=prefix), builders())
            await declaring.remove(await connection.channel(), topology)


async def _captured(page: Page, phone: str, room: str) -> str:
    """Registers a complaint at the front desk; its id."""
    await page.goto("/intake/new")
    await page.get_by_label("房号", exact=True).fill(room)
    await page.get_by_label("联系电话").fill(phone)
    await page.get_by_label("客户姓名").fill("张先生")
    await page.get_by_label("投诉类别", exact=True).select_option(label="物业服务及维保修类")
    await page.get_by_label("客户诉求", exact=True).fill(TEXT)
    leak = FilePayload(name="leak.jpg", mimeType="image/jpeg", buffer=photo())
    await page.locator("input[type=file]").first.set_input_files(leak)
    await expect(page.get_by_text("已上传")).to_be_visible(timeout=WAIT)
    await page.keyboard.press("Control+Enter")
    await page.wait_for_url("**/intake/registered/**")
    return page.url.split("/")[-1].split("?")[0]


def _unavailable(page: Page) -> Locator:
    return page.get_by_text("暂不可用").filter(visible=True)


async def _retried(page: Page) -> None:
    """Presses every 重试; a card that renewed itself meanwhile has none."""
    await page.locator("#main :is(a, button):text('重试')").evaluate_all("all => all.forEach(each => each.click())")


async def test_a_case_is_captured_by_the_page_and_put_together_from_all_four_rooms(group: Group) -> None:
    page = group.page
    group.case = await _captured(page, "13800000001", "3-2-1201")
    number = page.get_by_role("heading", level=1)
    await expect(number).to_contain_text("TS", timeout=WAIT)
    await page.get_by_role("button", name="提交督办令").click()
    await page.wait_for_url("**submitted=1")
    await page.goto(f"/cases/{group.case}")
    await expect(number).to_contain_text("TS", timeout=WAIT)
    await expect(page.locator("#part-record")).to_contain_text(TEXT, timeout=WAIT)
    await expect(page.locator("#part-record").get_by_role("img").first).to_be_visible(timeout=WAIT)
    await expect(page.locator("#part-audit")).to_contain_text("督办令报批", timeout=WAIT)
    await _shown(page, "#part-ledger", "督办令签发")
    await _shown(page, "#part-messages", "138****0001")
    await expect(_unavailable(page)).to_have_count(0, timeout=WAIT)
    paper = await page.request.get(f"/orders/{group.case}/order.pdf")
    assert (await paper.body()).startswith(b"%PDF"), paper.status


async def _shown(page: Page, card: str, text: str) -> None:
    """What a room learns from another comes in its own time."""
    for _ in range(12):
        with suppress(AssertionError):
            await expect(page.locator(card)).to_contain_text(text, timeout=1500)
            return
        await page.reload()
    await expect(page.locator(card)).to_contain_text(text, timeout=WAIT)


@pytest.mark.parametrize("away", [("sla",), ("intake", "notify")], ids=" and ".join)
async def test_a_room_that_was_killed_costs_its_card_until_it_is_back(group: Group, away: tuple[str, ...]) -> None:
    page, rooms = group.page, group.installation.rooms
    for room in away:
        rooms[room].kill()
    await page.goto(f"/cases/{group.case}")
    await expect(_unavailable(page)).to_have_count(len(away), timeout=WAIT)
    for room in away:
        await expect(page.locator(f"#{CARDS[room]}")).to_contain_text("暂不可用", timeout=WAIT)
    await expect(page.get_by_text("正在读取")).to_have_count(0, timeout=WAIT)
    await expect(page.get_by_role("heading", name="办理经过")).to_be_visible(timeout=WAIT)
    group.installation.start(*away)
    await _retried(page)
    await expect(_unavailable(page)).to_have_count(0, timeout=WAIT)
    await expect(page.locator("#part-record")).to_contain_text(TEXT, timeout=WAIT)


async def test_capture_goes_on_while_dispatch_is_dead_and_the_case_shows_what_the_others_know(group: Group) -> None:
    page = group.page
    group.installation.rooms["dispatch"].kill()
    await _captured(page, "13800000002", "1-1-101")
    answer = await page.goto("/orders/desk")
    assert answer is not None
    assert answer.status == 502
    await expect(page.get_by_text("暂时没有答复")).to_be_visible(timeout=WAIT)
    await page.get_by_role("link", name="登记投诉").click()
    await expect(page.get_by_label("客户诉求", exact=True)).to_be_visible(timeout=WAIT)
    problem = await page.request.get("/api/v1/complaints", headers={"Accept": "text/html"})
    assert (problem.status, (await problem.json())["code"]) == (502, "unavailable")

    await page.goto(f"/cases/{group.case}")
    await expect(page.locator("#part-record")).to_contain_text(TEXT, timeout=WAIT)
    await expect(page.locator("#part-ledger")).to_contain_text("督办令签发", timeout=WAIT)
    await expect(page.locator("#case-head")).to_contain_text("暂不可用", timeout=WAIT)

    group.installation.start("dispatch")
    await _retried(page)
    await expect(page.get_by_role("heading", level=1)).to_contain_text("TS", timeout=WAIT)
    await expect(_unavailable(page)).to_have_count(0, timeout=WAIT)


async def test_a_photo_that_is_too_large_is_refused_in_words_however_fast_it_comes(group: Group) -> None:
    session = {each["name"]: each["value"] for each in await group.page.context.cookies()}
    async with httpx.AsyncClient(base_url=group.visited.url, cookies=session, timeout=30) as client:
        for megabytes in (11, 21, 26):
            answer = await client.post(
                "/api/v1/attachments",
                params={"kind": "photo", "name": "a.jpg"},
                content=b"\xff\xd8\xff" + bytes(megabytes * 1024 * 1024),
                headers={"Content-Type": "image/jpeg"},
            )
            assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), megabytes
            assert "最多" in answer.json()["detail"]


async def test_the_interface_is_described_as_a_whole(group: Group) -> None:
    described = await (await group.page.request.get("/openapi.json")).json()
    assert described["info"]["title"] == TITLE
    for command in ("complaint.register", "order.submit", "penalty.appeal"):
        assert f"/api/v1/commands/{command}" in described["paths"]
    assert "/api/v1/messages" in described["paths"]


async def test_on_the_tablet_nothing_went_wrong_that_a_page_would_complain_of(group: Group) -> None:
    async with group.visited.device("wang.min", TABLET) as (_, page):
        await page.goto("/orders/desk")
        await expect(page.get_by_role("heading", level=1)).to_be_visible(timeout=WAIT)
    # A room that was away, or slow to come back, is not the page's own fault.
    away = re.compile("Status Error Code 50[234]|htmx:timeout")
    assert [each for each in group.visited.taken_troubles() if not away.search(each)] == []
