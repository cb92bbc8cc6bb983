"""J1-J3: all figures of a period at once, for the dashboard: few statements over the cases, divided here."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from time import perf_counter
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.kpi import Numbers, ranked, rates, together
from services.sla.domain.periods import Period
from services.sla.repository import CASE
from services.sla.usecases.kpi import (
    SCORED,
    By,
    Question,
    clocks_of,
    findings,
    item,
    name_of,
    numbers_of,
    ranking_rules,
)
from services.sla.usecases.seen import chosen, place_of, within
from shared.org.model import Directory
from shared.policy.library import DEFAULT_POLICY
from shared.room.room import Actor, Room

PARTS: tuple[By, ...] = ("company", "project", "department", "category", "severity")
KEEP_FOR, DEAR, MOST_KEPT = timedelta(seconds=10), 0.3, 64
"""What took so many seconds to count is shown again for so long to whoever asks the same of the same place."""
_BETWEEN = "\x1f"
Rows = list[dict[str, Any]]


@dataclass(slots=True)
class Dashboard:
    """`total` and `before` are of the period and the one before it; the lists are in the order they are shown in."""

    total: dict[str, Any]
    before: dict[str, Any]
    groups: Rows
    trend: Rows
    severities: Rows
    categories: Rows
    clocks: Rows
    officers: Rows
    centres: Rows
    people: Rows
    companies: Rows


class _Cube(Question):
    """Grouped by all of `PARTS` together."""

    __slots__ = ()

    def key(self, day: Any) -> Any:
        columns = (CASE.c["project_id" if part == "project" else part] for part in PARTS)
        texts = [func.coalesce(column, "") for column in columns]
        joined: Any = texts[0]
        for text in texts[1:]:
            joined = joined.concat(_BETWEEN).concat(text)
        return joined

    def of(self, key: Any) -> str:
        return str(key)


async def dashboard(room: Room, viewer: Actor, period: Period, by: By, filters: Mapping[str, str | None]) -> Dashboard:
    """Within the viewer's place. Raises Refused(role.not_allowed) for who holds no post."""
    now = room.clock.now()
    kept: dict[Any, tuple[datetime, Dashboard]] = room.extra.setdefault("dashboards", {})
    async with room.db.read() as session:
        directory = await room.directory(session)
        place = place_of(directory, viewer, now)
        name = (repr(place), period, by, *sorted(filters.items()))
        if name in kept and timedelta(0) <= now - kept[name][0] < KEEP_FOR:
            return kept[name][1]
        began = perf_counter()
        where = [*chosen(filters), *within(directory, place)]
        found = await _computed(room, session, directory, where, period, by, now)
    if perf_counter() - began > DEAR:
        if len(kept) >= MOST_KEPT:
            kept.clear()
        kept[name] = (now, found)
    return found


async def _computed(
    room: Room, session: AsyncSession, directory: Directory, where: list[Any], period: Period, by: By, now: datetime
) -> Dashboard:
    def asked(by: By, of: Period = period) -> Question:
        return Question(of.first, of.last, by, where, clocks=False)

    cube = await numbers_of(session, directory, _Cube(period.first, period.last, "category", where, clocks=False), now)
    clocks = await clocks_of(session, asked("company"))
    parts = {part: _divided(cube, number) for number, part in enumerate(PARTS)}
    for level in ("company", "project"):
        for key, number in await findings(session, directory, asked(level)):
            parts[level].setdefault(key or "", Numbers()).findings += number
    parts["officer"] = await numbers_of(session, directory, asked("officer"), now)
    people = await numbers_of(session, directory, asked("person"), now)
    trend = await numbers_of(session, directory, asked("month" if period.step == "month" else "day"), now)
    before = await numbers_of(session, directory, asked("company", period.before), now)
    today = now.astimezone(ZoneInfo(directory.timezone)).date()
    rules = ranking_rules(room)

    def rows(by: By) -> Rows:
        return [item(key, numbers, by, directory, rules) for key, numbers in sorted(parts[by].items())]

    total = together(cube.values())
    total.findings = sum(one.findings for one in parts["company"].values())
    companies, projects, officers = rows("company"), rows("project"), rows("officer")
    groups = {"company": companies, "project": projects, "officer": officers}.get(by) or rows(by)
    words = _words(room)
    return Dashboard(
        total=rates(total),
        before=rates(together(before.values())),
        groups=ranked(groups, "score" if by in SCORED else "on_time_rate"),
        trend=[{"key": key, "name": key, **rates(trend.get(key, Numbers()))} for key in period.steps(today)],
        severities=_named(rows("severity"), words.severities),
        categories=_named(rows("category"), words.categories),
        clocks=_clocks(clocks, words.clocks),
        officers=ranked([row for row in officers if row["window_ratings"]], "window_rating"),
        centres=ranked([row for row in projects if row["key"]], "centre_score"),
        people=_charged(people, directory),
        companies=sorted((row for row in companies if Decimal(row["penalties"])), key=_sum, reverse=True),
    )


def _divided(cube: Mapping[str, Numbers], number: int) -> dict[str, Numbers]:
    found: dict[str, list[Numbers]] = {}
    for key, numbers in cube.items():
        found.setdefault(key.split(_BETWEEN)[number], []).append(numbers)
    return {key: together(many) for key, many in found.items()}


@dataclass(frozen=True, slots=True)
class _Words:
    severities: dict[str, str]
    categories: dict[str, str]
    clocks: dict[str, tuple[str, str]]


def _words(room: Room) -> _Words:
    """What the policies call things; the default policy's word stands before another's for the same id."""
    policies = sorted(room.policies.all(), key=lambda policy: policy.id == DEFAULT_POLICY)
    return _Words(
        {one.id: one.name for policy in policies for one in policy.record.severities},
        {one.id: one.name for policy in policies for one in policy.category},
        {one.id: (one.name, one.clause) for policy in policies for one in policy.clock},
    )


def _named(rows: Rows, names: Mapping[str, str]) -> Rows:
    """The most frequent first."""
    named = [row | {"name": names.get(row["key"], row["key"])} for row in rows if row["registered"] or row["due"]]
    return sorted(named, key=lambda row: (-row["registered"], row["key"]))


def _clocks(total: Numbers, names: Mapping[str, tuple[str, str]]) -> Rows:
    """The least kept first."""
    found: Rows = [
        {"key": clock, "name": names.get(clock, (clock, ""))[0], "clause": names.get(clock, ("", ""))[1], **counts}
        for clock, counts in rates(total)["clocks"].items()
    ]
    return sorted(found, key=lambda row: (row["on_time_rate"] is None, row["on_time_rate"], row["key"]))


def _charged(people: Mapping[str, Numbers], directory: Directory) -> Rows:
    charged = [
        {"key": key, "name": name_of(key, "person", directory), **rates(numbers)}
        for key, numbers in people.items()
        if numbers.penalties_fen
    ]
    return sorted(charged, key=_sum, reverse=True)


def _sum(row: Mapping[str, Any]) -> tuple[Decimal, str]:
    return Decimal(row["penalties"]), str(row["key"])
