import pytest

from services.intake.domain.progress import CHECKING, CLOSED, DONE, HANDLING, NEXT, REGISTERED, standing_of
from shared.policy.names import FACTS


def test_before_anything_was_done_the_policy_says_what_comes_next() -> None:
    found = standing_of(False, [], "责任部门将尽快与您联系上门回访")

    assert (found.state, found.next) == (REGISTERED, "责任部门将尽快与您联系上门回访")


def test_without_a_word_of_the_policy_something_is_said_all_the_same() -> None:
    assert standing_of(False, [], None).next


@pytest.mark.parametrize("fact", [fact for fact in NEXT if fact != "closure_applied"])
def test_every_step_leaves_the_case_in_hand_and_says_what_comes_next(fact: str) -> None:
    found = standing_of(False, [fact], None)

    assert (found.state, found.next) == (HANDLING, NEXT[fact])


def test_a_call_does_not_change_what_comes_next() -> None:
    assert standing_of(False, ["visit_recorded", "customer_called"], None).next == NEXT["visit_recorded"]


def test_what_is_reported_done_is_being_checked_until_it_is_sent_back() -> None:
    assert standing_of(False, ["closure_applied"], None).state == CHECKING
    assert standing_of(False, ["closure_applied", "closure_returned"], None).state == HANDLING


def test_after_the_end_nothing_comes_next() -> None:
    assert standing_of(True, ["closure_applied", "case_closed"], "…") == standing_of(True, [], None)
    assert standing_of(True, [], None).state == CLOSED


def test_only_facts_that_there_are_can_be_told() -> None:
    assert set(DONE) <= FACTS
    assert set(NEXT) <= set(DONE)
