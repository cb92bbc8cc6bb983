"""003§14: the order is submitted, reviewed and issued, or returned."""

from datetime import timedelta
from uuid import UUID

import pytest

from shared.events.base import payload
from shared.events.dispatch import OrderIssuedV1, OrderReturnedV1, OrderReviewedV1, OrderSubmittedV1
from shared.kernel.errors import Code
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING

TOMORROW = "2026-03-03T18:00:00+08:00"


async def test_an_order_names_the_category_s_department_and_those_who_help(desk: Handling) -> None:
    case = await desk.registered(category="planning_design")
    answer = await desk.do("order.submit", "wang.min", case, version=1)
    event = await desk.last()
    assert isinstance(event, OrderSubmittedV1)
    assert (event.first_department, event.version, event.required_by) == ("marketing", 1, MORNING + timedelta(days=4))
    assert event.cooperating == ["chief_engineer", "engineering", "development", "property"]
    assert answer == {
        "complaint": str(case),
        "number": (await desk.row(case)).number,
        "state": "order_submitted",
        "version": 2,
        "event": str(event.event_id),
        "order": str(event.order_id),
    }
    act = await desk.row(case, "act")
    assert (act.id, act.command, act.by, act.state_before) == (
        event.event_id, "order.submit", "wang.min", "registered",
    )  # fmt: skip


async def test_the_officer_may_name_another_department_and_another_time(desk: Handling) -> None:
    case = await desk.registered()
    await desk.do("order.submit", "wang.min", case, first_department="engineering", required_by=TOMORROW, note="急")
    event = await desk.last()
    assert (event.first_department, event.cooperating, event.note) == ("engineering", [], "急")
    row = await desk.row(case)
    assert (row.first_department, row.responsible) == ("engineering", "regional")
    assert row.required_by == MORNING + timedelta(days=1, hours=8, minutes=20)
    assert await desk.rows("cooperation") == []


@pytest.mark.parametrize("unit", ["commercial", "property", "treasury"])
async def test_any_department_of_both_companies_may_be_named(desk: Handling, unit: str) -> None:
    await desk.do("order.submit", "wang.min", await desk.registered(), first_department=unit)


async def test_a_department_that_is_not_there_is_refused(desk: Handling) -> None:
    case = await desk.registered()
    refused = await desk.refused(Code.field_invalid, "order.submit", "wang.min", case, first_department="kitchen")
    assert refused.field == "first_department"


async def test_a_case_without_a_category_needs_a_department(desk: Handling) -> None:
    case = await desk.registered(category=None)
    refused = await desk.refused(Code.field_missing, "order.submit", "wang.min", case)
    assert refused.field == "first_department"
    await desk.do("order.submit", "wang.min", case, first_department="property")


@pytest.mark.parametrize("passed", ["2026-03-02T09:39:59+08:00", "2026-03-02T09:40:00+08:00"])
async def test_a_required_time_that_leaves_no_time_is_refused(desk: Handling, passed: str) -> None:
    """As at registration: a second before now and now itself are too late, a second after is not."""
    case = await desk.registered()
    refused = await desk.refused(Code.field_invalid, "order.submit", "wang.min", case, required_by=passed)
    assert refused.field == "required_by"
    await desk.do("order.submit", "wang.min", case, required_by="2026-03-02T09:40:01+08:00")


@pytest.mark.parametrize("returned_by", ["order.review", "order.issue"])
async def test_a_returned_order_is_submitted_again_as_the_next_version(desk: Handling, returned_by: str) -> None:
    case = await (desk.submitted() if returned_by == "order.review" else desk.reviewed())
    person = {"order.review": "sun.li", "order.issue": "gao.feng"}[returned_by]
    await desk.do(returned_by, person, case, decision="return", reason="内容不全")
    returned = await desk.last()
    assert isinstance(returned, OrderReturnedV1)
    assert (returned.state, returned.reason, returned.by) == ("registered", "内容不全", person)
    first = await desk.row(case, "supervision_order")
    assert (first.return_reason, first.reviewed_at) == ("内容不全", None)
    await desk.do("order.submit", "wang.min", case, required_by=TOMORROW)
    again = await desk.last()
    assert (again.version, again.order_id) == (2, returned.order_id)
    assert len(await desk.rows("supervision_order")) == 1


async def test_a_returned_order_keeps_a_department_that_was_named_and_follows_the_category_else(
    desk: Handling,
) -> None:
    named, followed = await desk.registered(), await desk.registered()
    await desk.do("order.submit", "wang.min", named, first_department="engineering")
    await desk.do("order.submit", "wang.min", followed)
    for case in (named, followed):
        await desk.do("order.review", "sun.li", case, decision="return")
        desk.wait(minutes=1)
        await desk.hears(desk.classification(case, category="leasing"))
        await desk.do("order.submit", "wang.min", case)
    assert (await desk.row(named)).first_department == "engineering"
    assert (await desk.row(followed)).first_department == "commercial"


@pytest.mark.parametrize(
    ("case", "people"),
    [
        ({}, ("wu.gang", "ma.chao", "lin.fang")),
        ({"severity": "major"}, ("lin.fang", "lin.fang", "lin.fang")),
        ({"category": "delay_quality"}, ("zhou.tao", "song.yang", "chen.wei")),
        ({"category": "delay_quality", "severity": "group"}, ("chen.wei", "chen.wei", "chen.wei")),
        ({"category": "certificates"}, ("li.qiang", "luo.ping", "chen.wei")),
        (
            {"category": "certificates", "project_id": "yunshan", "officer": "zhang.lan"},
            ("li.qiang", "he.jun", "chen.wei"),
        ),
        (
            {"category": "leasing", "project_id": "lakeside", "officer": "sun.yue"},
            ("xie.dong", "tian.hua", "zhao.lei"),
        ),
    ],
)
async def test_an_issued_order_names_who_is_liable_who_leads_and_the_chairman(
    desk: Handling, case: dict[str, str], people: tuple[str, str, str]
) -> None:
    complaint = await desk.registered(**case)
    await desk.do("order.submit", case.get("officer", "wang.min"), complaint)
    await desk.do("order.review", "sun.li", complaint, decision="approve")
    assert isinstance(await desk.last(), OrderReviewedV1)
    answer = await desk.do("order.issue", "gao.feng", complaint, decision="approve")
    (event,) = [one for one in await desk.events() if isinstance(one, OrderIssuedV1)]
    assert (event.liable, event.leader, event.chairman) == people
    row = await desk.row(complaint)
    assert event.number == answer["order_number"] == f"DB-{row.number}"
    assert (row.state, row.handed_over_at) == ("handling", MORNING)


async def test_a_stale_version_is_refused_after_the_state_and_before_the_fields(desk: Handling) -> None:
    case = await desk.registered()
    await desk.refused(Code.version_conflict, "order.submit", "wang.min", case, version=2, first_department="kitchen")
    await desk.refused(Code.state_not_allowed, "order.review", "sun.li", case, version=2)
    await desk.do("order.submit", "wang.min", case, version=1)


@pytest.mark.parametrize("decision", [{}, {"decision": None}, {"decision": "maybe"}, {"decision": "approve", "x": 1}])
async def test_a_decision_is_one_of_two(desk: Handling, decision: dict[str, str]) -> None:
    case = await desk.submitted()
    code = Code.field_invalid if decision else Code.field_missing
    await desk.refused(code, "order.review", "sun.li", case, **decision)


async def test_the_same_key_gives_the_same_answer_and_one_order(desk: Handling) -> None:
    case = await desk.registered()
    first = await desk.do("order.submit", "wang.min", case, key="k")
    assert await desk.do("order.submit", "wang.min", case, key="k") == first
    assert len([e for e in await desk.events() if isinstance(e, OrderSubmittedV1)]) == 1


async def test_an_unknown_case_is_not_found_for_everybody(desk: Handling) -> None:
    await desk.refused(Code.not_found, "order.submit", "wang.min", UUID(int=5))
    await desk.refused(Code.not_found, "order.submit", "nobody", None)


async def test_what_went_out_names_its_case(desk: Handling) -> None:
    case = await desk.handling()
    for event in await desk.events():
        body = payload(event)
        if "complaint_id" in body:
            assert (body["complaint_id"], body["project_id"]) == (str(case), "jinbi-bay")
