"""What a paper says of a case that did not go straight through."""

from datetime import timedelta
from uuid import UUID

import pytest

from services.dispatch.domain.order_paper import Issuing
from services.dispatch.usecases.print_papers import form_on_paper, order_on_paper, printed
from services.dispatch.usecases.print_register import register_on_paper
from services.dispatch.usecases.verify_order import verified
from shared.kernel.errors import Code, Refused
from shared.paper.model import Fields, Paper, Signatures, Table
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING, person


def address(code: str) -> str:
    return f"https://ccrm.example.com/verify/{code}"


async def order(desk: Handling, case: UUID, viewer: str = "wang.min") -> Paper:
    return order_on_paper(await printed(desk.room, person(viewer), case), address)


def boxes(paper: Paper) -> list[tuple[str, str]]:
    return [(box.name, box.at) for block in paper.blocks if isinstance(block, Signatures) for box in block.boxes]


def value(paper: Paper, label: str) -> str:
    (found,) = [
        field.value
        for block in paper.blocks
        if isinstance(block, Fields)
        for row in block.rows
        for field in row
        if field.label == label
    ]
    return found


async def test_each_step_of_the_approval_is_signed_by_who_took_it_and_when(desk: Handling) -> None:
    case = await desk.registered()
    desk.wait(minutes=5)
    await desk.do("order.submit", "wang.min", case)
    desk.wait(minutes=20)
    await desk.do("order.review", "sun.li", case, decision="approve")
    paper = await order(desk, case)
    assert boxes(paper) == [("王敏", "2026-03-02 09:45"), ("孙丽", "2026-03-02 10:05"), ("", "")]
    assert (paper.watermark, paper.seal) == ("待签发", "")
    desk.wait(minutes=1)
    await desk.do("order.issue", "gao.feng", case, decision="approve")
    paper = await order(desk, case)
    assert boxes(paper)[2] == ("高峰", "2026-03-02 10:06")
    assert (paper.watermark, paper.seal) == ("", "恒信地产集团售后服务中心")


async def test_a_returned_order_is_a_draft_again_and_keeps_its_code(desk: Handling) -> None:
    case = await desk.submitted()
    first = await order(desk, case)
    await desk.do("order.review", "sun.li", case, decision="return", reason="补充")
    returned = await order(desk, case)
    assert (returned.watermark, boxes(returned)) == ("草稿", [("", "")] * 3)
    await desk.do("order.submit", "wang.min", case)
    again = await order(desk, case)
    assert again.watermark == "待签发"
    assert first.verification == again.verification
    assert again.verification is not None
    told = await verified(desk.room, again.verification.code)
    assert told is not None
    assert (told["issued"], told["version"], told["number"]) == (False, 2, None)


async def test_who_signs_for_somebody_absent_says_so(desk: Handling) -> None:
    case = await desk.reviewed()
    until = (MORNING + timedelta(days=2)).isoformat()
    away = {"from": MORNING.isoformat(), "until": until, "delegate": "sun.li"}
    await desk.do("absence.enter", "gao.feng", **away)
    await desk.do("order.issue", "sun.li", case, decision="approve")
    assert boxes(await order(desk, case))[2][0] == "孙丽（代高峰）"


async def test_the_signature_of_the_customer_is_told_with_its_time(desk: Handling) -> None:
    case = await desk.submitted()
    assert value(await order(desk, case), "客户签字") == ""
    desk.wait(minutes=3)
    await desk.hears(desk.signature(case, closes=False))
    assert value(await order(desk, case), "客户签字") == "客户已签字　2026-03-02 09:43"
    signed = await desk.registered(signed=True)
    assert value(await order(desk, signed), "客户签字") == "客户已签字　2026-03-02 09:43"


async def test_a_policy_without_an_order_has_none_on_paper_and_a_form_only_of_its_own(desk: Handling) -> None:
    case = await desk.dispatched()
    found = await printed(desk.room, person("wang.min"), case)
    with pytest.raises(Refused) as refused:
        order_on_paper(found, address)
    assert refused.value.code is Code.policy_not_allowed
    with pytest.raises(Refused) as refused:
        form_on_paper(found, "supervision_order", address)
    assert refused.value.code is Code.not_found


async def test_a_dispatch_order_goes_by_its_own_number_and_is_verified_like_any_other(desk: Handling) -> None:
    case = await desk.registered(
        policy_id="developer-complaints", policy_version="2020-01-01", category="construction_quality", validity="valid"
    )
    await desk.do("order.dispatch", "wang.min", case, department="engineering")
    paper = form_on_paper(await printed(desk.room, person("wang.min"), case), "dispatch_order", address)
    number = (await desk.row(case)).number
    assert value(paper, "派工单号") == f"PG-{number}"
    assert value(paper, "派工人") == "王敏"
    assert paper.number == f"编号：PG-{number}"
    assert len(paper.copies) == 2
    told = await verified(desk.room, (await desk.row(case, "supervision_order")).verification_code)
    assert told is not None
    assert (told["issued"], told["number"]) == (True, f"PG-{number}")


async def test_an_order_of_before_there_were_codes_is_printed_without(desk: Handling) -> None:
    case = await desk.handling()
    found = await printed(desk.room, person("wang.min"), case)
    assert found.order is not None
    found.order["verification_code"] = None
    assert order_on_paper(found, address).verification is None
    assert await verified(desk.room, "0000-0000-0000-0000") is None


@pytest.mark.parametrize(
    ("issuing", "stage"),
    [
        (Issuing(), "草稿"),
        (Issuing(submitted=("a", "1")), "待签发"),
        (Issuing(("a", "1"), ("b", "2"), ("c", "3")), ""),
    ],
)
def test_only_an_issued_order_has_nothing_across_it(issuing: Issuing, stage: str) -> None:
    assert issuing.stage == stage


DISPATCHED = {"policy_version": "2020-01-01", "severity": "general"}


async def test_a_register_shows_when_it_was_completed_and_who_verified_it(desk: Handling) -> None:
    for fields in ({}, {"verifier": "何军"}):
        case = await desk.registered(**DISPATCHED, policy_id="commercial-centre", category="repair")
        desk.wait(minutes=20)
        await desk.do("closure.close", "wang.min", case, ground="signed", fields=fields)
    day = MORNING.date()
    paper = await register_on_paper(
        desk.room, person("wang.min"), "commercial-centre", "complaint_register", "jinbi-bay", day, day, "pdf"
    )
    table = next(block for block in paper.blocks if isinstance(block, Table))
    assert [column.name for column in table.columns][-2:] == ["完成时间", "验证人"]
    assert [row[-2:] for row in table.rows] == [("2026-03-02 10:00", "王敏"), ("2026-03-02 10:20", "何军")]


async def test_the_directors_signature_and_the_clerk_stand_on_the_handling_record(desk: Handling) -> None:
    case = await desk.registered(**DISPATCHED, policy_id="project-office", category="repair")
    await desk.do("order.dispatch", "wang.min", case, department="property", signed_by="马超")
    await desk.do("closure.apply", "wang.min", case)
    signed = {"director": "马超", "clerk": "收费文员 李"}
    await desk.refused(
        Code.field_invalid, "closure.close", "wang.min", case, ground="signed", fields={**signed, "drawer": "3"}
    )
    await desk.do("closure.close", "wang.min", case, ground="signed", fields=signed)
    paper = form_on_paper(await printed(desk.room, person("wang.min"), case), "handling_record", address)
    assert (value(paper, "主任签署"), value(paper, "归存文员")) == ("马超", "收费文员 李")
    assert value(paper, "完成时间") == "2026-03-02 09:40"
