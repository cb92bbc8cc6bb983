"""The same handlers under another policy: replies, transfers, dispatch orders, and closing without approval."""

from typing import Any
from uuid import UUID

import pytest

from services.dispatch.usecases.reads import cases, tasks
from shared.events.dispatch import (
    CaseClosedV1,
    ComplaintRepliedV1,
    ComplaintTransferredV1,
    ExtensionGrantedV1,
    OrderDispatchedV1,
)
from shared.kernel.errors import Code
from tests.dispatch.handling import Handling
from tests.kit.desk import person

OTHER = {"policy_id": "other", "policy_version": "2020-01-01", "category": "construction_quality"}
LETTER = "2026-03-02T10:00:00+08:00"


async def test_a_reply_closes_where_the_policy_says_so_and_everybody_hears_it_once(desk: Handling) -> None:
    case = await desk.registered(**OTHER, validity="invalid")
    await desk.do("complaint.reply", "wang.min", case, text="已向客户解释")
    replied, closed = (await desk.events())[-2:]
    assert isinstance(replied, ComplaintRepliedV1)
    assert isinstance(closed, CaseClosedV1)
    assert (closed.ground, closed.state_before, closed.state) == ("replied", "registered", "replied")
    row = await desk.row(case)
    assert (row.state, row.closed_ground, row.closed_at) == ("replied", "replied", desk.clock.now())


async def test_only_an_invalid_complaint_is_replied_to(desk: Handling) -> None:
    case = await desk.registered(**OTHER)
    await desk.refused(Code.policy_not_allowed, "complaint.reply", "wang.min", case, text="x")
    await desk.refused(Code.policy_not_allowed, "order.submit", "wang.min", case)
    await desk.refused(Code.policy_not_allowed, "complaint.transfer", "wang.min", case, department="property")


async def test_a_transfer_and_a_dispatch_order_say_whose_the_case_is(desk: Handling) -> None:
    case = await desk.registered(**OTHER, kind="request")
    await desk.refused(Code.field_invalid, "complaint.transfer", "wang.min", case, department="kitchen")
    await desk.refused(Code.field_missing, "complaint.transfer", "wang.min", case)
    await desk.do("complaint.transfer", "wang.min", case, department="property")
    assert isinstance(await desk.last(), ComplaintTransferredV1)
    row = await desk.row(case)
    assert (row.state, row.first_department, row.responsible) == ("transferred", "property", "property")
    await desk.hears(desk.classification(case, category="construction_quality"))
    await desk.do("order.dispatch", "wang.min", case, department="engineering", copies=2, signed_by="主任")
    event = await desk.last()
    assert isinstance(event, OrderDispatchedV1)
    assert (event.department, event.copies, event.signed_by) == ("engineering", 2, "主任")
    row = await desk.row(case)
    assert (row.state, row.first_department, row.handed_over_at) == ("dispatched", "engineering", desk.clock.now())
    order = await desk.row(case, "supervision_order")
    assert (order.number, order.version) == (f"PG-{row.number}", 1)
    assert [t["command"] for t in await tasks(desk.room, person("zhou.tao"))] == ["progress.enter"]
    assert len((await cases(desk.room, person("zhou.tao")))["items"]) == 1


async def test_an_extension_lies_in_the_future(desk: Handling) -> None:
    case = await desk.dispatched()
    now = desk.clock.now().isoformat()
    await desk.refused(Code.field_missing, "extension.grant", "gao.feng", case)
    await desk.refused(Code.field_invalid, "extension.grant", "gao.feng", case, until=now)
    await desk.do("extension.grant", "gao.feng", case, until="2026-03-09T09:00:00+08:00", reason="等待配件")
    event = await desk.last()
    assert isinstance(event, ExtensionGrantedV1)
    assert (await desk.row(case)).extended_until == event.until


@pytest.mark.parametrize(
    ("data", "code", "field"),
    [
        ({}, Code.field_missing, "ground"),
        ({"ground": "tired"}, Code.field_invalid, "ground"),
        ({"ground": "signed"}, Code.field_missing, "signature"),
        ({"ground": "lawful"}, Code.field_missing, "reason"),
        ({"ground": "registered_letter"}, Code.field_missing, "letter_sent_at"),
        ({"ground": "registered_letter", "letter_sent_at": LETTER}, Code.field_invalid, "letter_sent_at"),
        ({"ground": "registered_letter", "letter_sent_at": "2026-03-01T10:00:00+08:00"}, Code.field_invalid, None),
        ({"ground": "customer_delay"}, Code.state_not_allowed, None),
    ],
)
async def test_a_ground_that_does_not_hold_is_refused(
    desk: Handling, data: dict[str, Any], code: Code, field: str | None
) -> None:
    refused = await desk.refused(code, "closure.close", "wang.min", await desk.dispatched(), **data)
    assert field in (None, refused.field)


async def closed_on(desk: Handling, case: UUID, **data: Any) -> str:
    await desk.do("closure.close", "wang.min", case, **data)
    event = await desk.last()
    assert isinstance(event, CaseClosedV1)
    assert (await desk.row(case)).closed_ground == event.ground
    return event.ground


async def test_signature_and_law_are_grounds(desk: Handling) -> None:
    assert await closed_on(desk, await desk.dispatched(), ground="signed", signature="张") == "signed"
    assert await closed_on(desk, await desk.dispatched(), ground="lawful", reason="符合规定") == "lawful"


async def test_a_customer_s_delay_needs_the_call_of_the_policy(desk: Handling) -> None:
    case = await desk.dispatched()
    await desk.do("customer.call", "wang.min", case, purpose="contact")
    await desk.refused(Code.state_not_allowed, "closure.close", "wang.min", case, ground="customer_delay")
    await desk.do("customer.call", "wang.min", case, purpose="completion")
    assert await closed_on(desk, case, ground="customer_delay") == "customer_delay"


async def test_a_registered_letter_closes_after_a_calendar_month_to_the_second(desk: Handling) -> None:
    case = await desk.dispatched()
    desk.wait(hours=1)
    data = {"ground": "registered_letter", "letter_sent_at": LETTER}
    desk.clock.move_to(desk.clock.now().replace(month=4, day=2, hour=1, minute=59, second=59))
    refused = await desk.refused(Code.state_not_allowed, "closure.close", "wang.min", case, **data)
    assert "2026-04-02 10:00" in refused.detail
    desk.wait(seconds=1)
    assert await closed_on(desk, case, **data) == "registered_letter"


async def test_a_registered_letter_does_not_close_what_was_complained_about_again(desk: Handling) -> None:
    case = await desk.dispatched()
    desk.wait(days=20)
    await desk.hears(desk.link(await desk.registered(), case))
    desk.wait(days=20)
    data = {"ground": "registered_letter", "letter_sent_at": LETTER}
    refused = await desk.refused(Code.state_not_allowed, "closure.close", "wang.min", case, **data)
    assert "再次投诉" in refused.detail
