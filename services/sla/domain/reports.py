"""I2-I5, J1-J4: when a report falls due, what period it is about, and which cases it lists. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.org.model import Directory
from shared.policy.model import Policy
from shared.policy.reports import WEEKDAYS, Report

Row = Mapping[str, Any]
"""A case as kept: the columns of the table `case`."""

MOST_ROWS = 5_000
"""So many cases stand in one report; its number and summary count all."""

QUARTER = (1, 4, 7, 10)


@dataclass(frozen=True, slots=True)
class Slot:
    """One making of a report: its instant, the name of its period, and the period's first and last local day."""

    at: datetime
    period: str
    first: date
    last: date


def latest_slot(report: Report, now: datetime, zone: ZoneInfo) -> Slot:
    """The slot that came last, at `now` or before."""
    day = _latest_day(report, now.astimezone(zone).date())
    if datetime.combine(day, report.at, zone) > now:
        day = _latest_day(report, day - timedelta(days=1))
    return _slot(report, day, zone)


def next_slot(report: Report, now: datetime, zone: ZoneInfo) -> datetime:
    """The first instant after `now` at which the report falls due."""
    day = now.astimezone(zone).date()
    while (found := _slot(report, _latest_day(report, day), zone).at) <= now:
        day += timedelta(days=1 if report.every in ("day", "week") else 20)
    return found


def is_current(report: Report, slot: Slot, now: datetime, zone: ZoneInfo) -> bool:
    """Whether it is still to be made: a day's report on that local day only, the others until the next one."""
    return report.every != "day" or now.astimezone(zone).date() == slot.at.astimezone(zone).date()


def _latest_day(report: Report, day: date) -> date:
    """The day of the report at or before the given one."""
    match report.every:
        case "day":
            return day
        case "week":
            return day - timedelta(days=(day.weekday() - WEEKDAYS.index(report.weekday or "monday")) % 7)
        case "month":
            months = range(1, 13)
        case "quarter":
            months = range(1, 13, 3)
        case "year":
            months = range(1, 2)
    days = [date(year, month, report.day) for year in (day.year - 1, day.year) for month in months]
    return max(each for each in days if each <= day)


def _slot(report: Report, day: date, zone: ZoneInfo) -> Slot:
    at = datetime.combine(day, report.at, zone)
    first = day.replace(day=1)
    match report.every:
        case "day":
            return Slot(at, f"{day}", day - timedelta(days=1), day)
        case "week":
            year, week, _ = day.isocalendar()
            return Slot(at, f"{year}-W{week:02d}", day - timedelta(days=7), day)
        case "month":
            last = first - timedelta(days=1)
            return Slot(at, f"{last:%Y-%m}", last.replace(day=1), last)
        case "quarter":
            last = first - timedelta(days=1)
            return Slot(at, f"{last.year}-Q{last.month // 3}", date(last.year, last.month - 2, 1), last)
        case "year":
            return Slot(at, f"{day.year - 1}", date(day.year - 1, 1, 1), date(day.year - 1, 12, 31))


def is_listed(report: Report, policy: Policy, slot: Slot, row: Row, zone: ZoneInfo) -> bool:
    """Whether the case, as it stood at the slot's instant, stands in the report.

    The time since the report before ends at the instant itself, and what falls on both ends belongs to the earlier.
    """
    if row["registered_at"] is None or not report.case.holds(row, {}):
        return False
    since, until = span(report, slot, zone)
    open_then = row["closed_at"] is None
    match report.of:
        case "unfinished":
            return open_then
        case "overdue":
            return row["done_at"] is None and row["due_at"] is not None and row["due_at"] < slot.at
        case "slow":
            return row["slow_due_at"] is not None and row["slow_due_at"] < slot.at
        case "leftover":
            return open_then and bool(row["registered_at"] < _begin(slot, report, zone))
        case "registered":
            return bool(since < row["registered_at"] <= until)
        case "closed":
            return row["closed_at"] is not None and not row["merged"] and bool(since < row["closed_at"] <= until)
        case _:
            return False


def span(report: Report, slot: Slot, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """What happened after the first and up to the second instant is of the period."""
    if report.every in ("day", "week"):
        return datetime.combine(slot.first, report.at, zone), slot.at
    moment = timedelta(microseconds=1)
    begins = datetime.combine(slot.first, datetime.min.time(), zone)
    return begins - moment, datetime.combine(slot.last + timedelta(days=1), datetime.min.time(), zone) - moment


def _begin(slot: Slot, report: Report, zone: ZoneInfo) -> datetime:
    """Before this instant a case must have come in to be left over: the beginning of this week, month or year."""
    day = slot.at.astimezone(zone).date()
    if report.every == "week":
        day -= timedelta(days=day.weekday())
    elif report.every != "day":
        day = slot.last + timedelta(days=1)
    return datetime.combine(day, datetime.min.time(), zone)


COLUMNS = (
    ("number", "投诉编号"), ("project", "项目"), ("category", "类别"), ("severity", "级别"),
    ("department", "责任部门"), ("liable", "责任人"), ("state", "状态"), ("registered_at", "登记时间"),
    ("due_at", "应完成时间"), ("days_late", "超期天数"), ("slow_since", "应更新未更新自"), ("closed_at", "结案时间"),
)  # fmt: skip


def shown(row: Row, policy: Policy, directory: Directory, at: datetime) -> dict[str, Any]:
    """A case's line in a list; local times as text. No word of the customer's: lists go round."""
    zone = directory.zone(row["project_id"])
    project, category = directory.project(row["project_id"]), policy.categories.get(row["category"] or "")
    severities = {severity.id: severity.name for severity in policy.record.severities}

    def local(moment: datetime | None) -> str:
        return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M") if moment else ""

    late, slow = row["done_at"] is None and row["due_at"] is not None and row["due_at"] < at, row["slow_due_at"]
    company = directory.company(row["company"] or "")
    units = {unit.id: unit.name for unit in company.departments} if company else {}
    return {
        "complaint": str(row["complaint_id"]),
        "number": row["number"],
        "project": project.name if project else row["project_id"],
        "category": category.name if category else row["category"] or "",
        "severity": severities.get(row["severity"], row["severity"]),
        "department": units.get(row["department"], row["department"] or ""),
        "liable": directory.name_of(row["liable"]),
        "state": policy.state_names.get(row["state"], row["state"]),
        "registered_at": local(row["registered_at"]),
        "due_at": local(row["due_at"]),
        "days_late": -(-(at - row["due_at"]) // timedelta(days=1)) if late else "",
        "slow_since": local(slow) if slow is not None and slow < at else "",
        "closed_at": local(row["closed_at"]),
    }


def summary_of(lines: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """J4: how many of each category, severity, state and project."""
    counts: dict[str, Counter[str]] = {key: Counter() for key in ("category", "severity", "state", "project")}
    for line in lines:
        for key, counter in counts.items():
            counter[line[key] or "未定"] += 1
    return {key: dict(sorted(counter.items())) for key, counter in counts.items()}
