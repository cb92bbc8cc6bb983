"""003§4,20: cooperating departments have tasks with due times of their own; who refuses may be reported."""

from datetime import timedelta
from typing import Any

import pytest

from services.dispatch.usecases.reads import case as read_case
from services.dispatch.usecases.reads import cases, tasks
from shared.events.dispatch import (
    CooperationAskedV1,
    CooperationDoneV1,
    CooperationRefusedV1,
    CooperationReportedV1,
)
from shared.kernel.errors import Code, Refused
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING, person

MARKETING = {"category": "marketing_contract"}
"""li.qiang's case; deng.min (finance) and cao.yan (treasury) cooperate."""


async def helps(desk: Handling, who: str) -> list[str]:
    return [one["command"] for one in await tasks(desk.room, person(who)) if one["command"].startswith("cooperation")]


async def shown(desk: Handling, case: Any, who: str = "li.qiang") -> dict[str, dict[str, Any]]:
    whole = await read_case(desk.room, person(who), case)
    return {one["department"]: one for one in whole["cooperation"]}


async def test_issuing_the_order_asks_every_cooperating_department(desk: Handling) -> None:
    case = await desk.handling(**MARKETING)
    asked = [event for event in await desk.events() if isinstance(event, CooperationAskedV1)]
    assert [(e.department, e.cooperating_head) for e in asked] == [("finance", "deng.min"), ("treasury", "cao.yan")]
    assert {e.due_at for e in asked} == {MORNING + timedelta(days=4)}
    assert await helps(desk, "deng.min") == ["cooperation.done"]
    assert await helps(desk, "li.qiang") == []
    assert (await shown(desk, case))["finance"]["head_name"] == "邓敏"


async def test_the_departments_of_the_property_companys_matter_are_its_own(desk: Handling) -> None:
    await desk.handling()
    assert await helps(desk, "yuan.bin") == ["cooperation.done"]
    assert await helps(desk, "zhou.tao") == []


async def test_a_returned_order_asks_nobody(desk: Handling) -> None:
    case = await desk.reviewed(**MARKETING)
    await desk.do("order.issue", "gao.feng", case, decision="return", reason="补充")
    assert not [event for event in await desk.events() if isinstance(event, CooperationAskedV1)]


async def test_a_department_that_is_added_sees_the_case_and_has_a_due_time_of_its_own(desk: Handling) -> None:
    case = await desk.handling(**MARKETING)
    assert (await cases(desk.room, person("xu.jing")))["items"] == []
    due = MORNING + timedelta(hours=5)
    answer = await desk.do(
        "cooperation.ask", "li.qiang", case, department="development", text="提供预售证", due_at=due.isoformat()
    )
    assert (answer["cooperating_head"], answer["department"]) == ("xu.jing", "development")
    assert len((await cases(desk.room, person("xu.jing")))["items"]) == 1
    task = (await shown(desk, case, "xu.jing"))["development"]
    assert (task["state"], task["overdue"], task["text"]) == ("asked", False, "提供预售证")
    desk.wait(hours=5, seconds=1)
    assert (await shown(desk, case))["development"]["overdue"] is True


async def test_asked_again_while_open_a_department_is_told_anew(desk: Handling) -> None:
    case = await desk.handling(**MARKETING)
    await desk.do("cooperation.ask", "li.qiang", case, department="finance", text="核对收据")
    rows = [row for row in await desk.rows("cooperation_task") if row.department == "finance"]
    assert [row.text for row in rows] == ["核对收据"]
    await desk.do("cooperation.done", "deng.min", case, note="已核对")
    await desk.do("cooperation.ask", "li.qiang", case, department="finance", text="再核对")
    rows = [row for row in await desk.rows("cooperation_task") if row.department == "finance"]
    assert sorted(row.state for row in rows) == ["asked", "done"]


async def test_what_is_done_waits_no_more(desk: Handling) -> None:
    case = await desk.handling(**MARKETING)
    await desk.do("cooperation.done", "deng.min", case, note="已核对")
    event = await desk.last()
    assert isinstance(event, CooperationDoneV1)
    assert (event.department, event.note, event.state) == ("finance", "已核对", "handling")
    assert (await helps(desk, "deng.min"), await helps(desk, "cao.yan")) == ([], ["cooperation.done"])
    assert (await desk.row(case)).asked == ["treasury"]
    await desk.do("cooperation.done", "cao.yan", case)
    assert (await desk.row(case)).open_ends is False


async def test_a_refusal_is_reported_once(desk: Handling) -> None:
    case = await desk.handling(**MARKETING)
    report = {"department": "treasury", "reason": "拒不付款"}
    await desk.refused(Code.state_not_allowed, "cooperation.report", "li.qiang", case, **report)
    await desk.do("cooperation.refuse", "cao.yan", case, reason="资金紧张")
    assert isinstance(await desk.last(), CooperationRefusedV1)
    await desk.refused(Code.scope_not_allowed, "cooperation.report", "cao.yan", case, **report)
    await desk.do("cooperation.report", "li.qiang", case, **report)
    event = await desk.last()
    assert isinstance(event, CooperationReportedV1)
    assert (event.person, event.ground, event.evidence) == ("cao.yan", "refused", "拒绝配合：资金紧张；拒不付款")
    await desk.refused(Code.state_not_allowed, "cooperation.report", "li.qiang", case, **report)


async def test_silence_may_be_reported_after_the_due_time_only(desk: Handling) -> None:
    case = await desk.handling(**MARKETING)
    desk.wait(days=4)
    report = {"department": "finance", "reason": "无人答复"}
    await desk.refused(Code.state_not_allowed, "cooperation.report", "li.qiang", case, **report)
    desk.wait(seconds=1)
    assert (await desk.do("cooperation.report", "li.qiang", case, **report))["reported"] == "silent"
    assert await helps(desk, "deng.min") == ["cooperation.done"], "it is still to help"


async def test_a_closed_case_asks_nobody_any_more(desk: Handling) -> None:
    case = await desk.in_state("closed")
    assert await helps(desk, "yuan.bin") == []
    assert (await shown(desk, case, "wu.gang"))["engineering"]["state"] == "lapsed"
    await desk.refused(Code.state_not_allowed, "cooperation.done", "yuan.bin", case)


@pytest.mark.parametrize(
    ("who", "data", "code", "field"),
    [
        ("deng.min", {"department": "treasury", "text": "付款"}, Code.scope_not_allowed, None),
        ("wang.min", {"department": "treasury", "text": "付款"}, Code.role_not_allowed, None),
        ("li.qiang", {"department": "marketing", "text": "自己"}, Code.field_invalid, "department"),
        ("li.qiang", {"department": "kitchen", "text": "做饭"}, Code.field_invalid, "department"),
        ("li.qiang", {"department": "treasury"}, Code.field_missing, "text"),
        ("li.qiang", {"department": "treasury", "text": "付款", "due_at": "2026-03-02T09:40:00+08:00"},
         Code.field_invalid, "due_at"),
    ],
)  # fmt: skip
async def test_who_may_ask_whom(desk: Handling, who: str, data: dict[str, Any], code: Code, field: str | None) -> None:
    case = await desk.handling(**MARKETING)
    with pytest.raises(Refused) as caught:
        await desk.do("cooperation.ask", who, case, **data)
    assert (caught.value.code, caught.value.field) == (code, field)


async def test_only_the_department_asked_answers(desk: Handling) -> None:
    case = await desk.handling(**MARKETING)
    await desk.refused(Code.scope_not_allowed, "cooperation.done", "cao.yan", case, department="finance")
    await desk.refused(Code.scope_not_allowed, "cooperation.done", "zhou.tao", case)
    await desk.refused(Code.field_missing, "cooperation.refuse", "cao.yan", case)
