"""The one idea: the ledger of a case is a function of (policy, facts, directory, now). Nothing else is remembered."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.sla.domain.calendar import WorkingCalendar
from services.sla.domain.clocks import MOMENT, ClockState, Run, runs_of
from services.sla.domain.counters import appealed, counters_of
from services.sla.domain.facts import Case, Fact, in_order, put_right
from services.sla.domain.holders import Office
from services.sla.domain.penalties import Charge, charges_of, next_wakes, span
from services.sla.domain.proposals import Proposal, proposals_of
from shared.org.model import Directory
from shared.policy.clocks import DailyClock
from shared.policy.model import Policy

FACT_LABELS = {
    "contact_ended_at": "联系结束",
    "complaint_registered": "登记",
    "complaint_classified": "分类",
    "complaint_corrected": "记录更正",
    "complaint_transferred": "转办",
    "order_submitted": "督办令报批",
    "order_returned": "督办令退回",
    "order_issued": "督办令签发",
    "order_dispatched": "派工",
    "visit_recorded": "上门回访",
    "visit_material_entered": "回访材料录入",
    "customer_called": "电话联系",
    "plan_entered": "方案录入",
    "closure_applied": "结案申请",
    "claim_raised": "客户提出索赔",
    "claim_decided": "索赔批示",
    "meeting_held": "会议结束",
    "case_closed": "结案",
    "penalty_appealed": "申诉",
    "penalty_waived": "免除扣罚",
    "penalty_upheld": "维持扣罚",
    "day": "当日零时",
}


@dataclass(frozen=True, slots=True)
class Ledger:
    """All that follows from the facts of one case at `now`. `next_change_at` is when it changes without a new fact."""

    case: Case
    office: Office
    runs: list[Run]
    charges: list[Charge]
    counters: list[Charge]
    appeals: frozenset[tuple[str, str]]
    proposals: list[Proposal]
    next_change_at: datetime | None

    def liable_of(self, run: Run, now: datetime) -> str | None:
        """Who answers for the run: at its stop, else when it was due, else now."""
        at = run.stopped_at or (min(run.due_at, now) if run.due_at and not _staged(run) else now)
        return self.office.responsible(run, at)


def _staged(run: Run) -> bool:
    return len(run.holders) > 1


def has_case(facts: Iterable[Fact]) -> bool:
    """Facts may arrive before the registration they belong to; until then there is nothing to compute."""
    return any(fact.name == "complaint_registered" for fact in facts)


def compute(
    policy: Policy, directory: Directory, facts: Iterable[Fact], now: datetime, working: WorkingCalendar
) -> Ledger:
    """The ledger of a case whose registration is among the facts. The order and number of copies play no part."""
    ordered = put_right(in_order(facts))
    case = Case(ordered)
    office = Office(policy, directory, case)
    runs = runs_of(policy, case, ordered, now, working)
    wakes = next_wakes(office, runs, now)
    if case.closed_at is None and case.merged_at is None:
        wakes += _next_duties(policy, ordered, now, working.zone)
    charges = charges_of(office, runs, ordered, now)
    return Ledger(
        case,
        office,
        runs,
        charges,
        counters_of(ordered, charges),
        appealed(ordered),
        proposals_of(office, runs, ordered, now),
        min(wakes, default=None),
    )


def charges_at(
    policy: Policy, directory: Directory, facts: Iterable[Fact], now: datetime, working: WorkingCalendar
) -> list[Charge]:
    """Only what is owed at `now`: a page of a list asks for nothing else."""
    ordered = put_right(in_order(facts))
    case = Case(ordered)
    return charges_of(Office(policy, directory, case), runs_of(policy, case, ordered, now, working), ordered, now)


def _next_duties(policy: Policy, facts: list[Fact], now: datetime, zone: ZoneInfo) -> list[datetime]:
    """A daily duty comes back every day, also after a day on which an application was pending."""
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    return [
        datetime.combine(tomorrow, clock.by, zone) + MOMENT
        for clock in policy.clock
        if isinstance(clock, DailyClock) and any(fact.fits(trigger) for fact in facts for trigger in clock.start)
    ]


def explain_run(run: Run, zone: ZoneInfo, now: datetime) -> str:
    """G2: start, length, calendar, due, stop and clause in one line, in local time."""

    def local(at: datetime) -> str:
        shown = at.astimezone(zone)
        return shown.strftime("%Y-%m-%d %H:%M:%S" if shown.second else "%Y-%m-%d %H:%M")

    parts = [f"{run.clock.clause}：自{FACT_LABELS.get(run.start_label, run.start_label)} {local(run.started_at)} 起"]
    match run.clock.type:
        case "span":
            working = run.clock.length.elapsed is None and run.clock.length.months is None
            parts.append(f"{'按工作时间' if working else '连续计时'} {run.clock.length.label}")
        case "daily":
            parts.append(f"每日 {run.clock.by:%H:%M} 前")
        case "deadline":
            parts.append("至要求或商谈的完成时间")
    parts += run.steps
    parts.append(f"应于 {local(run.due_at)} 前完成" if run.due_at else "尚未确定完成时间")
    if run.provisional:
        parts.append("该年度节假日安排未载入，暂定")
    if run.certain_since is not None and run.due_at is not None and run.due_at <= run.certain_since:
        parts.append(f"节假日安排于 {local(run.certain_since)} 载入，此前的延误不计扣罚")
    late = span((run.stopped_at or now) - run.due_at) if run.due_at else ""
    match run.state:
        case ClockState.cancelled if run.stopped_at:
            parts.append(f"{local(run.stopped_at)} 取消")
        case ClockState.met if run.stopped_at:
            parts.append(f"{local(run.stopped_at)} 完成，按时")
        case ClockState.breached:
            done = f"{local(run.stopped_at)} 完成" if run.stopped_at else "尚未完成"
            parts.append(f"{done}，超时 {late}")
    return "，".join(parts)
