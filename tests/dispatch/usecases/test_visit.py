"""003§22-26: visit, material, callback, plan, progress."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from services.dispatch.usecases.reads import tasks
from shared.events.dispatch import CustomerCalledV1, PlanEnteredV1, ProgressEnteredV1, VisitRecordedV1
from shared.kernel.errors import Code
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING, person

LATER = "2026-03-04T12:00:00+08:00"
FIRST, SECOND = datetime.fromisoformat(LATER), datetime.fromisoformat("2026-03-05T12:00:00+08:00")


async def waiting(desk: Handling, who: str) -> list[str]:
    return [task["command"] for task in await tasks(desk.room, person(who))]


async def test_a_visit_is_dated_by_when_it_was_and_carries_what_was_agreed(desk: Handling) -> None:
    case = await desk.handling()
    desk.wait(minutes=50)
    await desk.do(
        "visit.record", "wu.gang", case, outcome="agreed", visited_at="2026-03-02T10:20:00+08:00", plan="更换防水层",
        agreed_completion_at=LATER, signature="张小明", photos="p1",
    )  # fmt: skip
    event = await desk.last()
    assert isinstance(event, VisitRecordedV1)
    assert event.occurred_at == MORNING + timedelta(minutes=40)
    assert event.recorded_at == MORNING + timedelta(minutes=50)
    assert (event.has_plan, event.signed, event.photos, event.plan) == (True, True, ["p1"], "更换防水层")
    assert event.agreed_completion_at == FIRST
    row = await desk.row(case)
    assert (row.planned, row.visit_outcome, row.agreed_completion_at) == (True, "agreed", FIRST)
    assert row.pending.keys() == {"cooperation.done"}


@pytest.mark.parametrize(
    ("visited_at", "taken"),
    [
        ("2026-03-02T09:39:59+08:00", False),
        ("2026-03-02T09:40:00+08:00", True),
        ("2026-03-02T10:30:00+08:00", True),
        ("2026-03-02T10:30:01+08:00", False),
        ("2026-03-02T10:30:00", False),
    ],
)
async def test_a_visit_lies_between_issue_and_now(desk: Handling, visited_at: str, taken: bool) -> None:
    case = await desk.handling()
    desk.wait(minutes=50)
    if taken:
        await desk.do("visit.record", "wu.gang", case, outcome="agreed", visited_at=visited_at)
        return
    refused = await desk.refused(
        Code.field_invalid, "visit.record", "wu.gang", case, outcome="agreed", visited_at=visited_at
    )
    assert refused.field == "visited_at"


@pytest.mark.parametrize("command", ["visit.record", "plan.enter"])
async def test_an_agreed_time_lies_in_the_future(desk: Handling, command: str) -> None:
    case = await desk.handling()
    data: dict[str, Any] = {"outcome": "agreed"} if command == "visit.record" else {"plan": "x"}
    now = MORNING.isoformat()
    refused = await desk.refused(Code.field_invalid, command, "wu.gang", case, agreed_completion_at=now, **data)
    assert refused.field == "agreed_completion_at"


async def test_an_unsigned_agreed_time_is_published_as_such_and_counts_for_nothing(desk: Handling) -> None:
    case = await desk.handling()
    await desk.do("visit.record", "wu.gang", case, outcome="agreed", agreed_completion_at=LATER)
    await desk.do("plan.enter", "wu.gang", case, plan="x", agreed_completion_at=LATER)
    event = await desk.last()
    assert isinstance(event, PlanEnteredV1)
    assert (event.signed, event.agreed_completion_at) == (False, FIRST)
    assert (await desk.row(case)).agreed_completion_at is None


async def test_a_signed_time_replaces_the_earlier_one_until_the_deadline_has_passed(desk: Handling) -> None:
    case = await desk.handling()
    await desk.do("visit.record", "wu.gang", case, outcome="agreed", agreed_completion_at=LATER, signature="张")
    for wait, agreed, kept in (
        (timedelta(hours=1), "2026-03-05T12:00:00+08:00", SECOND),
        (timedelta(days=4), "2026-03-09T12:00:00+08:00", SECOND),
    ):
        desk.clock.advance(wait)
        await desk.do("plan.enter", "wu.gang", case, plan="x", agreed_completion_at=agreed, signature="张")
        assert (await desk.row(case)).agreed_completion_at == kept


@pytest.mark.parametrize("outcome", ["unreachable", "refused"])
async def test_after_a_visit_in_vain_comes_the_material_and_then_the_officer_s_call(
    desk: Handling, outcome: str
) -> None:
    case = await desk.handling()
    await desk.refused(Code.state_not_allowed, "visit.material", "wu.gang", case)
    await desk.do("visit.record", "wu.gang", case, outcome=outcome)
    await desk.refused(Code.state_not_allowed, "customer.call", "wang.min", case, purpose="callback")
    assert await waiting(desk, "wu.gang") == ["visit.material", "plan.enter"]
    await desk.do("visit.material", "wu.gang", case, note="客户不在家")
    await desk.refused(Code.state_not_allowed, "visit.material", "wu.gang", case)
    assert await waiting(desk, "wang.min") == ["customer.call"]
    assert await waiting(desk, "liu.yan") == []
    await desk.do("customer.call", "wang.min", case, purpose="callback", satisfaction=3, opinion="已说明")
    event = await desk.last()
    assert isinstance(event, CustomerCalledV1)
    assert (event.purpose, event.satisfaction, event.opinion) == ("callback", 3, "已说明")
    assert await waiting(desk, "wang.min") == []


async def test_a_later_visit_that_succeeded_asks_for_no_material(desk: Handling) -> None:
    case = await desk.handling()
    desk.wait(minutes=30)
    await desk.do("visit.record", "wu.gang", case, outcome="refused")
    desk.wait(minutes=30)
    await desk.do("visit.record", "wu.gang", case, outcome="agreed")
    await desk.refused(Code.state_not_allowed, "visit.material", "wu.gang", case)


async def test_a_visit_entered_late_does_not_undo_what_a_later_one_found(desk: Handling) -> None:
    case = await desk.handling()
    desk.wait(minutes=30)
    await desk.do("visit.record", "wu.gang", case, outcome="refused")
    earlier = (MORNING + timedelta(minutes=10)).isoformat()
    await desk.do("visit.record", "wu.gang", case, outcome="agreed", visited_at=earlier)
    assert (await desk.row(case)).visit_outcome == "refused"
    await desk.do("visit.material", "wu.gang", case)


async def test_other_calls_need_no_visit(desk: Handling) -> None:
    case = await desk.registered()
    for purpose in ("receipt", "plan", "completion", "followup", "contact"):
        await desk.do("customer.call", "wang.min", case, purpose=purpose)
    await desk.refused(Code.field_invalid, "customer.call", "wang.min", case, purpose="chat")
    for satisfaction in (0, 6, True, 10**30):
        await desk.refused(
            Code.field_invalid, "customer.call", "wang.min", case, purpose="contact", satisfaction=satisfaction
        )


async def test_tasks_follow_the_handling(desk: Handling) -> None:
    case = await desk.handling()
    assert await waiting(desk, "wu.gang") == ["visit.record"]
    await desk.do("visit.record", "wu.gang", case, outcome="agreed")
    assert await waiting(desk, "wu.gang") == ["plan.enter"]
    await desk.do("plan.enter", "wu.gang", case, plan="更换防水层")
    assert await waiting(desk, "wu.gang") == ["progress.enter", "closure.apply"]
    await desk.do("progress.enter", "wu.gang", case, text="已进场")
    event = await desk.last()
    assert isinstance(event, ProgressEnteredV1)
    assert (event.text, event.state_before, event.state) == ("已进场", "handling", "handling")
    await desk.do("closure.apply", "wu.gang", case, signature="张")
    assert await waiting(desk, "wu.gang") == []
    assert await waiting(desk, "wang.min") == ["closure.verify"]


@pytest.mark.parametrize(
    ("command", "data", "code", "field"),
    [
        ("visit.record", {}, Code.field_missing, "outcome"),
        ("visit.record", {"outcome": "fine"}, Code.field_invalid, "outcome"),
        ("visit.record", {"outcome": "agreed", "plan": " "}, Code.field_invalid, "plan"),
        ("visit.record", {"outcome": "agreed", "signature": ""}, Code.field_invalid, "signature"),
        ("visit.record", {"outcome": "agreed", "photos": [1]}, Code.field_invalid, "photos.0"),
        ("plan.enter", {}, Code.field_missing, "plan"),
        ("plan.enter", {"plan": "a\x00b"}, Code.field_invalid, "plan"),
        ("progress.enter", {}, Code.field_missing, "text"),
        ("progress.enter", {"text": "\ud800"}, Code.field_invalid, "text"),
        ("progress.enter", {"text": "  "}, Code.field_invalid, "text"),
        ("closure.apply", {}, Code.field_missing, "signature"),
        ("closure.apply", {"signature": None, "materials": 5}, Code.field_missing, "signature"),
        ("closure.apply", {"signature": " "}, Code.field_invalid, "signature"),
        ("closure.apply", {"signature": "张", "materials": [None]}, Code.field_invalid, "materials.0"),
    ],
)
async def test_bad_fields_are_refused_by_name(
    desk: Handling, command: str, data: dict[str, Any], code: Code, field: str
) -> None:
    refused = await desk.refused(code, command, "wu.gang", await desk.handling(), **data)
    assert refused.field == field


async def test_who_calls_for_which_purpose_is_the_policys_word(desk: Handling) -> None:
    """003§23: the call back is the service centre's, not the department's, which it checks on."""
    case = await desk.handling()
    await desk.do("visit.record", "wu.gang", case, outcome="unreachable")
    await desk.do("visit.material", "wu.gang", case)
    for purpose in ("callback", "followup"):
        await desk.refused(Code.role_not_allowed, "customer.call", "wu.gang", case, purpose=purpose)
    await desk.do("customer.call", "wu.gang", case, purpose="plan")
    assert await waiting(desk, "wang.min") == ["customer.call"]
    await desk.do("customer.call", "liu.yan", case, purpose="callback")
    assert await waiting(desk, "wang.min") == []
