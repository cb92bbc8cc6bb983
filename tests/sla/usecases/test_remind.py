"""I1, I2: exactly once per recipient and local day, whoever ticks, however late, never a day late."""

import asyncio

from services.sla.app import build
from services.sla.usecases.tick import next_wake, tick
from shared.events.dispatch import ClosureAppliedV1, ClosureReturnedV1
from shared.room.room import Room
from tests.kit.desk import Desk
from tests.sla.usecases.cases import at, go, open_case, reminders, story

THREE = {"wu.gang", "ma.chao", "lin.fang"}


async def test_at_9_30_each_of_the_three_gets_one_digest_of_all_his_cases(desk: Desk) -> None:
    await open_case(desk, "TS-1")
    await open_case(desk, "TS-2")
    await go(desk, "03-03 09:29:59")
    assert await reminders(desk) == []
    await go(desk, "03-03 09:30")
    sent = await reminders(desk)
    assert {who for who, _, _ in sent} == THREE
    assert all(numbers == ["TS-1", "TS-2"] for _, _, numbers in sent)
    await go(desk, "03-03 09:31")
    assert len(await reminders(desk)) == 3


async def test_after_an_outage_over_9_30_it_goes_out_the_same_day_as_of_9_30(desk: Desk) -> None:
    case = await open_case(desk)
    desk.clock.move_to(at("03-03 10:30"))
    applied = desk.fact(ClosureAppliedV1, complaint_id=case, project_id="jinbi-bay", by="wu.gang",
                        state_before="handling", state="closure_applied")  # fmt: skip
    desk.clock.move_to(at("03-03 11:00"))
    await desk.hears(applied)
    await tick(desk.room)
    assert {who for who, _, _ in await reminders(desk)} == THREE


async def test_a_day_that_is_over_is_not_made_up_for(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-04 00:00")
    assert await reminders(desk) == []
    await go(desk, "03-04 09:30")
    assert {day for _, day, _ in await reminders(desk)} == {"2026-03-04"}


async def test_nobody_is_reminded_while_an_application_is_pending_and_again_after_its_return(desk: Desk) -> None:
    case = await open_case(desk)
    common = {"complaint_id": case, "project_id": "jinbi-bay", "by": "wu.gang", "state_before": "x", "state": "y"}
    await desk.hears(desk.fact(ClosureAppliedV1, **common))
    await go(desk, "03-03 09:30")
    assert await reminders(desk) == []
    await desk.hears(desk.fact(ClosureReturnedV1, stage="review", **common))
    await go(desk, "03-04 09:30")
    assert len(await reminders(desk)) == 3


async def test_a_fact_that_arrives_after_the_run_still_reaches_who_got_nothing_and_nobody_twice(desk: Desk) -> None:
    await open_case(desk, "TS-1")
    late = story(desk, desk.other_ids.new(), number="TS-2", category="delay_quality")
    late[1] = late[1].model_copy(update={"first_department": "engineering"})
    await go(desk, "03-03 09:30")
    assert {who for who, _, _ in await reminders(desk)} == THREE
    desk.clock.move_to(at("03-03 10:15"))
    for fact in late:
        await desk.hears(fact)
    await tick(desk.room)
    await tick(desk.room)
    sent = [(who, numbers) for who, _, numbers in await reminders(desk)]
    assert len(sent) == len({who for who, _ in sent}) == 6
    assert {who for who, numbers in sent if numbers == ["TS-2"]} == {"zhou.tao", "song.yang", "chen.wei"}


async def test_two_replicas_ticking_at_once_send_each_reminder_once(desk: Desk) -> None:
    for number in range(5):
        await open_case(desk, f"TS-{number}")
    other: Room = build(desk.room.db, desk.clock, desk.other_ids, desk.room.policies)
    desk.clock.move_to(at("03-03 09:30"))
    await asyncio.gather(*(tick(room) for room in (desk.room, other, desk.room, other)))
    sent = [who for who, _, _ in await reminders(desk)]
    assert sorted(sent) == sorted(THREE)


async def test_the_leader_is_urged_from_the_day_after_the_deadline_and_the_chairman_after_7_days(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-06 10:00")
    assert await reminders(desk, "urge.leader") == []
    await go(desk, "03-07 10:00")
    assert await reminders(desk, "urge.leader") == [("ma.chao", "2026-03-07", ["TS-1"])]
    await go(desk, "03-13 10:00")
    assert await reminders(desk, "urge.chairman") == []
    await go(desk, "03-14 10:00")
    assert await reminders(desk, "urge.chairman") == [("lin.fang", "2026-03-14", ["TS-1"])]


async def test_the_next_wake_is_the_next_thing_that_happens(desk: Desk) -> None:
    await open_case(desk)
    wakes = []
    for _ in range(4):
        wake = await next_wake(desk.room)
        assert wake is not None
        wakes.append(wake.astimezone(at("03-02 00:00").tzinfo).strftime("%m-%d %H:%M"))
        desk.clock.move_to(wake)
        await tick(desk.room)
    # 10:00 urging (nothing to urge), the visit's due time, 09:30 and 10:00 the next day.
    assert wakes == ["03-02 10:00", "03-02 10:40", "03-03 09:30", "03-03 10:00"]
