import pytest

from shared.events.intake import ComplaintLinkedV1
from shared.kernel.errors import Code
from tests.kit.desk import Desk, customer


@pytest.mark.parametrize("relation", [None, "duplicate", "same_group", "repeat"])
async def test_a_complaint_is_linked_to_another(desk: Desk, relation: str | None) -> None:
    first, second = (await desk.register())["complaint"], (await desk.register())["complaint"]
    said = {"relation": relation} if relation else {}
    answer = await desk.do("complaint.link", "wang.min", second, to=first, **said)
    assert (answer["to"], answer["relation"]) == (first, relation or "duplicate")
    event = (await desk.events())[-1]
    assert isinstance(event, ComplaintLinkedV1)
    assert (str(event.complaint_id), str(event.to), event.relation) == (second, first, relation or "duplicate")


async def test_the_same_link_twice_is_refused(desk: Desk) -> None:
    first, second = (await desk.register())["complaint"], (await desk.register())["complaint"]
    await desk.do("complaint.link", "wang.min", second, to=first)
    await desk.refused(Code.state_not_allowed, "complaint.link", "wang.min", second, to=first)
    await desk.do("complaint.link", "wang.min", second, to=first, relation="repeat")


async def test_a_closed_case_may_be_linked(desk: Desk) -> None:
    first = (await desk.register(on_the_spot=True, signature="x"))["complaint"]
    second = (await desk.register())["complaint"]
    await desk.do("complaint.link", "wang.min", first, to=second)


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
