"""A state machine lives random 003 cases second by second against closed formulas that know nothing of the engine."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.kit.formulas import DAY, HOUR, MINUTE, Record
from tests.kit.story import ZONE, Story

BEGIN = datetime(2026, 3, 2, 9, 30, tzinfo=ZONE)
STEPS = st.sampled_from(
    [timedelta(0), timedelta(seconds=1), 4 * MINUTE, 5 * MINUTE, 29 * MINUTE, 30 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY]
)  # fmt: skip


def text(moment: datetime) -> str:
    return moment.strftime("%m-%d %H:%M:%S")


class LivingCase(RuleBasedStateMachine):
    """The record it keeps of its own acts is all the oracle sees."""

    @initialize(required=st.sampled_from([6 * HOUR, DAY, 2 * DAY + 7 * MINUTE, 20 * DAY]))
    def register(self, required: timedelta) -> None:
        self.now = BEGIN
        self.required = BEGIN + required
        self.story = Story().registered(text(BEGIN), required_by=self.required.isoformat())
        self.state = "draft"
        self.record = Record(BEGIN, self.required)

    def tell(self, name: str, **data: object) -> None:
        self.story.fact(name, text(self.now), **data)

    @rule(step=STEPS)
    def time_goes_by(self, step: timedelta) -> None:
        if self.now + step < BEGIN + 40 * DAY:
            self.now += step

    @precondition(lambda self: self.state == "draft")
    @rule()
    def submit(self) -> None:
        self.tell("order_submitted", first_department="property")
        self.record.submit(self.now)
        self.state = "submitted"

    @precondition(lambda self: self.state == "submitted")
    @rule()
    def review(self) -> None:
        self.tell("order_reviewed")
        self.record.orders[-1]["reviewed"] = self.now
        self.state = "reviewed"

    @precondition(lambda self: self.state in ("submitted", "reviewed"))
    @rule()
    def send_back(self) -> None:
        self.tell("order_returned")
        self.record.send_back(self.now)
        self.state = "draft"

    @precondition(lambda self: self.state == "reviewed")
    @rule()
    def issue(self) -> None:
        self.tell("order_issued")
        self.record.issue(self.now)
        self.state = "handling"

    @precondition(lambda self: self.state == "handling")
    @rule(with_plan=st.booleans(), outcome=st.sampled_from(["agreed", "unreachable"]))
    def visit(self, with_plan: bool, outcome: str) -> None:
        self.tell("visit_recorded", outcome=outcome, has_plan=with_plan)
        self.record.visit(self.now, with_plan=with_plan)

    @precondition(lambda self: self.state == "handling")
    @rule()
    def plan(self) -> None:
        self.tell("plan_entered", plan="x")
        self.record.plan(self.now)

    @precondition(lambda self: self.state == "handling")
    @rule()
    def progress(self) -> None:
        self.tell("progress_entered", text="x")
        self.record.entries.append(self.now)

    @precondition(lambda self: self.state == "handling")
    @rule()
    def apply(self) -> None:
        self.tell("closure_applied")
        self.record.apply(self.now)
        self.state = "applied"

    @precondition(lambda self: self.state == "applied")
    @rule()
    def return_application(self) -> None:
        self.tell("closure_returned", stage="review")
        self.record.return_application(self.now)
        self.state = "handling"

    @precondition(lambda self: self.state == "applied")
    @rule()
    def close(self) -> None:
        self.tell("case_closed", ground="approved")
        self.record.closed = self.now
        self.state = "closed"

    @invariant()
    def the_ledger_is_what_the_formulas_say(self) -> None:
        if hasattr(self, "now"):
            assert self.story.owed(text(self.now)) == self.record.owed(self.now)
            severe = self.record.issued is not None and self.record.done_at(self.now) > self.required + 15 * DAY
            assert bool(self.story.ledger(text(self.now)).proposals) == severe


LivingCase.TestCase.settings = settings(
    max_examples=150, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLivingCase = LivingCase.TestCase
