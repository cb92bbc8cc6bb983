"""A case of 003 from the front desk to its closing: each person on the device he has in hand."""

from datetime import timedelta
from typing import Any

import pytest
from playwright.async_api import Locator, Page, expect

from tests.kit.browser import DESKTOP, PHONE, TABLET, Site, picture
from tests.kit.pictures import photo

pytestmark = pytest.mark.asyncio(loop_scope="module")

TEXT = "卫生间顶板渗水，夜间滴水"


async def _sign(place: Page | Locator) -> None:
    """Draws a line on the signature pad, as a finger does."""
    pad = place.locator("sign-pad canvas")
    await pad.scroll_into_view_if_needed()
    box = await pad.bounding_box()
    assert box is not None
    mouse = (place if isinstance(place, Page) else place.page).mouse
    await mouse.move(box["x"] + 20, box["y"] + 60)
    await mouse.down()
    for step in range(1, 12):
        await mouse.move(box["x"] + 20 + step * 12, box["y"] + 60 + (step % 3) * 15)
    await mouse.up()


def _local(site: Site, **later: int) -> str:
    """What is typed into a field of date and time: the wall clock in China, so much later than now."""
    at = site.world.clock.now() + timedelta(hours=8) + timedelta(**later)
    return f"{at:%Y-%m-%dT%H:%M}"


async def _api(site: Site, person: str, path: str) -> Any:
    async with site.world.client(person) as client:
        response = await client.get(path)
        assert response.status_code == 200, response.text
        return response.json()


@pytest.fixture(scope="module")
def case() -> dict[str, str]:
    """The case that all of them work on, handed from one to the next."""
    return {}


async def test_the_officer_captures_the_complaint_on_the_tablet_with_the_customers_signature(
    site: Site, case: dict[str, str]
) -> None:
    async with site.device("wang.min", TABLET) as (_, page):
        await page.goto("/intake/new")
        await page.get_by_label("接待结束时间", exact=True).fill("2026-03-02T09:30")
        await page.get_by_label("房号", exact=True).fill("3-2-1201")
        await page.get_by_label("联系电话").fill("13800000001")
        await page.get_by_label("客户姓名").fill("张先生")
        await page.get_by_label("投诉类别", exact=True).select_option(label="物业服务及维保修类")
        await expect(page.get_by_text("吴刚")).to_be_visible()
        await page.get_by_label("客户诉求", exact=True).fill(TEXT)
        await page.get_by_label("要求完成时间", exact=True).fill("2026-03-06T18:00")
        await _sign(page)
        await picture(page, "journey-1-capture")
        await page.keyboard.press("Control+Enter")
        await page.wait_for_url("**/intake/registered/**")
        await expect(page.get_by_role("heading", level=1)).to_contain_text("TS20260302-0001")
        case["id"] = page.url.split("/")[-1].split("?")[0]
        # At 10:11: eleven minutes too late, two full intervals of five.
        site.world.clock.advance(timedelta(minutes=31))
        await page.reload()
        await expect(page.get_by_text("已超时 11:0")).to_be_visible()
        await page.get_by_role("button", name="提交督办令").click()
        await page.wait_for_url("**submitted=1")
        await picture(page, "journey-2-submitted")
    record = (await _api(site, "wang.min", f"/api/v1/complaints/{case['id']}"))["record"]
    assert (record["signed"], record["signature"]["unchanged"]) == (True, True)


async def test_the_deputy_returns_it_on_the_phone_and_the_officer_reads_why(site: Site, case: dict[str, str]) -> None:
    async with site.device("sun.li", PHONE) as (_, page):
        await page.goto("/orders/approvals")
        await page.get_by_role("link", name="退回").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("退回理由").fill("请补充渗水位置")
        await picture(page, "journey-3-return")
        await dialog.get_by_role("button", name="退回").click()
        await expect(page.get_by_text("没有等待您审批的事项")).to_be_visible()
    async with site.device("wang.min", TABLET) as (_, page):
        await page.goto("/orders/desk")
        await expect(page.get_by_text("请补充渗水位置")).to_be_visible()
        await page.get_by_role("link", name="督办令报批").click()
        dialog = page.get_by_role("dialog")
        await expect(dialog.get_by_text("请补充渗水位置")).to_be_visible()
        await picture(page, "journey-4-returned")
        await dialog.get_by_role("button", name="提交").click()
        await expect(page.get_by_role("link", name="督办令报批")).to_have_count(0)
    assert (await _api(site, "sun.li", f"/api/v1/complaints/{case['id']}"))["state"] == "order_submitted"


async def test_deputy_and_manager_approve_with_one_tap_each(site: Site, case: dict[str, str]) -> None:
    async with site.device("sun.li", PHONE) as (_, page):
        await page.goto("/orders/approvals")
        await page.get_by_role("button", name="同意").click()
        await expect(page.get_by_text("没有等待您审批的事项")).to_be_visible()
    async with site.device("gao.feng", DESKTOP) as (_, page):
        await page.goto("/orders/approvals")
        await expect(page.get_by_text(TEXT).first).to_be_visible()
        await picture(page, "journey-5-issue")
        await page.get_by_role("button", name="同意并签发").click()
        await expect(page.get_by_text("没有等待您审批的事项")).to_be_visible()
    assert (await _api(site, "gao.feng", f"/api/v1/complaints/{case['id']}"))["state"] == "handling"


async def test_the_department_records_the_visit_on_the_phone_with_photo_and_signature(
    site: Site, case: dict[str, str]
) -> None:
    site.world.clock.advance(timedelta(minutes=20))
    async with site.device("wu.gang", PHONE) as (_, page):
        await page.goto("/orders/mine")
        await page.get_by_role("link", name="去处理").first.click()
        form = page.locator("form[data-command='visit.record']")
        await form.get_by_label("已上门，与客户商谈一致").check()
        await form.get_by_label("处理方案").fill("拆除吊顶，更换管件，复原")
        await form.get_by_label("与客户商谈的完成时间").fill(_local(site, days=2))
        await _sign(form)
        await form.locator("photo-box input[type=file]").first.set_input_files(
            [{"name": "before.jpg", "mimeType": "image/jpeg", "buffer": photo(800, 600)}]
        )
        await expect(form.get_by_text("已上传")).to_be_visible()
        await picture(page, "journey-6-visit")
        async with page.expect_response("**/api/v1/commands/visit.record") as answer:
            await form.get_by_role("button", name="提交").click()
        assert (await answer.value).status == 200, await (await answer.value).text()
    seen = (await _api(site, "wang.min", f"/api/v1/complaints/{case['id']}"))["case"]
    assert (seen["visit_outcome"], seen["planned"]) == ("agreed", True)
    files = (await _api(site, "wang.min", f"/api/v1/attachments?complaint={case['id']}"))["items"]
    assert [(one["kind"], one["phase"]) for one in files] == [("photo", "before")]


async def test_without_network_the_progress_waits_on_the_phone_and_is_sent_once(
    site: Site, case: dict[str, str]
) -> None:
    async with site.device("wu.gang", PHONE) as (context, page):
        await page.goto(f"/orders/{case['id']}/work")
        await context.set_offline(True)
        form = page.locator("form[data-command='progress.enter']")
        if not await form.is_visible():
            await page.locator("details", has=form).locator("summary").click()
        await form.get_by_label("今天的进展").fill("已拆除吊顶")
        await form.get_by_role("button", name="提交").click()
        await expect(page.get_by_text("待联网后提交")).to_be_visible()
        await picture(page, "journey-7-offline")
        await context.set_offline(False)
        await expect(page.get_by_text("待联网后提交")).to_be_hidden()
    acts = (await _api(site, "gao.feng", f"/api/v1/complaints/{case['id']}"))["case"]["acts"]
    assert [act["data"]["text"] for act in acts if act["command"] == "progress.enter"] == ["已拆除吊顶"]


async def test_the_department_applies_the_officer_calls_and_the_managers_close(
    site: Site, case: dict[str, str]
) -> None:
    site.world.clock.advance(timedelta(hours=4))
    async with site.device("wu.gang", PHONE) as (_, page):
        await page.goto(f"/orders/{case['id']}/work")
        form = page.locator("form[data-command='closure.apply']")
        if not await form.is_visible():
            await page.locator("details", has=form).locator("summary").click()
        await _sign(form)
        await form.get_by_role("button", name="提交").click()
        await expect(page.get_by_text("结案待核查").first).to_be_visible()
    async with site.device("wang.min", TABLET) as (_, page):
        await page.goto(f"/orders/{case['id']}/acts/closure.verify")
        await page.get_by_label("材料齐全，客户满意").check()
        await page.locator("label", has_text="5 星").click()
        await picture(page, "journey-8-verify")
        await page.get_by_role("button", name="提交").click()
        await page.wait_for_url(f"**/cases/{case['id']}")
    for person, size in (("sun.li", PHONE), ("gao.feng", DESKTOP)):
        async with site.device(person, size) as (_, page):
            await page.goto("/orders/approvals")
            await page.get_by_role("button", name="同意").click()
            await expect(page.get_by_text("没有等待您审批的事项")).to_be_visible()
    async with site.device("gao.feng", DESKTOP) as (_, page):
        await page.goto(f"/cases/{case['id']}")
        await expect(page.get_by_text("已结案").first).to_be_visible()
        await expect(page.get_by_text("正在读取")).to_have_count(0)
        await picture(page, "journey-9-case")


async def test_the_officer_reads_what_he_was_charged_with_and_appeals(site: Site, case: dict[str, str]) -> None:
    async with site.device("wang.min", TABLET) as (_, page):
        await page.goto("/ledger/mine")
        await expect(page.get_by_text("200 元").first).to_be_visible()
        await expect(page.get_by_text("满 5 分钟 2 次").first).to_be_visible()
        await page.get_by_role("button", name="申诉").first.click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("理由").fill("客户现场补充材料，延误非本人原因")
        await picture(page, "journey-10-appeal")
        await dialog.get_by_role("button", name="申诉").click()
        await expect(page.get_by_text("申诉中").first).to_be_visible()
        await picture(page, "journey-11-appealed")


async def test_nobodys_page_complained(site: Site) -> None:
    assert site.troubles == []
