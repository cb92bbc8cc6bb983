"""003§33.4: what linking does to the ledger, by hand-computed stories; the order of arrival plays no part."""

from itertools import permutations
from random import Random

import pytest

from services.sla.domain.clocks import ClockState
from services.sla.domain.ledger import compute
from services.sla.domain.working import statutory_calendar
from tests.kit.story import ZONE, Story, at


def merged(story: Story, moment: str) -> Story:
    return story.fact("complaint_linked", moment, relation="duplicate", role="merged", number="TS-2")


def took_over(story: Story, moment: str, **earliest: str) -> Story:
    told = {key: at(value).isoformat() for key, value in earliest.items()}
    return story.fact("complaint_linked", moment, relation="duplicate", role="survivor", number="TS-0", **told)


@pytest.mark.parametrize("moment", ["03-02 09:59:59", "03-02 10:00", "03-02 10:00:01", "03-02 11:30"])
def test_a_running_clock_of_the_merged_case_is_cancelled_without_charge_also_when_late(moment: str) -> None:
    story = merged(Story().registered("03-02 09:30"), moment)
    run = story.clock("order.submit", "03-10 00:00")
    assert (run.state, run.stopped_at) == (ClockState.cancelled, at(moment))
    assert run.steps[-1] == "并入 TS-2"
    assert story.owed("03-10 00:00") == {}


def test_what_was_late_before_it_was_merged_stays_charged() -> None:
    story = merged(Story().registered("03-02 09:30").submitted("03-02 10:11"), "03-02 10:20")
    assert story.clock("order.submit", "03-10 00:00").state is ClockState.breached
    assert story.clock("order.issue", "03-10 00:00").state is ClockState.cancelled
    assert story.owed("03-10 00:00") == {("order.submit.late", "wang.min"): 200}


def test_what_is_dated_after_the_merging_counts_for_nothing() -> None:
    story = merged(Story().registered("03-02 09:30"), "03-02 09:50").submitted("03-02 10:30")
    assert [run.clock.id for run in story.ledger("03-10 00:00").runs] == ["order.submit"]
    assert story.clock("order.submit", "03-10 00:00").state is ClockState.cancelled


def test_an_issued_case_owes_nothing_more_and_a_missed_day_stays_missed() -> None:
    # Issued 03-02 10:30, never visited: nothing was entered on 03-03; merged on 03-04 at 12:00.
    story = merged(Story().issued(), "03-04 12:00")
    days = story.clocks("progress.daily", "03-10 00:00")
    assert [(run.due_at, run.state) for run in days] == [(at("03-03 18:00"), ClockState.breached)]
    assert story.clock("completion", "03-10 00:00").state is ClockState.cancelled
    assert story.owed("03-10 00:00") == {("progress.missed", "wu.gang"): 200}
    assert story.ledger("03-10 00:00").next_change_at is None


def test_a_claim_goes_on_in_the_case_that_survives() -> None:
    story = merged(Story().issued().fact("claim_raised", "03-02 12:00"), "03-02 13:00")
    assert story.clock("claim.report", "03-10 00:00").state is ClockState.cancelled


def test_dispatch_s_word_of_the_merging_says_the_same_as_intake_s() -> None:
    both = merged(Story().issued(), "03-02 12:00").fact("case_closed", "03-02 12:00", ground="duplicate")
    alone = Story().issued().fact("case_closed", "03-02 12:00", ground="duplicate")
    for story in (both, alone):
        assert [(run.clock.id, run.state) for run in story.ledger("03-10 00:00").runs][2:] == [
            ("visit", ClockState.cancelled),
            ("completion", ClockState.cancelled),
        ]
        assert story.owed("03-10 00:00") == {}


@pytest.mark.parametrize(
    ("submitted", "state", "yuan"),
    [
        ("03-02 09:29:59", ClockState.met, None),
        ("03-02 09:30:00", ClockState.met, None),
        ("03-02 09:30:01", ClockState.breached, None),
        ("03-02 09:35:00", ClockState.breached, 100),
    ],
)
def test_the_survivor_submits_by_the_earliest_due_time(submitted: str, state: ClockState, yuan: int | None) -> None:
    # Its own contact ended 09:20 (due 09:50); the case it took over ended its contact 09:00 (due 09:30).
    story = took_over(Story().registered("03-02 09:20"), "03-02 09:25", contact_ended_at="03-02 09:00")
    story.submitted(submitted)
    run = story.clock("order.submit", "03-02 12:00")
    assert (run.started_at, run.due_at, run.state) == (at("03-02 09:00"), at("03-02 09:30"), state)
    assert story.owed("03-02 09:40") == ({("order.submit.late", "wang.min"): yuan} if yuan else {})


def test_a_later_contact_changes_nothing() -> None:
    story = took_over(Story().registered("03-02 09:20"), "03-02 09:45", contact_ended_at="03-02 09:40")
    run = story.clock("order.submit", "03-02 09:45")
    assert (run.started_at, run.due_at, run.steps) == (at("03-02 09:20"), at("03-02 09:50"), ())


def test_a_returned_order_is_owed_from_its_return_as_ever() -> None:
    story = took_over(Story().registered("03-02 09:20"), "03-02 09:25", contact_ended_at="03-02 09:00")
    story.submitted("03-02 09:28").fact("order_returned", "03-02 10:00")
    assert [run.due_at for run in story.clocks("order.submit", "03-02 10:10")] == [
        at("03-02 09:30"),
        at("03-02 10:30"),
    ]


@pytest.mark.parametrize(
    ("applied", "days"), [("03-05 17:59:59", 0), ("03-05 18:00", 0), ("03-05 18:00:01", 1), ("03-06 18:00:01", 2)]
)
def test_the_survivor_is_done_by_the_earlier_required_time(applied: str, days: int) -> None:
    story = took_over(Story().issued(), "03-02 12:00", required_by="03-05 18:00")
    story.fact("closure_applied", applied)
    run = story.clock("completion", "03-10 00:00")
    assert (run.due_at, run.state) == (at("03-05 18:00"), ClockState.breached if days else ClockState.met)
    assert "取合并各案中最早的要求完成时间" in run.steps
    charged = {key: yuan for key, yuan in story.owed("03-10 00:00").items() if key[0].startswith("completion")}
    wanted = {("completion.late", "wu.gang"): 100 * days, ("completion.late.leader", "ma.chao"): 50 * days}
    assert charged == (wanted if days else {})


def test_an_order_cannot_put_off_what_was_taken_over() -> None:
    story = took_over(Story().registered("03-02 09:30"), "03-02 09:40", required_by="03-05 18:00")
    story.submitted("03-02 09:45", required_by=at("03-20 18:00").isoformat())
    story.fact("order_reviewed", "03-02 10:00").fact("order_issued", "03-02 10:30")
    assert story.clock("completion", "03-02 12:00").due_at == at("03-05 18:00")


def test_a_later_required_time_of_the_other_changes_nothing() -> None:
    story = took_over(Story().issued(), "03-02 12:00", required_by="03-20 18:00")
    run = story.clock("completion", "03-02 12:00")
    assert (run.due_at, run.steps) == (at("03-06 18:00"), ())


def test_after_the_earlier_deadline_no_new_time_is_agreed() -> None:
    story = took_over(Story().issued(), "03-02 12:00", required_by="03-03 18:00")
    agreed = at("03-03 12:00").isoformat()
    story.fact("plan_entered", "03-03 18:00:01", signed=True, agreed_completion_at=agreed)
    assert story.clock("completion", "03-04 00:00").due_at == at("03-03 18:00")


def test_a_repeat_and_a_group_leave_the_clocks_alone() -> None:
    plain = Story().issued().ledger("03-08 12:00")
    for relation in ("repeat", "same_group"):
        for role in ("from", "to"):
            story = (
                Story().issued().fact("complaint_linked", "03-02 12:00", relation=relation, role=role, number="TS-2")
            )
            ledger = story.ledger("03-08 12:00")
            assert (ledger.runs, ledger.charges) == (plain.runs, plain.charges)


def test_the_order_in_which_facts_arrive_plays_no_part() -> None:
    survivor = took_over(
        Story().registered("03-02 09:20").submitted("03-02 09:40"),
        "03-02 09:45",
        contact_ended_at="03-02 09:00",
        required_by="03-05 18:00",
    )
    ended = merged(Story().registered("03-02 09:20").submitted("03-02 09:40"), "03-02 09:45")
    ended.fact("case_closed", "03-02 09:45", ground="duplicate")
    for story in (survivor, ended):
        seen = []
        for facts in permutations(story.facts):
            again = [*facts, *Random(1).sample(facts, 2)]
            ledger = compute(story.policy, story.directory, again, at("03-10 00:00"), statutory_calendar(ZONE))
            seen.append((ledger.runs, ledger.charges, ledger.next_change_at))
        assert all(one == seen[0] for one in seen)
