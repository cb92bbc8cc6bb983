from datetime import timedelta
from itertools import permutations
from random import Random

import pytest

from services.notify.domain.case import CaseCopy, copy_of, owed_for, stamp, words_of
from shared.events.base import Event
from shared.kernel.clock import ManualClock
from shared.kernel.ids import Ids
from shared.policy.library import built_in
from tests.kit.desk import MORNING, Desk
from tests.notify.facts import classified, issued, registered, submitted

POLICY = next(policy for policy in built_in().all() if policy.id == "group-after-sales")


class Facts(Desk):
    """Makes facts only; there is no room behind it."""

    def __init__(self) -> None:
        self.clock = ManualClock(MORNING)
        self.other_ids = Ids(self.clock, Random(2))


def story() -> list[Event]:
    desk = Facts()
    case = desk.other_ids.new()
    facts: list[Event] = []
    for make, said in (
        (registered, {}),
        (classified, {"severity": "major", "category": "leasing"}),
        (submitted, {"first_department": "commercial", "cooperating": ["engineering"]}),
        (classified, {"severity": "group", "category": "leasing"}),
    ):
        desk.clock.advance(timedelta(minutes=1))
        facts.append(make(desk, case, **said))
    return facts


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_the_order_of_arrival_does_not_matter(order: tuple[int, ...]) -> None:
    facts = story()
    case = copy_of([facts[index] for index in order])
    assert isinstance(case, CaseCopy)
    assert (case.standing.severity, case.standing.category) == ("group", "leasing")
    assert (case.standing.first_department, case.cooperating) == ("commercial", ["engineering"])


def test_what_came_later_does_not_change_what_was() -> None:
    facts = story()
    case = copy_of(facts, until=stamp(facts[1]))
    assert isinstance(case, CaseCopy)
    assert (case.standing.severity, case.standing.first_department) == ("major", None)


def test_without_its_registration_a_case_is_unknown() -> None:
    assert copy_of(story()[1:]) is None
    assert copy_of([]) is None


def test_the_policy_says_what_is_owed_for_a_fact() -> None:
    assert [message.template for message in owed_for(POLICY, "order_issued", {})] == ["order.issued"]
    assert owed_for(POLICY, "progress_entered", {}) == []


@pytest.mark.parametrize(
    ("when", "fields", "owed"),
    [
        ({"state": "handling"}, {"state": "handling"}, True),
        ({"state": "handling"}, {"state": "closed"}, False),
        ({"state": ["handling", "closed"]}, {"state": "closed"}, True),
        ({"state": "handling"}, {}, False),
        ({"fields.urgent": True}, {"fields": {"urgent": True}}, True),
        ({"fields.urgent": True}, {"fields": {}}, False),
        ({"fields.urgent": True}, {"fields": None}, False),
        ({"state": "a", "kind": "b"}, {"state": "a", "kind": "c"}, False),
    ],
)
def test_every_condition_of_a_message_must_hold(when: dict, fields: dict, owed: bool) -> None:
    message = owed_for(POLICY, "order_issued", {})[0].model_copy(update={"when": when})
    policy = POLICY.model_copy(update={"reminder": [message]})
    assert bool(owed_for(policy, "order_issued", fields)) is owed


def test_a_text_may_name_the_order_but_not_the_complaint_as_one() -> None:
    desk = Facts()
    case = desk.other_ids.new()
    assert words_of(POLICY, issued(desk, case)) == {"order": "DB20260302-0001", "visit": "yes"}
    assert words_of(POLICY, registered(desk, case)) == {"visit": "yes"}
    assert words_of(POLICY, registered(desk, case, closed=True)) == {"closed": "yes", "visit": "yes"}
    unvisited = POLICY.model_copy(update={"step": [step for step in POLICY.step if step.command != "visit.record"]})
    assert words_of(unvisited, registered(desk, case)) == {}
