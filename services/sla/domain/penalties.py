"""H1-H4: money and proposals of a case, from its clocks' runs. A delay still running grows by itself with `now`."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import assert_never

from services.sla.domain.clocks import MOMENT, ClockState, Run
from services.sla.domain.facts import Fact
from services.sla.domain.holders import Office, units_by_person
from shared.kernel.money import Fen, fen
from shared.policy.base import Cash, Share
from shared.policy.clocks import (
    BreachPenalty,
    DailyBracketPenalty,
    DelayProposal,
    FindingPenalty,
    IntervalPenalty,
    Penalty,
)

DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Charge:
    """What one person owes under one rule in one case. `amount` is None where it is `percent` of a base (`of`).

    `growing`: the delay still runs. `reasons` hold the arithmetic, in Chinese.
    """

    rule: str
    name: str
    clause: str
    person: str | None
    units: int
    amount: Fen | None
    percent: int | None = None
    of: str | None = None
    growing: bool = False
    reasons: tuple[str, ...] = field(default_factory=tuple)


def charges_of(office: Office, runs: list[Run], facts: list[Fact], now: datetime) -> list[Charge]:
    """All charges, one row a person and rule, in the policy's order."""
    charges: list[Charge] = []
    for penalty in office.policy.penalty:
        late = [run for run in runs if not isinstance(penalty, FindingPenalty) and run.clock.id == penalty.clock]
        parts: Iterable[Charge]
        match penalty:
            case IntervalPenalty():
                parts = (part for run in late for part in _intervals(office, penalty, run, now))
            case BreachPenalty():
                parts = (part for run in late for part in _breach(office, penalty, run, now))
            case DailyBracketPenalty():
                parts = (part for run in late for part in _days(office, penalty, run, now))
            case FindingPenalty():
                parts = _findings(penalty, facts)
            case _:
                assert_never(penalty)
        charges += _merged(parts)
    return charges


def _merged(parts: Iterable[Charge]) -> list[Charge]:
    """One row a person: a draft returned and late again adds to the same row."""
    rows: dict[str | None, Charge] = {}
    for part in parts:
        row = rows.get(part.person)
        if row is None:
            rows[part.person] = part
            continue
        amount = None if row.amount is None or part.amount is None else Fen(row.amount + part.amount)
        percent = None if row.percent is None or part.percent is None else row.percent + part.percent
        rows[part.person] = Charge(
            row.rule, row.name, row.clause, row.person, row.units + part.units, amount, percent, row.of,
            row.growing or part.growing, (*row.reasons, *part.reasons),
        )  # fmt: skip
    return list(rows.values())


def _intervals(office: Office, rule: IntervalPenalty, run: Run, now: datetime) -> Iterable[Charge]:
    """003§18: each interval on the one who holds the step when it completes; 4 min 59 s late is 0, 5 min is 1."""
    end, every = run.late_until(now), rule.every.elapsed
    if end is None or run.due_at is None or every is None:
        return
    late = end - run.due_at
    number = late // every if rule.count == "full" else -(-late // every)
    if number <= 0:
        return
    first = _first_incurred(rule, run.due_at, every)
    free = _units_until(run.certain_since, first, every, number)
    if free == number:
        return

    def responsible(at: datetime) -> str | None:
        return office.responsible(run, at)

    each = fen(rule.amount.yuan)
    spared = f"（节假日安排载入前的 {free} 次不计）" if free else ""
    first += every * free
    for person, units in units_by_person(responsible, office.changes(run), first, every, number - free).items():
        counted = "满" if rule.count == "full" else "每始"
        yield Charge(
            rule.rule, rule.name, rule.clause, person, units, Fen(units * each), growing=run.stopped_at is None,
            reasons=(f"超时 {span(late)}，{counted} {rule.every.label} {units} 次 × {rule.amount.yuan} 元{spared}",),
        )  # fmt: skip


def _first_incurred(rule: IntervalPenalty, due: datetime, every: timedelta) -> datetime:
    """When the first interval costs: at its end, or at its beginning where started ones count."""
    return due + (every if rule.count == "full" else timedelta(0))


def _units_until(since: datetime | None, first: datetime, every: timedelta, number: int) -> int:
    """How many of the instants first, first + every, … fall before a due time became certain, or on that instant."""
    return 0 if since is None or since < first else min((since - first) // every + 1, number)


def _breach(office: Office, rule: BreachPenalty, run: Run, now: datetime) -> Iterable[Charge]:
    """003§35: once for each run that was missed, on who answered for it when it was due."""
    if run.late_until(now) is None or run.due_at is None or not run.is_charged(run.due_at):
        return
    person = office.responsible(run, run.due_at)
    when = run.due_at.astimezone(office.directory.zone(office.case.project_id)).strftime("%m-%d %H:%M")
    yield _fixed(rule, person, f"应于 {when} 前完成，未按时完成")


def _findings(rule: FindingPenalty, facts: list[Fact]) -> Iterable[Charge]:
    for fact in facts:
        if fact.name == "finding_recorded" and fact.data["kind"] in rule.findings:
            yield _fixed(rule, fact.data["person"], "稽核查实")


def _fixed(rule: BreachPenalty | FindingPenalty, person: str | None, why: str) -> Charge:
    match rule.amount:
        case Cash(yuan=amount):
            reason = f"{why}：{amount} 元"
            return Charge(rule.rule, rule.name, rule.clause, person, 1, fen(amount), reasons=(reason,))
        case Share(percent=percent, of=of):
            reason = f"{why}：{percent}% {BASES.get(of, of)}"
            return Charge(rule.rule, rule.name, rule.clause, person, 1, None, percent, of, reasons=(reason,))
        case _:
            assert_never(rule.amount)


BASES = {"monthly_bonus": "月度综合奖金"}


def _days(office: Office, rule: DailyBracketPenalty, run: Run, now: datetime) -> Iterable[Charge]:
    """003§36.1-2: each started day of delay costs its bracket's rate, on who answers when the day begins."""
    end = run.late_until(now)
    if end is None or run.due_at is None:
        return
    late = end - run.due_at
    number = -(-late // DAY) if rule.day == "started" else late // DAY
    reached = next((b.yuan for b in rule.brackets if b.first <= number <= b.last), rule.brackets[-1].yuan)
    owed: dict[str | None, dict[int, int]] = {}
    for day in range(1, min(number, rule.brackets[-1].last) + 1):
        begins = run.due_at + DAY * (day - 1)
        if not run.is_charged(begins if rule.day == "started" else begins + DAY):
            continue
        person = office.person(rule.post, begins)
        if rule.unless_post is not None and person == office.person(rule.unless_post, begins):
            continue
        rate = next(b.yuan for b in rule.brackets if b.first <= day <= b.last)
        rate = reached if rule.method == "whole" else rate
        by_rate = owed.setdefault(person, {})
        by_rate[rate] = by_rate.get(rate, 0) + 1
    growing = run.stopped_at is None and number < rule.brackets[-1].last
    for person, by_rate in owed.items():
        terms = " + ".join(f"{days} 天 × {rate} 元" for rate, days in by_rate.items())
        yield Charge(
            rule.rule, rule.name, rule.clause, person, sum(by_rate.values()),
            fen(sum(rate * days for rate, days in by_rate.items())), growing=growing,
            reasons=(f"超期 {span(late)}，计 {number} 天：{terms}",),
        )  # fmt: skip


def next_wakes(office: Office, runs: list[Run], now: datetime) -> list[datetime]:
    """When the case changes by itself: a clock passes its due time, a delay reaches a proposal, or its first unit falls
    to somebody new.
    """
    instants: list[datetime] = []
    changes = office.changes()
    for run in runs:
        if run.due_at is None or run.stopped_at is not None:
            continue
        if run.state is ClockState.running:
            instants.append(run.due_at + MOMENT)
        instants += (at for penalty in office.policy.penalty if (at := _first_charged(penalty, run)) is not None)
        instants += (at for change in changes for at in _units_after(office, run, change))
        for rule in office.policy.proposal:
            if isinstance(rule, DelayProposal) and rule.clock == run.clock.id and run.late_from is not None:
                instants.append(run.late_from + DAY * (rule.from_day - 1) + MOMENT)
    return [at for at in instants if at > now]


def _units_after(office: Office, run: Run, change: datetime) -> Iterable[datetime]:
    """The next unit of each sum that grows with the delay: from then on the new holder has an entry of his own."""
    if run.due_at is None or change < run.due_at:
        return
    for penalty in office.policy.penalty:
        if isinstance(penalty, IntervalPenalty) and penalty.clock == run.clock.id and penalty.every.elapsed:
            every = penalty.every.elapsed
        elif isinstance(penalty, DailyBracketPenalty) and penalty.clock == run.clock.id:
            every = DAY
        else:
            continue
        yield run.due_at - (run.due_at - change) // every * every + MOMENT


def _first_charged(penalty: Penalty, run: Run) -> datetime | None:
    """When a delay costs for the first time, which may be after its beginning. From then on it grows by itself."""
    if run.due_at is None or run.provisional or isinstance(penalty, FindingPenalty) or penalty.clock != run.clock.id:
        return None
    match penalty:
        case IntervalPenalty():
            every = penalty.every.elapsed or DAY
            first = _first_incurred(penalty, run.due_at, every)
        case DailyBracketPenalty():
            every, first = DAY, run.due_at if penalty.day == "started" else run.due_at + DAY
        case _:
            return None
    if run.certain_since is not None and run.certain_since >= first:
        first += every * ((run.certain_since - first) // every + 1)
    return first + MOMENT


def span(length: timedelta) -> str:
    """A length in Chinese, without what is zero: 1 天 2 小时 5 分钟 3 秒."""
    seconds = int(length.total_seconds())
    parts = [
        (seconds // 86400, "天"),
        (seconds // 3600 % 24, "小时"),
        (seconds // 60 % 60, "分钟"),
        (seconds % 60, "秒"),
    ]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "不足 1 秒"


def explain_charge(charge: Charge) -> str:
    """The charge by its clause, with the arithmetic: what a person concerned is shown."""
    total = "" if charge.amount is None else f"，合计 {charge.amount // 100} 元"
    shown = charge.reasons if len(charge.reasons) <= 8 else (*charge.reasons[:8], f"……共 {charge.units} 次")
    return f"{charge.clause}：{'；'.join(shown)}{total}"
