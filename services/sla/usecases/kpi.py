"""J1-J3: rates of any range of days, by company, project, person, kind or time, and the cases behind each number."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, case, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.kpi import Numbers, parts_of, ranked, rates, score
from services.sla.domain.reports import shown
from services.sla.domain.standing import runs_counts
from services.sla.repository import CASE, FACT, JOURNAL
from services.sla.usecases.seen import after, chosen, cursor_of, days_between, place_of, within
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.org.model import Directory, Post
from shared.policy.library import DEFAULT_POLICY
from shared.policy.reports import Ranking
from shared.room.room import Actor, Room

By = Literal["company", "project", "officer", "department", "category", "severity", "day", "month", "person"]
Measure = Literal[
    "registered", "completed", "on_the_spot", "due", "on_time", "late", "closed", "satisfied", "met", "breached",
    "rated", "penalised", "found",
]  # fmt: skip
SCORED = ("company", "project")
LEVELS = ("company", "project", "officer")


@dataclass(frozen=True, slots=True)
class Question:
    """Which cases, over which local days, grouped by what; `clocks`: with the results of their clocks."""

    first: date
    last: date
    by: By
    where: list[ColumnElement[bool]]
    clocks: bool = True

    def key(self, day: Any) -> Any:
        """The column that groups; `day` is the local day by which the number counts."""
        columns = {"project": CASE.c.project_id, "day": day, "month": day}
        return columns[self.by] if self.by in columns else CASE.c[self.by]

    def of(self, key: Any) -> str:
        return f"{key:%Y-%m}" if self.by == "month" and key is not None else str(key or "")

    def during(self, day: Any) -> list[ColumnElement[bool]]:
        return [day.between(self.first, self.last), *self.where]


async def kpi(
    room: Room, viewer: Actor, first: str, last: str, by: By, filters: Mapping[str, str | None]
) -> dict[str, Any]:
    """The rates of each group, and of all together. Companies and projects are scored and ranked by the policy's
    weights. Raises Refused: role.not_allowed, field.invalid.
    """
    now, (since, until) = room.clock.now(), days_between(first, last)
    if by == "day" and (until - since).days > 400:
        raise Refused(Code.field_invalid, "to: 按日统计至多 400 天", field="to")
    async with room.db.read() as session:
        directory = await room.directory(session)
        where = [*chosen(filters), *within(directory, place_of(directory, viewer, now))]
        found = await numbers_of(session, directory, Question(since, until, by, where), now)
    rules = ranking_rules(room)
    items = [item(key, numbers, by, directory, rules) for key, numbers in sorted(found.items())]
    if by in SCORED:
        items = ranked(items)
    elif by == "officer":
        items = ranked(items, "window_rating")
    return {"from": first, "to": last, "by": by, "items": items}


def ranking_rules(room: Room) -> Ranking:
    """The weights: those of the default policy where it is in use here, else of the first that is."""
    ids = room.policies.ids
    return room.policies.versions(DEFAULT_POLICY if DEFAULT_POLICY in ids else ids[0])[-1].ranking


def item(key: str, numbers: Numbers, by: By, directory: Directory, rules: Ranking) -> dict[str, Any]:
    made = {"key": key, "name": name_of(key, by, directory), **rates(numbers)}
    if by in SCORED:
        parts = parts_of(numbers, rules)
        made |= {"score": score(parts, rules.weights), "centre_score": score(parts, rules.centre)}
    return made


def name_of(key: str, by: By, directory: Directory) -> str:
    match by:
        case "company":
            company = directory.company(key)
            return company.name if company else key
        case "project":
            project = directory.project(key)
            return project.name if project else key
        case "officer" | "person":
            return directory.name_of(key)
        case "department":
            units = (unit for company in directory.companies for unit in company.departments if unit.id == key)
            return next((unit.name for unit in units), key)
        case _:
            return key


async def numbers_of(
    session: AsyncSession, directory: Directory, question: Question, now: datetime
) -> dict[str, Numbers]:
    """By key. Every number is one statement over an index on its own day."""
    found: dict[str, Numbers] = {}

    def at(key: Any) -> Numbers:
        return found.setdefault(question.of(key), Numbers())

    if question.by != "person":
        for row in await fetch(session, _registered(question)):
            at(row.key).registered += row.n
            at(row.key).on_the_spot += row.spot
            at(row.key).completed += row.done
        for row in await fetch(session, _due(question, now)):
            at(row.key).due += row.n
            at(row.key).on_time += row.done
        for row in await fetch(session, _closed(question)):
            _add_closed(at(row.key), row)
            if question.clocks:
                at(row.key).add_runs(runs_counts(row.runs or ""), row.n)
        for row in await fetch(session, _rated(question)):
            at(row.key).stars += row.stars
            at(row.key).rated += row.n
    for key, number in await findings(session, directory, question):
        at(key).findings += number
    if question.by in ("day", "month"):
        return found
    for row in await fetch(session, _penalties(question, directory)):
        at(row.key).penalties_fen += int(row.fen or 0)
    return found


def _registered(question: Question) -> Any:
    day = CASE.c.registered_on
    key = question.key(day).label("key")
    closed = CASE.c.closed_at.is_not(None)
    counts = func.count().label("n"), _count(and_(CASE.c.on_the_spot, closed), "spot"), _count(closed, "done")
    return select(key, *counts).where(*question.during(day), ~CASE.c.merged).group_by(key)


def _due(question: Question, now: datetime) -> Any:
    day = CASE.c.due_on
    key = question.key(day).label("key")
    decided = or_(CASE.c.done_at.is_not(None), CASE.c.due_at < now)
    counts = func.count().label("n"), _count(CASE.c.done_at <= CASE.c.due_at, "done")
    return select(key, *counts).where(*question.during(day), decided).group_by(key)


def _closed(question: Question) -> Any:
    """Grouped by the clocks' results too: many cases went alike."""
    day = CASE.c.closed_on
    key = question.key(day).label("key")
    sums = (
        func.count().label("n"),
        func.sum(CASE.c.handling_minutes).label("minutes"),
        func.count(CASE.c.handling_minutes).label("timed"),
        func.sum(CASE.c.satisfaction).label("satisfaction"),
        func.count(CASE.c.satisfaction).label("satisfied"),
    )
    runs = [CASE.c.runs] if question.clocks else []
    return select(key, *runs, *sums).where(*question.during(day), ~CASE.c.merged).group_by(key, *runs)


async def clocks_of(session: AsyncSession, question: Question) -> Numbers:
    """Of all cases closed in the period together: how often each clock was met and breached, and nothing else."""
    day = CASE.c.closed_on
    alike = select(CASE.c.runs, func.count().label("n")).where(*question.during(day), ~CASE.c.merged)
    total = Numbers()
    for row in await fetch(session, alike.group_by(CASE.c.runs)):
        total.add_runs(runs_counts(row.runs or ""), row.n)
    return total


def _add_closed(numbers: Numbers, row: Row[Any]) -> None:
    numbers.closed += row.n
    numbers.minutes += int(row.minutes or 0)
    numbers.timed += row.timed
    numbers.satisfaction += int(row.satisfaction or 0)
    numbers.satisfied += row.satisfied


def _rated(question: Question) -> Any:
    day = CASE.c.rated_on
    key = (CASE.c.rated_officer if question.by == "officer" else question.key(day)).label("key")
    sums = func.count().label("n"), func.sum(CASE.c.stars).label("stars")
    return select(key, *sums).where(*question.during(day), CASE.c.stars.is_not(None)).group_by(key)


def _penalties(question: Question, directory: Directory) -> Any:
    """What was written into the journal; by officer and person it is what he owes himself. Not by time."""
    key = (JOURNAL.c.person if question.by in ("person", "officer") else question.key(CASE.c.closed_on)).label("key")
    since, until = instants(question, directory)
    asked = select(key, func.sum(JOURNAL.c.amount_fen).label("fen")).join(
        CASE, CASE.c.complaint_id == JOURNAL.c.complaint_id
    )
    if question.by == "officer":
        asked = asked.where(JOURNAL.c.person == CASE.c.officer)
    return asked.where(JOURNAL.c.at >= since, JOURNAL.c.at < until, *question.where).group_by(key)


def instants(question: Question, directory: Directory) -> tuple[datetime, datetime]:
    """From the first day's beginning to the last one's end, in the directory's zone."""
    zone = ZoneInfo(directory.timezone)
    return (
        datetime.combine(question.first, time.min, zone),
        datetime.combine(question.last + timedelta(days=1), time.min, zone),
    )


async def findings(session: AsyncSession, directory: Directory, question: Question) -> Iterable[tuple[str, int]]:
    """003§39: findings against officers of the project's own centre."""
    if question.by not in LEVELS:
        return []
    keys = {"project": "project_id", "company": "company"}
    return [
        (row.data["person"] if question.by == "officer" else getattr(row, keys[question.by]), 1)
        for row in await _findings_of(session, directory, question)
    ]


async def _findings_of(session: AsyncSession, directory: Directory, question: Question) -> list[Row[Any]]:
    since, until = instants(question, directory)
    rows = await fetch(
        session,
        select(FACT.c.data, FACT.c.at, CASE.c.complaint_id, CASE.c.project_id, CASE.c.company)
        .join(CASE, CASE.c.complaint_id == FACT.c.complaint_id)
        .where(FACT.c.name == "finding_recorded", FACT.c.at >= since, FACT.c.at < until, *question.where),
    )
    return [
        row
        for row in rows
        if row.data["person"] in directory.holders(Post.service_officer, row.project_id, None, row.at)
    ]


def _count(condition: Any, label: str) -> Any:
    return func.coalesce(func.sum(case((condition, 1), else_=0)), 0).label(label)


async def kpi_cases(
    room: Room,
    viewer: Actor,
    first: str,
    last: str,
    measure: Measure,
    filters: Mapping[str, str | None],
    *,
    cursor: str | None = None,
    limit: int = 50,
    clock: str | None = None,
    person: str | None = None,
) -> dict[str, Any]:
    """The cases behind a number, by day. `clock` narrows `met` and `breached`, `person` what was `penalised`."""
    now, (since, until) = room.clock.now(), days_between(first, last)
    async with room.db.read() as session:
        directory = await room.directory(session)
        given = dict(filters)
        # A rating is the officer's who was rated, not his who has the case now.
        rated = [CASE.c.rated_officer == given.pop("officer")] if measure == "rated" and given.get("officer") else []
        where = [*chosen(given), *rated, *within(directory, place_of(directory, viewer, now))]
        question = Question(since, until, "project", where)
        match measure:
            case "penalised":
                day, wanted = CASE.c.registered_on, [_penalised(question, directory, person)]
            case "found":
                day, wanted = CASE.c.registered_on, [await _found(session, directory, question)]
            case "met" | "breached":
                day = CASE.c.closed_on
                alike = await _runs_with(session, question, clock, breached=measure == "breached")
                wanted = [day.between(since, until), ~CASE.c.merged, CASE.c.runs.in_(alike)]
            case _:
                day, further = _measured(measure, now)
                wanted = [day.between(since, until), *further]
        wanted += [*where, *after(day, cursor, kind=date)]
        rows = await fetch(session, select(CASE).where(*wanted).order_by(day, CASE.c.complaint_id).limit(limit + 1))
    items = [case_line(room, directory, row, now) for row in rows[:limit]]
    on = cursor_of(getattr(rows[limit - 1], day.name), rows[limit - 1].complaint_id) if len(rows) > limit else None
    return {"items": items, "next_cursor": on}


def _penalised(question: Question, directory: Directory, person: str | None) -> ColumnElement[bool]:
    since, until = instants(question, directory)
    written = select(JOURNAL.c.complaint_id).where(JOURNAL.c.at >= since, JOURNAL.c.at < until)
    return CASE.c.complaint_id.in_(written if person is None else written.where(JOURNAL.c.person == person))


async def _found(session: AsyncSession, directory: Directory, question: Question) -> ColumnElement[bool]:
    rows = await _findings_of(session, directory, question)
    return CASE.c.complaint_id.in_([row.complaint_id for row in rows])


async def _runs_with(session: AsyncSession, question: Question, clock: str | None, *, breached: bool) -> list[str]:
    """The results that closed cases had and that show a run of the clock, of any clock without, that ended so."""
    texts = select(CASE.c.runs).where(*question.during(CASE.c.closed_on), ~CASE.c.merged).distinct()
    return [
        row.runs
        for row in await fetch(session, texts)
        if any(counts[breached] and clock in (None, name) for name, counts in runs_counts(row.runs or "").items())
    ]


def case_line(room: Room, directory: Directory, row: Row[Any], now: datetime) -> dict[str, Any]:
    return shown(dict(row._mapping), room.policies.get(row.policy_id, row.policy_version), directory, now)


def _measured(measure: Measure, now: datetime) -> tuple[Any, list[ColumnElement[bool]]]:
    """The day a measure counts by, and what else must hold."""
    own = ~CASE.c.merged
    decided = or_(CASE.c.done_at.is_not(None), CASE.c.due_at < now)
    on_time = CASE.c.done_at <= CASE.c.due_at
    match measure:
        case "registered":
            return CASE.c.registered_on, [own]
        case "on_the_spot":
            return CASE.c.registered_on, [own, CASE.c.on_the_spot, CASE.c.closed_at.is_not(None)]
        case "completed":
            return CASE.c.registered_on, [own, CASE.c.closed_at.is_not(None)]
        case "due":
            return CASE.c.due_on, [decided]
        case "on_time":
            return CASE.c.due_on, [on_time]
        case "late":
            return CASE.c.due_on, [decided, or_(CASE.c.done_at.is_(None), ~on_time)]
        case "closed":
            return CASE.c.closed_on, [own]
        case "satisfied":
            return CASE.c.closed_on, [own, CASE.c.satisfaction.is_not(None)]
        case "rated":
            return CASE.c.rated_on, [CASE.c.stars.is_not(None)]
        case "met" | "breached" | "penalised" | "found":
            raise ValueError(f"{measure} counts by no day of the case")
