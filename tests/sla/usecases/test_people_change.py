"""What a new directory changes in sla: who is charged, who is told at 9:30, which officers are due to rotate."""

import asyncio

from services.sla.usecases.tick import next_wake, tick
from shared.events.dispatch import ClosureAppliedV1, DirectoryPublishedV1
from shared.events.sla import ReminderDueV1
from shared.org.model import Absence, Assignment, Directory, Post
from tests.kit.desk import Desk, demo
from tests.sla.usecases.cases import at, go, open_case, reminders


async def publish(desk: Desk, version: int, directory: Directory) -> None:
    await desk.hears(desk.fact(DirectoryPublishedV1, version=version, directory=directory))


def new_head(when: str, base: Directory | None = None) -> Directory:
    found = base or demo()
    assignments = []
    for one in found.assignments:
        if (one.post, one.scope, one.unit) == (Post.department_head, "property-south", "property"):
            assignments.append(one.model_copy(update={"until": at(when)}))
            assignments.append(one.model_copy(update={"person": "yuan.bin", "since": at(when)}))
        else:
            assignments.append(one)
    return found.with_changes(assignments=assignments)


async def charged(desk: Desk, rule: str = "completion.late") -> dict[str, int]:
    return {row.person: row.amount_fen // 100 for row in await desk.rows("charge") if row.rule == rule}


async def test_a_hand_over_made_known_days_later_moves_what_was_charged_since(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-08 20:00")
    assert await charged(desk) == {"wu.gang": 300}
    await publish(desk, 2, new_head("03-07 12:00"))
    await tick(desk.room)
    assert await charged(desk) == {"wu.gang": 100, "yuan.bin": 200}


async def test_a_hand_over_to_come_gives_the_new_head_his_own_row_when_his_first_day_begins(desk: Desk) -> None:
    await open_case(desk)
    await publish(desk, 2, new_head("03-07 12:00"))
    await go(desk, "03-07 11:00")
    for _ in range(20):
        wake = await next_wake(desk.room)
        if wake is None or wake > at("03-07 19:00"):
            break
        desk.clock.move_to(wake)
        await tick(desk.room)
    assert await charged(desk) == {"wu.gang": 100, "yuan.bin": 100}


async def test_an_older_directory_that_comes_late_changes_nothing(desk: Desk) -> None:
    await open_case(desk)
    await publish(desk, 3, new_head("03-07 12:00"))
    await publish(desk, 2, demo())
    await go(desk, "03-08 20:00")
    assert await charged(desk) == {"wu.gang": 100, "yuan.bin": 200}


async def told(desk: Desk, day: str) -> dict[str, list[str]]:
    return {
        event.recipient: event.on_behalf_of
        for event in await desk.events()
        if isinstance(event, ReminderDueV1) and event.template == "reminder.daily" and str(event.local_date) == day
    }


async def test_the_digest_goes_to_who_holds_the_post_at_half_past_nine(desk: Desk) -> None:
    await open_case(desk)
    await publish(desk, 2, new_head("03-03 09:30"))
    await go(desk, "03-03 09:30")
    assert set(await told(desk, "2026-03-03")) == {"yuan.bin", "ma.chao", "lin.fang"}


async def test_the_digest_of_who_is_away_goes_to_his_delegate_in_one_with_the_delegates_own(desk: Desk) -> None:
    await open_case(desk)
    away = [
        Absence(person="wu.gang", delegate="ma.chao", since=at("03-03 09:30"), until=at("03-04 09:30")),
        Absence(person="lin.fang", delegate="chen.wei", since=at("03-03 00:00"), until=at("03-03 09:30")),
    ]
    await publish(desk, 2, demo().with_changes(absences=away))
    await go(desk, "03-03 09:30")
    assert await told(desk, "2026-03-03") == {"ma.chao": ["wu.gang"], "lin.fang": []}
    await go(desk, "03-04 09:30")
    assert await told(desk, "2026-03-04") == {"wu.gang": [], "ma.chao": [], "lin.fang": []}


def officers(*since: str) -> Directory:
    terms = [
        Assignment(post=Post.service_officer, scope="lakeside", person=who, since=at(when))
        for who, when in zip(("wang.min", "liu.yan"), since, strict=False)
    ]
    return demo().with_changes(assignments=[*demo().assignments, *terms])


async def test_officers_due_to_rotate_are_told_of_once_thirty_days_before(desk: Desk) -> None:
    await publish(desk, 2, officers("02-03 08:00", "02-03 10:00"))
    # Six months on is 08-03; thirty days before it, 07-04.
    await go(desk, "07-04 09:29:59")
    assert await reminders(desk, "rotation.due") == []
    assert await next_wake(desk.room) == at("07-04 09:30")
    desk.clock.move_to(at("07-04 09:30"))
    await asyncio.gather(tick(desk.room), tick(desk.room))
    await go(desk, "07-04 09:31")
    await publish(desk, 3, officers("02-03 08:00", "02-03 10:00").with_changes(group_name="新集团"))
    desk.room.extra.clear()
    await go(desk, "07-05 09:30")
    both = ["刘艳（湖畔新城，2026-08-03到期）", "王敏（湖畔新城，2026-08-03到期）"]
    assert await reminders(desk, "rotation.due") == [("sun.li", "2026-07-04", both)]


async def test_what_is_overdue_when_it_becomes_known_is_told_at_once(desk: Desk) -> None:
    await publish(desk, 2, officers("02-03 08:00"))
    await go(desk, "12-01 12:00")
    assert [who for who, _, _ in await reminders(desk, "rotation.due")] == ["sun.li"]


async def test_what_was_booked_is_countered_when_a_hand_over_becomes_known_afterwards(desk: Desk) -> None:
    case = await open_case(desk)
    await go(desk, "03-08 12:00")
    await desk.hears(desk.fact(ClosureAppliedV1, complaint_id=case, project_id="jinbi-bay", by="wu.gang",
                               state_before="handling", state="closure_applied"))  # fmt: skip
    await tick(desk.room)
    assert await booked(desk) == {"wu.gang": [200]}
    await publish(desk, 2, new_head("03-07 12:00"))
    await go(desk, "03-09 12:00")
    assert await booked(desk) == {"wu.gang": [200, -100], "yuan.bin": [100]}


async def booked(desk: Desk) -> dict[str, list[int]]:
    found: dict[str, list[int]] = {}
    for row in await desk.rows("journal"):
        if row.rule == "completion.late":
            found.setdefault(row.person, []).append(row.amount_fen // 100)
    return found
