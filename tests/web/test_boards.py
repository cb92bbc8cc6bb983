"""Lists, rates, reports, working groups and registers over HTTP."""

import io
import zipfile
from datetime import UTC, datetime

from services.sla.usecases.tick import tick
from tests.web.world import World, refusal

MARCH = {"from": "2026-03-01", "to": "2026-03-31"}


async def overdue(world: World) -> str:
    """A case whose handling was due on 6 March, seen on the 14th at noon: more than seven days late."""
    case = await world.issued()
    await world.running.settled()
    await tick(world.running.rooms["sla"])
    world.clock.move_to(datetime(2026, 3, 14, 4, tzinfo=UTC))
    await tick(world.running.rooms["sla"])
    await world.running.settled()
    return case


async def test_the_lists_and_rates_of_an_overdue_case(world: World) -> None:
    case = await overdue(world)
    async with world.client("sun.li") as client:
        # Seven days of 150 and one of 300, and eleven evenings without progress at 200.
        (row,) = (await client.get("/api/v1/lists/overdue", params={"company": "property-south"})).json()["items"]
        assert (row["complaint"], row["days_late"], row["penalties"]) == (case, 8, "3550")
        assert (await client.get("/api/v1/lists/overdue", params={"company": "north"})).json()["items"] == []
        (slow,) = (await client.get("/api/v1/lists/slow")).json()["items"]
        assert slow["slow_since"] == "2026-03-02 10:40"
        (company,) = (await client.get("/api/v1/kpi", params=MARCH)).json()["items"]
        assert (company["key"], company["due"], company["on_time_rate"], company["score"]) == (
            "property-south", 1, 0.0, 0.0,
        )  # fmt: skip
        (late,) = (await client.get("/api/v1/kpi/cases", params=MARCH | {"measure": "late"})).json()["items"]
        assert late["complaint"] == case
        assert refusal(await client.get("/api/v1/kpi", params=MARCH | {"to": "2026-02-01"})) == (
            422, "field.invalid", "to",
        )  # fmt: skip
        assert (await client.get("/api/v1/lists/nothing")).status_code == 422


async def test_who_holds_no_post_sees_no_list_and_a_company_its_own(world: World) -> None:
    case = await overdue(world)
    async with world.client("lin.fang") as client:
        assert [row["complaint"] for row in (await client.get("/api/v1/lists/overdue")).json()["items"]] == [case]
    async with world.client("zhao.lei") as client:
        assert (await client.get("/api/v1/lists/overdue")).json()["items"] == []
    async with world.client() as client:
        for path in ("lists/overdue", "reports", "working-groups", "registers"):
            assert refusal(await client.get(f"/api/v1/{path}"))[:2] == (401, "unauthenticated")


async def test_reports_are_read_and_taken_out(world: World) -> None:
    await overdue(world)
    async with world.client("sun.li") as client:
        (head,) = (await client.get("/api/v1/reports", params={"report": "overdue_daily"})).json()["items"]
        path = f"/api/v1/reports/{head['id']}"
        assert (await client.get(path)).json()["rows"][0]["days_late"] == 8
        assert "超期投诉清单" in (await client.get(f"{path}.csv")).text
        book = await client.get(f"{path}.xlsx")
        assert "xl/worksheets/sheet1.xml" in zipfile.ZipFile(io.BytesIO(book.content)).namelist()
        assert book.headers["content-disposition"] == 'attachment; filename="overdue_daily-2026-03-14.xlsx"'
        assert refusal(await client.get("/api/v1/reports/nothing"))[:2] == (404, "not_found")
    async with world.client("wang.min") as client:
        assert refusal(await client.get(path))[:2] == (404, "not_found")


async def test_a_working_group_is_proposed_formed_and_ended(world: World) -> None:
    case = await overdue(world)
    given = {"members": ["sun.li", "ma.chao"], "reason": "客户扬言上网", "task": "驻场督促"}
    assert refusal(await world.do("sun.li", "working_group.form", case, **given))[:2] == (403, "role.not_allowed")
    async with world.client("gao.feng") as client:
        (proposed,) = (await client.get("/api/v1/working-groups")).json()["items"]
        assert (proposed["complaint"], proposed["clause"]) == (case, "003§27,33.3")
        assert (await world.do("gao.feng", "working_group.form", case, **given)).status_code == 200
        again = await world.do("gao.feng", "working_group.form", case, **given)
        assert refusal(again)[:2] == (409, "state.not_allowed")
        assert (await client.get("/api/v1/working-groups")).json()["items"] == []
        (formed,) = (await client.get("/api/v1/working-groups", params={"state": "formed"})).json()["items"]
        assert [one["name"] for one in formed["members"]] == ["孙丽", "马超"]
        assert (await world.do("gao.feng", "working_group.end", case, result="已解决")).status_code == 200
        (ended,) = (await client.get("/api/v1/working-groups", params={"state": "ended"})).json()["items"]
        part = (await client.get(f"/api/v1/parts/sla/complaints/{case}")).json()
    assert ended["result"] == "已解决"
    assert [(group["number"], group["state"]) for group in part["working_groups"]] == [(1, "ended")]


async def test_a_systemic_issue_is_answered_within_fifteen_days(world: World) -> None:
    issue = {"kind": "systemic", "period": "2026-Q1", "company": "south", "department": "engineering",
             "text": "外墙渗水集中", "items": [{"text": "复查做法", "due": "2026-03-10"}]}  # fmt: skip
    assert refusal(await world.do("wang.min", "register.enter", **issue))[:2] == (403, "role.not_allowed")
    assert refusal(await world.do("sun.li", "register.enter", **(issue | {"period": "2026-03"})))[2] == "period"
    entered = await world.do("sun.li", "register.enter", **issue)
    entry = entered.json()["entry"]
    assert entered.json()["due_at"] == "2026-03-17T01:40:00+00:00"
    world.clock.move_to(datetime(2026, 3, 17, 1, 41, tzinfo=UTC))
    async with world.client("zhou.tao") as client:
        (row,) = (await client.get("/api/v1/registers", params={"kind": "systemic"})).json()["items"]
        assert (row["overdue"], row["items"][0]["overdue"], row["clause"]) == (True, True, "003§42")
    assert refusal(await world.do("shen.kai", "register.answer", entry=entry, text="改"))[:2] == (
        403, "role.not_allowed",
    )  # fmt: skip
    answered = await world.do("zhou.tao", "register.answer", entry=entry, text="改用新做法")
    assert answered.json() == {"entry": entry, "late": True}
    assert refusal(await world.do("zhou.tao", "register.answer", entry=entry, text="再改"))[:2] == (
        409, "state.not_allowed",
    )  # fmt: skip
    assert (await world.do("zhou.tao", "register.done", entry=entry, item=1)).status_code == 200
    assert refusal(await world.do("zhou.tao", "register.done", entry=entry, item=2))[2] == "item"
    async with world.client("sun.li") as client:
        (row,) = (await client.get("/api/v1/registers")).json()["items"]
    assert (row["answer"], row["items"][0]["done_by"]) == ("改用新做法", "zhou.tao")


async def test_inspection_survey_and_training_are_entered_by_the_group(world: World) -> None:
    for data in (
        {"kind": "inspection", "period": "2026-Q1", "project": "jinbi-bay", "text": "现场检查",
         "items": [{"text": "补办公示", "due": "2026-03-31", "who": "wang.min"}]},
        {"kind": "survey", "period": "2026", "text": "满意度 4.2"},
        {"kind": "training", "period": "2026-03", "text": "客服百问，42 人"},
    ):  # fmt: skip
        assert (await world.do("sun.li", "register.enter", **data)).status_code == 200
    assert refusal(await world.do("sun.li", "register.enter", kind="inspection", period="2026-Q1", text="x"))[2] == (
        "project"
    )
    assert refusal(await world.do("sun.li", "register.enter", kind="none", period="2026", text="x"))[2] == "kind"
    async with world.client("wang.min") as client:
        (row,) = (await client.get("/api/v1/registers")).json()["items"]
    assert row["kind"] == "inspection"
    assert (await world.do("wang.min", "register.done", entry=row["id"], item=1, note="已补")).status_code == 200
