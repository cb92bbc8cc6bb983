from typing import Any
from uuid import UUID

import pytest

from services.intake.usecases.reads import record
from shared.events.dispatch import DirectoryPublishedV1
from shared.events.intake import ComplaintLinkedV1
from shared.kernel.errors import Code
from shared.org.model import Assignment, Post
from tests.kit.desk import Desk, customer, demo, person


async def links(desk: Desk) -> list[ComplaintLinkedV1]:
    return [event for event in await desk.events() if isinstance(event, ComplaintLinkedV1)]


@pytest.mark.parametrize("relation", [None, "duplicate", "same_group", "repeat"])
async def test_a_complaint_is_linked_to_another(desk: Desk, relation: str | None) -> None:
    first, second = (await desk.register())["complaint"], (await desk.register())["complaint"]
    said: dict[str, Any] = {"relation": relation} if relation else {}
    answer = await desk.do("complaint.link", "wang.min", second, to=first, **said)
    assert (answer["to"], answer["relation"]) == (first, relation or "duplicate")
    event = (await desk.events())[-1]
    assert isinstance(event, ComplaintLinkedV1)
    assert (str(event.complaint_id), str(event.to), event.relation) == (second, first, relation or "duplicate")


@pytest.mark.parametrize("relation", ["same_group", "repeat"])
async def test_the_same_link_twice_is_refused(desk: Desk, relation: str) -> None:
    first, second = (await desk.register())["complaint"], (await desk.register())["complaint"]
    await desk.do("complaint.link", "wang.min", second, to=first, relation=relation)
    await desk.refused(Code.state_not_allowed, "complaint.link", "wang.min", second, to=first, relation=relation)
    await desk.do("complaint.link", "wang.min", second, to=first, relation="duplicate")


async def test_both_cases_have_a_fact_of_their_own(desk: Desk) -> None:
    first, second = await desk.register(), await desk.register()
    await desk.do("complaint.link", "wang.min", second["complaint"], to=first["complaint"], relation="repeat")
    told = {str(event.complaint_id): event for event in await links(desk)}
    assert {one: (str(event.to), event.role, event.number) for one, event in told.items()} == {
        second["complaint"]: (first["complaint"], "from", first["number"]),
        first["complaint"]: (second["complaint"], "to", second["number"]),
    }


async def test_a_repeat_of_a_closed_case_leaves_it_as_it_is(desk: Desk) -> None:
    first = (await desk.register(on_the_spot=True, signature="x"))["complaint"]
    second = (await desk.register())["complaint"]
    answer = await desk.do("complaint.link", "wang.min", second, to=first, relation="repeat")
    assert answer["state"] == "registered"
    told = await record(desk.room, person("wang.min"), UUID(second))
    assert told["repeat_of"]["complaint"] == first
    assert (told["state"], told["merged_into"]) == ("registered", None)
    old = await record(desk.room, person("wang.min"), UUID(first))
    assert (old["state"], old["repeat_of"]) == ("closed", None)
    assert [(link["relation"], link["direction"]) for link in old["links"]] == [("repeat", "from")]


@pytest.mark.parametrize("relation", ["duplicate", "same_group"])
async def test_a_closed_case_takes_no_part_any_more(desk: Desk, relation: str) -> None:
    first = (await desk.register(on_the_spot=True, signature="x"))["complaint"]
    second = (await desk.register())["complaint"]
    said = {"relation": relation}
    await desk.refused(Code.state_not_allowed, "complaint.link", "wang.min", first, to=second, **said)
    await desk.refused(Code.state_not_allowed, "complaint.link", "wang.min", second, to=first, **said)


async def test_repeats_make_no_circle(desk: Desk) -> None:
    one, two, three = [(await desk.register())["complaint"] for _ in range(3)]
    await desk.do("complaint.link", "wang.min", two, to=one, relation="repeat")
    await desk.do("complaint.link", "wang.min", three, to=two, relation="repeat")
    for last in (two, three):
        refused = await desk.refused(Code.field_invalid, "complaint.link", "wang.min", one, to=last, relation="repeat")
        assert refused.field == "to"


async def test_another_project_s_complaint_is_refused(desk: Desk) -> None:
    directory = demo()
    both = [*directory.assignments, Assignment(post=Post.service_officer, scope="yunshan", person="wang.min")]
    changed = directory.with_changes(assignments=both)
    await desk.hears(desk.fact(DirectoryPublishedV1, version=2, directory=changed))
    case, other = (await desk.register())["complaint"], (await desk.register(project="yunshan"))["complaint"]
    for relation in ("duplicate", "same_group", "repeat"):
        said = {"to": other, "relation": relation}
        assert (await desk.refused(Code.field_invalid, "complaint.link", "wang.min", case, **said)).field == "to"


async def test_what_is_not_there_and_what_is_not_his_look_alike(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    foreign = (await desk.register("sun.yue", project="lakeside"))["complaint"]
    unknown = await desk.refused(Code.not_found, "complaint.link", "wang.min", case, to=str(desk.other_ids.new()))
    hidden = await desk.refused(Code.not_found, "complaint.link", "wang.min", case, to=foreign)
    assert unknown.detail == hidden.detail


async def test_bad_input_is_refused(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    other = (await desk.register())["complaint"]
    for code, data, field in (
        (Code.field_missing, {}, "to"),
        (Code.field_missing, {"to": " "}, "to"),
        (Code.field_invalid, {"to": "c1"}, "to"),
        (Code.field_invalid, {"to": 7}, "to"),
        (Code.field_invalid, {"to": case}, "to"),
        (Code.field_invalid, {"to": other, "relation": "cousin"}, "relation"),
    ):
        assert (await desk.refused(code, "complaint.link", "wang.min", case, **data)).field == field


async def test_who_may_not(desk: Desk) -> None:
    case, other = (await desk.register())["complaint"], (await desk.register())["complaint"]
    await desk.refused(Code.scope_not_allowed, "complaint.link", "sun.yue", case, to=other)
    await desk.refused(Code.role_not_allowed, "complaint.link", "gao.feng", case, to=other)
    await desk.refused(Code.role_not_allowed, "complaint.link", customer(case), case, to=other)
