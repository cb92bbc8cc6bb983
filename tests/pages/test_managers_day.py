"""Days of the group office, its auditor, human resources and a chairman of 003: what each does on his pages."""

import re
from datetime import timedelta
from importlib.resources import files
from typing import Any

import pytest
from playwright.async_api import FilePayload, Locator, Page, expect

from tests.kit.browser import DESKTOP, PHONE, Site, picture, sent
from tests.web.world import PASSWORD

pytestmark = pytest.mark.asyncio(loop_scope="module")

CHAIRMAN = "lin.fang"
"""Of the property company: a major complaint about its work is his."""


async def _read(site: Site, path: str, person: str = "gao.feng") -> Any:
    async with site.world.client(person) as client:
        response = await client.get(path)
        assert response.status_code == 200, response.text
        return response.json()


async def _case(site: Site, case: str) -> dict[str, Any]:
    return dict((await _read(site, f"/api/v1/complaints/{case}"))["case"])


async def _later(site: Site, **later: float) -> None:
    """So much later; what fell due meanwhile has been done."""
    site.world.clock.advance(timedelta(**later))
    for room in site.world.running.rooms.values():
        if room.tick is not None:
            await room.tick(room)
    await site.world.running.settled()


def _local(site: Site, **later: int) -> str:
    at = site.world.clock.now() + timedelta(hours=8) + timedelta(**later)
    return f"{at:%Y-%m-%dT%H:%M}"


def _fresh(site: Site, **changes: Any) -> dict[str, Any]:
    """What a complaint of today says: the clock of this site goes on from test to test."""
    return {"contact_ended_at": f"{_local(site)}:00+08:00", "required_by": f"{_local(site, days=4)}:00+08:00"} | changes


async def _called(site: Site, person: str) -> str:
    room = site.world.running.rooms["dispatch"]
    async with room.db.read() as session:
        return str((await room.directory(session)).name_of(person))


async def _act(page: Page, case: str, command: str) -> Locator:
    """The form of one act on its own page."""
    await page.goto(f"/orders/{case}/acts/{command}")
    return page.locator(f"form[data-command='{command}']")


@pytest.fixture(scope="module")
def lawsuit() -> dict[str, str]:
    """The major case that the tests hand to one another."""
    return {}


async def test_the_chairman_answers_for_a_lawsuit_and_enters_meeting_and_minutes(
    site: Site, lawsuit: dict[str, str]
) -> None:
    case = lawsuit["id"] = await site.world.issued(lawsuit=True)
    assert (await _case(site, case))["liable"] == CHAIRMAN
    async with site.device(CHAIRMAN) as (_, page):
        await page.goto(f"/cases/{case}")
        await expect(page.locator("#case-head").get_by_text("重大投诉").first).to_be_visible()
        form = await _act(page, case, "meeting.hold")
        await sent(page, form, "meeting.hold")
        form = await _act(page, case, "meeting.minutes")
        await form.get_by_label("责任人 1").fill("wu.gang")
        await form.get_by_label("解决方案").first.fill("更换主管道")
        await form.get_by_label("完成日期").first.fill(_local(site, days=3)[:10])
        await sent(page, form, "meeting.minutes")
        await page.wait_for_url(f"**/cases/{case}")
        await page.goto("/orders/meetings")
        await expect(page.get_by_role("row", name=re.compile("更换主管道.*吴刚"))).to_be_visible()


async def test_a_claim_is_decided_by_the_tier_its_amount_asks_for(site: Site, lawsuit: dict[str, str]) -> None:
    case = lawsuit["id"]
    async with site.device("wang.min") as (_, page):
        form = await _act(page, case, "claim.raise")
        await form.get_by_label("索赔金额（元）").fill("1500.50")
        await sent(page, form, "claim.raise")
    async with site.device(CHAIRMAN, PHONE) as (_, page):
        form = await _act(page, case, "claim.report")
        await form.get_by_label("解决问题的书面报告").fill("地板泡水，现场核实属实")
        await sent(page, form, "claim.report")
    (task,) = [one for one in (await _case(site, case))["tasks"] if one["command"] == "claim.decide"]
    async with site.device(task["people"][0]) as (_, page):
        form = await _act(page, case, "claim.decide")
        await form.get_by_label("同意", exact=True).check()
        await sent(page, form, "claim.decide")
        await page.wait_for_url(f"**/cases/{case}")
        await expect(
            page.locator("#case-body").get_by_text("1,500.50 元").or_(page.get_by_text("1500.50")).first
        ).to_be_visible()
    (task,) = [one for one in (await _case(site, case))["tasks"] if one["command"] == "claim.file"]
    async with site.device(task["people"][0], PHONE) as (_, page):
        await sent(page, await _act(page, case, "claim.file"), "claim.file")
    assert [one["state"] for one in (await _case(site, case))["claims"]] == ["filed"]


async def test_a_closure_that_was_returned_says_why_and_is_applied_for_again(
    site: Site, lawsuit: dict[str, str]
) -> None:
    case, do = lawsuit["id"], site.world.do
    plan: dict[str, Any] = {
        "plan": "更换管件",
        "agreed_completion_at": f"{_local(site, days=2)}:00+08:00",
        "signature": "签字",
    }
    assert (await do(CHAIRMAN, "visit.record", case, outcome="agreed", **plan)).status_code == 200
    assert (await do(CHAIRMAN, "closure.apply", case, materials=["竣工照片"], signature="签字")).status_code == 200
    async with site.device("wang.min") as (_, page):
        form = await _act(page, case, "closure.verify")
        await form.get_by_label("不满意或材料不全，退回处理").check()
        await form.get_by_label("客户意见或退回理由").fill("仍有渗水")
        await sent(page, form, "closure.verify")
    async with site.device(CHAIRMAN, PHONE) as (_, page):
        await page.goto(f"/orders/{case}/work")
        await expect(page.get_by_text("仍有渗水").first).to_be_visible()
        assert (await do(CHAIRMAN, "closure.apply", case, materials=["复验照片"], signature="签字")).status_code == 200
        await page.goto(f"/cases/{case}")
        await expect(page.locator("#case-body").get_by_text("申请结案")).to_have_count(2)


async def test_the_auditor_finds_and_the_general_manager_decides_what_was_proposed(site: Site) -> None:
    case = await site.world.issued()
    number = (await _case(site, case))["number"]
    async with site.device("qian.hui") as (_, page):
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto(f"/ledger/findings?case={number}")
        form = page.locator("form[data-command='finding.record']")
        await form.get_by_label("查实的问题").select_option("concealment")
        await form.get_by_label("按姓名查找").fill("吴刚")
        await form.get_by_label(re.compile("吴刚")).first.check()
        await form.get_by_label("事实与证据").fill("<b>电话录音</b> 3 月 2 日")
        await sent(page, form, "finding.record", "保存")
        await expect(page.get_by_role("cell", name="<b>电话录音</b> 3 月 2 日")).to_be_visible()
        await _later(site, minutes=1)
        await page.goto("/ledger/proposals")
        await expect(page.get_by_text("吴刚").first).to_be_visible()
        await expect(page.get_by_role("button", name="作出决定")).to_have_count(0)
    async with site.device("gao.feng") as (_, page):
        await page.goto("/ledger/proposals")
        await page.get_by_role("button", name="作出决定").first.click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("处分", exact=True).check()
        await dialog.get_by_label("理由").fill("事实清楚")
        await sent(page, dialog, "proposal.decide", "决定")
        await expect(page.get_by_role("button", name="作出决定")).to_have_count(0)


async def test_an_appeal_is_read_and_waived_and_the_entry_stays_beside_its_counter_entry(site: Site) -> None:
    world = site.world
    case = str((await world.registered(**_fresh(site)))["complaint"])
    await _later(site, minutes=41)
    assert (await world.do("wang.min", "order.submit", case)).status_code == 200
    await world.running.settled()
    entry = {"rule": "order.submit.late", "person": "wang.min"}
    assert (await world.do("wang.min", "penalty.appeal", case, entry=entry, reason="系统故障")).status_code == 200
    async with site.device("gao.feng") as (_, page):
        await page.goto("/ledger/penalties/appeals")
        await expect(page.get_by_text("系统故障")).to_be_visible()
        await page.get_by_role("button", name="免除").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("免除理由").fill("核实属实")
        await sent(page, dialog, "penalty.waive", "免除")
        await expect(page.get_by_text("没有待处理的申诉。")).to_be_visible()
        await _later(site, minutes=1)
        await page.goto("/ledger/penalties?person=王敏")
        await expect(page.get_by_text("-200 元").first).to_be_visible()


async def test_a_case_eight_days_late_calls_for_a_working_group_and_sixteen_for_a_proposal(site: Site) -> None:
    case = await site.world.issued(**_fresh(site))
    number = (await _case(site, case))["number"]
    await _later(site, days=12, hours=1)
    async with site.device("gao.feng") as (_, page):
        await page.goto("/ledger/overdue/groups")
        card = page.locator(".card", has=page.get_by_role("link", name=number)).last
        await card.get_by_role("button", name="组织工作小组").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("按姓名查找").fill("马超")
        await dialog.get_by_label(re.compile("马超")).first.check()
        await sent(page, dialog, "working_group.form", "组织")
        formed = page.get_by_role("region", name="进行中")
        await expect(formed.get_by_role("link", name=number)).to_be_visible()
    await _later(site, days=8)
    async with site.device("gao.feng") as (_, page):
        await page.goto("/ledger/proposals?person=吴刚")
        await expect(page.get_by_role("row", name=re.compile(number)).first).to_be_visible()
        await picture(page, "managers-proposals")


async def test_human_resources_gives_the_bases_that_are_missing_and_the_month_is_stated(site: Site) -> None:
    now = site.world.clock.now() + timedelta(hours=8)
    async with site.device("hr.centre") as (_, page):
        await page.goto(f"/ledger/statements/bases?month={now:%Y-%m}")
        await expect(page.locator(".alert", has_text="当月有百分比扣罚、尚无基数")).to_contain_text("吴刚")
        line = page.locator(".rows-line", has_text="wu.gang")
        await line.get_by_label("吴刚").fill("8000")
        await sent(page, page.locator("form[data-draft^='bases']"), "bonus-bases", "保存")
        await expect(page.get_by_role("row", name=re.compile("吴刚.*8,000 元"))).to_be_visible()
    left = (now.replace(day=28) + timedelta(days=4)).replace(day=1) - now
    await _later(site, days=left.days + 2)
    async with site.device("hr.centre") as (_, page):
        await page.goto("/ledger/statements")
        await page.get_by_role("link", name=f"{now:%Y-%m}", exact=True).click()
        await expect(page.get_by_role("heading", name=re.compile("吴刚"))).to_be_visible()
        await picture(page, "managers-statement")
    async with site.device("wu.gang", PHONE) as (_, page):
        await page.goto(f"/ledger/statements/{now:%Y-%m}")
        await expect(page.get_by_role("heading", name=re.compile("吴刚"))).to_be_visible()
        await expect(page.get_by_role("heading", name=re.compile("王敏"))).to_have_count(0)


async def test_the_delegate_does_the_absent_managers_work_and_it_says_for_whom(site: Site) -> None:
    case = str((await site.world.registered(**_fresh(site)))["complaint"])
    for person, command in (("wang.min", "order.submit"), ("sun.li", "order.review")):
        data: dict[str, Any] = {"decision": "approve"} if command == "order.review" else {}
        assert (await site.world.do(person, command, case, **data)).status_code == 200
    async with site.device("gao.feng") as (_, page):
        await page.goto("/admin/absences/enter")
        form = page.locator("form[data-path='/api/v1/absences']")
        await form.get_by_label("自何时起").fill(_local(site))
        await form.get_by_label("至何时止").fill(_local(site, days=2))
        await form.get_by_label("代理人").fill("sun.li")
        await sent(page, form, "absences", "保存")
    await site.world.running.settled()
    await _later(site, minutes=2)
    async with site.device("sun.li", PHONE) as (_, page):
        await page.goto("/orders/approvals")
        card = page.locator("li.card", has=page.locator(f"#row-{case}-order-issue"))
        await expect(card).to_contain_text("高峰")
        await card.get_by_role("button", name="同意并签发").click()
        await expect(card).to_have_count(0)
    (act,) = [one for one in (await _case(site, case))["acts"] if one["command"] == "order.issue"]
    assert act["by_name"] == "孙丽（代高峰）"
    await _later(site, days=3)


async def test_a_one_time_password_is_changed_at_once_and_a_disabled_account_is_outside_at_once(site: Site) -> None:
    async with site.device("gao.feng") as (_, page), site.device(None, PHONE) as (_, other):
        page.on("dialog", lambda dialog: dialog.accept())
        await page.goto("/admin/accounts/one?person=liu.yan")
        await page.get_by_role("button", name="重置密码").click()
        told = page.locator("#told-once")
        await expect(told.locator("[data-told=password]")).not_to_be_empty()
        password = str(await told.locator("[data-told=password]").text_content())
        await told.get_by_role("button", name="已记下").click()
        await expect(told.locator("[data-told=password]")).to_be_empty()
        await other.goto("/login")
        await other.get_by_label("用户名").fill("liu.yan")
        await other.get_by_label("密码", exact=True).fill(password)
        await other.get_by_role("button", name="登录", exact=True).click()
        await expect(other.get_by_label("新密码")).to_be_visible()
        await other.get_by_label("密码", exact=True).fill(password)
        await other.get_by_label("新密码").fill("a-new-horse-9")
        await other.get_by_role("button", name="登录", exact=True).click()
        await other.wait_for_url("**/orders/desk")
        await page.goto("/admin/accounts/one?person=liu.yan")
        await page.get_by_role("button", name="停用").click()
        await expect(page.get_by_text("账号已停用")).to_be_visible()
        await site.world.running.settled()
        await other.goto("/orders/desk")
        await expect(other).to_have_url(re.compile("/login"))


async def test_a_directory_file_with_errors_changes_nothing_and_a_good_one_is_shown_before_it_is_taken(
    site: Site,
) -> None:
    good = files("services.dispatch").joinpath("demo-org.yaml").read_text(encoding="utf-8")
    bad = good.replace("head: li.qiang", "head: li.qian", 1)
    async with site.device("gao.feng", DESKTOP) as (_, page):

        async def offered(text: str) -> None:
            await page.goto("/admin/directory/import")
            file: FilePayload = {"name": "org.yaml", "mimeType": "application/yaml", "buffer": text.encode()}
            await page.locator("#file").set_input_files(file)
            await page.get_by_role("button", name="上传并预览").click()

        await offered(bad)
        await expect(page.get_by_role("alert")).to_contain_text("没有导入任何内容")
        await expect(page.get_by_role("row", name=re.compile("li.qian"))).to_be_visible()
        assert await _called(site, CHAIRMAN) == "林芳"
        await offered(good.replace("name: 林芳", "name: 林芬芳", 1))
        await expect(page.get_by_text("林芳 → 林芬芳")).to_be_visible()
        assert await _called(site, CHAIRMAN) == "林芳"
        await page.get_by_role("button", name="确认导入").click()
        await page.wait_for_url("**/admin/directory")
    assert await _called(site, CHAIRMAN) == "林芬芳"


async def test_the_audit_log_has_what_the_office_did_and_nobody_elses_eyes(site: Site) -> None:
    async with site.device("qian.hui") as (_, page):
        await page.goto("/admin/audit")
        await expect(page.get_by_role("row", name=re.compile("高峰")).first).to_be_visible()
        assert PASSWORD not in await page.content()
    async with site.device("wu.gang", PHONE) as (_, page):
        answer = await page.goto("/admin/audit")
        assert answer is not None
        assert answer.status == 403


async def test_no_page_of_the_day_complained(site: Site) -> None:
    assert site.troubles == []


async def test_an_appeal_is_turned_down_with_a_reason_that_its_appellant_reads_on_his_phone(site: Site) -> None:
    world = site.world
    case = str((await world.registered(**_fresh(site)))["complaint"])
    await _later(site, minutes=41)
    assert (await world.do("wang.min", "order.submit", case)).status_code == 200
    await world.running.settled()
    entry = {"rule": "order.submit.late", "person": "wang.min"}
    assert (await world.do("wang.min", "penalty.appeal", case, entry=entry, reason="网络不好")).status_code == 200
    async with site.device("gao.feng") as (_, page):
        await page.goto("/ledger/penalties/appeals")
        await page.get_by_role("button", name="维持").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("维持理由").fill("日志显示网络正常")
        await sent(page, dialog, "penalty.uphold", "维持")
        await expect(page.get_by_text("没有待处理的申诉。")).to_be_visible()
    async with site.device("wang.min", PHONE) as (_, page):
        await page.goto("/ledger/mine")
        line = page.get_by_role("listitem").filter(has_text="日志显示网络正常").last
        await expect(line).to_contain_text("申诉未获支持：日志显示网络正常")
        await line.get_by_role("button", name="申诉").click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_label("申诉理由").fill("网络不好")
        await dialog.get_by_role("button", name="提交申诉").click()
        await expect(dialog.get_by_text("再次申诉须写明新的理由").last).to_be_visible()
        await dialog.get_by_label("申诉理由").fill("运营商故障公告附后")
        await sent(page, dialog, "penalty.appeal", "提交申诉")
        await expect(page.get_by_text("申诉中").first).to_be_visible()
