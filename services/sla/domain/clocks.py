"""G1-G5: every clock of a case as a function of (policy, facts, now)."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import assert_never

from services.sla.domain.calendar import WorkingCalendar, certain_since, due_after, is_provisional
from services.sla.domain.facts import MOVED, Case, Fact, fits_case, is_merger
from shared.policy.base import Length, Trigger
from shared.policy.clocks import Clock, DailyClock, DeadlineClock, SpanClock
from shared.policy.model import Policy

MOMENT = timedelta(microseconds=1)


class ClockState(StrEnum):
    """`breached` also while the delay still runs (then nothing has stopped it)."""

    running = "running"
    met = "met"
    breached = "breached"
    cancelled = "cancelled"


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a clock. `holders` are (post, last instant he holds it or None), in turn.

    `due_at` is None where no deadline has been set yet. `certain_since`: until then the due time was provisional, and
    nothing that would have been incurred by then is charged. All instants are aware.
    """

    clock: Clock
    started_at: datetime
    start_label: str
    due_at: datetime | None
    stopped_at: datetime | None = None
    state: ClockState = ClockState.running
    holders: tuple[tuple[str, datetime | None], ...] = ()
    provisional: bool = False
    certain_since: datetime | None = None
    steps: tuple[str, ...] = field(default_factory=tuple)

    def holder_post(self, at: datetime) -> str:
        """Whose step it is at the instant: he who ends his part at that very instant still holds it."""
        for post, until in self.holders:
            if until is None or at <= until:
                return post
        return self.holders[-1][0]

    def late_until(self, now: datetime) -> datetime | None:
        """The end of the delay so far, or None where there is none. A provisional due time charges nothing."""
        if self.due_at is None or self.provisional or self.state is not ClockState.breached:
            return None
        return self.stopped_at or now

    def is_charged(self, at: datetime) -> bool:
        """Whether what is incurred at the instant is charged: nothing is, backwards, for a provisional due time."""
        return self.certain_since is None or at > self.certain_since

    @property
    def late_from(self) -> datetime | None:
        """From when on a delay counts that leads to a proposal."""
        if self.due_at is None or self.certain_since is None:
            return self.due_at
        return max(self.due_at, self.certain_since)


def runs_of(policy: Policy, case: Case, facts: list[Fact], now: datetime, working: WorkingCalendar) -> list[Run]:
    """Every run of every clock of the policy, in the policy's order and then by start."""
    if case.merged_at is not None:
        return _until_merged(policy, case, facts, case.merged_at, working)
    return _runs(policy, case, facts, now, working)


def _until_merged(
    policy: Policy, case: Case, facts: list[Fact], merged_at: datetime, working: WorkingCalendar
) -> list[Run]:
    """003§33.4: a duplicate is judged as it stood when it was merged; what still ran then is cancelled, also where it
    was late: the delay is charged once, in the case that goes on. A day's duty that was missed stays missed.
    """
    known = [fact for fact in facts if fact.at <= merged_at and not is_merger(fact)]
    runs: list[Run] = []
    for run in _runs(policy, case, known, merged_at, working):
        if run.stopped_at is not None:
            runs.append(run)
        elif run.clock.type == "daily":
            runs += [run] if run.due_at is not None and run.due_at < merged_at else []
        else:
            steps = (*run.steps, f"并入 {case.merged_into or '另案'}")
            runs.append(replace(run, stopped_at=merged_at, state=ClockState.cancelled, steps=steps))
    return runs


def _runs(policy: Policy, case: Case, facts: list[Fact], now: datetime, working: WorkingCalendar) -> list[Run]:
    runs: list[Run] = []
    for clock in policy.clock:
        watched = policy.watched[clock.id]
        seen = [fact for fact in facts if fact.name in watched]
        found: Iterable[Run]
        match clock:
            case SpanClock():
                found = _span(clock, case, seen, now, working)
            case DailyClock():
                found = _daily(clock, case, seen, now, working)
            case DeadlineClock():
                found = _deadline(clock, case, seen, now)
            case _:
                assert_never(clock)
        if clock.id in policy.conditional:
            found = (run for each in found if (run := _while_it_applies(each, case)) is not None)
        runs += found
    return runs


def _while_it_applies(run: Run, case: Case) -> Run | None:
    """The run as the case was judged while it ran: cancelled when its condition ceased to hold, None if it never did.

    What a case is judged to be counts from its beginning: a complaint found invalid in the afternoon had to be answered
    from its registration on.
    """
    judged = [(entry.since, fits_case(run.clock.case, entry)) for entry in case.history]
    done = run.stopped_at is not None and run.state is not ClockState.cancelled
    until = run.stopped_at or judged[-1][0]
    if judged[-1][1] or (done and fits_case(run.clock.case, case.at(until))):
        return run
    left = [since for (_, held), (since, holds) in pairwise(judged) if held and not holds and since >= run.started_at]
    if not left:
        return None
    return replace(run, stopped_at=min(left[-1], run.stopped_at or left[-1]), state=ClockState.cancelled)


def _span(clock: SpanClock, case: Case, facts: list[Fact], now: datetime, working: WorkingCalendar) -> Iterable[Run]:
    runs: list[Run] = []
    run: Run | None = None
    done = False
    for fact in facts:
        if run is not None:
            ended = _end(clock, run, fact)
            if ended is not None:
                runs.append(ended)
                run = None
                continue
            if fact.name == "extension_granted" and clock.extended and run.due_at and fact.at <= run.due_at:
                run = _extended(run, clock.extended, working)
                continue
            for index, holder in enumerate(clock.liable):
                if holder.until == fact.name:
                    held = list(run.holders)
                    held[index] = (holder.post, fact.at)
                    run = replace(run, holders=tuple(held))
            continue
        done = done or (clock.early_stop and any(fact.fits(t) for t in clock.stop))
        trigger = next((t for t in clock.start if fact.fits(t)), None)
        if trigger is None or done or (not clock.repeats and any(r.state is not ClockState.cancelled for r in runs)):
            continue
        run = _started(clock, trigger, fact, case, working)
        # A visit that carries the plan starts and fulfils the plan's clock at once.
        ended = _end(clock, run, fact)
        if ended is not None:
            runs.append(ended)
            run = None
    if run is not None:
        runs.append(_settled(run, None, now))
    return runs


def _started(clock: SpanClock, trigger: Trigger, fact: Fact, case: Case, working: WorkingCalendar) -> Run:
    start = own = fact.instant(trigger.at)
    steps: tuple[str, ...] = ()
    if fact is case.registered:
        steps = ("联系结束时间已更正",) if trigger.at != "occurred_at" and fact.data.get(MOVED) else ()
        start = min(own, case.inherited(trigger.at) or own)
    due = due_after(clock.length, start, working)
    return Run(
        clock=clock,
        started_at=start,
        start_label=trigger.at if trigger.at != "occurred_at" else fact.name,
        due_at=due,
        holders=tuple((holder.post, None if holder.until is None else datetime.max.replace(tzinfo=start.tzinfo))
                      for holder in clock.liable),
        provisional=is_provisional(clock.length, start, due, working),
        certain_since=certain_since(clock.length, start, due, working),
        steps=("自合并各案中最早者起算",) if start < own else steps,
    )  # fmt: skip


def _extended(run: Run, length: Length, working: WorkingCalendar) -> Run:
    """004§5: a longer time from the same start; granted after the deadline it changes nothing."""
    due = due_after(length, run.started_at, working)
    if run.due_at is not None and due <= run.due_at:
        return run
    return replace(
        run,
        due_at=due,
        provisional=is_provisional(length, run.started_at, due, working),
        certain_since=certain_since(length, run.started_at, due, working),
        steps=(*run.steps, f"经批准延长为 {length.label}"),
    )


def _end(clock: SpanClock, run: Run, fact: Fact) -> Run | None:
    """The run as this fact ends it, or None where it does not."""
    for trigger in clock.cancel:
        if fact.fits(trigger):
            return replace(run, stopped_at=fact.instant(trigger.at), state=ClockState.cancelled)
    for trigger in clock.stop:
        if fact.fits(trigger) and fact.instant(trigger.at) >= run.started_at:
            return _settled(run, fact.instant(trigger.at), fact.at)
    if fact.name == "case_closed" and not clock.outlives_case:
        # Nothing is owed any more; what was late by then stays late.
        if run.due_at is None or fact.at <= run.due_at:
            return replace(run, stopped_at=fact.at, state=ClockState.cancelled)
        return _settled(run, fact.at, fact.at)
    return None


def _settled(run: Run, stopped_at: datetime | None, now: datetime) -> Run:
    """003§14 and all others: stopped exactly at its due time, a clock is met."""
    late = run.due_at is not None and (stopped_at or now) > run.due_at
    on_time = ClockState.running if stopped_at is None else ClockState.met
    return replace(run, stopped_at=stopped_at, state=ClockState.breached if late else on_time)


def _daily(clock: DailyClock, case: Case, facts: list[Fact], now: datetime, working: WorkingCalendar) -> Iterable[Run]:
    zone = working.zone
    start = next((f for f in facts if any(f.fits(t) for t in clock.start)), None)
    if start is None or not fits_case(clock.case, case.at(start.at)):
        return
    entries: dict[date, datetime] = {}
    for fact in facts:
        trigger = next((t for t in clock.entries if fact.fits(t)), None)
        if trigger is not None:
            instant = fact.instant(trigger.at).astimezone(zone)
            entries.setdefault(instant.date(), instant)
    changes = [f for f in facts if f.name in clock.pending or f.name in clock.resumed or f.name == "case_closed"]
    holders = tuple((holder.post, None) for holder in clock.liable)
    day = start.at.astimezone(zone).date() + timedelta(days=1)
    last = (min(case.closed_at, now) if case.closed_at else now).astimezone(zone).date()
    while day <= last:
        begins, due = (datetime.combine(day, moment, zone) for moment in (datetime.min.time(), clock.by))
        entered = entries.get(day)
        if entered is not None and entered <= due:
            yield Run(clock, begins, "day", due, entered, ClockState.met, holders)
        elif not _suspended(clock, changes, min(due, now)):
            state = ClockState.breached if now > due else ClockState.running
            yield Run(clock, begins, "day", due, None, state, holders)
        day += timedelta(days=1)


def _suspended(clock: DailyClock, changes: list[Fact], at: datetime) -> bool:
    """Whether, at the instant, an application is pending or accepted."""
    suspended = False
    for fact in changes:
        if fact.at > at:
            break
        suspended = fact.name not in clock.resumed
    return suspended


def _deadline(clock: DeadlineClock, case: Case, facts: list[Fact], now: datetime) -> Iterable[Run]:
    start: Fact | None = None
    required: datetime | None = None
    agreed: datetime | None = None
    stopped: Fact | None = None
    steps: list[str] = []
    for fact in facts:
        if fact.name in ("complaint_registered", "order_submitted") and fact.data.get(clock.required):
            required = fact.instant(clock.required)
        if start is None and any(fact.fits(t) for t in clock.start):
            start = fact
        if any(fact.fits(t) for t in clock.stop):
            stopped = fact
        elif fact.name in clock.unstop:
            stopped = None
        for source in clock.agreed:
            if fact.name == source.on and fact.data.get(source.field) and fact.data.get("signed"):
                in_force = _earlier(_earlier(required, case.inherited(clock.required, fact.at)), agreed)
                if in_force is None or fact.at <= in_force:
                    agreed = fact.instant(source.field)
                    steps.append("商定时间已由客户签字")
                else:
                    steps.append("到期后商定的时间不改变期限")
    inherited = case.inherited(clock.required)
    due = _earlier(_earlier(required, inherited), agreed)
    if start is None or (due is None and clock.optional):
        return
    if due is not None and agreed is not None and required is not None:
        steps.append("取要求完成时间与商谈完成时间中较早者")
    if inherited is not None and due == inherited != _earlier(required, agreed):
        steps.append("取合并各案中最早的要求完成时间")
    run = Run(clock, start.at, start.name, due, holders=tuple((h.post, None) for h in clock.liable), steps=tuple(steps))
    if stopped is None and case.closed_at is not None and due is not None and case.closed_at <= due:
        yield replace(run, stopped_at=case.closed_at, state=ClockState.cancelled)
    else:
        yield _settled(run, stopped.at if stopped else case.closed_at, now)


def _earlier(first: datetime | None, second: datetime | None) -> datetime | None:
    return min((moment for moment in (first, second) if moment is not None), default=None)
