import asyncio
from datetime import date

from services.notify.usecases.reads import outcome
from shared.events.notify import MessageSentV1
from tests.kit.desk import MORNING, Desk
from tests.notify.facts import due


async def test_a_due_reminder_is_sent_to_the_mobile_of_the_directory(desk: Desk) -> None:
    case = desk.other_ids.new()
    await desk.hears(due(desk, complaints=[case], numbers=["TS20260302-0001"]))
    (row,) = await desk.rows("message")
    assert (row.recipient, row.template, row.status, row.local_date) == (
        "wu.gang", "reminder.daily", "sent", date(2026, 3, 3),
    )  # fmt: skip
    assert row.address is not None
    assert "TS20260302-0001" in row.text


async def test_a_key_is_owed_once_whoever_says_it_how_often(desk: Desk) -> None:
    first, again = due(desk), due(desk, template="urge.leader")
    assert first.event_id != again.event_id
    for event in (first, again, first):
        await desk.hears(event)
    assert [row.template for row in await desk.rows("message")] == ["reminder.daily"]
    assert [event.topic for event in await desk.events()] == [MessageSentV1.topic]


async def test_replicas_saying_it_at_once_send_it_once(desk: Desk) -> None:
    await asyncio.gather(*(desk.hears(due(desk)) for _ in range(8)))
    assert len(await desk.rows("message")) == 1
    assert len(await desk.events()) == 1


async def test_one_digest_about_many_is_one_message(desk: Desk) -> None:
    cases = [desk.other_ids.new() for _ in range(150)]
    await desk.hears(due(desk, complaints=[*cases, cases[0]], numbers=[f"TS20260302-{n:04d}" for n in range(150)]))
    assert len(await desk.rows("message")) == 1
    assert len(await desk.rows("message_case")) == 150


async def test_the_outcome_lists_what_was_sent_in_order(desk: Desk) -> None:
    case = desk.other_ids.new()
    for key, to in (("b", "wu.gang"), ("a", "wu.gang"), ("c", "lin.fang")):
        await desk.hears(due(desk, key, recipient=to, complaints=[case], numbers=["x"]))
    told = (await outcome(desk.room))["messages"]
    assert [message["to"] for message in told] == ["lin.fang", "wu.gang", "wu.gang"]
    assert told[0] == {
        "to": "lin.fang",
        "template": "reminder.daily",
        "channel": "sms",
        "sent_at": MORNING,
        "complaint_ids": [case],
        "day": date(2026, 3, 3),
    }
