"""A state machine lives random 003 cases second by second against closed formulas that know nothing of the engine."""

from datetime import datetime, timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.kit.story import ZONE, Story

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
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
        self.drafts: list[tuple[datetime, datetime | None]] = [(BEGIN, None)]
        self.orders: list[dict[str, datetime | None]] = []
        self.issued: datetime | None = None
        self.visited: datetime | None = None
        self.planned: datetime | None = None
        self.entries: list[datetime] = []
        self.applications: list[tuple[datetime, datetime | None]] = []
        self.closed: datetime | None = None

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
        self.drafts[-1] = (self.drafts[-1][0], self.now)
        self.orders.append({"sent": self.now, "reviewed": None, "issued": None, "returned": None})
        self.state = "submitted"

    @precondition(lambda self: self.state == "submitted")
    @rule()
    def review(self) -> None:
        self.tell("order_reviewed")
        self.orders[-1]["reviewed"] = self.now
        self.state = "reviewed"

    @precondition(lambda self: self.state in ("submitted", "reviewed"))
    @rule()
    def send_back(self) -> None:
        self.tell("order_returned")
        self.orders[-1]["returned"] = self.now
        self.drafts.append((self.now, None))
        self.state = "draft"

    @precondition(lambda self: self.state == "reviewed")
    @rule()
    def issue(self) -> None:
        self.tell("order_issued")
        self.issued = self.orders[-1]["issued"] = self.now
        self.state = "handling"

    @precondition(lambda self: self.state == "handling")
    @rule(with_plan=st.booleans(), outcome=st.sampled_from(["agreed", "unreachable"]))
    def visit(self, with_plan: bool, outcome: str) -> None:
        self.tell("visit_recorded", outcome=outcome, has_plan=with_plan)
        self.visited = self.visited or self.now
        if with_plan:
            self.planned = self.planned or self.now
        self.entries.append(self.now)

    @precondition(lambda self: self.state == "handling")
    @rule()
    def plan(self) -> None:
        self.tell("plan_entered", plan="x")
        if self.visited:
            self.planned = self.planned or self.now
        self.entries.append(self.now)

    @precondition(lambda self: self.state == "handling")
    @rule()
    def progress(self) -> None:
        self.tell("progress_entered", text="x")
        self.entries.append(self.now)

    @precondition(lambda self: self.state == "handling")
    @rule()
    def apply(self) -> None:
        self.tell("closure_applied")
        self.entries.append(self.now)
        self.applications.append((self.now, None))
        self.state = "applied"

    @precondition(lambda self: self.state == "applied")
    @rule()
    def return_application(self) -> None:
        self.tell("closure_returned", stage="review")
        self.applications[-1] = (self.applications[-1][0], self.now)
        self.state = "handling"

    @precondition(lambda self: self.state == "applied")
    @rule()
    def close(self) -> None:
        self.tell("case_closed", ground="approved")
        self.closed = self.now
        self.state = "closed"

    # ---- the oracle: counts each unit by itself

    def expected(self) -> dict[tuple[str, str], int | None]:
        owed: dict[tuple[str, str], int | None] = {}

        def charge(rule: str, person: str, yuan: int) -> None:
            owed[rule, person] = (owed.get((rule, person)) or 0) + yuan

        for start, end in self.drafts:
            moment = start + 35 * MINUTE
            while moment <= (end or self.now):
                charge("order.submit.late", "wang.min", 100)
                moment += 5 * MINUTE
        for order in self.orders:
            if order["returned"]:
                continue
            moment = order["sent"] + 65 * MINUTE
            while moment <= (order["issued"] or self.now):
                waits_for_deputy = order["reviewed"] is None or moment <= order["reviewed"]
                charge("order.issue.late", "sun.li" if waits_for_deputy else "gao.feng", 100)
                moment += 5 * MINUTE
        if self.issued is None:
            return owed
        over = self.closed or self.now
        if (self.visited or over) > self.issued + HOUR:
            owed["visit.missed", "wu.gang"] = None
        if self.visited and (self.planned or over) > self.visited + DAY:
            charge("plan.missed", "wu.gang", 300)
        day = self.issued.date() + DAY
        while (due := datetime.combine(day, datetime.min.time(), ZONE) + 18 * HOUR) < self.now:
            entered = any(entry.date() == day and entry <= due for entry in self.entries)
            pending = any(sent <= due and (back is None or back > due) for sent, back in self.applications)
            if not entered and not pending and not (self.closed and self.closed <= due):
                charge("progress.missed", "wu.gang", 200)
            day += DAY
        done = self.applications[-1][0] if self.applications and self.applications[-1][1] is None else self.now
        for number in range(1, 16):
            if done > self.required + (number - 1) * DAY:
                charge("completion.late", "wu.gang", 100 if number <= 7 else 200)
                charge("completion.late.leader", "ma.chao", 50 if number <= 7 else 100)
        return owed

    @invariant()
    def the_ledger_is_what_the_formulas_say(self) -> None:
        if hasattr(self, "now"):
            assert self.story.owed(text(self.now)) == self.expected()
            severe = self.issued is not None and not self.applications_stop_before(self.required + 15 * DAY)
            assert bool(self.story.ledger(text(self.now)).proposals) == severe

    def applications_stop_before(self, moment: datetime) -> bool:
        done = self.applications[-1][0] if self.applications and self.applications[-1][1] is None else self.now
        return done <= moment


LivingCase.TestCase.settings = settings(
    max_examples=150, stateful_step_count=25, deadline=None, suppress_health_check=list(HealthCheck)
)
TestLivingCase = LivingCase.TestCase
