"""The ledger's pages over HTTP: who sees which, what stands in them, and that nobody sees more than he may."""

import csv
import io
import re
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest

from shared.bus.port import Message
from shared.events.base import encode
from shared.events.intake import WindowRatedV1
from shared.room.consume import deliver
from tests.web.ledger import ESCAPED, EVIL, done, issued, late_order, overdue_order, page, text, ticked
from tests.web.world import World


@pytest.mark.parametrize(
    ("path", "may", "may_not"),
    [
        ("/ledger/penalties", "wu.gang", "wang.min"),
        ("/ledger/penalties/running", "ma.chao", "wang.min"),
        ("/ledger/penalties/people", "hr.centre", "wang.min"),
        ("/ledger/penalties/appeals", "gao.feng", "wang.min"),
        ("/ledger/overdue", "lin.fang", "wang.min"),
        ("/ledger/overdue/slow", "lin.fang", "wang.min"),
        ("/ledger/overdue/groups", "gao.feng", "wang.min"),
        ("/ledger/overdue/urged", "gao.feng", "wang.min"),
        ("/ledger/findings", "qian.hui", "wu.gang"),
        ("/ledger/findings/refusals", "qian.hui", "wu.gang"),
        ("/ledger/proposals", "wu.gang", "wang.min"),
        ("/ledger/reports", "wang.min", "nobody"),
        ("/ledger/registers", "chen.wei", "wang.min"),
        ("/ledger/statements/bases", "hr.centre", "wu.gang"),
    ],
)
async def test_each_page_is_for_whom_the_menu_says(untouched_world: World, path: str, may: str, may_not: str) -> None:
    assert (await page(untouched_world, may, path)).status_code == 200
    assert (await page(untouched_world, may_not, path)).status_code == 403


@pytest.mark.parametrize(
    ("person", "path", "said"),
    [
        ("wu.gang", "/ledger/mine", "没有扣罚。每一笔"),
        ("gao.feng", "/ledger/penalties", "还没有入账的扣罚"),
        ("gao.feng", "/ledger/penalties/running", "没有正在累计的扣罚"),
        ("gao.feng", "/ledger/penalties/appeals", "没有待处理的申诉"),
        ("gao.feng", "/ledger/overdue", "没有超期未完成的投诉"),
        ("gao.feng", "/ledger/overdue/slow", "没有进展缓慢的投诉"),
        ("gao.feng", "/ledger/overdue/groups", "没有需要组织工作小组的投诉"),
        ("gao.feng", "/ledger/overdue/urged", "没有发出过督促"),
        ("qian.hui", "/ledger/findings", "还没有查处记录"),
        ("qian.hui", "/ledger/findings/refusals", "没有拒绝配合"),
        ("gao.feng", "/ledger/proposals", "没有处分建议"),
        ("wang.min", "/ledger/statements", "还没有出过统计表"),
        ("hr.centre", "/ledger/statements/bases", "还没有提供过奖金基数"),
        ("wang.min", "/ledger/reports", "还没有发给您的报告"),
        ("chen.wei", "/ledger/registers", "还没有登记"),
    ],
)
async def test_an_empty_page_says_what_there_would_be(
    untouched_world: World, person: str, path: str, said: str
) -> None:
    assert said in await text(untouched_world, person, path)


async def test_the_card_tells_what_runs_what_comes_next_and_what_it_costs(world: World) -> None:
    case = str((await world.registered())["complaint"])
    await ticked(world)
    card = await text(world, "wang.min", f"/ledger/cards/{case}")
    assert "<html" not in card
    assert re.search(r'<time data-due="[^"]+" datetime="[^"]+" data-rule="之后每 5 分钟扣 100 元">', card)
    assert "本案没有扣罚" in card
    world.clock.advance(timedelta(minutes=40))
    card = await text(world, "wang.min", f"/ledger/cards/{case}")
    assert "正在累计" in card
    assert 'data-command="penalty.appeal"' in card
    assert 'data-command="penalty.waive"' not in card
    assert 'data-command="penalty.waive"' in await text(world, "gao.feng", f"/ledger/cards/{case}")


async def test_the_card_is_for_whom_the_json_part_is(world: World) -> None:
    case = str((await world.registered())["complaint"])
    await world.running.settled()
    for person in ("wang.min", "sun.yue", "gao.feng", "lin.fang", "chen.wei", "wu.gang", "zhou.tao"):
        async with world.client(person) as client:
            part = (await client.get(f"/api/v1/parts/sla/complaints/{case}")).status_code
        assert (await page(world, person, f"/ledger/cards/{case}")).status_code == part, person
    assert (await page(world, "sun.yue", f"/ledger/cards/{case}")).status_code == 404
    assert (await page(world, "gao.feng", f"/ledger/cards/{uuid4()}")).status_code == 404
    async with world.client() as client:
        assert (await client.get(f"/ledger/cards/{case}")).status_code == 401


async def test_a_person_reads_his_penalty_appeals_and_sees_what_became_of_it(world: World) -> None:
    case = await late_order(world)
    mine = await text(world, "wang.min", "/ledger/mine")
    assert "003§18" in mine
    assert re.search(r"满 5 分钟 \d+ 次 × 100 元", mine)
    assert "已入账" in mine
    assert 'name="entry.rule" value="order.submit.late"' in mine
    assert "督办令报批延迟" not in await text(world, "wu.gang", "/ledger/mine")

    entry = {"rule": "order.submit.late", "person": "wang.min"}
    await done(world, "wang.min", "penalty.appeal", case, entry=entry, reason=EVIL)
    mine = await text(world, "wang.min", "/ledger/mine")
    assert "申诉中" in mine
    assert 'data-command="penalty.appeal"' not in mine
    appeals = await text(world, "gao.feng", "/ledger/penalties/appeals")
    assert ESCAPED in appeals
    assert EVIL not in appeals
    assert 'data-command="penalty.waive"' in appeals
    assert 'data-command="penalty.uphold"' in appeals
    # Who may not waive reads the appeal, of his own place only.
    assert 'data-command="penalty.waive"' not in await text(world, "qian.hui", "/ledger/penalties/appeals")
    assert "督办令报批延迟" not in await text(world, "jiang.nan", "/ledger/penalties/appeals")

    await done(world, "gao.feng", "penalty.waive", case, entry=entry, reason="系统停机属实")
    mine = await text(world, "wang.min", "/ledger/mine")
    assert "已免除" in mine
    assert "高峰 批准免除：系统停机属实" in mine
    assert '<span class="money">0 元</span>' in mine
    assert "没有待处理的申诉" in await text(world, "gao.feng", "/ledger/penalties/appeals")


async def test_a_person_reads_why_his_appeal_was_not_borne_out_and_may_appeal_again(world: World) -> None:
    case = await late_order(world)
    entry = {"rule": "order.submit.late", "person": "wang.min"}
    assert 'data-command="penalty.uphold"' not in await text(world, "gao.feng", f"/ledger/cards/{case}")
    await done(world, "wang.min", "penalty.appeal", case, entry=entry, reason="系统停机")
    assert 'data-command="penalty.uphold"' in await text(world, "gao.feng", f"/ledger/cards/{case}")
    assert 'data-command="penalty.uphold"' not in await text(world, "wang.min", f"/ledger/cards/{case}")
    await done(world, "gao.feng", "penalty.uphold", case, entry=entry, reason=EVIL)

    assert "没有待处理的申诉" in await text(world, "gao.feng", "/ledger/penalties/appeals")
    for path in ("/ledger/mine", f"/ledger/cards/{case}"):
        shown = await text(world, "wang.min", path)
        assert f"申诉未获支持：{ESCAPED}" in shown
        assert EVIL not in shown
        assert "申诉中" not in shown
        assert 'data-command="penalty.appeal"' in shown
    await done(world, "wang.min", "penalty.appeal", case, entry=entry, reason="停机公告附后")
    assert "申诉未获支持" not in await text(world, "wang.min", "/ledger/mine")
    appeals = await text(world, "gao.feng", "/ledger/penalties/appeals")
    assert f"此前的申诉未获支持：{ESCAPED}" in appeals


async def test_a_proposal_of_no_case_is_decided_on_its_page_and_over_the_api(world: World) -> None:
    case = str((await world.registered())["complaint"])
    await ticked(world)
    sla = world.app.state.rooms["sla"]
    for month in ("2025-12", "2026-01", "2026-02"):
        for number in range(11):
            officer, stars = (f"o{number:02d}", 5) if number else ("wang.min", 1)
            at = datetime.fromisoformat(f"{month}-15T10:00:00+08:00")
            rating = WindowRatedV1(
                event_id=uuid4(), occurred_at=at, recorded_at=at, correlation_id=uuid4(), complaint_id=UUID(case),
                project_id="jinbi-bay", by="customer", stars=stars, officer=officer,
            )  # fmt: skip
            await deliver(sla, Message(rating.event_id, rating.topic, encode(rating), rating.correlation_id))
    async with world.client("gao.feng") as client:
        listed = (await client.get("/api/v1/proposals")).json()["items"]
    (found,) = [one for one in listed if one["person"] == "wang.min"]
    shown = await text(world, "gao.feng", "/ledger/proposals")
    assert 'data-command="proposal.decide"' in shown
    assert f'name="proposal" value="{found["id"]}"' in shown
    assert "data-complaint" not in shown
    assert 'data-command="proposal.decide"' not in await text(world, "qian.hui", "/ledger/proposals")

    path = f"/api/v1/proposals/{found['id']}/decide"
    decision = {"decision": "dismiss", "reason": EVIL}
    for person, status in (("qian.hui", 403), ("wu.gang", 404), ("wang.min", 403)):
        async with world.client(person) as client:
            assert (await client.post(path, json=decision)).status_code == status, person
    async with world.client("tang.bo", **{"Idempotency-Key": "once"}) as client:
        answers = [await client.post(path, json=decision) for _ in range(2)]
        assert [one.status_code for one in answers] == [200, 200]
        assert answers[0].json() == answers[1].json()
        assert (await client.post(path, json=decision | {"reason": "另一理由"})).status_code == 422
    async with world.client("gao.feng") as client:
        assert (await client.post(path, json=decision)).status_code == 409
    for person, page_ in (("gao.feng", "/ledger/proposals"), ("wang.min", "/ledger/mine")):
        shown = await text(world, person, page_)
        assert "不予处分" in shown
        assert ESCAPED in shown
        assert EVIL not in shown
        assert found["id"] not in shown


async def test_the_ledger_filters_by_person_project_month_and_rule_and_sums_by_person(world: World) -> None:
    await late_order(world)
    path = "/ledger/penalties"
    assert "督办令报批延迟" in await text(world, "gao.feng", path)

    async def rows(who: str = "gao.feng", /, **query: str) -> list[dict[str, str]]:
        response = await page(world, who, path, export="csv", **query)
        return list(csv.DictReader(io.StringIO(response.content.decode("utf-8-sig"))))

    (row,) = await rows()
    assert (row["姓名"], row["事项"], row["状态"], row["类型"]) == ("王敏", "督办令报批延迟", "已入账", "扣罚")
    for query in ({"person": "王"}, {"project": "jinbi-bay"}, {"month": "2026-03"}, {"rule": "order.submit.late"}):
        assert await rows(**query) == [row]
    for query in ({"person": "孙丽"}, {"project": "lakeside"}, {"month": "2026-02"}, {"rule": "plan.missed"}):
        assert await rows(**query) == []
    # A leader sees his own company's cases, and nobody else's.
    assert await rows("ma.chao") == [row]
    assert await rows("jiang.nan") == []
    people = await text(world, "gao.feng", f"{path}/people")
    assert "王敏" in people
    assert row["金额"] in people
    refused = await page(world, "gao.feng", path, month="2026-13")
    assert refused.status_code == 422
    assert (await page(world, "gao.feng", path, cursor="x~y")).status_code == 422


async def test_what_still_grows_is_listed_with_its_sum_of_this_moment(world: World) -> None:
    await world.registered()
    world.clock.advance(timedelta(minutes=30))
    await ticked(world)
    assert "还没有入账" in await text(world, "gao.feng", "/ledger/penalties")
    before = await text(world, "gao.feng", "/ledger/penalties/running")
    world.clock.advance(timedelta(minutes=50))
    after = await text(world, "gao.feng", "/ledger/penalties/running")
    sums = [re.findall(r"合计 (\d+) 元", shown) for shown in (before, after)]
    assert len(sums[0]) == len(sums[1]) == 1
    assert int(sums[1][0]) == int(sums[0][0]) + 1000


async def test_overdue_and_slow_cases_are_listed_filtered_and_taken_out(world: World) -> None:
    await overdue_order(world)
    shown = await text(world, "gao.feng", "/ledger/overdue")
    assert "吴刚" in shown
    assert "吴刚" in await text(world, "ma.chao", "/ledger/overdue")
    assert "没有符合条件" in await text(world, "gao.feng", "/ledger/overdue", project="lakeside")
    assert "没有符合条件" in await text(world, "gao.feng", "/ledger/overdue", liable="无此人")
    assert "吴刚" in await text(world, "gao.feng", "/ledger/overdue", liable="吴刚")
    assert "TS" in await text(world, "gao.feng", "/ledger/overdue/slow")
    taken = await page(world, "gao.feng", "/ledger/overdue", export="csv")
    assert "吴刚" in taken.content.decode("utf-8-sig")
    assert taken.headers["content-disposition"] == 'attachment; filename="overdue.csv"'


async def test_a_severely_overdue_case_calls_for_a_working_group_that_the_general_manager_forms(world: World) -> None:
    case = await overdue_order(world)
    shown = await text(world, "gao.feng", "/ledger/overdue/groups")
    assert 'data-command="working_group.form"' in shown
    assert 'data-command="working_group.form"' not in await text(world, "qian.hui", "/ledger/overdue/groups")
    members = ["wu.gang", "ma.chao"]
    await done(world, "gao.feng", "working_group.form", case, members=members, reason=EVIL, task="三日内解决")
    shown = await text(world, "gao.feng", "/ledger/overdue/groups")
    assert "吴刚、马超" in shown
    assert ESCAPED in shown
    assert EVIL not in shown
    assert 'data-command="working_group.end"' in shown
    assert "吴刚、马超" in await text(world, "gao.feng", f"/ledger/cards/{case}")
    await done(world, "gao.feng", "working_group.end", case, result="已更换管件")
    assert "已更换管件" in await text(world, "gao.feng", "/ledger/overdue/groups")


async def test_the_general_manager_may_form_a_group_before_the_list_proposes_one(world: World) -> None:
    case = await issued(world)
    path = "/ledger/overdue/groups"
    assert f"{path}?case={case}" in await text(world, "gao.feng", f"/ledger/cards/{case}")
    assert f'data-complaint="{case}"' not in await text(world, "gao.feng", path)
    assert f'data-complaint="{case}"' in await text(world, "gao.feng", path, case=case)
    assert f'data-complaint="{case}"' not in await text(world, "qian.hui", path, case=case)
    assert (await page(world, "gao.feng", path, case=str(uuid4()))).status_code == 404
