"""F7: a wrong record is put right, with its history."""

from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.intake.usecases.allowed import allowed
from services.intake.usecases.reads import record
from shared.events.dispatch import CaseClosedV1, DirectoryPublishedV1
from shared.events.intake import ComplaintClassifiedV1, ComplaintCorrectedV1
from shared.kernel.errors import Code, Refused
from tests.kit.desk import CUSTOMER, SYSTEM, Desk, customer, demo, person

CORRECT = "complaint.correct"


@pytest_asyncio.fixture
async def finance(desk: Desk) -> Desk:
    """The desk under 004, where letters are confidential and threats have a command of their own."""
    projects = [one.model_copy(update={"policy": "finance"}) for one in demo().projects]
    await desk.hears(desk.fact(DirectoryPublishedV1, version=2, directory=demo().with_changes(projects=projects)))
    return desk


async def read(desk: Desk, viewer: str, case: str) -> dict[str, Any]:
    return await record(desk.room, person(viewer), UUID(case))


async def test_the_record_is_right_and_what_was_there_is_kept(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    answer = await desk.do(
        CORRECT, "wang.min", case, customer={"phone": "13900000009"}, content="厨房渗水", reason="误听"
    )
    assert (answer["changed"], answer["version"]) == (["customer.phone", "content"], 2)
    told = await read(desk, "wang.min", case)
    assert told["customer"] == {**CUSTOMER, "phone": "+8613900000009"}
    assert told["content"] == "厨房渗水"
    (kept,) = told["corrections"]
    assert (kept["by_name"], kept["reason"]) == ("王敏", "误听")
    assert kept["before"] == {"customer": {"phone": "+8613800000001"}, "content": "卫生间渗水"}
    assert kept["after"] == {"customer": {"phone": "+8613900000009"}, "content": "厨房渗水"}
    (row,) = await desk.rows("complaint")
    assert (row.phone, row.room) == ("+8613900000009", "3-2-1201")


async def test_the_event_tells_the_record_as_it_is_right(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do(
        CORRECT, "wang.min", case, contact_ended_at="2026-03-02T09:20:00+08:00", fields={"x": 1}, reason="核对录音"
    )
    event = (await desk.events())[-1]
    assert isinstance(event, ComplaintCorrectedV1)
    assert event.contact_ended_at.isoformat() == "2026-03-02T01:20:00+00:00"
    assert (event.changed, event.fields, event.reason) == (["contact_ended_at", "fields.x"], {"x": 1}, "核对录音")
    assert (event.content, event.customer.phone) == ("卫生间渗水", "+8613800000001")


async def test_who_sees_the_case_masked_sees_the_correction_masked(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do(
        CORRECT, "wang.min", case, reason="客户来电 13700000007 更正", content="另一电话 13900001234",
        customer={"name": "李大明", "phone": "13900000009", "room": "9-9"},
    )  # fmt: skip
    (kept,) = (await read(desk, "qian.hui", case))["corrections"]
    assert kept["after"]["customer"] == {"name": "李*明", "phone": "139****0009", "room": "***"}
    assert kept["before"]["customer"] == {"name": "张*生", "phone": "138****0001", "room": "***"}
    assert not any(number in str(kept) for number in ("13700000007", "13900001234"))


async def test_the_signature_stays_and_no_longer_fits_the_text(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do("complaint.sign", customer(case), case, signature="张先生")
    before = (await read(desk, "wang.min", case))["signature"]
    await desk.do(CORRECT, "wang.min", case, content="厨房渗水", reason="误听")
    after = (await read(desk, "wang.min", case))["signature"]
    assert (before["unchanged"], after["unchanged"]) == (True, False)
    assert after["text_sha256"] == before["text_sha256"]
    assert "卫生间渗水" in (await desk.rows("signature"))[0].text


async def test_the_severity_follows_the_right_facts(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    answer = await desk.do(CORRECT, "wang.min", case, loss_amount=20000, reason="损失清单")
    assert (answer["severity"], answer["version"]) == ("major", 2)
    answer = await desk.do(CORRECT, "sun.li", case, loss_amount=19999.99, people_count=2, reason="复核")
    assert answer["severity_reason"] == "一般投诉：未达到升级标准"
    told = [event.severity for event in await desk.events() if isinstance(event, ComplaintClassifiedV1)]
    assert told == ["major", "general"]
    assert [row.after["loss_fen"] for row in await desk.rows("correction")] == [2000000, 1999999]


async def test_a_severity_that_a_person_gave_stays(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do("complaint.classify", "wang.min", case, severity="common", reason="同批管材")
    answer = await desk.do(CORRECT, "wang.min", case, media=True, reason="已见报")
    assert answer["severity"] == "common"
    assert (await desk.rows("complaint"))[0].computed_severity == "major"


async def test_a_telephone_put_right_can_make_a_group(desk: Desk) -> None:
    cases = [(await desk.register(customer={**CUSTOMER, "phone": f"1380000000{n}"}))["complaint"] for n in (1, 2, 2)]
    for one in cases[1:]:
        await desk.do("complaint.link", "wang.min", one, to=cases[0], relation="same_group")
    answer = await desk.do(CORRECT, "wang.min", cases[2], customer={"phone": "13800000003"}, reason="误录")
    assert len(answer["upgraded"]) == 3
    assert {row.severity for row in await desk.rows("complaint")} == {"group"}
    lower = await desk.do(CORRECT, "wang.min", cases[2], people_count=1, reason="一人")
    assert lower["severity"] == "group"


async def test_a_closed_case_is_corrected_by_the_groups_managers_only(desk: Desk) -> None:
    case = (await desk.register(on_the_spot=True, signature="张先生"))["complaint"]
    await desk.refused(Code.role_not_allowed, CORRECT, "wang.min", case, content="x", reason="误")
    for manager in ("sun.li", "gao.feng"):
        assert CORRECT in await allowed(desk.room, person(manager), UUID(case))
    assert CORRECT not in await allowed(desk.room, person("wang.min"), UUID(case))
    assert (await desk.do(CORRECT, "sun.li", case, content="门禁", reason="误记"))["state"] == "closed"


async def test_one_that_dispatch_closed_likewise(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.hears(
        desk.fact(CaseClosedV1, complaint_id=UUID(case), project_id="jinbi-bay", by="gao.feng",
                  state_before="closure_reviewed", state="closed", ground="approved")
    )  # fmt: skip
    await desk.refused(Code.role_not_allowed, CORRECT, "wang.min", case, content="x", reason="误")
    assert (await desk.do(CORRECT, "gao.feng", case, content="门禁", reason="误记"))["changed"] == ["content"]


async def test_a_merged_case_is_corrected_in_the_one_that_goes_on(desk: Desk) -> None:
    one, other = [(await desk.register())["complaint"] for _ in range(2)]
    await desk.do("complaint.link", "wang.min", other, to=one)
    for who in ("wang.min", "gao.feng"):
        refused = await desk.refused(Code.state_not_allowed, CORRECT, who, other, content="x", reason="误")
        assert "TS20260302-0001" in refused.detail


async def test_a_letter_stays_between_those_who_see_it(finance: Desk) -> None:
    case = (await finance.register(category="business", required_by=...))["complaint"]
    await finance.do(CORRECT, "wang.min", case, fields={"whistleblowing": True}, reason="信封注明举报")
    (row,) = await finance.rows("complaint")
    assert (row.kind, row.confined_to is not None) == ("whistleblowing", True)
    await finance.refused(Code.not_found, CORRECT, "wang.min", case, content="x", reason="误")
    with pytest.raises(Refused):
        await read(finance, "wang.min", case)


REFUSED: list[tuple[str, dict[str, Any], Code, str | None]] = [
    ("nothing named", {"reason": "误"}, Code.field_missing, "content"),
    ("blank", {"content": " ", "reason": "误"}, Code.field_missing, "content"),
    ("no reason", {"content": "x"}, Code.field_missing, "reason"),
    ("blank reason", {"content": "x", "reason": " "}, Code.field_missing, "reason"),
    ("unknown field", {"content": "x", "reason": "误", "channel": "phone"}, Code.field_invalid, "channel"),
    ("required time", {"content": "x", "reason": "误", "required_by": "2026-03-09T18:00:00+08:00"},
     Code.field_invalid, "required_by"),
    ("the same", {"content": "卫生间渗水", "reason": "误"}, Code.state_not_allowed, None),
    ("the same number", {"customer": {"phone": "138-0000-0001"}, "reason": "误"}, Code.state_not_allowed, None),
    ("no number", {"customer": {"phone": "138****0001"}, "reason": "误"}, Code.field_invalid, "customer.phone"),
    ("no name", {"customer": {"name": " "}, "reason": "误"}, Code.field_invalid, "customer.name"),
    ("a room is required", {"customer": {"room": ""}, "reason": "误"}, Code.field_missing, "customer.room"),
    ("no customer", {"customer": "张", "reason": "误"}, Code.field_invalid, "customer"),
    ("after the registration", {"contact_ended_at": "2026-03-02T09:40:01+08:00", "reason": "误"},
     Code.field_invalid, "contact_ended_at"),
    ("no zone", {"contact_ended_at": "2026-03-02T09:20:00", "reason": "误"}, Code.field_invalid, "contact_ended_at"),
    ("no people", {"people_count": 0, "reason": "误"}, Code.field_invalid, "people_count"),
    ("below nothing", {"loss_amount": -1, "reason": "误"}, Code.field_invalid, "loss_amount"),
    ("neither yes nor no", {"media": 1, "reason": "误"}, Code.field_invalid, "media"),
    ("a threat", {"fields": {"extreme": True}, "reason": "误"}, Code.field_invalid, "fields.extreme"),
]  # fmt: skip


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(("data", "code", "field"), [row[1:] for row in REFUSED], ids=[row[0] for row in REFUSED])
async def test_what_is_refused_changes_nothing(
    refusing_desk: Desk, data: dict[str, Any], code: Code, field: str | None
) -> None:
    case = (await refusing_desk.register())["complaint"]
    assert (await refusing_desk.refused(code, CORRECT, "wang.min", case, **data)).field == field


async def test_who_may_not_is_refused(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    data = {"content": "x", "reason": "误"}
    await desk.refused(Code.role_not_allowed, CORRECT, "wu.gang", case, **data)
    await desk.refused(Code.scope_not_allowed, CORRECT, "zhang.lan", case, **data)
    await desk.refused(Code.role_not_allowed, CORRECT, customer(case), case, **data)
    await desk.refused(Code.role_not_allowed, CORRECT, SYSTEM, case, **data)
    await desk.refused(Code.version_conflict, CORRECT, "wang.min", case, version=9, **data)
