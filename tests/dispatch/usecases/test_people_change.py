"""A post changes hands, its holder goes away, an officer moves: tasks, scope and authority follow at once."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.dispatch.usecases.delegate import absences
from services.dispatch.usecases.import_directory import import_directory
from services.dispatch.usecases.outcome import outcome
from services.dispatch.usecases.reads import case as read_case
from services.dispatch.usecases.reads import tasks
from services.dispatch.usecases.rotate import due_rotations
from shared.events.dispatch import DirectoryPublishedV1, VisitRecordedV1
from shared.kernel.errors import Code, Refused
from shared.org.model import Assignment, Directory, Post
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING, SYSTEM, demo, person

HEAD = {"post": "department_head", "scope": "property-south", "unit": "property", "to": "yuan.bin"}
LATER = MORNING + timedelta(hours=2)


async def hand_over(desk: Handling, who: Any = "sun.li", **changed: Any) -> dict[str, Any]:
    given = {**HEAD, "from": LATER.isoformat(), **changed}
    return await desk.do("directory.hand_over", who, **{k: v for k, v in given.items() if v is not None})


async def directory_of(desk: Handling) -> Directory:
    async with desk.room.begin() as tx:
        return await tx.directory()


async def waiting(desk: Handling, who: str) -> set[tuple[str, str]]:
    return {(row["complaint"], row["command"]) for row in await tasks(desk.room, person(who))}


async def test_a_hand_over_makes_a_new_version_that_every_room_is_told(desk: Handling) -> None:
    assert await hand_over(desk) == {"directory": 2}
    directory = await directory_of(desk)
    terms = [(a.person, a.since, a.until) for a in directory.assignments if a.unit == "property" and
             a.post is Post.department_head and a.scope == "property-south"]  # fmt: skip
    assert terms == [("wu.gang", None, LATER), ("yuan.bin", LATER, None)]
    published = [event for event in await desk.events() if isinstance(event, DirectoryPublishedV1)]
    assert [event.version for event in published] == [1, 2]
    assert published[-1].directory == directory
    row = (await desk.rows("audit"))[-1]
    assert (row.actor, row.command, row.data["to"], row.code) == ("sun.li", "directory.hand_over", "yuan.bin", None)


async def test_tasks_scope_and_authority_follow_at_the_instant(desk: Handling) -> None:
    case = await desk.handling()
    await hand_over(desk)
    desk.clock.move_to(LATER - timedelta(seconds=1))
    assert (str(case), "visit.record") in await waiting(desk, "wu.gang")
    assert await waiting(desk, "yuan.bin") == {(str(case), "cooperation.done")}
    desk.clock.move_to(LATER)
    assert await waiting(desk, "wu.gang") == set()
    assert (str(case), "visit.record") in await waiting(desk, "yuan.bin")
    with pytest.raises(Refused):
        await read_case(desk.room, person("wu.gang"), case)
    assert (await read_case(desk.room, person("yuan.bin"), case))["customer"]["name"] == "张小明"
    await desk.refused(Code.role_not_allowed, "visit.record", "wu.gang", case, outcome="agreed")
    await desk.do("visit.record", "yuan.bin", case, outcome="agreed")


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"post": "janitor"}, "post"),
        ({"scope": "west"}, "scope"),
        ({"scope": "jinbi-bay"}, "scope"),
        ({"unit": "nothing"}, "unit"),
        ({"unit": None}, "unit"),
        ({"post": "chairman"}, "unit"),
        ({"to": "no.one"}, "to"),
        ({"to": "wu.gang"}, "to"),
        ({"person": "yuan.bin"}, "person"),
        ({"from": "2026-03-02T09:00:00"}, "from"),
        ({"post": "service_officer", "scope": "jinbi-bay", "unit": None, "person": "he.jun"}, "person"),
    ],
)
async def test_what_the_directory_does_not_know_is_refused(desk: Handling, changed: dict[str, Any], field: str) -> None:
    given = {**HEAD, "from": LATER.isoformat(), **changed}
    data = {k: v for k, v in given.items() if v is not None}
    refused = await desk.refused(Code.field_invalid, "directory.hand_over", "sun.li", **data)
    assert refused.field == field


async def test_an_instant_before_the_holder_began_is_refused(desk: Handling) -> None:
    await hand_over(desk, **{"from": (MORNING - timedelta(days=3)).isoformat()})
    for early in (timedelta(days=3), timedelta(days=4)):
        refused = await desk.refused(
            Code.field_invalid, "directory.hand_over", "gao.feng",
            **{**HEAD, "to": "wu.gang", "from": (MORNING - early).isoformat()},
        )  # fmt: skip
        assert refused.field == "from"


async def test_of_several_officers_the_one_who_leaves_is_named(desk: Handling) -> None:
    post = {"post": "service_officer", "scope": "jinbi-bay", "unit": None, "to": "sun.yue"}
    data = {k: v for k, v in {**post, "from": LATER.isoformat()}.items() if v is not None}
    assert (await desk.refused(Code.field_missing, "directory.hand_over", "sun.li", **data)).field == "person"
    await hand_over(desk, **post, person="wang.min")
    directory = await directory_of(desk)
    assert directory.holders(Post.service_officer, "jinbi-bay", None, LATER) == ["sun.yue", "liu.yan"]
    assert directory.holders(Post.service_officer, "lakeside", None, LATER) == ["sun.yue"]


async def test_a_vacant_post_is_filled(desk: Handling) -> None:
    await hand_over(desk, post="service_officer", scope="old-town", unit=None, to="liu.yan")
    directory = await directory_of(desk)
    assert directory.holders(Post.service_officer, "old-town", None, LATER) == ["liu.yan"]
    assert directory.holders(Post.service_officer, "old-town", None, MORNING) == []


@pytest.mark.parametrize("who", ["wang.min", "wu.gang", "tang.bo", "nobody"])
async def test_only_the_group_service_centre_hands_over(desk: Handling, who: str) -> None:
    data = {**HEAD, "from": LATER.isoformat()}
    await desk.refused(Code.role_not_allowed, "directory.hand_over", who, **data)


async def test_who_runs_the_installation_may_too(desk: Handling) -> None:
    assert await hand_over(desk, SYSTEM) == {"directory": 2}


async def away(desk: Handling, who: Any, delegate: str, **changed: Any) -> dict[str, Any]:
    given = {"from": MORNING.isoformat(), "until": LATER.isoformat(), "delegate": delegate, **changed}
    return await desk.do("absence.enter", who, **given)


async def test_a_delegate_gets_the_tasks_acts_and_is_named_with_the_absent(desk: Handling) -> None:
    case = await desk.handling()
    assert (await away(desk, "wu.gang", "luo.ping"))["delegate_name"] == "罗平"
    assert (str(case), "visit.record") in await waiting(desk, "luo.ping")
    assert await waiting(desk, "wu.gang") == set()
    shown = await read_case(desk.room, person("luo.ping"), case)
    assert "visit.record" in {action["command"] for action in shown["actions"]}
    assert (shown["masked"], shown["liable"]) == (False, "wu.gang")
    await desk.do("visit.record", "luo.ping", case, outcome="agreed")
    event = (await desk.events())[-1]
    assert isinstance(event, VisitRecordedV1)
    assert (event.by, event.on_behalf_of) == ("luo.ping", "wu.gang")
    assert (await desk.rows("audit"))[-1].data["on_behalf_of"] == "wu.gang"
    told = (await read_case(desk.room, person("wu.gang"), case))["acts"][-1]
    assert (told["by"], told["by_name"], told["data"]["on_behalf_of"]) == ("luo.ping", "罗平（代吴刚）", "wu.gang")
    await desk.do("progress.enter", "wu.gang", case, text="到场")
    assert "on_behalf_of" not in (await desk.rows("audit"))[-1].data


async def test_when_the_absence_is_over_the_delegate_may_do_nothing_more(desk: Handling) -> None:
    case = await desk.handling()
    await away(desk, "wu.gang", "luo.ping")
    desk.clock.move_to(LATER)
    await desk.refused(Code.role_not_allowed, "visit.record", "luo.ping", case, outcome="agreed")
    assert (str(case), "visit.record") in await waiting(desk, "wu.gang")


async def test_the_group_centre_enters_anybodys_absence_and_others_only_their_own(desk: Handling) -> None:
    await away(desk, "sun.li", "luo.ping", person="wu.gang")
    data = {"from": MORNING.isoformat(), "delegate": "luo.ping", "person": "wu.gang"}
    await desk.refused(Code.role_not_allowed, "absence.enter", "luo.ping", **data)
    everybody = {"wu.gang", "luo.ping", "sun.li"}
    listed = {who: len(await absences(desk.room, person(who))) for who in (*everybody, "wang.min")}
    assert listed == {"wu.gang": 1, "luo.ping": 1, "sun.li": 1, "wang.min": 0}
    desk.clock.move_to(LATER)
    assert await absences(desk.room, SYSTEM) == []


async def test_the_delegate_of_the_deputy_acts_in_the_directory_too(desk: Handling) -> None:
    await away(desk, "sun.li", "qian.hui")
    await hand_over(desk, "qian.hui")
    assert (await desk.rows("audit"))[-1].data["on_behalf_of"] == "sun.li"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"delegate": "wu.gang"}, "delegate"),
        ({"delegate": "no.one"}, "delegate"),
        ({"until": MORNING.isoformat()}, "until"),
        ({"from": LATER.isoformat()}, "until"),
        ({"from": "soon"}, "from"),
    ],
)
async def test_a_wrong_absence_is_refused(desk: Handling, changed: dict[str, str], field: str) -> None:
    data = {"from": MORNING.isoformat(), "until": LATER.isoformat(), "delegate": "luo.ping", **changed}
    assert (await desk.refused(Code.field_invalid, "absence.enter", "wu.gang", **data)).field == field


async def test_an_absence_entered_late_counts_from_its_entry_and_may_be_changed(desk: Handling) -> None:
    entered = await away(desk, "wu.gang", "luo.ping", **{"from": (MORNING - timedelta(days=1)).isoformat()})
    assert entered["from"] == MORNING.isoformat()
    sooner = MORNING + timedelta(minutes=5)
    desk.wait(minutes=1)
    await away(desk, "wu.gang", "song.yang", **{"from": entered["from"], "until": sooner.isoformat()})
    (only,) = (await directory_of(desk)).absences
    assert (only.delegate, only.until) == ("song.yang", sooner)


def vacated(post: Post, scope: str, unit: str | None = None) -> Directory:
    kept = [one for one in demo().assignments if (one.post, one.scope, one.unit) != (post, scope, unit)]
    return demo().with_changes(assignments=kept)


@pytest.mark.parametrize(
    ("gone", "who", "command", "state"),
    [
        ((Post.department_head, "property-south", "property"), "ma.chao", "visit.record", "handling"),
        ((Post.service_officer, "jinbi-bay", None), "ma.chao", "order.submit", "registered"),
        ((Post.deputy_general_manager, "hengxin", None), "gao.feng", "order.review", "order_submitted"),
        ((Post.general_manager, "hengxin", None), "tang.bo", "order.issue", "order_reviewed"),
    ],
)
async def test_a_vacant_post_leaves_the_task_to_the_next_higher(
    desk: Handling, gone: tuple[Post, str, str | None], who: str, command: str, state: str
) -> None:
    case = await desk.in_state(state)
    async with desk.room.begin() as tx:
        await import_directory(tx, vacated(*gone))
    assert (str(case), command) in await waiting(desk, who)
    told = (await outcome(desk.room))["tasks"]
    assert [row["person"] for row in told if row["command"] == command] == [who]
    data = {"outcome": "agreed"} if command == "visit.record" else {"decision": "approve"}
    await desk.do(command, who, case, **({} if command == "order.submit" else data))


async def test_an_officer_who_moves_leaves_his_cases_and_sees_those_of_his_new_project_at_once(desk: Handling) -> None:
    left = await desk.registered()
    there = await desk.registered(project_id="lakeside", officer="sun.yue", category="delay_quality")
    moved = {"post": "service_officer", "unit": None, "from": LATER.isoformat()}
    await hand_over(desk, **moved, scope="jinbi-bay", person="wang.min", to="zhang.lan")
    await hand_over(desk, **moved, scope="lakeside", person="sun.yue", to="wang.min")
    desk.clock.move_to(LATER)
    assert await waiting(desk, "wang.min") == {(str(there), "order.submit")}
    # wang.min's open case goes to the officer who is first in post at the project.
    assert await waiting(desk, "zhang.lan") == {(str(left), "order.submit")}
    assert await sees(desk, "wang.min") == {there}
    await desk.refused(Code.scope_not_allowed, "order.submit", "wang.min", left)
    await desk.do("order.submit", "liu.yan", left)
    await desk.do("order.submit", "wang.min", there)


async def sees(desk: Handling, who: str) -> set[UUID]:
    seen = set()
    for row in await desk.rows("complaint"):
        try:
            await read_case(desk.room, person(who), row.complaint_id)
        except Refused:
            continue
        seen.add(row.complaint_id)
    return seen


async def test_officers_due_to_rotate_are_listed_to_those_above_and_to_themselves(desk: Handling) -> None:
    since = MORNING - timedelta(days=160)
    terms = [one.model_copy(update={"since": since}) if one.person == "wang.min" else one for one in demo().assignments]
    fresh = Assignment(post=Post.service_officer, scope="jinbi-bay", person="sun.yue", since=MORNING)
    async with desk.room.begin() as tx:
        await import_directory(tx, demo().with_changes(assignments=[*terms, fresh]))
    listed = {who: await due_rotations(desk.room, person(who)) for who in ("sun.li", "wang.min", "chen.wei", "wu.gang")}
    assert {who: [row["person"] for row in rows] for who, rows in listed.items()} == {
        "sun.li": ["wang.min"], "wang.min": ["wang.min"], "chen.wei": ["wang.min"], "wu.gang": [],
    }  # fmt: skip
    (row,) = listed["sun.li"]
    assert (row["project_name"], row["due_on"], row["overdue"]) == ("金碧湾", "2026-03-23", False)
