"""Lists, a case, tasks and the outcome: each viewer what his post and place let him see."""

import json
from typing import Any
from uuid import UUID, uuid4

import pytest

from services.dispatch.usecases.import_directory import import_directory
from services.dispatch.usecases.reads import case as read_case
from services.dispatch.usecases.reads import cases, tasks
from shared.kernel.errors import Code, Refused
from shared.org.model import Assignment, Post
from tests.dispatch.handling import Handling
from tests.kit.desk import SYSTEM, customer, demo, person
from tests.kit.pictures import data_url, drawn_name

SEES = {
    "property at jinbi-bay": {
        "wang.min", "liu.yan", "wu.gang", "yuan.bin", "zhou.tao", "ma.chao", "lin.fang", "chen.wei", "luo.ping",
        "song.yang", "sun.li", "gao.feng", "tang.bo", "qian.hui", "hr.centre", "finance.centre",
    },
    "marketing at yunshan": {
        "zhang.lan", "he.jun", "li.qiang", "deng.min", "cao.yan", "ma.chao", "lin.fang", "chen.wei", "luo.ping",
        "song.yang", "sun.li", "gao.feng", "tang.bo", "qian.hui", "hr.centre", "finance.centre",
    },
    "engineering at lakeside": {
        "sun.yue", "shen.kai", "jiang.nan", "shi.lei", "zhao.lei", "fan.rui", "tian.hua", "dong.ming", "du.juan",
        "sun.li", "gao.feng", "tang.bo", "qian.hui", "hr.centre", "finance.centre",
    },
}  # fmt: skip


async def three(desk: Handling) -> dict[str, UUID]:
    return {
        "property at jinbi-bay": await desk.registered(),
        "marketing at yunshan": await desk.registered(
            project_id="yunshan", category="marketing_contract", officer="zhang.lan", content="合同退订金"
        ),
        "engineering at lakeside": await desk.registered(
            project_id="lakeside", category="delay_quality", officer="sun.yue"
        ),
    }


async def numbers(desk: Handling, who: str, **filters: Any) -> list[str]:
    return [item["complaint_id"] for item in (await cases(desk.room, person(who), **filters))["items"]]


async def test_everybody_sees_the_cases_of_his_place_and_no_other(desk: Handling) -> None:
    made = await three(desk)
    for who in [one.id for one in demo().people] + ["nobody"]:
        seen = set(await numbers(desk, who))
        expected = {str(case) for name, case in made.items() if who in SEES[name]}
        assert seen == expected, who
        for case in made.values():
            if str(case) in expected:
                assert (await read_case(desk.room, person(who), case))["complaint_id"] == str(case)
            else:
                with pytest.raises(Refused) as caught:
                    await read_case(desk.room, person(who), case)
                assert caught.value.code is Code.not_found


async def test_a_post_that_ended_shows_nothing_more(desk: Handling) -> None:
    await desk.registered()
    left = Assignment(post=Post.service_officer, scope="jinbi-bay", person="li.new", since=None, until=desk.clock.now())
    directory = demo()
    async with desk.room.begin() as tx:
        await import_directory(tx, directory.model_copy(update={"assignments": [*directory.assignments, left]}))
    assert await numbers(desk, "li.new") == []


async def test_a_customer_sees_his_own_case_without_the_house_s_affairs(desk: Handling) -> None:
    made = await three(desk)
    own, other = made["property at jinbi-bay"], made["marketing at yunshan"]
    await desk.do("claim.raise", "wang.min", own, amount=5)
    viewer = customer(own)
    shown = await read_case(desk.room, viewer, own)
    assert shown["customer"]["phone"] == "+8613800000001"
    assert not {"liable", "claims", "order", "actions", "severity_reason", "fields"} & shown.keys()
    assert "wang.min" not in json.dumps(shown, ensure_ascii=False)
    assert [item["complaint_id"] for item in (await cases(desk.room, viewer))["items"]] == [str(own)]
    for stranger in (other, uuid4()):
        with pytest.raises(Refused):
            await read_case(desk.room, viewer, stranger)
    assert (await cases(desk.room, customer()))["items"] == []
    assert len((await cases(desk.room, SYSTEM))["items"]) == 3
    assert await tasks(desk.room, viewer) == await tasks(desk.room, SYSTEM) == []


@pytest.mark.parametrize(
    ("who", "masked"),
    [("wang.min", False), ("wu.gang", False), ("yuan.bin", False), ("gao.feng", False), ("qian.hui", True),
     ("chen.wei", True), ("hr.centre", True)],
)  # fmt: skip
async def test_who_does_not_handle_a_case_sees_its_customer_masked(desk: Handling, who: str, masked: bool) -> None:
    case = await desk.handling()
    await desk.do("progress.enter", "wu.gang", case, text="客户电话 13911112222 已联系")
    shown = await read_case(desk.room, person(who), case)
    assert shown["masked"] is masked
    text = json.dumps(shown, ensure_ascii=False)
    for secret in ("13800000001", "13911112222", "张小明", "3-2-1201"):
        assert (secret in text) is not masked, secret
    (item,) = (await cases(desk.room, person(who)))["items"]
    assert ("13800000001" in json.dumps(item)) is not masked
    assert await numbers(desk, who, q="13800000001") == ([] if masked else [str(case)])
    assert await numbers(desk, who, q="张小明") == ([] if masked else [str(case)])


async def test_pages_follow_one_another_newest_first_without_gap_or_overlap(desk: Handling) -> None:
    made = [str(await desk.registered()) for _ in range(7)]
    seen: list[str] = []
    cursor = None
    while True:
        page = await cases(desk.room, person("wang.min"), cursor=cursor, limit=3)
        seen += [item["complaint_id"] for item in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
        await desk.registered()  # what comes meanwhile does not shift the pages
    assert seen == made[::-1]
    with pytest.raises(Refused) as caught:
        await cases(desk.room, person("wang.min"), cursor="1 OR 1=1")
    assert (caught.value.code, caught.value.field) == (Code.field_invalid, "cursor")


async def test_lists_are_filtered_by_state_project_and_words(desk: Handling) -> None:
    made = await three(desk)
    await desk.do("order.submit", "wang.min", made["property at jinbi-bay"])
    first, second, third = (str(case) for case in made.values())
    assert await numbers(desk, "gao.feng", state="order_submitted") == [first]
    assert await numbers(desk, "gao.feng", state="open") == [third, second, first]
    assert await numbers(desk, "gao.feng", state="closed") == []
    assert await numbers(desk, "gao.feng", project="yunshan") == [second]
    assert await numbers(desk, "gao.feng", q=" 退订 ") == [second]
    assert await numbers(desk, "gao.feng", q="3-2-1201", project="lakeside") == [third]
    assert await numbers(desk, "gao.feng", q="%") == []
    assert await numbers(desk, "gao.feng", q="'; DROP TABLE complaint; --") == []
    for name in ("state", "project", "q"):
        with pytest.raises(Refused) as caught:
            await numbers(desk, "gao.feng", **{name: "a\x00"})
        assert caught.value.field == name


async def test_a_case_tells_its_story_with_names_and_local_times(desk: Handling) -> None:
    case = await desk.handling()
    other = await desk.registered()
    desk.wait(minutes=5)
    await desk.hears(desk.link(other, case))
    await desk.do("claim.raise", "wang.min", case, amount="12.50")
    await desk.do("visit.record", "wu.gang", case, outcome="agreed", signature=data_url(drawn_name()))
    shown = await read_case(desk.room, person("gao.feng"), case)
    assert [act["command"] for act in shown["acts"]] == [
        "complaint.register", "order.submit", "order.review", "order.issue", "claim.raise", "visit.record",
    ]  # fmt: skip
    assert [act["title"] for act in shown["acts"]][:2] == ["登记投诉", "督办令报批"]
    (drawn,) = await desk.rows("drawing")
    image = f"/api/v1/acts/{drawn.act_id}/signature"
    assert shown["acts"][-1]["data"] == {"outcome": "agreed", "signed": True, "signature_image": image}
    assert shown["acts"][-2]["data"] == {"amount": "12.50"}
    assert shown["acts"][-1]["by_name"] == "吴刚"
    assert shown["registered_at"] == "2026-03-02T09:40:00+08:00"
    assert (shown["liable"], shown["leader_name"], shown["chairman"]) == ("wu.gang", "马超", "lin.fang")
    assert (shown["order"]["number"], shown["order"]["version"]) == (f"DB-{shown['number']}", 1)
    assert shown["claims"][0]["amount"] == "12.50"
    assert shown["links"] == [
        {"complaint_id": str(other), "number": f"C-{other.hex[-6:]}", "relation": "repeat", "direction": "from"}
    ]
    assert [a["command"] for a in shown["actions"]] == []
    mine = await read_case(desk.room, person("wu.gang"), case)
    assert [a["command"] for a in mine["actions"]] == [
        "visit.record", "customer.call", "plan.enter", "progress.enter", "closure.apply", "claim.report",
        "cooperation.ask", "cooperation.report",
    ]  # fmt: skip


async def test_tasks_are_those_of_the_person_longest_waiting_first(desk: Handling) -> None:
    assert await tasks(desk.room, person("wang.min")) == []
    first = await desk.registered()
    desk.wait(minutes=10)
    second = await desk.in_state("closure_applied")
    await desk.registered(project_id="yunshan", officer="zhang.lan")
    found = await tasks(desk.room, person("wang.min"))
    assert [(task["complaint"], task["command"], task["since"]) for task in found] == [
        (str(first), "order.submit", "2026-03-02T09:40:00+08:00"),
        (str(second), "closure.verify", "2026-03-02T09:50:00+08:00"),
    ]
    assert [task["complaint"] for task in await tasks(desk.room, person("wang.min"), limit=1)] == [str(first)]
    assert await tasks(desk.room, person("gao.feng")) == []


async def test_the_outcome_lists_every_case_and_what_waits_for_whom(desk: Handling) -> None:
    assert desk.room.outcome is not None
    assert await desk.room.outcome(desk.room) == {"complaints": [], "tasks": []}
    major = await desk.handling(number="C-2", severity="major", severity_reason="媒体曝光")
    await desk.registered(number="C-1")
    outcome = await desk.room.outcome(desk.room)
    assert [(one["number"], one["state"], one["liable"], one["leader"]) for one in outcome["complaints"]] == [
        ("C-1", "registered", "wu.gang", "ma.chao"),
        ("C-2", "handling", "lin.fang", "lin.fang"),
    ]
    assert set(outcome["complaints"][0]) == {
        "complaint_id", "number", "state", "kind", "validity", "category", "severity", "severity_reason",
        "first_department", "liable", "leader",
    }  # fmt: skip
    assert [(task["person"], task["command"]) for task in outcome["tasks"]] == [
        ("wang.min", "order.submit"),
        ("lin.fang", "visit.record"),
        ("wu.gang", "visit.record"),
        ("yuan.bin", "cooperation.done"),
    ]
    assert outcome["tasks"][1]["complaint_id"] == str(major)


async def test_who_was_liable_is_asked_of_the_closing_once_a_case_is_closed(desk: Handling) -> None:
    closed, running = await desk.in_state("closed"), await desk.handling()
    desk.wait(days=1)
    directory = demo()
    since = desk.clock.now()
    changed = [
        one.model_copy(update={"until": since}) if one.person == "wu.gang" else one for one in directory.assignments
    ]
    successor = Assignment(
        post=Post.department_head, scope="property-south", unit="property", person="yuan.bin", since=since
    )
    async with desk.room.begin() as tx:
        await import_directory(tx, directory.model_copy(update={"assignments": [*changed, successor]}))
    shown = {case: await read_case(desk.room, person("gao.feng"), case) for case in (closed, running)}
    assert [shown[case]["liable"] for case in (closed, running)] == ["wu.gang", "yuan.bin"]
    await desk.refused(Code.role_not_allowed, "visit.record", "wu.gang", running, outcome="agreed")
    await desk.do("visit.record", "yuan.bin", running, outcome="agreed")
