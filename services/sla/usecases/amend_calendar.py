"""G1 over HTTP: the group's after-sales managers load a year or change days, having seen what it would change."""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import Field
from sqlalchemy import or_, select, true

from services.sla.domain.calendars import EVERYWHERE, Calendars, Day, LoadedYear, runs_in_working_time
from services.sla.domain.clocks import ClockState
from services.sla.domain.facts import Fact
from services.sla.domain.sheets import CalendarLine, read_calendar
from services.sla.repository import CALENDAR_CHANGE, CASE, calendars, facts_of_all, ledger_of
from services.sla.usecases.load_calendar import load_calendar, problems_of
from shared.db.statements import fetch
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, InvalidDocument, Refused
from shared.org.acting import posts_for
from shared.org.model import Directory, Post
from shared.room.commands import parse
from shared.room.room import Command, Room, Tx

FILE = "日历"
MOST_TOLD = 20
AT_ONCE = 200
MANAGERS = frozenset({Post.deputy_general_manager, Post.general_manager})


class AmendCalendar(CommandData):
    """`text` is day,working,note in CSV: whole years, or with `single_days` the days to change."""

    text: str = Field(min_length=1, max_length=500_000)
    scope: str = Field(EVERYWHERE, max_length=100)
    single_days: bool = False


async def amend_calendar(tx: Tx, command: Command) -> dict[str, Any]:
    """Raises Refused: role.not_allowed, field.invalid with the lines that are wrong."""
    directory = await tx.directory()
    person = command.actor.person
    held = posts_for(directory, person, tx.now) if command.actor.kind == "person" and person else []
    if not MANAGERS & {one.post for one in held}:
        raise Refused(Code.role_not_allowed, "只有集团售后服务中心副总经理、总经理可以更改工作日历")
    data = parse(AmendCalendar, command.data)
    try:
        years = await load_calendar(tx, data.text, FILE, scope=data.scope, single_days=data.single_days)
    except InvalidDocument as invalid:
        raise Refused(Code.field_invalid, told(invalid), field="text") from None
    return {"years": years, "scope": data.scope}


def told(invalid: InvalidDocument) -> str:
    more = len(invalid.problems) - MOST_TOLD
    return "；".join([*invalid.problems[:MOST_TOLD], *([f"另有 {more} 处"] if more > 0 else [])])


@dataclass(frozen=True, slots=True)
class Changed:
    day: date
    before: Day
    after: Day


@dataclass(frozen=True, slots=True)
class Preview:
    """`moved` of the running due times of `cases` open cases would be another; `known` are years known only then."""

    years: list[int]
    known: list[int]
    days: list[Changed]
    cases: int
    moved: int


async def preview(room: Room, text: str, file: str, *, scope: str, single_days: bool) -> Preview:
    """What loading it would change; nothing is. Raises InvalidDocument, Refused(field.invalid) for the scope."""
    lines = read_calendar(text, file)
    async with room.db.read() as session:
        directory = await room.directory(session)
        before = await calendars(room, session)
    if scope != EVERYWHERE and scope not in room.policies.ids and directory.project(scope) is None:
        raise Refused(Code.field_invalid, f"scope: 没有名为 {scope[:100]} 的制度或项目", field="scope")
    problems = problems_of(lines, before, scope, file, single_days)
    if problems:
        raise InvalidDocument(problems)
    after = _with(room, before, lines, scope, single_days=single_days)
    years = sorted({line.day.year for line in lines})
    days = [Changed(line.day, before.day(line.day, scope), after.day(line.day, scope)) for line in lines]
    changed = sorted((one for one in days if one.before != one.after), key=lambda one: one.day)
    known = [year for year in years if after.knows(year, scope) and not before.knows(year, scope)]
    works = known or any(one.before.working != one.after.working for one in changed)
    cases, moved = await _moved(room, directory, before, after, scope) if works else (0, 0)
    return Preview(years, known, changed, cases, moved)


def _with(room: Room, before: Calendars, lines: list[CalendarLine], scope: str, *, single_days: bool) -> Calendars:
    given = {line.day: Day(line.working, line.note) for line in lines}
    days: Mapping[str, Any] = {**before.days, scope: {**before.days.get(scope, {}), **given}}
    if single_days:
        return Calendars(days, before.years)
    now = room.clock.now()
    loaded = {line.day.year: LoadedYear(now, None if before.knows(line.day.year, scope) else now) for line in lines}
    return Calendars(days, {**before.years, scope: {**before.years.get(scope, {}), **loaded}})


async def _moved(room: Room, directory: Directory, before: Calendars, after: Calendars, scope: str) -> tuple[int, int]:
    """(cases, due times) of open cases. A few hundred at a time in a thread: nobody else waits for it."""
    timed = [policy.id for policy in room.policies.all() if runs_in_working_time(policy)]
    there = true() if scope == EVERYWHERE else or_(CASE.c.policy_id == scope, CASE.c.project_id == scope)
    open_ = select(CASE.c.complaint_id).where(CASE.c.closed_at.is_(None), CASE.c.policy_id.in_(timed), there)
    async with room.db.read() as session:
        ids = [row.complaint_id for row in await fetch(session, open_)]
    cases = moved = 0
    for start in range(0, len(ids), AT_ONCE):
        async with room.db.read() as session:
            stored = await facts_of_all(session, ids[start : start + AT_ONCE])
        for number in await asyncio.to_thread(_compared, room, directory, stored, before, after):
            cases += bool(number)
            moved += number
    return cases, moved


def _compared(
    room: Room, directory: Directory, stored: Mapping[Any, list[Fact]], before: Calendars, after: Calendars
) -> list[int]:
    now = room.clock.now()
    numbers = []
    for facts in stored.values():
        ledgers = [ledger_of(room.policies, directory, facts, now, working) for working in (before, after)]
        found = [
            {(run.clock.id, run.started_at): run.due_at for run in ledger.runs if run.stopped_at is None
             and run.state is not ClockState.cancelled}
            for ledger in ledgers if ledger is not None
        ]  # fmt: skip
        numbers.append(sum(found[0].get(key) != due for key, due in found[1].items()) if len(found) == 2 else 0)
    return numbers


async def changes(room: Room, limit: int = 10) -> list[dict[str, Any]]:
    """The latest changes, the last one first."""
    async with room.db.read() as session:
        rows = await fetch(session, select(CALENDAR_CHANGE).order_by(CALENDAR_CHANGE.c.version.desc()).limit(limit))
    return [{"at": row.at, "scope": row.scope, "what": row.what} for row in rows]
