"""A2: what is said to a closed centre is refused, and handed to the property company."""

from datetime import timedelta
from typing import Any

import pytest

from services.intake.usecases.refer import referrals
from shared.events.intake import ComplaintReferredV1
from shared.kernel.errors import Code
from tests.kit.desk import Desk, customer, person

CLOSED: dict[str, Any] = {"project": "old-town"}


async def seen(desk: Desk, who: str) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = (await referrals(desk.room, person(who)))["items"]
    return items


async def test_the_refusal_names_the_property_companys_head_and_leaves_a_referral(desk: Desk) -> None:
    refused = await desk.refused(Code.centre_closed, "register", "sun.yue", **CLOSED)
    assert "物业华北公司（负责人 石磊）" in refused.detail
    assert await desk.rows("complaint") == []
    (row,) = await desk.rows("referral")
    assert (row.property_company, row.referred_to, row.by) == ("property-north", "shi.lei", "sun.yue")
    (event,) = [event for event in await desk.events() if isinstance(event, ComplaintReferredV1)]
    assert (event.referral_id, event.head, event.project_id) == (row.id, "shi.lei", "old-town")
    assert "content" not in event.model_dump()


async def test_who_tries_again_the_same_day_is_handed_over_once(desk: Desk) -> None:
    await desk.refused(Code.centre_closed, "register", "sun.yue", **CLOSED)
    await desk.refused(Code.centre_closed, "register", customer(), **CLOSED, channel="web")
    assert len(await desk.rows("referral")) == 1
    desk.clock.advance(timedelta(days=1))
    await desk.refused(Code.centre_closed, "register", "sun.yue", **CLOSED, required_by=...)
    assert len(await desk.rows("referral")) == 2
    assert len([event for event in await desk.events() if isinstance(event, ComplaintReferredV1)]) == 2


@pytest.mark.parametrize(
    "changed", [{"content": ...}, {"customer": {"name": "张"}}, {"customer": {"name": "张", "phone": "1"}}]
)
async def test_what_says_too_little_is_only_refused(desk: Desk, changed: dict[str, Any]) -> None:
    await desk.refused(Code.centre_closed, "register", "sun.yue", **{**CLOSED, **changed})
    assert await desk.rows("referral") == []


async def test_another_refusal_leaves_nothing(desk: Desk) -> None:
    await desk.refused(Code.field_missing, "register", "wang.min", content=...)
    assert await desk.rows("referral") == []


async def test_head_and_chairman_read_it_in_full_the_group_masked_and_nobody_else(desk: Desk) -> None:
    await desk.refused(Code.centre_closed, "register", "sun.yue", **CLOSED)
    (head,), (chairman,), (group,) = [await seen(desk, who) for who in ("shi.lei", "fan.rui", "sun.li")]
    assert head["masked"] is chairman["masked"] is False
    assert head["customer"]["phone"].endswith("13800000001")
    assert group["masked"] is True
    assert "*" in group["customer"]["phone"]
    assert [await seen(desk, who) for who in ("sun.yue", "wu.gang", "bai.xue", "zhao.lei", "nobody")] == [[]] * 5
