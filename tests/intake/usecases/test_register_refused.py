"""What must not come in: each by its code and field, with nothing changed and the refusal on record."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from shared.kernel.errors import Code, Transient
from shared.policy.library import PolicyLibrary
from tests.kit.desk import CUSTOMER, MORNING, SYSTEM, Desk, customer


def who(**changed: Any) -> dict[str, Any]:
    return {"customer": {k: v for k, v in {**CUSTOMER, **changed}.items() if v is not ...}}


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("blank", [..., None, "", "   ", "\n"])
@pytest.mark.parametrize("name", ["project", "channel", "content", "customer"])
async def test_what_every_complaint_needs(refusing_desk: Desk, name: str, blank: Any) -> None:
    refused = await refusing_desk.refused(Code.field_missing, "register", "wang.min", **{name: blank})
    assert refused.field == name


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize("blank", [..., None, "", "   "])
@pytest.mark.parametrize("name", ["name", "phone", "room"])
async def test_what_is_needed_of_the_customer(refusing_desk: Desk, name: str, blank: Any) -> None:
    refused = await refusing_desk.refused(Code.field_missing, "register", "wang.min", **who(**{name: blank}))
    assert refused.field == f"customer.{name}"


@pytest.mark.parametrize("name", ["category", "required_by", "fields.object", "customer.address"])
async def test_what_the_policy_requires_is_missing_by_its_name(desk: Desk, name: str) -> None:
    (policy,) = [p for p in desk.room.policies.all() if p.id == "group-after-sales"]
    record = policy.record.model_copy(update={"required": [name]})
    desk.room.policies = PolicyLibrary([policy.model_copy(update={"record": record})])
    refused = await desk.refused(Code.field_missing, "register", "wang.min", category=None, required_by="", fields={})
    assert refused.field == name


@pytest.mark.asyncio(loop_scope="module")
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"project": "atlantis"}, "project"),
        ({"project": 7}, "project"),
        ({"project": ["jinbi-bay"]}, "project"),
        ({"project": "jinbi-bay\x00"}, "project"),
        ({"channel": "telepathy"}, "channel"),
        ({"kind": "gossip"}, "kind"),
        ({"category": "weather"}, "category"),
        ({"content": "渗水\x00"}, "content"),
        ({"content": "\ud800"}, "content"),
        ({"content": "渗" * 20_001}, "content"),
        ({"content": ["渗水"]}, "content"),
        ({"customer": "张先生"}, "customer"),
        ({"customer": [1]}, "customer"),
        (who(name="张" * 201), "customer.name"),
        (who(name=7), "customer.name"),
        (who(phone="12345"), "customer.phone"),
        (who(phone="电话"), "customer.phone"),
        (who(phone=13800000001), "customer.phone"),
        (who(room="x" * 201), "customer.room"),
        (who(age=[1]), "customer.age"),
        ({"contact_ended_at": (MORNING + timedelta(seconds=1)).isoformat()}, "contact_ended_at"),
        ({"contact_ended_at": "2026-03-02T09:30:00"}, "contact_ended_at"),
        ({"contact_ended_at": "yesterday"}, "contact_ended_at"),
        ({"contact_ended_at": 1772415000}, "contact_ended_at"),
        ({"contact_ended_at": "0001-01-01T00:00:00+14:00"}, "contact_ended_at"),
        ({"contact_ended_at": "1999-12-31T00:00:00+08:00"}, "contact_ended_at"),
        ({"required_by": MORNING.isoformat()}, "required_by"),
        ({"required_by": "2026-03-06T18:00:00"}, "required_by"),
        ({"required_by": "9999-12-31T23:59:59-14:00"}, "required_by"),
        ({"required_by": "2026-02-30T00:00:00+08:00"}, "required_by"),
        ({"people_count": 0}, "people_count"),
        ({"people_count": 1.5}, "people_count"),
        ({"people_count": True}, "people_count"),
        ({"people_count": 10**30}, "people_count"),
        ({"loss_amount": -1}, "loss_amount"),
        ({"loss_amount": "NaN"}, "loss_amount"),
        ({"loss_amount": float("inf")}, "loss_amount"),
        ({"loss_amount": "1e400"}, "loss_amount"),
        ({"loss_amount": "0.001"}, "loss_amount"),
        ({"loss_amount": "很多"}, "loss_amount"),
        ({"lawsuit": "yes"}, "lawsuit"),
        ({"media": 1}, "media"),
        ({"on_the_spot": "true"}, "on_the_spot"),
        ({"signature": "data:image/svg+xml,<svg/>"}, "signature"),
        ({"signature": {"x": 1}}, "signature"),
        ({"fields": [1]}, "fields"),
        ({"fields": {"x": [1]}}, "fields.x"),
        ({"fields": {"x": float("nan")}}, "fields.x"),
        ({"fields": {"x": 2**60}}, "fields.x"),
        ({"fields": {"x": "渗" * 2_001}}, "fields.x"),
        ({"fields": {"x": "\x00"}}, "fields.x"),
        ({"fields": {f"f{n}": n for n in range(51)}}, "fields"),
        ({"severity": "major"}, "severity"),
        ({"officer": "liu.yan"}, "officer"),
        ({"note": 5}, "note"),
    ],
)
async def test_what_is_given_wrongly(refusing_desk: Desk, changed: dict[str, Any], field: str) -> None:
    refused = await refusing_desk.refused(Code.field_invalid, "register", "wang.min", **changed)
    assert refused.field == field


async def test_what_is_missing_is_told_before_what_is_wrong(desk: Desk) -> None:
    refused = await desk.refused(
        Code.field_missing, "register", "wang.min", people_count=0, project="atlantis", **who(phone="")
    )
    assert refused.field == "customer.phone"


@pytest.mark.parametrize(
    ("project", "officer", "company"),
    [("old-town", "sun.yue", "物业华北公司"), ("new-town", "sun.yue", "物业华北公司")],
)
async def test_a_closed_centre_names_whom_to_turn_to(desk: Desk, project: str, officer: str, company: str) -> None:
    refused = await desk.refused(Code.centre_closed, "register", officer, project=project)
    assert company in refused.detail


async def test_the_day_after_the_sixth_month_is_closed(desk: Desk) -> None:
    desk.clock.move_to(datetime(2026, 12, 30, 16, 0, tzinfo=UTC))
    await desk.refused(Code.centre_closed, "register", "wang.min", required_by=...)


@pytest.mark.parametrize("actor", [SYSTEM, "nobody"])
async def test_neither_the_system_nor_a_stranger_registers(desk: Desk, actor: Any) -> None:
    await desk.refused(Code.role_not_allowed, "register", actor)


@pytest.mark.parametrize("channel", ["phone", "visit", "media"])
async def test_a_customer_cannot_pretend_to_have_called(desk: Desk, channel: str) -> None:
    refused = await desk.refused(Code.field_invalid, "register", customer(), channel=channel)
    assert refused.field == "channel"


async def test_without_a_policy_in_force_nothing_is_registered(desk: Desk) -> None:
    (policy,) = [p for p in desk.room.policies.all() if p.id == "group-after-sales"]
    desk.room.policies = PolicyLibrary([policy.model_copy(update={"effective_from": MORNING.date() + timedelta(1)})])
    await desk.refused(Code.policy_not_allowed, "register", "wang.min")


async def test_a_policy_without_the_step_refuses_it(desk: Desk) -> None:
    (policy,) = [p for p in desk.room.policies.all() if p.id == "group-after-sales"]
    steps = [step for step in policy.step if step.command != "complaint.register"]
    desk.room.policies = PolicyLibrary([policy.model_copy(update={"step": steps})])
    await desk.refused(Code.policy_not_allowed, "register", "wang.min")


async def test_a_key_used_for_another_complaint_is_refused(desk: Desk) -> None:
    await desk.do(
        "complaint.register",
        "wang.min",
        key="k",
        **{**who(), "project": "jinbi-bay", "channel": "phone", "content": "a"},
    )
    with pytest.raises(Exception, match="Idempotency-Key"):
        await desk.do("complaint.register", "wang.min", key="k", project="jinbi-bay")
    assert len(await desk.rows("complaint")) == 1


async def test_before_the_directory_has_come_it_may_be_tried_again(desk: Desk) -> None:
    async with desk.room.db.begin() as session:
        await (await session.connection()).execute(desk.room.tables.directory.delete())
    with pytest.raises(Transient):
        await desk.register()
    assert await desk.rows("complaint") == []
