from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.usecases.reads import by_token, earlier, record
from shared.events.dispatch import OrderSubmittedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor
from tests.kit.desk import CUSTOMER, SYSTEM, Desk, customer, person


async def read(desk: Desk, viewer: Actor | str, case: str) -> dict[str, Any]:
    return await record(desk.room, person(viewer) if isinstance(viewer, str) else viewer, UUID(case))


@pytest.mark.parametrize("viewer", ["wang.min", "liu.yan", "wu.gang", "yuan.bin", "lin.fang", "sun.li", "gao.feng"])
async def test_those_who_handle_the_case_see_the_customer(desk: Desk, viewer: str) -> None:
    case = (await desk.register(content="渗水，另一电话 13900001234"))["complaint"]
    told = await read(desk, viewer, case)
    assert told["customer"]["phone"] == "+8613800000001"
    assert told["customer"]["name"] == "张先生"
    assert "13900001234" in told["content"]
    assert told["masked"] is False


@pytest.mark.parametrize("viewer", ["tang.bo", "qian.hui", "hr.centre", "chen.wei"])
async def test_the_others_who_may_look_see_him_masked(desk: Desk, viewer: str) -> None:
    case = (await desk.register(content="渗水，另一电话 13900001234"))["complaint"]
    told = await read(desk, viewer, case)
    assert told["customer"] == {"name": "张*生", "phone": "138****0001"}
    assert "13900001234" not in str(told)


@pytest.mark.parametrize("viewer", ["sun.yue", "zhang.lan", "zhao.lei", "li.qiang", "shi.lei", "nobody"])
async def test_out_of_scope_is_not_found(desk: Desk, viewer: str) -> None:
    case = (await desk.register())["complaint"]
    with pytest.raises(Refused) as caught:
        await read(desk, viewer, case)
    with pytest.raises(Refused) as unknown:
        await read(desk, viewer, str(desk.other_ids.new()))
    assert caught.value.code is Code.not_found
    assert caught.value.detail == unknown.value.detail


async def test_the_department_of_the_order_sees_the_case(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.hears(
        desk.fact(
            OrderSubmittedV1, complaint_id=case, project_id="jinbi-bay", by="wang.min", state_before="registered",
            state="order_submitted", order_id=desk.other_ids.new(), version=1, first_department="marketing",
            required_by=None,
        )
    )  # fmt: skip
    told = await read(desk, "li.qiang", case)
    assert (told["state"], told["state_name"], told["masked"]) == ("order_submitted", "督办令待审核", False)


async def test_a_customer_sees_his_own_case_and_no_judgement_of_it(desk: Desk) -> None:
    case, other = (await desk.register())["complaint"], (await desk.register())["complaint"]
    told = await read(desk, customer(case), case)
    assert told["customer"]["phone"] == "+8613800000001"
    assert {"severity", "severity_reason", "classifications", "links", "note"}.isdisjoint(told)
    with pytest.raises(Refused):
        await read(desk, customer(case), other)


async def test_the_record_tells_its_history_links_and_signature(desk: Desk) -> None:
    case, other = (await desk.register())["complaint"], (await desk.register())["complaint"]
    await desk.do("complaint.sign", customer(case), case, signature="张先生")
    await desk.do("complaint.classify", "wang.min", case, severity="common", reason="共性")
    await desk.do("complaint.link", "wang.min", case, to=other)
    told = await read(desk, "wang.min", case)
    assert told["version"] == 4
    assert told["signature"]["unchanged"] is True
    assert [entry["after"]["severity"] for entry in told["classifications"]] == ["common"]
    assert [(entry["complaint"], entry["direction"]) for entry in told["links"]] == [(other, "to")]
    assert [entry["direction"] for entry in (await read(desk, "wang.min", other))["links"]] == ["from"]


async def test_a_text_changed_behind_the_signature_shows(desk: Desk) -> None:
    case = (await desk.register(signature="张先生"))["complaint"]
    table = desk.room.metadata.tables["intake.complaint"]
    async with desk.room.db.begin() as session:
        await (await session.connection()).execute(table.update().values(content="没有渗水"))
    assert (await read(desk, SYSTEM, case))["signature"]["unchanged"] is False


async def test_a_token_finds_its_case_and_nothing_else_does(desk: Desk) -> None:
    answer = await desk.register()
    assert await by_token(desk.room, answer["tracking"]) == UUID(answer["complaint"])
    for token in (
        "",
        "x",
        answer["number"],
        answer["complaint"],
        answer["tracking"][:-1] + "\x00",
        "渗" * 32,
        "a" * 999,
    ):
        assert await by_token(desk.room, token) is None


async def test_earlier_complaints_of_the_room_or_phone(desk: Desk) -> None:
    same_room = await desk.register(customer={**CUSTOMER, "phone": "13900000002"})
    desk.clock.advance(timedelta(minutes=1))
    same_phone = await desk.register(customer={**CUSTOMER, "room": "9-9"})
    await desk.register(customer={"name": "李", "phone": "13900000003", "room": "1-1"})
    foreign = await desk.register("sun.yue", project="lakeside")
    found = await earlier(desk.room, person("wang.min"), "jinbi-bay", "3-2-1201", "138 0000 0001")
    assert [(one["complaint"], one["same"]) for one in found] == [
        (same_phone["complaint"], ["phone"]),
        (same_room["complaint"], ["room"]),
    ]
    everywhere = await earlier(desk.room, person("gao.feng"), "jinbi-bay", "3-2-1201", "13800000001")
    assert foreign["complaint"] in [one["complaint"] for one in everywhere]


@pytest.mark.parametrize(("room_no", "phone"), [(None, None), ("", "not a number"), ("\x00", None), ("\ud800", None)])
async def test_nothing_to_look_for_finds_nothing(desk: Desk, room_no: str | None, phone: str | None) -> None:
    await desk.register()
    assert await earlier(desk.room, person("wang.min"), "jinbi-bay", room_no, phone) == []
