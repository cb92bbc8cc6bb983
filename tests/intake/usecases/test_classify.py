import asyncio
from typing import Any

import pytest

from shared.events.intake import ComplaintClassifiedV1
from shared.kernel.errors import Code, Refused
from tests.kit.desk import SYSTEM, Desk, customer


async def test_the_event_tells_all_as_it_is_from_now_on(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    answer = await desk.do("complaint.classify", "wang.min", case, validity="invalid", category="leasing")
    assert (answer["validity"], answer["category"], answer["severity"], answer["version"]) == (
        "invalid", "leasing", "general", 2,
    )  # fmt: skip
    event = (await desk.events())[-1]
    assert isinstance(event, ComplaintClassifiedV1)
    assert (event.kind, event.validity, event.category, event.severity) == (
        "complaint",
        "invalid",
        "leasing",
        "general",
    )
    assert event.severity_reason == "一般投诉：未达到升级标准"


async def test_another_severity_than_the_computed_one_needs_a_reason(desk: Desk) -> None:
    case = (await desk.register(people_count=3))["complaint"]
    refused = await desk.refused(Code.field_missing, "complaint.classify", "wang.min", case, severity="common")
    assert refused.field == "reason"
    await desk.refused(Code.field_missing, "complaint.classify", "wang.min", case, severity="common", reason="  ")
    answer = await desk.do("complaint.classify", "gao.feng", case, severity="common", reason="同楼栋反复渗水")
    assert answer["severity"] == "common"
    assert "同楼栋反复渗水" in answer["severity_reason"]


async def test_back_to_the_computed_severity_needs_none(desk: Desk) -> None:
    case = (await desk.register(people_count=3))["complaint"]
    await desk.do("complaint.classify", "sun.li", case, severity="general", reason="误录人数")
    answer = await desk.do("complaint.classify", "wang.min", case, severity="group")
    assert answer["severity_reason"] == "群体性投诉：3 人以上共同投诉（003§33）"


async def test_an_override_stays_when_something_else_changes(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do("complaint.classify", "wang.min", case, severity="common", reason="共性")
    answer = await desk.do("complaint.classify", "wang.min", case, kind="request")
    assert (answer["kind"], answer["severity"]) == ("request", "common")


async def test_history_keeps_what_was_before(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.do("complaint.classify", "wang.min", case, severity="common", reason="共性")
    await desk.do("complaint.classify", "liu.yan", case, severity="general")
    first, second = await desk.rows("classification")
    assert (first.before["severity"], first.after["severity"], first.by, first.reason) == (
        "general", "common", "wang.min", "共性",
    )  # fmt: skip
    assert (second.before["severity"], second.after["severity"], second.by) == ("common", "general", "liu.yan")


@pytest.mark.parametrize(
    ("code", "data", "field"),
    [
        (Code.field_missing, {}, "kind"),
        (Code.field_missing, {"reason": "x"}, "kind"),
        (Code.field_missing, {"kind": "", "severity": " "}, "kind"),
        (Code.field_invalid, {"kind": "gossip"}, "kind"),
        (Code.field_invalid, {"validity": "maybe"}, "validity"),
        (Code.field_invalid, {"category": "weather"}, "category"),
        (Code.field_invalid, {"severity": "huge", "reason": "x"}, "severity"),
        (Code.field_invalid, {"kind": 5}, "kind"),
        (Code.field_invalid, {"kind": "request", "reason": "\x00"}, "reason"),
        (Code.field_invalid, {"kind": "request", "officer": "liu.yan"}, "officer"),
    ],
)
async def test_bad_input_is_refused(desk: Desk, code: Code, data: dict[str, Any], field: str) -> None:
    case = (await desk.register())["complaint"]
    assert (await desk.refused(code, "complaint.classify", "wang.min", case, **data)).field == field


async def test_who_may_not(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    await desk.refused(Code.scope_not_allowed, "complaint.classify", "sun.yue", case, kind="request")
    await desk.refused(Code.role_not_allowed, "complaint.classify", "wu.gang", case, kind="request")
    await desk.refused(Code.role_not_allowed, "complaint.classify", customer(case), case, kind="request")
    await desk.refused(Code.role_not_allowed, "complaint.classify", SYSTEM, case, kind="request")


async def test_role_comes_before_state_and_state_before_fields(desk: Desk) -> None:
    case = (await desk.register(on_the_spot=True, signature="x"))["complaint"]
    await desk.refused(Code.role_not_allowed, "complaint.classify", "wu.gang", case)
    await desk.refused(Code.state_not_allowed, "complaint.classify", "wang.min", case, version=9)


async def test_two_at_once_on_one_version_let_one_through(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    results = await asyncio.gather(
        *(desk.do("complaint.classify", "wang.min", case, version=1, kind=kind) for kind in ("request", "inquiry")),
        return_exceptions=True,
    )
    refused = [result for result in results if isinstance(result, Refused)]
    assert [result.code for result in refused] == [Code.version_conflict]
    assert len(await desk.rows("classification")) == 1
