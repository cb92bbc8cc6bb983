"""C6: five alike within thirty days at a project are proposed as a common problem; only a person decides."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.intake.usecases.recurrences import dismiss, recurrences
from shared.kernel.errors import Code, Refused
from shared.policy.library import PolicyLibrary, built_in
from tests.kit.desk import CUSTOMER, Desk, person

RULE = built_in().versions("group-after-sales")[-1].recurrence


async def alike(desk: Desk, number: int, **changed: Any) -> list[str]:
    return [(await desk.register(**changed))["complaint"] for _ in range(number)]


async def listed(desk: Desk, viewer: str = "gao.feng", state: str = "open") -> list[dict[str, Any]]:
    return await recurrences(desk.room, person(viewer), state)


async def test_the_fifth_is_proposed_and_names_all_it_rests_on(desk: Desk) -> None:
    cases = await alike(desk, 4)
    assert await listed(desk) == []
    cases += await alike(desk, 1)
    (found,) = await listed(desk)
    assert (found["count"], found["threshold"], found["days"]) == (5, 5, 30)
    assert found["complaints"] == cases
    assert (found["category"], found["scope"], found["place"], found["severity"]) == (
        "property_service", "project", "jinbi-bay", "common",
    )  # fmt: skip
    assert {row.severity for row in await desk.rows("complaint")} == {"general"}


async def test_there_is_one_open_proposal_and_it_counts_on(desk: Desk) -> None:
    await alike(desk, 7)
    (found,) = await listed(desk)
    assert found["count"] == 7
    assert len(await desk.rows("recurrence")) == 1


async def test_registrations_at_once_make_one(desk: Desk) -> None:
    await asyncio.gather(*(desk.register() for _ in range(8)))
    (found,) = await listed(desk)
    assert found["count"] == 8


async def test_another_category_or_project_is_not_alike(desk: Desk) -> None:
    await alike(desk, 4)
    await alike(desk, 1, category="leasing")
    await desk.register("zhang.lan", project="yunshan")
    assert await listed(desk) == []


async def test_what_lies_out_of_the_window_does_not_count(desk: Desk) -> None:
    await alike(desk, 1)
    desk.clock.advance(timedelta(days=30))
    required = (desk.clock.now() + timedelta(days=3)).isoformat()
    await alike(desk, 4, required_by=required)
    assert await listed(desk) == []
    await alike(desk, 1, required_by=required)
    assert [found["count"] for found in await listed(desk)] == [5]


async def test_a_duplicate_counts_once(desk: Desk) -> None:
    first, second = await alike(desk, 2)
    await desk.do("complaint.link", "wang.min", second, to=first)
    await alike(desk, 3)
    assert await listed(desk) == []
    await alike(desk, 1)
    assert [found["count"] for found in await listed(desk)] == [5]


async def test_who_may_see_it(desk: Desk) -> None:
    await alike(desk, 5)
    for viewer in ("wang.min", "liu.yan", "sun.li", "gao.feng", "tang.bo", "qian.hui"):
        assert len(await listed(desk, viewer)) == 1, viewer
    for viewer in ("zhang.lan", "sun.yue", "wu.gang", "lin.fang", "nobody"):
        assert await listed(desk, viewer) == [], viewer


async def test_it_is_dismissed_by_the_group_s_managers_with_a_reason_and_on_record(desk: Desk) -> None:
    await alike(desk, 5)
    (found,) = await listed(desk)
    target = UUID(found["recurrence"])
    for viewer, data, code in (
        ("sun.yue", {"reason": "x"}, Code.not_found),
        ("wang.min", {"reason": "x"}, Code.role_not_allowed),
        ("tang.bo", {"reason": "x"}, Code.role_not_allowed),
        ("sun.li", {}, Code.field_missing),
        ("sun.li", {"reason": " "}, Code.field_missing),
        ("sun.li", {"reason": 7}, Code.field_invalid),
    ):
        with pytest.raises(Refused) as caught:
            await dismiss(desk.room, person(viewer), target, data)
        assert caught.value.code is code, viewer
    assert len(await listed(desk)) == 1
    answer = await dismiss(desk.room, person("sun.li"), target, {"reason": "各户原因不同"})
    assert answer["state"] == "dismissed"
    assert await listed(desk) == []
    (gone,) = await listed(desk, state="dismissed")
    assert (gone["decided_by"], gone["reason"], gone["count"]) == ("sun.li", "各户原因不同", 5)
    audit = [row for row in await desk.rows("audit") if row.command == "recurrence.dismiss"]
    assert [row.code for row in audit] == [
        "not_found", "role.not_allowed", "role.not_allowed", "field.missing", "field.missing", "field.invalid", None,
    ]  # fmt: skip
    with pytest.raises(Refused) as again:
        await dismiss(desk.room, person("gao.feng"), target, {"reason": "再次"})
    assert again.value.code is Code.state_not_allowed


async def test_after_a_decision_the_counting_begins_anew(desk: Desk) -> None:
    await alike(desk, 5)
    (found,) = await listed(desk)
    await dismiss(desk.room, person("gao.feng"), UUID(found["recurrence"]), {"reason": "无共性"})
    desk.clock.advance(timedelta(hours=1))
    await alike(desk, 4)
    assert await listed(desk) == []
    await alike(desk, 1)
    (again,) = await listed(desk)
    assert (again["recurrence"] != found["recurrence"], again["count"]) == (True, 5)


async def test_a_person_who_classifies_a_case_as_common_confirms_it(desk: Desk) -> None:
    cases = await alike(desk, 5)
    await desk.do("complaint.classify", "wang.min", cases[2], category="leasing")
    await desk.do("complaint.classify", "wang.min", cases[1], severity="group", reason="多户")
    assert len(await listed(desk)) == 1
    await desk.do("complaint.classify", "gao.feng", cases[0], severity="common", reason="同批管材")
    assert await listed(desk) == []
    (found,) = await listed(desk, state="confirmed")
    assert (found["decided_by"], found["reason"]) == ("gao.feng", "同批管材")


async def test_an_unknown_state_is_refused(desk: Desk) -> None:
    with pytest.raises(Refused) as caught:
        await listed(desk, state="all")
    assert caught.value.field == "state"


async def test_a_policy_may_count_over_the_company(desk: Desk) -> None:
    policy = built_in().versions("group-after-sales")[-1]
    wide = policy.model_copy(update={"recurrence": RULE.model_copy(update={"scope": "company", "count": 2})})
    desk.room.policies = PolicyLibrary([wide])
    await desk.register()
    await desk.register("zhang.lan", project="yunshan")
    (found,) = await listed(desk, "zhang.lan")
    assert (found["scope"], found["place"], found["place_name"], found["count"]) == (
        "company", "property-south", "物业华南公司", 2,
    )  # fmt: skip
    assert len(await listed(desk, "wang.min")) == 1
    assert await listed(desk, "sun.yue") == []


async def test_earlier_cases_of_the_room_or_telephone_are_suggested_to_the_officer(desk: Desk) -> None:
    first = await desk.register()
    assert first["suggestions"] == []
    await desk.register(customer={**CUSTOMER, "phone": "13900000009", "room": "9-9-99"})
    same_room = await desk.register(customer={**CUSTOMER, "phone": "13800000002"})
    assert [(one["complaint"], one["why"]) for one in same_room["suggestions"]] == [(first["complaint"], "同一房号")]
    both = await desk.register()
    told = {one["number"]: (one["why"], one["state"]) for one in both["suggestions"]}
    assert told == {
        first["number"]: ("同一房号、同一电话", "registered"),
        same_room["number"]: ("同一房号", "registered"),
    }
    assert set(both["suggestions"][0]) == {"complaint", "number", "state", "registered_at", "why"}


async def test_nobody_else_is_told_of_other_cases(desk: Desk) -> None:
    await desk.register()
    assert "suggestions" not in await desk.register("wu.gang")
    assert "suggestions" not in await desk.register("zhang.lan")


async def test_suggestions_end_with_the_policy_s_window(desk: Desk) -> None:
    await desk.register()
    desk.clock.advance(timedelta(days=RULE.repeat_days))
    required = (desk.clock.now() + timedelta(days=3)).isoformat()
    assert len((await desk.register(required_by=required))["suggestions"]) == 1
    desk.clock.advance(timedelta(seconds=1))
    assert len((await desk.register(required_by=required))["suggestions"]) == 1
