"""What a 003 case costs, by closed formulas that know nothing of the engine: each unit is counted by itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, time, timedelta
from typing import Literal

from tests.kit.story import ZONE

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)

Step = Literal["sent", "reviewed", "issued", "returned"]
Who = Literal["officer", "deputy", "manager", "liable", "leader"]

OF_THE_DEMO: Mapping[Who, str] = {
    "officer": "wang.min",
    "deputy": "sun.li",
    "manager": "gao.feng",
    "liable": "wu.gang",
    "leader": "ma.chao",
}
"""Of a complaint about the property company's work at jinbi-bay."""


@dataclass
class Record:
    """The acts of one case, each with its instant. `drafts` and `applications` are pairs of begin and end: a draft ends
    by being submitted, an application by being returned. `people` are those who answer for it.
    """

    begin: datetime
    required: datetime
    people: Mapping[Who, str] = field(default_factory=lambda: OF_THE_DEMO)
    drafts: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    orders: list[dict[Step, datetime | None]] = field(default_factory=list)
    issued: datetime | None = None
    visited: datetime | None = None
    planned: datetime | None = None
    entries: list[datetime] = field(default_factory=list)
    applications: list[tuple[datetime, datetime | None]] = field(default_factory=list)
    closed: datetime | None = None

    def __post_init__(self) -> None:
        self.drafts = self.drafts or [(self.begin, None)]

    # ---- acts

    def submit(self, now: datetime) -> None:
        self.drafts[-1] = (self.drafts[-1][0], now)
        self.orders.append({"sent": now, "reviewed": None, "issued": None, "returned": None})

    def send_back(self, now: datetime) -> None:
        self.orders[-1]["returned"] = now
        self.drafts.append((now, None))

    def issue(self, now: datetime) -> None:
        self.issued = self.orders[-1]["issued"] = now

    def visit(self, now: datetime, *, with_plan: bool) -> None:
        self.visited = self.visited or now
        if with_plan:
            self.planned = self.planned or now
        self.entries.append(now)

    def plan(self, now: datetime) -> None:
        if self.visited:
            self.planned = self.planned or now
        self.entries.append(now)

    def apply(self, now: datetime) -> None:
        self.entries.append(now)
        self.applications.append((now, None))

    def return_application(self, now: datetime) -> None:
        self.applications[-1] = (self.applications[-1][0], now)

    def until(self, at: datetime) -> "Record":
        """The case as it stood then."""

        def then(moment: datetime | None) -> datetime | None:
            return moment if moment is not None and moment <= at else None

        return replace(
            self,
            drafts=[(begin, then(end)) for begin, end in self.drafts if begin <= at],
            orders=[
                {step: then(moment) for step, moment in order.items()}
                for order in self.orders
                if order["sent"] is not None and order["sent"] <= at
            ],
            issued=then(self.issued),
            visited=then(self.visited),
            planned=then(self.planned),
            entries=[entry for entry in self.entries if entry <= at],
            applications=[(sent, then(back)) for sent, back in self.applications if sent <= at],
            closed=then(self.closed),
        )

    def unfinished_at(self, at: datetime) -> bool:
        """Issued, not closed, and no application for closure that then stood unanswered or was accepted."""
        if self.issued is None or self.issued > at or (self.closed is not None and self.closed <= at):
            return False
        return not any(sent <= at and (back is None or back > at) for sent, back in self.applications)

    # ---- what it costs

    def owed(self, now: datetime) -> dict[tuple[str, str], int | None]:
        """(rule, person) -> yuan; None where it is a percentage."""
        owed: dict[tuple[str, str], int | None] = {}
        who = self.people

        def charge(rule: str, person: str, yuan: int) -> None:
            owed[rule, person] = (owed.get((rule, person)) or 0) + yuan

        for start, end in self.drafts:
            moment = start + 35 * MINUTE
            while moment <= (end or now):
                charge("order.submit.late", who["officer"], 100)
                moment += 5 * MINUTE
        for order in self.orders:
            if order["returned"]:
                continue
            assert order["sent"] is not None
            moment = order["sent"] + 65 * MINUTE
            while moment <= (order["issued"] or now):
                waits_for_deputy = order["reviewed"] is None or moment <= order["reviewed"]
                charge("order.issue.late", who["deputy"] if waits_for_deputy else who["manager"], 100)
                moment += 5 * MINUTE
        if self.issued is None:
            return owed
        over = self.closed or now
        if (self.visited or over) > self.issued + HOUR:
            owed["visit.missed", who["liable"]] = None
        if self.visited and (self.planned or over) > self.visited + DAY:
            charge("plan.missed", who["liable"], 300)
        for _ in range(self.days_without_progress(self.issued, now)):
            charge("progress.missed", who["liable"], 200)
        done = self.done_at(now)
        for number in range(1, 16):
            if done > self.required + (number - 1) * DAY:
                charge("completion.late", who["liable"], 100 if number <= 7 else 200)
                charge("completion.late.leader", who["leader"], 50 if number <= 7 else 100)
        return owed

    def days_without_progress(self, issued: datetime, now: datetime) -> int:
        days = 0
        day = issued.astimezone(ZONE).date() + DAY
        while (due := datetime.combine(day, time(18), ZONE)) < now:
            entered = any(entry.astimezone(ZONE).date() == day and entry <= due for entry in self.entries)
            pending = any(sent <= due and (back is None or back > due) for sent, back in self.applications)
            days += not entered and not pending and not (self.closed and self.closed <= due)
            day += DAY
        return days

    def done_at(self, now: datetime) -> datetime:
        """When the closure was applied for that still stands; until then it goes on."""
        return self.applications[-1][0] if self.applications and self.applications[-1][1] is None else now
