import asyncio
import re
from datetime import UTC, date, datetime, timedelta

import pytest

from services.intake.domain.signature import sha256
from shared.events.intake import ComplaintRegisteredV1
from shared.policy.library import PolicyLibrary
from shared.room.room import Actor
from tests.kit.desk import COMPLAINT, CUSTOMER, MORNING, Desk, customer


async def test_an_officer_registers_and_owns_the_case(desk: Desk) -> None:
    answer = await desk.register()
    assert answer["number"] == "TS20260302-0001"
    assert (answer["state"], answer["severity"], answer["officer"]) == ("registered", "general", "wang.min")
    (event,) = await desk.events()
    assert isinstance(event, ComplaintRegisteredV1)
    assert str(event.complaint_id) == answer["complaint"]
    assert (event.policy_id, event.policy_version) == ("group-after-sales", "2020-01-01")
    assert event.contact_ended_at == datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
    assert event.customer.model_dump() == {**CUSTOMER, "phone": "+8613800000001", "address": None}
    assert (event.handed_in, event.signed, event.closed) == (False, False, False)
    (row,) = await desk.rows("complaint")
    assert (row.version, row.phone, row.room, row.content) == (1, "+8613800000001", "3-2-1201", "卫生间渗水")
    (audit,) = await desk.rows("audit")
    assert (audit.command, audit.code, str(audit.complaint_id)) == ("complaint.register", None, answer["complaint"])
    assert "customer" not in audit.data


async def test_what_is_not_said_takes_its_default(desk: Desk) -> None:
    await desk.register(contact_ended_at=..., category=..., required_by=...)
    (row,) = await desk.rows("complaint")
    assert (row.contact_ended_at, row.kind, row.category, row.required_by) == (MORNING, "complaint", None, None)


async def test_a_hand_in_lands_with_the_first_officer_in_post(desk: Desk) -> None:
    answer = await desk.register("li.qiang")
    (event,) = await desk.events()
    assert isinstance(event, ComplaintRegisteredV1)
    assert (event.officer, event.handed_in, event.by, answer["officer"]) == ("wang.min", True, "li.qiang", "wang.min")


async def test_the_second_officer_of_a_project_owns_what_he_registers(desk: Desk) -> None:
    assert (await desk.register("liu.yan"))["officer"] == "liu.yan"


async def test_a_customer_registers_by_the_web(desk: Desk) -> None:
    await desk.register(customer(), channel="web")
    (event,) = await desk.events()
    assert isinstance(event, ComplaintRegisteredV1)
    assert (event.by, event.handed_in, event.officer) == ("customer", True, "wang.min")


@pytest.mark.parametrize(
    ("facts", "severity"),
    [
        ({"lawsuit": True}, "major"),
        ({"loss_amount": "19999.99"}, "general"),
        ({"loss_amount": 20000}, "major"),
        ({"loss_amount": 20000.0}, "major"),
        ({"people_count": 3}, "group"),
        ({"people_count": 3, "media": True}, "major"),
    ],
)
async def test_the_facts_give_the_severity_with_its_reason(desk: Desk, facts: dict, severity: str) -> None:
    answer = await desk.register(**facts)
    assert answer["severity"] == severity
    assert ("003§33" in answer["severity_reason"]) is (severity != "general")


async def test_solved_on_the_spot_and_signed_is_closed_at_once(desk: Desk) -> None:
    answer = await desk.register(on_the_spot=True, signature="张先生")
    assert answer["state"] == "closed"
    (event,) = await desk.events()
    assert isinstance(event, ComplaintRegisteredV1)
    assert (event.on_the_spot, event.signed, event.closed) == (True, True, True)
    (signature,) = await desk.rows("signature")
    assert signature.text_sha256 == sha256(signature.text)
    assert "客户诉求：卫生间渗水" in signature.text


async def test_solved_on_the_spot_without_signature_waits_for_it(desk: Desk) -> None:
    assert (await desk.register(on_the_spot=True, signature="  "))["state"] == "registered"


async def test_a_signature_alone_closes_nothing(desk: Desk) -> None:
    assert (await desk.register(signature="张先生"))["state"] == "registered"


async def test_numbers_run_by_local_day(desk: Desk) -> None:
    assert (await desk.register())["number"] == "TS20260302-0001"
    assert (await desk.register("sun.yue", project="lakeside"))["number"] == "TS20260302-0002"
    desk.clock.move_to(datetime(2026, 3, 2, 15, 59, 59, tzinfo=UTC))
    assert (await desk.register())["number"] == "TS20260302-0003"
    desk.clock.move_to(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    assert (await desk.register())["number"] == "TS20260303-0001"


async def test_many_at_once_get_different_numbers(desk: Desk) -> None:
    answers = await asyncio.gather(*(desk.register(contact_ended_at=...) for _ in range(20)))
    assert sorted(answer["number"] for answer in answers) == [f"TS20260302-{n:04d}" for n in range(1, 21)]
    assert len({answer["tracking"] for answer in answers}) == 20


async def test_a_refused_complaint_takes_no_number(desk: Desk) -> None:
    await desk.register()
    with pytest.raises(Exception, match="content"):
        await desk.register(content="")
    assert (await desk.register())["number"] == "TS20260302-0002"


async def test_the_tracking_token_is_unguessable_and_fits_a_link(desk: Desk) -> None:
    handed = (await desk.register())["tracking"]
    assert re.fullmatch(r"h\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{32}", handed)
    own = (await desk.do("complaint.register", Actor("customer"), **(COMPLAINT | {"channel": "app"})))["tracking"]
    assert re.fullmatch(r"[A-Za-z0-9_-]{32}", own)


async def test_the_same_key_gives_the_same_answer_and_one_complaint(desk: Desk) -> None:
    first = await desk.do("complaint.register", "wang.min", key="k1", **COMPLAINT)
    assert await desk.do("complaint.register", "wang.min", key="k1", **COMPLAINT) == first
    assert len(await desk.rows("complaint")) == 1


async def test_the_last_day_of_the_sixth_month_is_open(desk: Desk) -> None:
    desk.clock.move_to(datetime(2026, 12, 30, 15, 59, tzinfo=UTC))
    await desk.register(contact_ended_at=..., required_by=...)


async def test_the_version_in_force_on_the_local_day_is_kept(desk: Desk) -> None:
    (policy,) = [p for p in desk.room.policies.all() if p.id == "group-after-sales"]
    newer = policy.model_copy(update={"effective_from": date(2026, 3, 3)})
    desk.room.policies = PolicyLibrary([policy, newer])
    await desk.register()
    desk.clock.move_to(datetime(2026, 3, 2, 16, 0, tzinfo=UTC))
    await desk.register()
    assert [row.policy_version for row in await desk.rows("complaint")] == ["2020-01-01", "2026-03-03"]


async def test_what_else_a_policy_asks_is_kept(desk: Desk) -> None:
    fields = {"object": "人员", "other_unit": True, "steps": 3, "rate": 0.5, "none": None}
    customer_more = {**CUSTOMER, "room": 1201, "gender": "男", "unit": ""}
    await desk.register(fields=fields, customer=customer_more, note=" 已回电 ")
    (row,) = await desk.rows("complaint")
    assert (row.fields, row.note, row.room, row.customer["gender"]) == (fields, "已回电", "1201", "男")


async def test_a_long_past_contact_is_recorded_as_it_was(desk: Desk) -> None:
    await desk.register(contact_ended_at=(MORNING - timedelta(days=60)).isoformat())
