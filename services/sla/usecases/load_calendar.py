"""G1: an administrator loads a year, or amends single days; the calendar as it stands, for export and display."""

from datetime import date
from typing import Any

from sqlalchemy import select

from services.sla.domain.calendars import EVERYWHERE, Calendars, Day, year_days
from services.sla.domain.sheets import CalendarLine, read_calendar, written
from services.sla.domain.warnings import years_needed
from services.sla.repository import CALENDAR_DAY, CALENDAR_YEAR, calendars
from services.sla.usecases.calendars import changed
from services.sla.usecases.warn_calendar import missing_years, zones_in_working_time
from shared.db.statements import fetch, upsert
from shared.kernel.errors import Code, InvalidDocument, Refused, Transient
from shared.room.room import Room, Tx

FIRST_YEAR, LAST_YEAR = 2000, 2200


async def load_calendar(
    tx: Tx, text: str, file: str, *, scope: str = EVERYWHERE, single_days: bool = False
) -> list[int]:
    """Loads whole years, or with `single_days` just the days given. Returns the years.

    Raises InvalidDocument with every line that is wrong, Refused for a scope that is neither policy nor project.
    A year that had been unknown is known from now on, and nothing is charged for what it would have cost before.
    """
    lines = read_calendar(text, file)
    await _known_scope(tx, scope)
    before = await calendars(tx.room, tx.session)
    problems = problems_of(lines, before, scope, file, single_days)
    if problems:
        raise InvalidDocument(problems)
    years = sorted({line.day.year for line in lines})
    rows = [{"scope": scope, "day": line.day, "working": line.working, "note": line.note} for line in lines]
    await upsert(tx.session, CALENDAR_DAY, rows, ["scope", "day"])
    if not single_days:
        await _mark_loaded(tx, before, scope, years)
    what = f"{len(lines)} 天" if single_days else "全年"
    await changed(tx, scope, years, f"{'、'.join(map(str, years))} 年{what}")
    return years


def problems_of(lines: list[CalendarLine], before: Calendars, scope: str, file: str, single_days: bool) -> list[str]:
    """What is wrong with the lines taken together."""
    if not lines:
        return [f"{file}: 没有任何一天"]
    by_year: dict[int, list[CalendarLine]] = {}
    for line in lines:
        by_year.setdefault(line.day.year, []).append(line)
    problems = []
    for year, days in sorted(by_year.items()):
        where = f"{file}:{days[0].line}"
        if not FIRST_YEAR <= year <= LAST_YEAR:
            problems.append(f"{where}: 年份应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间，不是 {year}")
            continue
        given = {line.day: line.working for line in days}
        missing = [day for day in year_days(year) if day not in given]
        if missing and not single_days:
            problems.append(f"{where}: {year} 年缺 {len(missing)} 天，首缺 {missing[0]}；只改个别日期请加 --days")
        elif not any(given.get(day, before.day(day, scope).working) for day in year_days(year)):
            problems.append(f"{where}: {year} 年没有一个工作日")
    return problems


async def _known_scope(tx: Tx, scope: str) -> None:
    if scope == EVERYWHERE or scope in tx.room.policies.ids:
        return
    try:
        if (await tx.directory()).project(scope) is not None:
            return
    except Transient:
        pass
    raise Refused(Code.field_invalid, f"scope: 没有名为 {scope[:100]} 的制度或项目", field="scope")


async def _mark_loaded(tx: Tx, before: Calendars, scope: str, years: list[int]) -> None:
    rows: list[dict[str, Any]] = []
    # Asked of the table: what is waited for changes without a new version.
    stored = {(row.scope, row.year): row for row in await fetch(tx.session, select(CALENDAR_YEAR))}
    for year in years:
        own, waiting = stored.get((scope, year)), stored.get((EVERYWHERE, year))
        waited = waiting is not None and waiting.loaded_at is None
        was_known = before.knows(year, scope) and not (waited and (own is None or own.loaded_at is None))
        until = own.provisional_until if own is not None and own.loaded_at is not None else None
        rows.append(
            {
                "scope": scope,
                "year": year,
                "loaded_at": tx.now,
                "provisional_until": until if was_known else tx.now,
            }
        )
    await upsert(tx.session, CALENDAR_YEAR, rows, ["scope", "year"])


async def calendar_year(room: Room, year: int, scope: str = EVERYWHERE) -> dict[str, Any]:
    """Every day of the year as it counts in the scope, and whether the year is known."""
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused(Code.field_invalid, f"year: 应在 {FIRST_YEAR} 至 {LAST_YEAR} 之间", field="year")
    async with room.db.read() as session:
        working = await calendars(room, session)
    return {
        "year": year,
        "scope": scope,
        **_standing(working, year, scope),
        "days": [_shown(day, working.day(day, scope)) for day in year_days(year)],
    }


def _standing(working: Calendars, year: int, scope: str = EVERYWHERE) -> dict[str, Any]:
    entry = working.entry(year, scope) or working.entry(year)
    loaded = entry.loaded_at if entry else None
    known = working.knows(year, scope)
    return {
        "known": known,
        "source": ("loaded" if loaded else "statutory") if known else "provisional",
        "loaded_at": loaded.isoformat() if loaded else None,
    }


def _shown(day: date, found: Day) -> dict[str, Any]:
    return {"day": day.isoformat(), "working": found.working, "note": found.note}


async def calendar_csv(room: Room, year: int, scope: str = EVERYWHERE) -> str:
    """The year as the file that `import` takes."""
    found = await calendar_year(room, year, scope)
    rows = [(day["day"], int(day["working"]), day["note"]) for day in found["days"]]
    return written([("day", "working", "note"), *rows])


async def calendar_status(room: Room) -> dict[str, Any]:
    """Which years are known, and the warning where one is missing that clocks in use will need."""
    zones = await zones_in_working_time(room)
    now = room.clock.now()
    day = max((now.astimezone(zone).date() for zone in zones), default=now.date())
    async with room.db.read() as session:
        working = await calendars(room, session)
        waiting = await fetch(session, select(CALENDAR_YEAR.c.year).where(CALENDAR_YEAR.c.loaded_at.is_(None)))
    missing = await missing_years(room, day) if zones else []
    warning = f"{'、'.join(map(str, missing))} 年节假日安排尚未载入，涉及的时限均为暂定" if missing else None
    return {
        "years": [{"year": year, **_standing(working, year)} for year in (day.year, day.year + 1)],
        "zones": [str(zone) for zone in zones],
        "needed": years_needed(day),
        "missing": missing,
        "waited_for": sorted(row.year for row in waiting),
        "warning": warning,
    }
