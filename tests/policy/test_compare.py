"""Two policies compared: by what a rule is called, not by where it stands in the file."""

from shared.policy.base import Length
from shared.policy.compare import Difference, differences
from shared.policy.library import DEFAULT_POLICY, built_in
from shared.policy.model import Policy

POLICY = built_in().versions(DEFAULT_POLICY)[-1]


def amended(**changes: object) -> Policy:
    return POLICY.model_copy(update=changes)


def test_a_policy_does_not_differ_from_itself() -> None:
    assert differences(POLICY, POLICY) == []


def test_a_changed_number_is_told_by_the_rule_it_belongs_to() -> None:
    longer = POLICY.clocks["visit"].model_copy(update={"length": Length(hours=2)})
    clocks = [longer if one.id == "visit" else one for one in POLICY.clock]
    assert differences(POLICY, amended(clock=clocks)) == [Difference("clock[visit].length.hours", 1, 2)]


def test_moving_a_rule_changes_nothing_and_removing_it_tells_all_it_said() -> None:
    assert differences(POLICY, amended(penalty=list(reversed(POLICY.penalty)))) == []
    gone = differences(POLICY, amended(penalty=POLICY.penalty[1:]))
    assert {one.after for one in gone} == {None}
    assert Difference("penalty[order.submit.late].amount.yuan", 100, None) in gone
