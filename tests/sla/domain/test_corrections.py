"""004§6: what follows when the record was wrong; the order of arrival plays no part."""

from itertools import permutations
from uuid import UUID

from services.sla.domain.clocks import ClockState
from services.sla.domain.facts import in_order, put_right
from services.sla.domain.ledger import compute
from services.sla.domain.working import statutory_calendar
from tests.kit.story import ZONE, Story, at


def corrected(story: Story, moment: str, contact_ended: str) -> Story:
    told = {"contact_ended_at": at(contact_ended).isoformat(), "fields": {"seen": True}}
    return story.fact("complaint_corrected", moment, **told)


def test_the_submit_clock_runs_from_the_right_contact_end_and_says_so() -> None:
    story = Story().registered("03-02 09:40", contact_ended="03-02 09:30").submitted("03-02 10:10")
    assert story.owed("03-02 11:00") == {("order.submit.late", "wang.min"): 200}
    corrected(story, "03-02 11:05", "03-02 09:20")
    run = story.clock("order.submit", "03-02 11:10")
    assert (run.due_at, run.state) == (at("03-02 09:50"), ClockState.breached)
    assert run.steps == ("联系结束时间已更正",)
    assert story.owed("03-02 11:10") == {("order.submit.late", "wang.min"): 400}


def test_a_correction_back_to_the_first_word_leaves_no_trace_in_the_sum() -> None:
    story = Story().registered("03-02 09:40", contact_ended="03-02 09:30").submitted("03-02 10:10")
    corrected(corrected(story, "03-02 10:20", "03-02 09:00"), "03-02 10:30", "03-02 09:30")
    assert story.clock("order.submit", "03-02 11:00").steps == ()
    assert story.owed("03-02 11:00") == {("order.submit.late", "wang.min"): 200}


def test_arrival_in_any_order_gives_the_same_ledger() -> None:
    story = Story().registered("03-02 09:40", contact_ended="03-02 09:30").submitted("03-02 10:10")
    corrected(corrected(story, "03-02 10:20", "03-02 09:00"), "03-02 10:30", "03-02 09:36")
    ledgers = [
        compute(story.policy, story.directory, order, at("03-02 11:00"), statutory_calendar(ZONE)).runs
        for order in permutations(story.facts)
    ]
    assert all(runs == ledgers[0] for runs in ledgers)


def test_the_fields_are_right_from_the_registration_on() -> None:
    story = corrected(Story().registered("03-02 09:40", fields={"seen": False}), "03-02 10:20", "03-02 09:40")
    case = story.ledger("03-02 11:00").case
    assert case.at(at("03-02 09:41")).fields == {"seen": True}


def test_the_facts_themselves_stay_as_they_came() -> None:
    story = corrected(Story().registered("03-02 09:40"), "03-02 10:20", "03-02 09:00")
    facts = in_order(story.facts)
    assert put_right(facts)[0].instant("contact_ended_at") == at("03-02 09:00")
    assert facts[0].instant("contact_ended_at") == at("03-02 09:40")
    assert [fact.id for fact in put_right(facts)] == [UUID(int=1), UUID(int=2)]
