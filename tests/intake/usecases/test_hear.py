from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest

from shared.events.base import Event
from shared.events.dispatch import (
    CaseAct,
    OrderIssuedV1,
    OrderReturnedV1,
    OrderReviewedV1,
    OrderSubmittedV1,
    ProgressEnteredV1,
)
from tests.kit.desk import MORNING, Desk


def acts(desk: Desk, case: str) -> list[Event]:
    """Submitted for property, returned, submitted for engineering, reviewed, issued; the last two at one instant."""
    order = desk.other_ids.new()

    def act(kind: type[CaseAct], minute: int, state: str, **fields: Any) -> Event:
        at = MORNING + timedelta(minutes=minute)
        common = {"complaint_id": case, "project_id": "jinbi-bay", "by": "x", "state_before": "x", "order_id": order}
        made: Event = desk.fact(kind, at=at, state=state, **common, **fields)
        return made

    submitted = {"version": 1, "required_by": None}
    issued = {"version": 1, "number": "DB-1", "liable": "wu.gang", "leader": None, "chairman": None}
    return [
        act(
            OrderSubmittedV1,
            1,
            "order_submitted",
            first_department="property",
            cooperating=["engineering"],
            **submitted,
        ),
        act(OrderReturnedV1, 2, "registered"),
        act(OrderSubmittedV1, 3, "order_submitted", first_department="engineering", **submitted),
        act(OrderReviewedV1, 4, "order_reviewed"),
        act(OrderIssuedV1, 4, "handling", **issued),
    ]


@pytest.mark.parametrize("order", list(permutations(range(5)))[::7])
async def test_the_order_of_arrival_does_not_matter(desk: Desk, order: tuple[int, ...]) -> None:
    case = (await desk.register())["complaint"]
    heard = acts(desk, case)
    for index in order:
        await desk.hears(heard[index])
        await desk.hears(heard[index])
    (row,) = await desk.rows("case_state")
    assert (row.state, row.first_department, row.cooperating) == ("handling", "engineering", [])


async def test_every_act_of_dispatch_is_listened_to(desk: Desk) -> None:
    assert {act.topic for act in CaseAct.__subclasses__()} <= set(desk.room.consumers)


async def test_an_act_dated_earlier_but_entered_later_counts_by_its_entry(desk: Desk) -> None:
    case = (await desk.register())["complaint"]
    for event in acts(desk, case):
        await desk.hears(event)
    late = desk.fact(
        ProgressEnteredV1, at=MORNING + timedelta(minutes=9), complaint_id=case, project_id="jinbi-bay", by="x",
        state_before="handling", state="handling", text="x",
    )  # fmt: skip
    await desk.hears(late.model_copy(update={"occurred_at": MORNING}))
    assert (await desk.rows("case_state"))[0].state_event == late.event_id
