"""003§28,29: applied for, verified with a call, reviewed, approved; or returned at each stage."""

import pytest

from services.dispatch.usecases.reads import case as read_case
from shared.events.dispatch import (
    CaseClosedV1,
    ClosureAppliedV1,
    ClosureReturnedV1,
    ClosureReviewedV1,
    ClosureVerifiedV1,
)
from shared.kernel.errors import Code
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING, person

STAGES = [
    ("closure_applied", "closure.verify", "wang.min", "verify"),
    ("closure_verified", "closure.review", "sun.li", "review"),
    ("closure_reviewed", "closure.approve", "gao.feng", "approve"),
]


async def test_a_case_is_closed_by_the_general_manager_s_approval(desk: Handling) -> None:
    case = await desk.handling()
    await desk.do("closure.apply", "wu.gang", case, materials=["完工单", "照片"], signature="张小明")
    applied = await desk.last()
    assert isinstance(applied, ClosureAppliedV1)
    assert applied.materials == ["完工单", "照片"]
    await desk.do("closure.verify", "wang.min", case, decision="approve", satisfaction=5)
    verified = await desk.last()
    assert isinstance(verified, ClosureVerifiedV1)
    assert verified.satisfaction == 5
    await desk.do("closure.review", "sun.li", case, decision="approve")
    assert isinstance(await desk.last(), ClosureReviewedV1)
    answer = await desk.do("closure.approve", "gao.feng", case, decision="approve", note="同意")
    closed = await desk.last()
    assert isinstance(closed, CaseClosedV1)
    assert (closed.ground, closed.state, closed.note, answer["state"]) == ("approved", "closed", "同意", "closed")
    assert len([event for event in await desk.events() if isinstance(event, CaseClosedV1)]) == 1
    row = await desk.row(case)
    assert (row.closed_at, row.closed_ground) == (MORNING, "approved")
    await desk.refused(Code.state_not_allowed, "closure.approve", "gao.feng", case, decision="approve")
    await desk.refused(Code.state_not_allowed, "progress.enter", "wu.gang", case, text="x")


@pytest.mark.parametrize(("state", "command", "who", "stage"), STAGES)
async def test_each_stage_may_return_the_case_to_handling(
    desk: Handling, state: str, command: str, who: str, stage: str
) -> None:
    case = await desk.in_state(state)
    await desk.do(command, who, case, decision="return", reason="客户不满意")
    event = await desk.last()
    assert isinstance(event, ClosureReturnedV1)
    assert (event.stage, event.state_before, event.state, event.reason) == (stage, state, "handling", "客户不满意")
    await desk.do("closure.apply", "wu.gang", case, signature="张小明")


async def test_a_returned_verification_keeps_what_the_customer_said(desk: Handling) -> None:
    case = await desk.in_state("closure_applied")
    await desk.do("closure.verify", "wang.min", case, decision="return", satisfaction=1)
    assert (await desk.last()).satisfaction == 1


async def test_a_closed_case_asks_only_for_what_is_still_owed(desk: Handling) -> None:
    case = await desk.handling()
    await desk.do("visit.record", "wu.gang", case, outcome="unreachable")
    await desk.do("claim.raise", "wang.min", case)
    await desk.do("closure.apply", "wu.gang", case, signature="张")
    for command, who in (("closure.verify", "wang.min"), ("closure.review", "sun.li"), ("closure.approve", "gao.feng")):
        await desk.do(command, who, case, decision="approve")
    assert list((await desk.row(case)).pending) == ["claim.report"]
    shown = await read_case(desk.room, person("wu.gang"), case)
    assert [(task["command"], task["people"]) for task in shown["tasks"]] == [("claim.report", ["wu.gang"])]
