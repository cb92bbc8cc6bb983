"""The clock table of 003: each line a second before, at, and after its due time."""

from datetime import timedelta

import pytest

from services.sla.domain.clocks import ClockState
from tests.kit.story import Story, at

SECOND = timedelta(seconds=1)
EDGES = [(-SECOND, ClockState.met), (timedelta(0), ClockState.met), (SECOND, ClockState.breached)]

LINES = [
    # clock, story before, start, due, the fact that stops it
    ("order.submit", Story().registered("03-02 09:40", contact_ended="03-02 09:30"), "03-02 09:30", "03-02 10:00",
     ("order_submitted", {"first_department": "property"})),
    ("order.issue", Story().registered("03-02 09:30").submitted("03-02 09:45").fact("order_reviewed", "03-02 09:50"),
     "03-02 09:45", "03-02 10:45", ("order_issued", {})),
    ("visit", Story().issued(), "03-02 10:30", "03-02 11:30", ("visit_recorded", {"outcome": "agreed"})),
    ("visit.material", Story().issued().fact("visit_recorded", "03-02 11:00", outcome="unreachable"),
     "03-02 11:00", "03-02 12:00", ("visit_material_entered", {})),
    ("visit.callback", Story().issued().fact("visit_recorded", "03-02 11:00", outcome="refused").fact(
        "visit_material_entered", "03-02 11:20"), "03-02 11:20", "03-02 11:50",
     ("customer_called", {"purpose": "callback"})),
    ("plan", Story().issued().fact("visit_recorded", "03-02 11:00", outcome="agreed"), "03-02 11:00", "03-03 11:00",
     ("plan_entered", {"plan": "更换止水阀"})),
    ("completion", Story().issued(), "03-02 10:30", "03-06 18:00", ("closure_applied", {})),
    ("closure.verify", Story().issued().fact("closure_applied", "03-03 15:00"), "03-03 15:00", "03-03 15:30",
     ("closure_verified", {})),
    ("claim.report", Story().issued().fact("claim_raised", "03-02 12:00"), "03-02 12:00", "03-05 12:00",
     ("claim_reported", {})),
    ("claim.file", Story().issued().fact("claim_decided", "03-03 12:00"), "03-03 12:00", "03-04 12:00",
     ("claim_filed", {})),
    ("meeting.minutes", Story().issued().fact("meeting_held", "03-03 16:00"), "03-03 16:00", "03-04 16:00",
     ("meeting_minuted", {})),
]  # fmt: skip


@pytest.mark.parametrize(("early", "state"), EDGES)
@pytest.mark.parametrize(("clock", "before", "start", "due", "stop"), LINES, ids=[line[0] for line in LINES])
def test_a_clock_stopped_at_its_due_time_is_met_and_a_second_later_breached(
    clock, before, start, due, stop, early, state
) -> None:
    story = Story()
    story.facts = list(before.facts)
    moment = (at(due) + early).strftime("%m-%d %H:%M:%S")
    name, data = stop
    run = story.fact(name, moment, **data).clock(clock, "03-20 00:00")
    assert (run.started_at, run.due_at, run.state) == (at(start), at(due), state)
    assert run.stopped_at == at(due) + early


@pytest.mark.parametrize(
    ("entered", "state"),
    [("17:59:59", ClockState.met), ("18:00:00", ClockState.met), ("18:00:01", ClockState.breached)],
)
def test_progress_is_owed_by_18_00_of_the_day(entered: str, state: ClockState) -> None:
    run, *_ = Story().issued().fact("progress_entered", f"03-03 {entered}").clocks("progress.daily", "03-03 19:00")
    assert (run.due_at, run.state) == (at("03-03 18:00"), state)


def test_there_is_no_progress_duty_on_the_day_of_issue() -> None:
    assert Story().issued().clocks("progress.daily", "03-02 23:59") == []


def test_no_progress_is_owed_while_an_application_is_pending_and_again_after_its_return() -> None:
    story = Story().issued().fact("closure_applied", "03-03 10:00").fact("closure_returned", "03-05 09:00")
    days = [run.due_at for run in story.clocks("progress.daily", "03-05 20:00")]
    assert days == [at("03-03 18:00"), at("03-05 18:00")]


def test_an_application_returned_after_18_00_leaves_that_day_without_duty() -> None:
    story = Story().issued().fact("closure_applied", "03-03 10:00").fact("closure_returned", "03-04 18:00:01")
    assert [run.due_at for run in story.clocks("progress.daily", "03-04 20:00")] == [at("03-03 18:00")]


def test_a_returned_order_cancels_the_issue_clock_and_starts_a_new_submit_clock_at_the_return() -> None:
    story = Story().registered("03-02 09:30").submitted("03-02 09:45").fact("order_returned", "03-02 10:00")
    assert story.clock("order.issue", "03-02 10:10").state is ClockState.cancelled
    first, second = story.clocks("order.submit", "03-02 10:10")
    assert (first.state, second.started_at, second.due_at) == (ClockState.met, at("03-02 10:00"), at("03-02 10:30"))


def test_a_visit_that_carries_the_plan_fulfils_the_plan_clock_at_once() -> None:
    run = (
        Story()
        .issued()
        .fact("visit_recorded", "03-02 11:00", outcome="agreed", has_plan=True)
        .clock("plan", "03-05 00:00")
    )
    assert (run.state, run.stopped_at) == (ClockState.met, at("03-02 11:00"))


def test_a_case_solved_on_the_spot_cancels_its_submit_clock_however_late_the_signature() -> None:
    story = Story().registered("03-02 09:30").fact("case_closed", "03-02 12:00", ground="on_the_spot")
    assert story.clock("order.submit", "03-02 12:00").state is ClockState.cancelled
    assert story.owed("03-05 00:00") == {}


class TestDeadline:
    def test_the_earlier_of_required_and_agreed_counts(self) -> None:
        agreed = at("03-05 12:00").isoformat()
        story = (
            Story()
            .issued()
            .fact("visit_recorded", "03-02 11:00", outcome="agreed", agreed_completion_at=agreed, signed=True)
        )
        assert story.clock("completion", "03-02 12:00").due_at == at("03-05 12:00")

    def test_a_later_agreed_time_does_not_pass_the_required_one(self) -> None:
        agreed = at("03-09 12:00").isoformat()
        story = Story().issued().fact("plan_entered", "03-02 11:00", agreed_completion_at=agreed, signed=True)
        assert story.clock("completion", "03-02 12:00").due_at == at("03-06 18:00")

    def test_an_unsigned_time_counts_for_nothing(self) -> None:
        agreed = at("03-05 12:00").isoformat()
        story = Story().issued().fact("plan_entered", "03-02 11:00", agreed_completion_at=agreed, signed=False)
        assert story.clock("completion", "03-02 12:00").due_at == at("03-06 18:00")

    @pytest.mark.parametrize(
        ("entered", "due"),
        [("03-04 11:59:59", "03-05 18:00"), ("03-04 12:00:00", "03-05 18:00"), ("03-04 12:00:01", "03-04 12:00")],
    )
    def test_a_new_agreement_counts_only_while_the_deadline_in_force_has_not_passed(self, entered, due) -> None:
        story = Story().issued()
        story.fact("plan_entered", "03-02 11:00", agreed_completion_at=at("03-04 12:00").isoformat(), signed=True)
        story.fact("plan_entered", entered, agreed_completion_at=at("03-05 18:00").isoformat(), signed=True)
        assert story.clock("completion", "03-04 13:00").due_at == at(due)

    def test_a_return_undoes_the_stop_as_if_it_had_never_been(self) -> None:
        story = Story().issued().fact("closure_applied", "03-06 10:00")
        assert story.clock("completion", "03-07 00:00").state is ClockState.met
        story.fact("closure_returned", "03-07 01:00")
        run = story.clock("completion", "03-07 02:00")
        assert (run.state, run.stopped_at) == (ClockState.breached, None)

    def test_an_order_without_any_time_is_never_late(self) -> None:
        story = (
            Story()
            .registered("03-02 09:30", required_by=None)
            .submitted("03-02 09:40")
            .fact("order_issued", "03-02 10:00")
        )
        run = story.clock("completion", "03-30 00:00")
        assert (run.due_at, run.state) == (None, ClockState.running)
