"""What lists, reports and rates ask of a case: one flat row that follows from its ledger and facts. Pure."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.sla.domain.clocks import ClockState, Run
from services.sla.domain.facts import Case, Fact
from services.sla.domain.ledger import Ledger
from shared.org.liability import company_of, first_department
from shared.policy.model import Policy

Row = dict[str, Any]


def standing_of(ledger: Ledger, facts: Sequence[Fact], now: datetime) -> Row:
    """The row as of `now`; of what passes by itself it holds instants only, so that it stays true without a new fact.

    `due_at` and `done_at` are of the handling: it is overdue while it is not done and `due_at` has passed.
    `slow_due_at` is when the first still missing sign of progress was, or will be, due. Dates are local.
    """
    case, policy, directory = ledger.case, ledger.office.policy, ledger.office.directory
    zone = directory.zone(case.project_id)
    standing = case.history[-1].standing
    ended = _first(case.closed_at, case.merged_at)
    due, done = handled(policy, ledger.runs, case)
    last = _Last(facts)
    issued = next((fact.at for fact in facts if fact.name == "order_issued"), None)
    return {
        "kind": case.history[-1].kind,
        "company": company_of(policy, directory, standing),
        "department": first_department(policy, standing),
        "liable": ledger.office.person("liable", now),
        "state": "closed" if case.merged_at else last.state or policy.initial_state,
        "registered_at": case.registered.at,
        "issued_at": issued,
        "due_at": due,
        "done_at": done,
        "slow_due_at": None if ended or done else slow_since(policy, ledger.runs),
        "closed_at": ended,
        "handling_minutes": handling_minutes(case, issued),
        "merged": case.merged_at is not None,
        "on_the_spot": bool(case.registered.data.get("on_the_spot")),
        "satisfaction": last.satisfaction,
        "stars": last.stars,
        "rated_officer": last.rated_officer,
        "registered_on": _day(case.registered.at, zone),
        "due_on": _day(due, zone),
        "closed_on": _day(ended, zone),
        "rated_on": _day(last.rated_at, zone),
        "runs": runs_text(ledger.runs),
    }


STANDING = (
    "kind", "company", "department", "liable", "state", "registered_at", "issued_at", "due_at", "done_at",
    "slow_due_at", "closed_at", "handling_minutes", "merged", "on_the_spot", "satisfaction", "stars",
    "rated_officer", "registered_on", "due_on", "closed_on", "rated_on", "runs",
)  # fmt: skip


class _Last:
    """The last word of the facts on state, satisfaction and rating. A call's answer counts as the verification's."""

    def __init__(self, facts: Sequence[Fact]) -> None:
        self.state: str | None = None
        self.satisfaction: int | None = None
        self.stars: int | None = None
        self.rated_officer: str | None = None
        self.rated_at: datetime | None = None
        for fact in facts:
            data = fact.data
            if fact.name == "case_closed":
                self.state = data.get("state") or "closed"
            elif data.get("state"):
                self.state = data["state"]
            if isinstance(data.get("satisfaction"), int):
                self.satisfaction = data["satisfaction"]
            if fact.name == "window_rated":
                self.stars, self.rated_officer, self.rated_at = data.get("stars"), data.get("officer"), fact.at


def handled(policy: Policy, runs: Iterable[Run], case: Case) -> tuple[datetime | None, datetime | None]:
    """(due, done) of the case's handling. A duplicate that was merged is judged in the case that took it over."""
    if case.merged_at is not None:
        return None, case.merged_at
    if policy.watch.clock is not None:
        run = next((run for run in runs if run.clock.id == policy.watch.clock), None)
        return (run.due_at, run.stopped_at or case.closed_at) if run else (None, case.closed_at)
    # Our reading: without a clock for the handling, the case is late when anything in it was.
    timed = [run for run in runs if run.due_at is not None and run.state is not ClockState.cancelled]
    if case.closed_at is None:
        return _first(*(run.due_at for run in timed if run.stopped_at is None)), None
    missed = _first(*(run.due_at for run in timed if run.state is ClockState.breached))
    return missed or case.closed_at, case.closed_at


def slow_since(policy: Policy, runs: Sequence[Run]) -> datetime | None:
    """The earliest due time of what shows progress and has not come. A day's duty is made good by a later day's."""
    wanted = policy.watch.slow or [clock.id for clock in policy.clock if clock.id != policy.watch.clock]
    missing: list[datetime] = []
    for name in wanted:
        own = [run for run in runs if run.clock.id == name]
        for run in reversed(own):
            if run.stopped_at is not None and run.clock.type == "daily":
                break
            if run.stopped_at is None and run.due_at is not None:
                missing.append(run.due_at)
    return min(missing, default=None)


def handling_minutes(case: Case, issued: datetime | None) -> int | None:
    """003§38, our reading of efficiency: from the order's issue, or without one from registration, to the closing."""
    if case.closed_at is None or case.merged_at is not None:
        return None
    return max(0, int((case.closed_at - (issued or case.registered.at)).total_seconds() // 60))


def runs_text(runs: Iterable[Run]) -> str:
    """How many runs of each clock were met and breached, as "visit=1/0 plan=0/1": equal cases give equal texts."""
    counts: dict[str, list[int]] = {}
    for run in runs:
        if run.state in (ClockState.met, ClockState.breached):
            counts.setdefault(run.clock.id, [0, 0])[run.state is ClockState.breached] += 1
    return " ".join(f"{clock}={met}/{breached}" for clock, (met, breached) in counts.items())


def runs_counts(text: str) -> dict[str, tuple[int, int]]:
    """(met, breached) of each clock, from such a text."""
    parts = (part.rsplit("=", 1) for part in text.split())
    return {clock: (int(met), int(late)) for clock, numbers in parts for met, late in [numbers.split("/")]}


def _first(*instants: datetime | None) -> datetime | None:
    return min((at for at in instants if at is not None), default=None)


def _day(at: datetime | None, zone: ZoneInfo) -> date | None:
    return None if at is None else at.astimezone(zone).date()
