"""003§33.4: a case that was merged into another ends here, wherever it was, and nothing waits on it any more."""

from datetime import timedelta
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from services.dispatch.usecases.reads import case, tasks
from shared.events.base import Event
from shared.events.dispatch import CaseClosedV1
from shared.events.intake import ComplaintLinkedV1
from shared.kernel.errors import Code
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING, person

NUMBER = "TS-77"


def link(desk: Handling, complaint: UUID, role: str, **told: Any) -> Event:
    made: Event = desk.fact(
        ComplaintLinkedV1, complaint_id=complaint, project_id="jinbi-bay", by="wang.min", to=desk.other_ids.new(),
        relation="duplicate", role=role, number=NUMBER, **told,
    )  # fmt: skip
    return made


async def closings(desk: Handling) -> list[CaseClosedV1]:
    return [event for event in await desk.events() if isinstance(event, CaseClosedV1)]


@pytest.mark.parametrize(
    "state",
    ["registered", "order_submitted", "order_reviewed", "handling", "closure_applied", "closure_verified",
     "closure_reviewed"],
)  # fmt: skip
async def test_from_every_state_it_is_closed_once_as_a_duplicate(desk: Handling, state: str) -> None:
    target = await desk.in_state(state)
    desk.wait(minutes=5)
    fact = link(desk, target, "merged")
    await desk.hears(fact)
    await desk.hears(fact)
    row = await desk.row(target)
    assert (row.state, row.closed_ground, row.closed_at, row.merged_into) == (
        "closed", "duplicate", desk.clock.now(), NUMBER,
    )  # fmt: skip
    (closing,) = await closings(desk)
    assert (closing.state_before, closing.state, closing.ground, closing.by) == (
        state, "closed", "duplicate", "wang.min",
    )  # fmt: skip
    for viewer in ("wang.min", "sun.li", "gao.feng", "wu.gang"):
        assert await tasks(desk.room, person(viewer)) == []


async def test_a_closed_case_stays_as_it_was_closed(desk: Handling) -> None:
    target = await desk.in_state("closed")
    await desk.hears(link(desk, target, "merged"))
    row = await desk.row(target)
    assert (row.closed_ground, row.merged_into) == ("approved", None)
    assert len(await closings(desk)) == 1


async def test_every_command_is_refused_with_the_number_of_the_case_that_goes_on(desk: Handling) -> None:
    target = await desk.handling()
    await desk.do("claim.raise", "wang.min", target, amount=5000)
    assert (await desk.row(target)).open_ends
    await desk.hears(link(desk, target, "merged"))
    row = await desk.row(target)
    assert (row.pending, row.open_ends) == ({}, False)
    for name, actor, data in (
        ("visit.record", "wu.gang", {"outcome": "agreed"}),
        ("claim.report", "wu.gang", {}),
        ("customer.call", "wang.min", {"purpose": "contact"}),
        ("closure.apply", "wu.gang", {"signature": "x"}),
    ):
        refused = await desk.refused(Code.state_not_allowed, name, actor, target, **data)
        assert NUMBER in refused.detail


async def test_the_link_may_come_before_the_registration(desk: Handling) -> None:
    seen = []
    for order in permutations(range(3)):
        complaint = desk.other_ids.new()
        facts = [
            desk.registration(complaint, on_the_spot=True),
            link(desk, complaint, "merged"),
            desk.classification(complaint, category="leasing"),
        ]
        facts = [f.model_copy(update={"occurred_at": MORNING + timedelta(minutes=n)}) for n, f in enumerate(facts)]
        for index in order:
            await desk.hears(facts[index])
            await desk.hears(facts[index])
        row = await desk.row(complaint)
        seen.append((row.state, row.version, row.category, row.closed_at, row.closed_ground, row.merged_into))
    assert all(one == seen[0] for one in seen)
    assert seen[0] == ("closed", 4, "leasing", MORNING + timedelta(minutes=1), "duplicate", NUMBER)
    assert len(await closings(desk)) == len(seen)


async def test_the_survivor_keeps_the_earlier_required_time_in_whichever_order(desk: Handling) -> None:
    early = MORNING + timedelta(days=2)
    linked_first, linked_later, linked_after_the_order = [desk.other_ids.new() for _ in range(3)]
    await desk.hears(link(desk, linked_first, "survivor", required_by=early))
    await desk.hears(desk.registration(linked_first))
    await desk.hears(desk.registration(linked_later))
    await desk.hears(link(desk, linked_later, "survivor", required_by=early))
    for one in (linked_first, linked_later):
        assert (await desk.row(one)).required_by == early
        late = (MORNING + timedelta(days=9)).isoformat()
        await desk.do("order.submit", "wang.min", one, required_by=late)
        assert (await desk.row(one)).required_by == early
        assert (await desk.row(one, "supervision_order")).required_by == early
    await desk.hears(desk.registration(linked_after_the_order))
    await desk.do("order.submit", "wang.min", linked_after_the_order)
    await desk.hears(link(desk, linked_after_the_order, "survivor", required_by=early))
    assert (await desk.row(linked_after_the_order)).required_by == early


async def test_both_stories_tell_of_the_link_and_the_list_shows_it_once(desk: Handling) -> None:
    first, second = await desk.registered(), await desk.registered()
    desk.wait(minutes=1)
    for complaint, to, role in ((second, first, "merged"), (first, second, "survivor")):
        fact = desk.fact(
            ComplaintLinkedV1, complaint_id=complaint, project_id="jinbi-bay", by="wang.min", to=to,
            relation="duplicate", role=role, number=NUMBER,
        )  # fmt: skip
        await desk.hears(fact)
    assert len(await desk.rows("link")) == 1
    for one, direction, role in ((first, "from", "survivor"), (second, "to", "merged")):
        told = await case(desk.room, person("wang.min"), one)
        assert [(each["relation"], each["direction"]) for each in told["links"]] == [("duplicate", direction)]
        (entry,) = [act for act in told["acts"] if act["command"] == "complaint.link"]
        assert (entry["data"]["role"], entry["data"]["number"]) == (role, NUMBER)
    ended = await case(desk.room, person("wang.min"), second)
    assert (ended["merged_into"], ended["acts"][-1]["title"]) == (NUMBER, "重复投诉，并案结案")
