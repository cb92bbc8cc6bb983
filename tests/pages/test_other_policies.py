"""A case of each of the other six documents, worked in the browser from the capture to its closing."""

import asyncio
import re
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect

from services.__main__ import builders
from services.dispatch.domain.demo import demo_directory
from services.dispatch.usecases.import_directory import import_directory
from services.dispatch.usecases.open_accounts import open_accounts
from services.dispatch.usecases.passwords import Hasher
from shared.kernel.clock import ManualClock
from shared.org.model import Directory
from shared.run.embedded import embedded
from shared.run.settings import Settings
from tests.kit.browser import Site, picture, sent, served
from tests.web.conftest import opened_world
from tests.web.world import MORNING, PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

OFFICER, HEAD = "wang.min", "zhou.tao"
POLICIES = (
    "developer-complaints", "estate-office", "project-office", "commercial-centre", "service-industry", "finance",
)  # fmt: skip


def _bound() -> Directory:
    """The demo group, whose first officer has a project under each of the six besides his own."""
    demo = demo_directory()
    first = demo.projects[0]
    more = [first.model_copy(update={"id": one, "name": f"项目 {one}", "policy": one}) for one in POLICIES]
    held = [one for one in demo.assignments if one.scope == first.id]
    return demo.model_copy(
        update={
            "projects": [*demo.projects, *more],
            "assignments": [*demo.assignments, *(h.model_copy(update={"scope": p}) for p in POLICIES for h in held)],
        }
    )


async def _make(data_dir: Path) -> None:
    async with embedded(Settings(data_dir=data_dir), builders(), clock=ManualClock(MORNING)) as (running, _):
        async with running.rooms["dispatch"].begin() as tx:
            await import_directory(tx, _bound())
            await open_accounts(tx, lambda: PASSWORD, Hasher())
        running.start()
        await running.settled()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Site]:
    made = tmp_path_factory.mktemp("bound") / "var"
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, _make(made)).result()
    async with opened_world(made, tmp_path_factory.mktemp("site") / "var") as world, served(world) as made_site:
        yield made_site


async def _fill(place: Page | Locator, values: dict[str, Any]) -> None:
    """By the command's own names: choices by their value, True for a box."""
    for name, value in values.items():
        field = place.locator(f"[name='{name}']").first
        if value is True:
            await field.check()
        elif await field.evaluate("field => field.tagName") == "SELECT":
            await field.select_option(value)
        elif await field.get_attribute("type") in ("radio", "checkbox"):
            await place.locator(f"[name='{name}'][value='{value}']").check(force=True)
        else:
            await field.fill(value)


async def _captured(page: Page, policy: str, **values: Any) -> str:
    """Registers a complaint on the form, and answers its id; every field of the form has a label."""
    await page.goto(f"/intake/new?project={policy}")
    form = page.locator("form.capture-form")
    await form.locator("details.more summary").click()
    nameless = await form.evaluate(
        "form => [...form.querySelectorAll('input:not([type=hidden]),select,textarea')]"
        ".filter(one => !one.labels.length && !one.ariaLabel).map(one => one.name)"
    )
    assert nameless == []
    told = {"customer.phone": "13800000001", "customer.name": "张先生", "content": "卫生间渗水"}
    await _fill(form, told | {"customer.room": "3-2-1201"} | values)
    await form.get_by_role("button", name="登记（Ctrl+Enter）").click()
    await page.wait_for_url("**/intake/registered/**")
    await expect(page.get_by_text("评价窗口服务")).to_have_count(0)
    assert "督办令" not in await page.locator("main").inner_text()
    return page.url.split("/")[-1].split("?")[0]


async def _act(page: Page, case: str, command: str, **values: Any) -> None:
    """Gives the command by its form, which must be offered, and be taken."""
    await page.goto(f"/orders/{case}/acts/{command}")
    form = page.locator(f"form[data-command='{command}']")
    await _fill(form, values)
    await sent(page, form, command)
    await page.wait_for_url(f"**/cases/{case}")


async def _on_desk(site: Site, page: Page, *names: str) -> None:
    """Everything named waits on the officer's desk, or is a call that he owes."""
    await site.world.running.settled()
    await page.goto("/orders/desk")
    for name in names:
        await expect(page.get_by_text(name, exact=True).first).to_be_visible()


async def _closed(page: Page, case: str, state: str) -> None:
    await page.goto(f"/cases/{case}")
    await expect(page.locator("#case-head .tag").first).to_have_text(state)
    await expect(page.get_by_text("正在读取")).to_have_count(0)
    assert "督办令" not in await page.locator("main").inner_text()
    await picture(page, f"policy-{state}")


async def test_000_dispatched_closed_by_signature_and_called_within_the_week(site: Site) -> None:
    async with site.device(OFFICER) as (_, page):
        case = await _captured(
            page, "developer-complaints", category="construction_quality", validity="valid",
            **{"customer.room": "", "customer.address": "中山路 1 号"},
        )  # fmt: skip
        await _on_desk(site, page, "派工", "应于 2026-03-02 15:10 前完成")
        await _act(page, case, "order.dispatch", copies="2")
        await _on_desk(site, page, "关闭投诉")
        await page.goto(f"/orders/{case}/acts/closure.close")
        form = page.locator("form[data-command='closure.close']")
        await form.get_by_label("结案依据").select_option("registered_letter")
        await form.get_by_role("button", name="提交").click()
        await expect(form.get_by_text("请填写：挂号信发出时间")).to_be_visible()
        await _act(page, case, "closure.close", ground="signed")
        await _closed(page, case, "已关闭")
        await _on_desk(site, page, "处理完成后回访", "应于 2026-03-09 09:40 前完成")
        await page.get_by_role("link", name="记录通话").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("事由").select_option("followup")
        await dialog.get_by_role("button", name="提交").click()
        await expect(page.get_by_text("没有该打给客户的电话")).to_be_visible()


async def test_000_an_invalid_complaint_is_answered_and_a_paid_repair_is_passed_on(site: Site) -> None:
    async with site.device(OFFICER) as (_, page):
        case = await _captured(page, "developer-complaints", validity="invalid")
        await _on_desk(site, page, "回复客户")
        await _act(page, case, "complaint.reply", text="经核实不属实，已说明")
        await _act(page, case, "closure.close", ground="lawful")
        await _closed(page, case, "已关闭")
        case = await _captured(page, "developer-complaints", kind="paid_repair")
        await _on_desk(site, page, "转相关部门")
        await _act(page, case, "complaint.transfer", department="property")
        await expect(page.get_by_text("交办部门")).to_be_visible()
        await expect(page.get_by_text("转办告知客户")).to_be_visible()
    async with site.device("wu.gang") as (_, page):
        await page.goto(f"/orders/{case}/work")
        await expect(page.locator("form[data-command='progress.enter']")).to_have_count(1)


async def test_001a_the_urgent_matter_goes_up_and_comes_back_with_directions(site: Site) -> None:
    async with site.device(OFFICER) as (_, page):
        case = await _captured(page, "estate-office", category="repair", **{"fields.urgent": True})
        await page.get_by_role("button", name="呈交上级审阅").click()
        await expect(page.get_by_text("已提交，等待上级审阅")).to_be_visible()
    async with site.device("lin.fang") as (_, page):
        await page.goto("/orders/mine")
        await page.get_by_role("link", name="去处理").first.click()
        form = page.locator("form[data-command='order.review']")
        await form.get_by_label("同意").check()
        await form.get_by_label("批示").fill("即刻抢修")
        async with page.expect_event("load"):
            await form.get_by_role("button", name="提交").click()
        await expect(page.get_by_text("跟进处理").first).to_be_visible()
    async with site.device("yuan.bin") as (_, page):
        await page.goto("/orders/mine")
        await expect(page.get_by_text("视察与处理记录")).to_be_visible()
        await _act(page, case, "progress.enter", text="现场已抢修", obstacle=True)
        await expect(page.get_by_text("阻碍上报")).to_be_visible()
    async with site.device(OFFICER) as (_, page):
        await _act(page, case, "closure.close", ground="signed")
        await _closed(page, case, "已关闭")


async def test_001b_three_calls_the_notice_and_the_directors_signature(site: Site) -> None:
    async with site.device(OFFICER) as (_, page), site.device("yuan.bin") as (_, head):
        case = await _captured(page, "project-office", category="repair")
        await _on_desk(site, page, "开出通知单", "致电告知收到并致歉", "应于 2026-03-03 09:40 前完成")
        await _act(page, case, "customer.call", purpose="receipt")
        await _act(page, case, "order.dispatch", department="engineering", signed_by="马超", copies="2")
        await _on_desk(site, page, "致电告知处理意见及计划完成时间")
        await _act(page, case, "customer.call", purpose="plan")
        await _act(head, case, "plan.enter", plan="更换管件")
        await _act(head, case, "closure.apply", note="已修好")
        await _on_desk(site, page, "处理完后征询业主意见", "主任签署、归存")
        await _act(page, case, "customer.call", purpose="completion", opinion="满意")
        await _act(page, case, "closure.close", ground="signed", **{"fields.director": "马超", "fields.clerk": "李文"})
        await expect(page.get_by_text("主任签署：马超")).to_be_visible()
        await _closed(page, case, "已归存")


async def test_001c_passed_on_in_writing_contacted_within_three_days_and_verified(site: Site) -> None:
    async with site.device(OFFICER) as (_, page):
        case = await _captured(page, "commercial-centre", category="repair", **{"fields.other_unit": True})
        await _on_desk(site, page, "转呈处理", "涉及其他单位时与投诉人联系", "应于 2026-03-05 09:40 前完成")
        await _act(page, case, "complaint.transfer", department="engineering")
        await _act(page, case, "customer.call", purpose="contact")
        await _act(page, case, "order.dispatch", department="engineering")
    async with site.device("yuan.bin") as (_, page):
        await page.goto("/orders/mine")
        await expect(page.get_by_text("跟踪处理结果")).to_be_visible()
        await _act(page, case, "progress.enter", text="已修好")
    async with site.device(OFFICER) as (_, page):
        await page.goto(f"/orders/{case}/acts/closure.close")
        await expect(page.get_by_label("挂号信发出时间")).to_have_count(0)
        await _act(page, case, "closure.close", ground="signed", **{"fields.verifier": "王敏"})
        await _closed(page, case, "已完成")


async def test_002_investigated_negotiated_compensated_and_settled(site: Site) -> None:
    async with site.device(OFFICER) as (_, page):
        case = await _captured(
            page, "service-industry", category="product_quality", required_by="2026-03-10T18:00",
            **{"fields.subject": "product", "fields.mood": "angry", "fields.read_back": True},
        )  # fmt: skip
        await expect(page.get_by_text("我们将核实情况")).to_be_visible()
        await _act(page, case, "order.dispatch")
        await _act(page, case, "claim.raise", amount="800")
    async with site.device(HEAD) as (_, page):
        await page.goto("/orders/mine")
        await expect(page.get_by_text("提出解决方案、与客户协商")).to_be_visible()
        await _act(
            page, case, "progress.enter", text="调查计划",
            **{"fields.stage": "plan", "fields.aim": "查清原因", "fields.investigators": "甲\n乙"},
        )  # fmt: skip
        await _act(page, case, "plan.enter", plan="退款", **{"fields.solutions": "refund", "fields.answer": "accepted"})
        await _act(page, case, "claim.report", note="建议补偿")
        await _act(page, case, "claim.decide", decision="approve")
        await _act(page, case, "claim.file", note="已存")
    async with site.device(OFFICER) as (_, page):
        await _act(page, case, "closure.close", ground="signed")
        await _closed(page, case, "已办结")
        await expect(page.get_by_text("调查人员：甲、乙")).to_be_visible()
        await page.goto(f"/intake/registered/{case}")
        link = str(await page.locator("[data-copy]").first.get_attribute("data-copy"))
        await page.goto(re.sub(r"^https?://[^/]+", "", link))
        await expect(page.get_by_text("已结案").first).to_be_visible()


async def test_004_forwarded_extended_and_done_and_the_guardian_sees_his_case(site: Site) -> None:
    async with site.device(OFFICER) as (_, page), site.device("deng.min") as (_, head):
        case = await _captured(
            page, "finance", category="business", **{"fields.extreme": True, "fields.guardian": "li.qiang"}
        )
        await _on_desk(site, page, "转发责任部门", "应于 2026-03-02 10:40 前完成")
        async with site.device("li.qiang") as (_, guardian):
            await guardian.goto("/orders/mine")
            await expect(guardian.get_by_text("专人负责")).to_be_visible()
        await _act(page, case, "complaint.transfer", department="finance")
        await site.world.running.settled()
        await head.goto("/orders/mine")
        await expect(head.get_by_text("责任部门与客户联系")).to_be_visible()
        await _act(head, case, "customer.call", purpose="contact", opinion="等结果")
        await _act(head, case, "progress.enter", text="正在核对")
        until_ = site.world.clock.now() + timedelta(days=7, hours=8)
        async with site.device("chen.wei") as (_, chairman):
            await _act(chairman, case, "extension.grant", until=f"{until_:%Y-%m-%dT%H:%M}", reason="情况复杂")
        await _on_desk(site, page, "处理完毕", "应于 2026-03-11 09:40 前完成")
        await _act(page, case, "closure.close", ground="signed", **{"fields.result": "已更正"})
        await _closed(page, case, "处理完毕")
        assert "li.qiang" not in await page.locator("main").inner_text()


async def test_nobodys_page_complained(site: Site) -> None:
    assert site.taken_troubles() == []
