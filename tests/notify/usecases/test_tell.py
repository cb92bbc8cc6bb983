import asyncio
from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from services.notify.domain.promise import PUBLIC_URL
from shared.events.notify import MessageSentV1
from shared.kernel.errors import Transient
from shared.policy.library import PolicyLibrary
from tests.kit.desk import MORNING, Desk
from tests.notify.facts import classified, closed, corrected, issued, registered, submitted


async def sent(desk: Desk) -> list[tuple[str, str]]:
    return sorted((row.template, row.recipient) for row in await desk.rows("message"))


async def test_the_customer_hears_of_his_registration(desk: Desk) -> None:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    (row,) = await desk.rows("message")
    assert (row.template, row.recipient, row.address) == ("customer.registered", "customer", "+8613800000001")
    assert (row.status, row.sent_at, row.channel, row.gateway) == ("sent", MORNING, "sms", "outbox")
    assert (row.complaints, row.local_date.isoformat()) == ([str(case)], "2026-03-02")
    assert "TS20260302-0001" in row.text
    (event,) = await desk.events()
    assert isinstance(event, MessageSentV1)
    assert (event.key, event.recipient, event.complaints) == (row.key, "customer", [case])


async def test_a_corrected_number_gets_what_comes_later(desk: Desk) -> None:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    desk.clock.advance(timedelta(minutes=1))
    await desk.hears(corrected(desk, case))
    await desk.hears(closed(desk, case))
    rows = {row.template: row.address for row in await desk.rows("message") if row.recipient == "customer"}
    assert rows == {"customer.registered": "+8613800000001", "customer.survey": "+8613900000009"}


async def test_a_correction_that_overtook_the_registration_counts_from_its_own_time(desk: Desk) -> None:
    case = desk.other_ids.new()
    first = registered(desk, case)
    desk.clock.advance(timedelta(minutes=1))
    await desk.hears(corrected(desk, case))
    await desk.hears(first)
    (row,) = await desk.rows("message")
    assert row.address == "+8613800000001"


async def test_the_customers_key_is_in_his_message_and_not_kept_beside_it(desk: Desk) -> None:
    case, key = desk.other_ids.new(), "k" * 43
    desk.room.extra[PUBLIC_URL] = "https://ccrm.example"
    await desk.hears(registered(desk, case, tracking=key))
    await desk.hears(classified(desk, case))
    (row,) = await desk.rows("message")
    assert f"https://ccrm.example/t/{key}" in row.text
    assert not any(key in str(fact.body) for fact in await desk.rows("case_fact"))


async def test_the_person_liable_at_the_issue_hears_of_the_order(desk: Desk) -> None:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    await desk.hears(issued(desk, case, liable="chen.wei"))
    assert ("order.issued", "chen.wei") in await sent(desk)
    row = next(row for row in await desk.rows("message") if row.template == "order.issued")
    assert row.address is not None
    assert "DB20260302-0001" in row.text
    assert "13800000001" not in row.text


async def test_each_order_issued_is_a_message_of_its_own(desk: Desk) -> None:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    await desk.hears(issued(desk, case, version=1))
    await desk.hears(issued(desk, case, version=2))
    assert (await sent(desk)).count(("order.issued", "wu.gang")) == 2


async def test_where_nobody_is_liable_nobody_is_told(desk: Desk) -> None:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    await desk.hears(issued(desk, case, liable=None))
    assert await sent(desk) == [("customer.registered", "customer")]


@pytest.mark.parametrize("order", list(permutations(range(3))))
async def test_facts_in_any_order_and_twice_give_the_same_messages(desk: Desk, order: tuple[int, ...]) -> None:
    case = desk.other_ids.new()
    facts = [registered(desk, case), issued(desk, case), closed(desk, case)]
    for index in (*order, *order):
        await desk.hears(facts[index])
    assert await sent(desk) == [
        ("customer.registered", "customer"),
        ("customer.survey", "customer"),
        ("order.issued", "wu.gang"),
    ]
    assert all(row.done for row in await desk.rows("case_fact"))


async def test_a_fact_before_the_registration_waits_and_sends_nothing(desk: Desk) -> None:
    await desk.hears(issued(desk, desk.other_ids.new()))
    assert await desk.rows("message") == []
    assert [row.done for row in await desk.rows("case_fact")] == [False]


async def test_facts_of_one_case_arriving_at_once_miss_nothing(desk: Desk) -> None:
    cases = [desk.other_ids.new() for _ in range(6)]
    facts = [make(desk, case) for case in cases for make in (issued, registered, closed)]
    await asyncio.gather(*(desk.hears(fact) for fact in facts + facts))
    assert len(await desk.rows("message")) == 18


async def test_a_missing_mobile_is_no_error(desk: Desk) -> None:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    await desk.hears(issued(desk, case, liable="newcomer"))
    row = next(row for row in await desk.rows("message") if row.template == "order.issued")
    assert (row.address, row.status) == (None, "sent")


async def test_before_the_directory_has_come_messages_go_out_all_the_same(desk: Desk) -> None:
    async with desk.room.db.begin() as session:
        await (await session.connection()).execute(desk.room.tables.directory.delete())
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    await desk.hears(issued(desk, case))
    assert await sent(desk) == [("customer.registered", "customer"), ("order.issued", "wu.gang")]


async def test_a_solved_complaint_is_told_as_solved(desk: Desk) -> None:
    await desk.hears(registered(desk, desk.other_ids.new(), on_the_spot=True, signed=True, closed=True))
    assert "当场解决" in (await desk.rows("message"))[0].text


def bind(desk: Desk, **changed: Any) -> None:
    """The policy's message at the issue goes to others."""
    (policy,) = [p for p in desk.room.policies.all() if p.id == "group-after-sales"]
    (message,) = [m for m in policy.reminder if m.template == "order.issued"]
    desk.room.policies = PolicyLibrary([policy.model_copy(update={"reminder": [message.model_copy(update=changed)]})])


async def test_posts_that_the_fact_does_not_name_are_asked_of_the_directory(desk: Desk) -> None:
    bind(desk, to=["officer", "general_manager", "first_department_head", "customer"])
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    desk.clock.advance(timedelta(minutes=1))
    await desk.hears(submitted(desk, case, first_department="engineering"))
    desk.clock.advance(timedelta(minutes=1))
    await desk.hears(issued(desk, case))
    assert [recipient for _, recipient in await sent(desk)] == ["customer", "gao.feng", "wang.min", "zhou.tao"]


async def test_who_holds_two_posts_gets_one_message(desk: Desk) -> None:
    bind(desk, to=["liable", "leader", "chairman"])
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    await desk.hears(issued(desk, case, liable="lin.fang", leader="lin.fang", chairman="lin.fang"))
    assert await sent(desk) == [("order.issued", "lin.fang")]


async def test_a_post_that_only_the_directory_knows_waits_for_it(desk: Desk) -> None:
    bind(desk, to=["general_manager"])
    async with desk.room.db.begin() as session:
        await (await session.connection()).execute(desk.room.tables.directory.delete())
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    with pytest.raises(Transient):
        await desk.hears(issued(desk, case))
    assert await desk.rows("message") == []


async def test_a_classification_alone_is_kept_and_says_nothing(desk: Desk) -> None:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case))
    await desk.hears(classified(desk, case, severity="major"))
    assert await sent(desk) == [("customer.registered", "customer")]
