"""Two on one order, one person twice, a network that loses answers, a room that is down: nothing is entered twice,
nothing is overwritten, and everybody is told.
"""

import asyncio
from typing import Any

import pytest
from playwright.async_api import Page, Route, expect

from tests.kit.browser import DESKTOP, PHONE, TABLET, Site
from tests.web.world import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

ORDER = "**/api/v1/commands/order.issue"


async def _reviewed(site: Site, **changes: Any) -> str:
    """An order that waits for the general manager."""
    world = site.world
    case = str((await world.registered(**changes))["complaint"])
    assert (await world.do("wang.min", "order.submit", case)).status_code == 200
    assert (await world.do("sun.li", "order.review", case, decision="approve")).status_code == 200
    return case


async def _acts(site: Site, case: str, command: str) -> list[dict[str, Any]]:
    async with site.world.client("gao.feng") as client:
        found = (await client.get(f"/api/v1/complaints/{case}")).json()
    return [act for act in found["case"]["acts"] if act["command"] == command]


def _row(page: Page, case: str) -> Any:
    return page.locator("li.card", has=page.locator(f"#row-{case}-order-issue"))


async def test_the_second_of_two_managers_is_told_who_was_first_and_nothing_is_overwritten(site: Site) -> None:
    case = await _reviewed(site)
    async with site.device("gao.feng") as (_, first), site.device("gao.feng", PHONE) as (_, second):
        for page in (first, second):
            await page.goto(f"/orders/approvals?case={case}")
        await _row(second, case).get_by_role("link", name="退回").click()
        await second.get_by_role("dialog").get_by_label("退回理由").fill("位置不明")
        await _row(first, case).get_by_role("button", name="同意并签发").click()
        await expect(_row(first, case)).to_have_count(0)
        await second.get_by_role("dialog").get_by_role("button", name="退回").click()
        told = second.get_by_role("alert")
        await expect(told).to_contain_text("高峰")
        await expect(told).to_contain_text("签发")
        await expect(second.get_by_label("退回理由")).to_have_value("位置不明")
    assert [act["data"]["decision"] for act in await _acts(site, case, "order.issue")] == ["approve"]


async def test_one_tap_on_an_order_that_another_has_just_issued_says_so_and_the_words_stay(site: Site) -> None:
    case = await _reviewed(site)
    async with site.device("gao.feng", PHONE) as (_, page):
        await page.goto("/orders/approvals")
        await site.world.do("gao.feng", "order.issue", case, decision="return", reason="补充照片")
        await _row(page, case).get_by_role("button", name="同意并签发").click()
        await expect(_row(page, case)).to_have_count(0)
        told = page.locator("#toasts")
        await expect(told).to_contain_text("高峰 督办令签发（退回）")
        await told.get_by_role("button", name="知道了").click()
        await expect(told).to_be_empty()
    assert [act["data"]["decision"] for act in await _acts(site, case, "order.issue")] == ["return"]


async def test_a_double_click_is_one_act_and_back_does_not_bring_the_form_again(site: Site) -> None:
    case = await _reviewed(site)
    async with site.device("gao.feng") as (_, page):
        sent: list[str] = []
        page.on("request", lambda asked: sent.append(asked.url) if "order.issue" in asked.url else None)
        await page.goto("/orders/approvals")
        await page.goto(f"/orders/{case}/acts/order.issue")
        sent.clear()
        await page.get_by_label("同意", exact=True).check()
        await page.get_by_role("button", name="提交").dblclick()
        await page.wait_for_url(f"**/cases/{case}")
        await page.go_back()
        await expect(page.get_by_text("现在不能办理这一步")).to_be_visible()
        assert len([url for url in sent if "/api/" in url]) == 1
    assert len(await _acts(site, case, "order.issue")) == 1


async def test_a_lost_answer_is_asked_for_again_and_enters_nothing_twice(site: Site) -> None:
    case = await site.world.issued()
    async with site.device("wu.gang", PHONE) as (_, page):
        await page.goto(f"/orders/{case}/acts/progress.enter")
        lost: list[str] = []

        async def lose(route: Route) -> None:
            await route.fetch()
            lost.append(route.request.headers["idempotency-key"])
            await route.abort()

        await page.route("**/api/v1/commands/progress.enter", lose, times=1)
        await page.get_by_label("今天的进展").fill("已进场")
        await page.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("alert")).to_contain_text("不会重复登记")
        async with page.expect_request("**/api/v1/commands/progress.enter") as again:
            await page.get_by_role("button", name="提交").click()
        assert [(await again.value).headers["idempotency-key"]] == lost
        await page.wait_for_url(f"**/cases/{case}")
    assert [act["data"]["text"] for act in await _acts(site, case, "progress.enter")] == ["已进场"]


async def test_an_expired_session_asks_in_a_dialog_and_what_was_typed_is_sent(site: Site) -> None:
    case = await site.world.issued()
    async with site.device("wu.gang", TABLET) as (context, page):
        await page.goto(f"/orders/{case}/acts/progress.enter")
        await page.get_by_label("今天的进展").fill("写到一半，登录过期")
        await context.clear_cookies()
        await page.get_by_role("button", name="提交").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_text("登录已过期")).to_be_visible()
        await dialog.get_by_label("密码").fill("wrong")
        await dialog.get_by_role("button", name="登录").click()
        await expect(dialog.get_by_role("alert")).to_be_visible()
        await dialog.get_by_label("密码").fill(PASSWORD)
        await dialog.get_by_role("button", name="登录").click()
        await page.wait_for_url(f"**/cases/{case}")
    assert [act["data"]["text"] for act in await _acts(site, case, "progress.enter")] == ["写到一半，登录过期"]


async def test_who_signs_in_again_in_a_window_beside_finds_his_form_sent(site: Site) -> None:
    case = await site.world.issued()
    async with site.device("wu.gang", TABLET) as (context, page):
        await page.goto(f"/orders/{case}/acts/progress.enter")
        await page.get_by_label("今天的进展").fill("在另一窗口登录")
        await context.clear_cookies()
        await page.get_by_role("button", name="提交").click()
        dialog = page.get_by_role("dialog")
        async with context.expect_page() as opened:
            await dialog.get_by_role("link", name="以其他方式登录").click()
        beside = await opened.value
        await beside.get_by_label("密码").fill(PASSWORD)
        await beside.get_by_role("button", name="登录").click()
        await page.wait_for_url(f"**/cases/{case}")
    assert [act["data"]["text"] for act in await _acts(site, case, "progress.enter")] == ["在另一窗口登录"]


async def test_what_one_filled_in_is_never_sent_in_the_name_of_who_signed_in_after_him(site: Site) -> None:
    case = await site.world.issued()
    async with site.device("wu.gang", TABLET) as (context, page):
        await page.goto(f"/orders/{case}/acts/progress.enter")
        await page.get_by_label("今天的进展").fill("吴刚写的")
        other = await context.new_page()
        await other.request.post("/login", form={"name": "sun.li", "password": PASSWORD}, max_redirects=0)
        await page.get_by_role("button", name="提交").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_label("用户名")).to_have_value("wu.gang")
        await dialog.get_by_label("用户名").fill("ma.chao")
        await dialog.get_by_label("密码").fill(PASSWORD)
        await dialog.get_by_role("button", name="登录").click()
        await expect(dialog.get_by_role("alert")).to_contain_text("另一用户")
        assert await _acts(site, case, "progress.enter") == []
        await dialog.get_by_label("用户名").fill("wu.gang")
        await dialog.get_by_label("密码").fill(PASSWORD)
        await dialog.get_by_role("button", name="登录").click()
        await page.wait_for_url(f"**/cases/{case}")
    assert [act["by"] for act in await _acts(site, case, "progress.enter")] == ["wu.gang"]


@pytest.mark.parametrize("card", ["/ledger/cards/", "/messages/cards/", "/intake/cards/"])
async def test_a_room_that_is_down_costs_its_own_card_and_no_other(site: Site, card: str) -> None:
    case = await site.world.issued()
    async with site.device("gao.feng") as (_, page):
        await page.route(f"**{card}**", lambda route: route.fulfill(status=503, body=""))
        await page.goto(f"/cases/{case}")
        await expect(page.get_by_text("暂不可用").filter(visible=True)).to_have_count(1)
        await expect(page.locator(f"[hx-get^='{card}']")).to_contain_text("暂不可用")
        await expect(page.get_by_text("正在读取")).to_have_count(0)
        await expect(page.get_by_role("heading", name="办理经过")).to_be_visible()
        await page.unroute_all()
        await page.get_by_role("button", name="重试").click()
        await expect(page.get_by_text("暂不可用").filter(visible=True)).to_have_count(0)


async def test_on_a_slow_network_the_button_waits_and_the_act_is_sent_once(site: Site) -> None:
    case = await _reviewed(site)
    async with site.device("gao.feng", PHONE) as (_, page):
        sent: list[str] = []

        async def slowly(route: Route) -> None:
            sent.append(route.request.url)
            await asyncio.sleep(1)
            await route.continue_()

        await page.route(ORDER, slowly)
        await page.goto("/orders/approvals")
        button = _row(page, case).get_by_role("button", name="同意并签发")
        await button.click()
        await expect(button).to_be_disabled()
        await expect(_row(page, case)).to_have_count(0)
    assert len(sent) == 1


async def test_words_that_would_be_a_program_stay_words_on_every_page_that_shows_them(site: Site) -> None:
    bad = "<img src=x onerror=alert(1)><script>alert(2)</script>\"'{{7*7}}"
    customer = {"name": bad[:60], "phone": "13800000001", "room": "3-2-1201"}
    case = await _reviewed(site, content=bad, customer=customer)
    site.taken_troubles()
    async with site.device("gao.feng", DESKTOP) as (_, page):
        alerts: list[str] = []
        page.on("dialog", lambda dialog: alerts.append(dialog.message))
        for path in (f"/orders/approvals?case={case}", f"/orders/{case}/preview", f"/cases/{case}", "/cases"):
            await page.goto(path, wait_until="networkidle")
            await expect(page.get_by_text("<script>alert(2)</script>").first).to_be_attached()
            assert await page.locator("img[src='x']").count() == 0
        await page.goto(f"/orders/approvals?case={case}")
        await _row(page, case).get_by_role("link", name="退回").click()
        await page.get_by_role("dialog").get_by_label("退回理由").fill(bad)
        await page.get_by_role("dialog").get_by_role("button", name="退回").click()
        await expect(_row(page, case)).to_have_count(0)
        await page.goto(f"/cases/{case}", wait_until="networkidle")
        assert await page.locator("img[src='x']").count() == 0
        assert alerts == []
    assert site.taken_troubles() == []
