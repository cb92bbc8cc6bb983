"""Who may do what: by post, for the cases of his place; the order in which a command is refused."""

from typing import Any

import pytest

from services.dispatch.domain.steps import CASE_WORK
from shared.kernel.errors import Code, Refused
from tests.dispatch.domain.test_steps import ALLOWED
from tests.dispatch.handling import Handling
from tests.kit.desk import SYSTEM, customer

PERSON_OF = {
    "officer": "wang.min",
    "colleague": "liu.yan",
    "liable": "wu.gang",
    "leader": "ma.chao",
    "chairman": "lin.fang",
    "deputy": "sun.li",
    "manager": "gao.feng",
    "auditor": "qian.hui",
    "helper": "yuan.bin",
    "other head": "zhou.tao",
    "other officer": "zhang.lan",
    "other chairman": "chen.wei",
    "stranger": "nobody",
}
OFFICERS, DEPARTMENT = {"officer", "colleague"}, {"liable"}
MAY: dict[str, set[str]] = {
    "order.submit": OFFICERS,
    "order.review": {"deputy"},
    "order.issue": {"manager"},
    "visit.record": DEPARTMENT,
    "visit.material": DEPARTMENT,
    "customer.call": OFFICERS | DEPARTMENT,
    "plan.enter": DEPARTMENT,
    "progress.enter": DEPARTMENT,
    "closure.apply": DEPARTMENT,
    "closure.verify": OFFICERS,
    "closure.review": {"deputy"},
    "closure.approve": {"manager"},
    "claim.raise": OFFICERS,
    "claim.report": DEPARTMENT,
    "claim.decide": {"leader", "chairman"},
    "claim.file": DEPARTMENT,
    "meeting.hold": {"chairman"},
    "meeting.minutes": {"chairman"},
    "cooperation.ask": DEPARTMENT,
    "cooperation.done": {"helper"},
    "cooperation.refuse": {"helper"},
    "cooperation.report": DEPARTMENT,
}
ELSEWHERE = {
    "order.submit": {"other officer"},
    "closure.verify": {"other officer"},
    "claim.raise": {"other officer"},
    "customer.call": {"other officer", "helper", "other head", "chairman", "other chairman"},
    "claim.decide": {"other chairman"},
    "meeting.hold": {"other chairman"},
    "meeting.minutes": {"other chairman"},
    "cooperation.done": {"liable", "other head", "chairman", "other chairman"},
    "cooperation.refuse": {"liable", "other head", "chairman", "other chairman"},
    **{
        command: {"helper", "other head", "chairman", "other chairman"}
        for command in (
            "visit.record", "visit.material", "plan.enter", "progress.enter", "closure.apply", "claim.report",
            "claim.file", "cooperation.ask", "cooperation.report",
        )
    },
}  # fmt: skip
"""Who holds such a post, but not for this case."""


def test_the_table_covers_every_command_of_the_policy() -> None:
    assert set(MAY) == set(ALLOWED)


@pytest.mark.parametrize("command", sorted(MAY))
async def test_each_command_is_for_the_posts_the_policy_names(desk: Handling, command: str) -> None:
    case = await desk.in_state(ALLOWED[command][0])
    for post, person in PERSON_OF.items():
        code = await code_of(desk, command, person, case)
        if post in MAY[command]:
            assert code not in (Code.role_not_allowed, Code.scope_not_allowed, Code.policy_not_allowed), (post, code)
        elif post in ELSEWHERE.get(command, set()):
            assert code is Code.scope_not_allowed, post
        else:
            assert code is Code.role_not_allowed, post


async def code_of(desk: Handling, command: str, person: str, case: Any) -> Code | None:
    """Asked with a field no command has, so that nothing is ever done."""
    with pytest.raises(Refused) as caught:
        await desk.do(command, person, case, no_such_field=1)
    return caught.value.code


@pytest.mark.parametrize("command", sorted(CASE_WORK))
async def test_neither_the_system_nor_a_customer_does_the_company_s_work(desk: Handling, command: str) -> None:
    case = await desk.registered()
    code = Code.role_not_allowed if command in ALLOWED else Code.policy_not_allowed
    await desk.refused(code, command, SYSTEM, case)
    await desk.refused(code, command, customer(case), case)
    await desk.refused(Code.not_found, command, customer(await desk.registered()), case)


async def test_a_customer_may_do_what_a_policy_lets_him(desk: Handling) -> None:
    case, other = await desk.dispatched(), await desk.dispatched()
    await desk.do("progress.enter", customer(case), case, text="已约好时间")
    assert (await desk.last()).by == "customer"
    await desk.refused(Code.not_found, "progress.enter", customer(other), case, text="x")


async def test_the_policy_is_asked_before_the_role_and_the_role_before_the_state(desk: Handling) -> None:
    case = await desk.registered()
    await desk.refused(Code.policy_not_allowed, "order.dispatch", "nobody", case)
    await desk.refused(Code.role_not_allowed, "visit.record", "nobody", case)
    await desk.refused(Code.state_not_allowed, "visit.record", "wu.gang", case)
    await desk.refused(Code.state_not_allowed, "order.issue", "gao.feng", case, version=99)


async def test_in_a_major_case_the_chairman_may_act_and_the_head_still_may(desk: Handling) -> None:
    case = await desk.handling(severity="major")
    await desk.do("visit.record", "lin.fang", case, outcome="agreed")
    await desk.do("progress.enter", "wu.gang", case, text="x")
