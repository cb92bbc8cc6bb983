"""003§33.4: a duplicate ends in the case it duplicates; what was earliest of both is kept."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from services.intake.usecases.reads import record
from shared.events.base import Event
from shared.events.dispatch import OrderIssuedV1, OrderSubmittedV1
from shared.events.intake import ComplaintLinkedV1
from shared.kernel.errors import Code, Refused
from tests.kit.desk import Desk, customer, person

NINE = datetime(2026, 3, 2, 1, tzinfo=UTC)


def local(text: str) -> str:
    return f"2026-{text}:00+08:00"


async def facts(desk: Desk) -> dict[str, ComplaintLinkedV1]:
    """By role; the last of each."""
    return {event.role: event for event in await desk.events() if isinstance(event, ComplaintLinkedV1)}


def submitted(desk: Desk, case: str, required_by: datetime | None = None) -> Event:
    fact: Event = desk.fact(
        OrderSubmittedV1, complaint_id=case, project_id="jinbi-bay", by="wang.min", state_before="registered",
        state="order_submitted", order_id=desk.other_ids.new(), version=1, first_department="property",
        required_by=required_by,
    )  # fmt: skip
    return fact


def issued(desk: Desk, case: str) -> Event:
    fact: Event = desk.fact(
        OrderIssuedV1, complaint_id=case, project_id="jinbi-bay", by="gao.feng", state_before="order_reviewed",
        state="handling", order_id=desk.other_ids.new(), version=1, number="D-1", required_by=None, liable="wu.gang",
        leader="ma.chao", chairman="lin.fang",
    )  # fmt: skip
    return fact


async def test_the_linked_case_is_closed_and_the_other_goes_on(desk: Desk) -> None:
    first, second = await desk.register(), await desk.register()
    answer = await desk.do("complaint.link", "wang.min", second["complaint"], to=first["complaint"])
    assert (answer["state"], answer["merged"], answer["survivor"], answer["survivor_number"]) == (
        "closed", second["complaint"], first["complaint"], first["number"],
    )  # fmt: skip
    told = await record(desk.room, person("wang.min"), UUID(second["complaint"]))
    assert (told["state"], told["merged_into"]["number"], told["repeat_of"]) == ("closed", first["number"], None)
    assert answer["version"] == told["version"]
    kept = await record(desk.room, person("wang.min"), UUID(first["complaint"]))
    assert (kept["state"], kept["merged_into"]) == ("registered", None)
    assert [(link["number"], link["direction"]) for link in kept["links"]] == [(second["number"], "from")]
    roles = await facts(desk)
    assert {role: str(fact.complaint_id) for role, fact in roles.items()} == {
        "merged": second["complaint"],
        "survivor": first["complaint"],
    }


async def test_the_survivor_is_told_the_earliest_of_the_other(desk: Desk) -> None:
    older = await desk.register(contact_ended_at=local("03-02T09:00"), required_by=local("03-05T12:00"))
    newer = await desk.register(contact_ended_at=local("03-02T09:30"), required_by=local("03-06T18:00"))
    await desk.do("complaint.link", "wang.min", older["complaint"], to=newer["complaint"])
    survivor = (await facts(desk))["survivor"]
    assert str(survivor.complaint_id) == newer["complaint"]
    assert survivor.contact_ended_at == NINE
    assert survivor.registered_at == desk.clock.now()
    assert survivor.required_by == datetime(2026, 3, 5, 4, tzinfo=UTC)


async def test_a_chain_hands_on_the_earliest_of_all(desk: Desk) -> None:
    third = await desk.register(contact_ended_at=local("03-02T08:00"), required_by=local("03-04T12:00"))
    second = await desk.register(contact_ended_at=local("03-02T09:00"), required_by=local("03-05T12:00"))
    first = await desk.register(contact_ended_at=local("03-02T09:30"))
    await desk.do("complaint.link", "wang.min", third["complaint"], to=second["complaint"])
    await desk.do("complaint.link", "wang.min", second["complaint"], to=first["complaint"])
    survivor = (await facts(desk))["survivor"]
    assert str(survivor.complaint_id) == first["complaint"]
    assert survivor.contact_ended_at == NINE - timedelta(hours=1)
    assert survivor.required_by == datetime(2026, 3, 4, 4, tzinfo=UTC)


async def test_the_order_s_required_time_counts_where_there_is_one(desk: Desk) -> None:
    first, second = await desk.register(), await desk.register()
    wanted = datetime(2026, 3, 4, 4, tzinfo=UTC)
    await desk.hears(submitted(desk, second["complaint"], wanted))
    await desk.do("complaint.link", "wang.min", second["complaint"], to=first["complaint"])
    assert (await facts(desk))["survivor"].required_by == wanted


async def test_two_submitted_orders_were_each_judged_by_themselves(desk: Desk) -> None:
    first, second = await desk.register(), await desk.register(contact_ended_at=local("03-02T09:00"))
    for one in (first, second):
        await desk.hears(submitted(desk, one["complaint"]))
    await desk.do("complaint.link", "wang.min", second["complaint"], to=first["complaint"])
    survivor = (await facts(desk))["survivor"]
    assert (survivor.contact_ended_at, survivor.registered_at) == (None, None)


async def test_the_case_with_the_issued_order_survives_whichever_is_linked(desk: Desk) -> None:
    plain, ordered = await desk.register(), await desk.register()
    await desk.hears(submitted(desk, ordered["complaint"]))
    await desk.hears(issued(desk, ordered["complaint"]))
    answer = await desk.do("complaint.link", "wang.min", ordered["complaint"], to=plain["complaint"])
    assert (answer["survivor"], answer["merged"], answer["state"]) == (
        ordered["complaint"], plain["complaint"], "handling",
    )  # fmt: skip
    told = await record(desk.room, person("wang.min"), UUID(plain["complaint"]))
    assert (told["state"], told["merged_into"]["complaint"]) == ("closed", ordered["complaint"])


async def test_with_two_issued_orders_the_linked_case_ends(desk: Desk) -> None:
    first, second = await desk.register(), await desk.register()
    for one in (first, second):
        await desk.hears(issued(desk, one["complaint"]))
    answer = await desk.do("complaint.link", "wang.min", second["complaint"], to=first["complaint"])
    assert (answer["survivor"], answer["state"]) == (first["complaint"], "closed")


async def test_what_was_merged_is_refused_with_the_survivor_s_number(desk: Desk) -> None:
    first, second = await desk.register(), await desk.register()
    other = (await desk.register())["complaint"]
    await desk.do("complaint.link", "wang.min", second["complaint"], to=first["complaint"])
    said = {"to": other, "relation": "repeat"}
    for name, actor, data in (
        ("complaint.link", "wang.min", said),
        ("complaint.classify", "wang.min", {"kind": "request"}),
        ("complaint.sign", customer(second["complaint"]), {"signature": "x"}),
    ):
        refused = await desk.refused(Code.state_not_allowed, name, actor, second["complaint"], **data)
        assert first["number"] in refused.detail
    refused = await desk.refused(Code.state_not_allowed, "complaint.link", "wang.min", other, to=second["complaint"])
    assert first["number"] in refused.detail
    back = await desk.refused(
        Code.state_not_allowed, "complaint.link", "wang.min", first["complaint"], to=second["complaint"]
    )
    assert first["number"] in back.detail
    await desk.do("complaint.rate_window", customer(second["complaint"]), second["complaint"], stars=5)


async def test_two_officers_merging_each_into_the_other_leave_one(desk: Desk) -> None:
    first, second = (await desk.register())["complaint"], (await desk.register())["complaint"]
    answers = await asyncio.gather(
        desk.do("complaint.link", "wang.min", second, to=first),
        desk.do("complaint.link", "liu.yan", first, to=second),
        return_exceptions=True,
    )
    refused = [answer for answer in answers if isinstance(answer, Refused)]
    assert [one.code for one in refused] == [Code.state_not_allowed]
    assert len(await desk.rows("link")) == 1
    assert [row.merged_into is None for row in await desk.rows("complaint")].count(True) == 1


@pytest.mark.parametrize("version", [1, 2])
async def test_the_version_is_checked(desk: Desk, version: int) -> None:
    first, second = (await desk.register())["complaint"], (await desk.register())["complaint"]
    if version == 2:
        await desk.refused(Code.version_conflict, "complaint.link", "wang.min", second, version=2, to=first)
    else:
        await desk.do("complaint.link", "wang.min", second, version=1, to=first)
