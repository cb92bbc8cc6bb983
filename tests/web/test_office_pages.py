"""The pages on which auditor, HR and the group's managers work: findings, proposals, statements, reports, registers."""

import re
from datetime import UTC, datetime

from tests.web.ledger import ESCAPED, EVIL, done, issued, overdue_order, page, sent, text, ticked
from tests.web.test_statements import stated
from tests.web.world import World, refusal


async def test_who_was_urged_about_which_case_is_on_record(world: World) -> None:
    await issued(world)
    world.clock.move_to(datetime(2026, 3, 9, 4, tzinfo=UTC))
    await ticked(world)
    shown = await text(world, "gao.feng", "/ledger/overdue/urged")
    assert "督促分管领导" in shown
    assert "马超" in shown


async def test_the_auditor_finds_the_case_names_the_person_and_the_finding_is_listed(world: World) -> None:
    case = await issued(world)
    await ticked(world)
    number = (await world.cases())[0]["number"]
    form = await text(world, "qian.hui", "/ledger/findings", case=number)
    assert 'data-command="finding.record"' in form
    assert '<option value="attitude">服务态度、工作不到位</option>' in form
    assert 'value="wu.gang"' in form
    assert "没有投诉" in await text(world, "qian.hui", "/ledger/findings", case="TS-0")
    assert 'data-command="finding.record"' not in await text(world, "gao.feng", "/ledger/findings", case=number)

    await done(world, "qian.hui", "finding.record", case, kind="attitude", person="wu.gang", evidence=EVIL)
    listed = await text(world, "gao.feng", "/ledger/findings")
    assert ESCAPED in listed
    assert EVIL not in listed
    assert "没有符合条件" in await text(world, "gao.feng", "/ledger/findings", kind="concealment")
    assert "吴刚" in await text(world, "gao.feng", "/ledger/findings", kind="attitude")


async def test_people_are_found_by_a_part_of_their_name_and_stay_chosen(untouched_world: World) -> None:
    found = await text(untouched_world, "gao.feng", "/ledger/people", q="吴", many="1", members="ma.chao", key="g-1")
    assert re.search(r'id="who-g-1-ma.chao" name="members" type="checkbox" value="ma.chao" checked', found)
    assert 'value="wu.gang"' in found
    assert "部门一把手" in found
    assert "没有找到" in await text(untouched_world, "gao.feng", "/ledger/people", q="%")
    assert "输入姓名" in await text(untouched_world, "gao.feng", "/ledger/people", q="")
    assert EVIL not in await text(untouched_world, "gao.feng", "/ledger/people", q="吴", key=EVIL)


async def test_a_proposal_shows_what_it_rests_on_and_is_decided_by_who_may(world: World) -> None:
    case = await issued(world)
    await done(world, "qian.hui", "finding.record", case, kind="shirking", person="wu.gang", evidence="三次推诿")
    shown = await text(world, "gao.feng", "/ledger/proposals")
    assert "稽核查实 1 次（三次推诿）" in shown
    assert 'data-command="proposal.decide"' in shown
    own = await text(world, "wu.gang", "/ledger/proposals")
    assert "三次推诿" in own
    assert 'data-command="proposal.decide"' not in own
    assert "三次推诿" in await text(world, "wu.gang", "/ledger/mine")
    assert "三次推诿" not in await text(world, "ma.chao", "/ledger/proposals")
    # Decided this moment: shown at once, before the ledger was computed again.
    decision = {"rule": "misconduct", "person": "wu.gang", "decision": "dismiss", "reason": "查无实据"}
    assert (await sent(world, "gao.feng", "proposal.decide", case, **decision)).status_code == 200
    shown = await text(world, "gao.feng", "/ledger/proposals")
    assert "不予处分：查无实据" in shown
    assert 'data-command="proposal.decide"' not in shown
    assert "没有符合条件" in await text(world, "gao.feng", "/ledger/proposals", state="proposed")


async def test_dismissal_over_several_cases_is_decided_in_the_case_that_tipped_it(world: World) -> None:
    cases = [await issued(world) for _ in range(3)]
    for case in cases:
        await done(world, "qian.hui", "finding.record", case, kind="concealment", person="wang.min", evidence="录音")
    decision = {"rule": "concealment.dismissal", "person": "wang.min", "decision": "impose", "reason": "屡教不改"}
    assert refusal(await sent(world, "gao.feng", "proposal.decide", cases[0], **decision))[1] == "field.invalid"
    await done(world, "gao.feng", "proposal.decide", cases[2], **decision)
    assert "决定处分（直接开除）：屡教不改" in await text(world, "gao.feng", "/ledger/proposals")
    assert refusal(await sent(world, "tang.bo", "proposal.decide", cases[2], **decision))[1] == "state.not_allowed"


async def test_statements_show_everybody_to_the_group_and_himself_to_a_person(world: World) -> None:
    await stated(world)
    path = "/ledger/statements"
    assert f'href="{path}/2026-03"' in await text(world, "hr.centre", path)
    assert 'href="/api/v1/statements/2026-03.pdf"' in await text(world, "wu.gang", path)
    everybody = await text(world, "finance.centre", f"{path}/2026-03")
    assert "吴刚" in everybody
    assert "马超" in everybody
    assert re.search(r'<code class="hash">[0-9a-f]{64}</code>', everybody)
    own = await text(world, "wu.gang", f"{path}/2026-03")
    assert "吴刚" in own
    assert "马超" not in own
    assert "马超" not in await text(world, "hr.centre", f"{path}/2026-03", person="吴刚")
    assert "没有这个姓名" in await text(world, "hr.centre", f"{path}/2026-03", person="无此人")
    assert "这个月没有扣罚" in await text(world, "wang.min", f"{path}/2026-03")
    assert (await page(world, "hr.centre", f"{path}/2026-02")).status_code == 404
    assert (await page(world, "hr.centre", f"{path}/2026-13")).status_code == 422


async def test_hr_is_shown_whose_base_is_missing_and_others_only_what_was_given(world: World) -> None:
    case = await issued(world)
    await done(world, "qian.hui", "finding.record", case, kind="poor_visit", person="wu.gang", evidence="录音")
    path = "/ledger/statements/bases"
    form = await text(world, "hr.centre", path, month="2026-03")
    assert "尚无基数" in form
    assert 'data-path="/api/v1/bonus-bases"' in form
    assert 'data-key="person" value="wu.gang"' in form
    body = {"bases": [{"person": "wu.gang", "month": "2026-03", "yuan": "8000.50"}]}
    async with world.client("hr.centre") as client:
        assert (await client.post("/api/v1/bonus-bases", json=body)).status_code == 200
    form = await text(world, "hr.centre", path, month="2026-03")
    assert "尚无基数" not in form
    assert "8,000.50 元" in form
    assert 'data-path="/api/v1/bonus-bases"' not in await text(world, "finance.centre", path, month="2026-03")
    assert (await page(world, "hr.centre", path, month="2026-13")).status_code == 422


async def test_reports_open_with_their_rows_for_those_who_got_them(world: World) -> None:
    await overdue_order(world)
    listed = await text(world, "gao.feng", "/ledger/reports")
    link = re.search(r'href="(/ledger/reports/[0-9a-f-]{36})">超期投诉清单', listed)
    assert link is not None
    report = await text(world, "gao.feng", link[1])
    assert "吴刚" in report
    assert re.search(r'href="/api/v1/reports/[0-9a-f-]{36}\.xlsx"', report)
    assert (await page(world, "wang.min", link[1])).status_code == 404
    assert (await page(world, "gao.feng", "/ledger/reports/nothing")).status_code == 404
    assert "没有符合条件" in await text(world, "gao.feng", "/ledger/reports", period="2020-01")


async def test_a_systemic_issue_is_entered_answered_and_rectified(world: World) -> None:
    path = "/ledger/registers"
    form = await text(world, "gao.feng", path, enter="group-after-sales/systemic")
    assert 'data-command="register.enter"' in form
    assert 'value="2026-Q1"' in form
    assert "15 天内答复" in form
    assert 'data-command="register.enter"' not in await text(
        world, "chen.wei", path, enter="group-after-sales/systemic"
    )
    response = await world.do(
        "gao.feng", "register.enter", kind="systemic", period="2026-Q1", company="south", department="engineering",
        text=EVIL, items=[{"text": "排查防水工艺", "who": "zhou.tao", "due": "2026-03-20"}],
    )  # fmt: skip
    assert response.status_code == 200, response.text
    entry = response.json()["entry"]
    shown = await text(world, "zhou.tao", path)
    assert ESCAPED in shown
    assert EVIL not in shown
    assert 'data-command="register.answer"' in shown
    assert 'data-command="register.done"' in shown
    assert 'data-command="register.answer"' not in await text(world, "qian.hui", path)
    await done(world, "zhou.tao", "register.answer", entry=entry, text="改用新工艺")
    await done(world, "zhou.tao", "register.done", entry=entry, item=1)
    shown = await text(world, "gao.feng", path)
    assert "按时答复" in shown
    assert "改用新工艺" in shown
    assert "已完成" in shown
    assert "没有符合条件" in await text(world, "gao.feng", path, kind="training")
