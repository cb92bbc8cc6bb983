"""Dispatch's copy of a case follows what intake says, in whatever order and however often it is said."""

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.events.base import Event
from shared.events.dispatch import CaseClosedV1
from shared.kernel.errors import Transient
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING


async def closings(desk: Handling) -> list[CaseClosedV1]:
    return [event for event in await desk.events() if isinstance(event, CaseClosedV1)]


async def test_a_registered_complaint_is_a_case_of_its_category_s_departments(desk: Handling) -> None:
    case = await desk.registered()
    row = await desk.row(case)
    assert (row.state, row.version, row.first_department, row.responsible) == ("registered", 1, "property", "property")
    assert row.cooperating == ["engineering"]
    assert [entry.department for entry in await desk.rows("cooperation")] == ["engineering"]
    assert await closings(desk) == []


async def test_a_category_of_the_regional_company_is_its_matter(desk: Handling) -> None:
    row = await desk.row(await desk.registered(category="delay_quality"))
    assert (row.first_department, row.responsible) == ("engineering", "regional")
    assert row.cooperating == ["marketing", "property"]


async def test_facts_in_any_order_and_twice_give_the_same_case_and_one_closing(desk: Handling) -> None:
    seen: list[Any] = []
    for order in permutations(range(4)):
        complaint = desk.other_ids.new()
        registration = desk.registration(complaint, on_the_spot=True)
        facts: list[Event] = [
            registration,
            desk.classification(complaint, severity="major", category="leasing"),
            desk.classification(complaint, severity="group", category="delay_quality"),
            desk.signature(complaint, closes=True),
        ]
        # The tests' clock stands still: give each fact its own minute, as happened one after another.
        facts = [
            fact.model_copy(update={"occurred_at": MORNING + timedelta(minutes=n)}) for n, fact in enumerate(facts)
        ]
        for index in order:
            await desk.hears(facts[index])
            await desk.hears(facts[index])
        row = await desk.row(complaint)
        seen.append(
            (
                row.state, row.version, row.severity, row.category, row.first_department, row.cooperating, row.signed,
                row.closed_at, row.closed_ground, row.registered_at,
            )
        )  # fmt: skip
    assert all(one == seen[0] for one in seen)
    assert seen[0][:5] == ("closed", 5, "group", "delay_quality", "engineering")
    assert seen[0][7] == MORNING + timedelta(minutes=3)
    closed = await closings(desk)
    assert len({event.complaint_id for event in closed}) == len(closed) == len(seen)
    assert {(event.ground, event.by, event.state_before, event.state) for event in closed} == {
        ("on_the_spot", "customer", "registered", "closed")
    }
    assert {event.occurred_at for event in closed} == {MORNING + timedelta(minutes=3)}


async def test_a_complaint_registered_as_closed_is_closed_once(desk: Handling) -> None:
    fact = desk.registration(on_the_spot=True, signed=True, closed=True)
    await desk.hears(fact)
    await desk.hears(fact)
    await desk.hears(desk.signature(fact.complaint_id, closes=True))
    assert (await desk.row(fact.complaint_id)).state == "closed"
    assert [event.by for event in await closings(desk)] == ["wang.min"]
    assert [act.command for act in await desk.rows("act")] == ["case.closed"]


async def test_a_case_whose_order_is_on_its_way_is_not_closed_by_a_late_signature(desk: Handling) -> None:
    case = await desk.submitted(on_the_spot=True)
    await desk.hears(desk.signature(case, closes=True))
    row = await desk.row(case)
    assert (row.state, row.signed) == ("order_submitted", True)
    assert await closings(desk) == []


async def test_a_returned_order_leaves_a_case_that_a_signature_can_close(desk: Handling) -> None:
    case = await desk.submitted(on_the_spot=True)
    await desk.do("order.review", "sun.li", case, decision="return", reason="已当场解决")
    await desk.hears(desk.signature(case, closes=True))
    assert (await desk.row(case)).state == "closed"
    assert len(await closings(desk)) == 1


async def test_another_category_moves_the_case_until_an_order_is_submitted(desk: Handling) -> None:
    case = await desk.registered()
    desk.wait(minutes=1)
    await desk.hears(desk.classification(case, category="leasing"))
    assert (await desk.row(case)).first_department == "commercial"
    await desk.do("order.submit", "wang.min", case)
    desk.wait(minutes=1)
    await desk.hears(desk.classification(case, category="property_service", severity="major"))
    row = await desk.row(case)
    assert (row.first_department, row.category, row.severity) == ("commercial", "property_service", "major")


async def test_a_classification_makes_a_new_version(desk: Handling) -> None:
    case = await desk.registered()
    await desk.hears(desk.classification(case))
    assert (await desk.row(case)).version == 2


async def test_a_case_of_an_unknown_policy_waits_for_a_process_that_knows_it(desk: Handling) -> None:
    with pytest.raises(Transient):
        await desk.registered(policy_version="2035-01-01")
    assert await desk.rows("inbox") == []
    assert await desk.rows("fact") == []
