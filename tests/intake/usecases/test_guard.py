"""B10: a threat of extreme behaviour, and the person named to accompany the case."""

from typing import Any

import pytest_asyncio

from services.intake.usecases.reads import record
from shared.events.dispatch import DirectoryPublishedV1
from shared.events.intake import ComplaintGuardedV1
from shared.kernel.errors import Code
from tests.kit.desk import Desk, customer, demo, person


@pytest_asyncio.fixture
async def finance(desk: Desk) -> Desk:
    """The desk under 004."""
    projects = [one.model_copy(update={"policy": "finance"}) for one in demo().projects]
    await desk.hears(desk.fact(DirectoryPublishedV1, version=2, directory=demo().with_changes(projects=projects)))
    return desk


async def taken(desk: Desk, **fields: Any) -> str:
    return str((await desk.register(category="business", required_by=..., fields=fields))["complaint"])


async def told(desk: Desk) -> list[tuple[bool, str | None, bool, bool]]:
    found = [event for event in await desk.events() if isinstance(event, ComplaintGuardedV1)]
    return [(one.extreme, one.guardian, one.raised, one.named) for one in found]


async def test_flag_and_person_can_be_given_at_registration(finance: Desk) -> None:
    case = await taken(finance, extreme=True, guardian="he.jun")
    assert await told(finance) == [(True, "he.jun", True, True)]
    seen = await record(finance.room, person("he.jun"), _id(case))
    assert (seen["extreme"], seen["guardian_name"], seen["masked"]) == (True, "何军", False)


async def test_each_later_change_tells_what_is_new(finance: Desk) -> None:
    case = await taken(finance)
    await finance.do("complaint.guard", "wang.min", case, extreme=True)
    await finance.do("complaint.guard", "wang.min", case, guardian="he.jun")
    await finance.do("complaint.guard", "chen.wei", case, guardian="deng.min")
    await finance.do("complaint.guard", "wang.min", case, extreme=False, reason="已平息")
    assert await told(finance) == [
        (True, None, True, False),
        (True, "he.jun", False, True),
        (True, "deng.min", False, True),
        (False, "deng.min", False, False),
    ]


async def test_what_says_nothing_or_names_nobody_is_refused(finance: Desk) -> None:
    case = await taken(finance, extreme=True)
    for code, data, field in (
        (Code.field_missing, {}, "guardian"),
        (Code.field_invalid, {"guardian": "nobody"}, "guardian"),
        (Code.field_missing, {"extreme": False}, "reason"),
        (Code.field_invalid, {"extreme": "yes"}, "extreme"),
        (Code.state_not_allowed, {"extreme": True}, None),
    ):
        assert (await finance.refused(code, "complaint.guard", "wang.min", case, **data)).field == field
    wrong = {"category": "business", "required_by": ..., "fields": {"guardian": "nobody"}}
    assert (await finance.refused(Code.field_invalid, "register", "wang.min", **wrong)).field == "fields.guardian"
    wrong["fields"] = {"extreme": "perhaps"}
    assert (await finance.refused(Code.field_invalid, "register", "wang.min", **wrong)).field == "fields.extreme"


async def test_only_who_is_in_charge_names_somebody(finance: Desk) -> None:
    case = await taken(finance)
    await finance.refused(Code.role_not_allowed, "complaint.guard", "deng.min", case, extreme=True)
    await finance.refused(Code.scope_not_allowed, "complaint.guard", "zhang.lan", case, extreme=True)


async def test_the_customer_does_not_read_what_was_noted_about_him(finance: Desk) -> None:
    case = await taken(finance, extreme=True, guardian="he.jun", violation=True)
    seen = await record(finance.room, customer(case), _id(case))
    assert seen["fields"] == {"violation": True}
    assert not {"extreme", "guardian"} & seen.keys()


def _id(case: str) -> Any:
    from uuid import UUID

    return UUID(case)
