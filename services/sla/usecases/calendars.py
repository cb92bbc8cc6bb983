"""The working calendar of the database: read once a version, changed by an administrator or a newer notice."""

from collections.abc import Iterable
from datetime import UTC, datetime

from sqlalchemy import func, or_, select, true, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.calendars import EVERYWHERE, runs_in_working_time
from services.sla.domain.ledger import Ledger
from services.sla.domain.working import knows_year
from services.sla.repository import CALENDAR_CHANGE, CALENDAR_YEAR, CASE, FACT, calendars
from shared.db.statements import fetch, insert_new, run
from shared.room.room import Room, Tx


async def note_missing_years(session: AsyncSession, ledger: Ledger, seen: set[int]) -> None:
    """Keeps which unknown years due times rest on: when they become known, nothing is charged backwards."""
    for case_run in ledger.runs:
        if not case_run.provisional or case_run.due_at is None:
            continue
        zone = ledger.office.directory.zone(ledger.case.project_id)
        for year in range(case_run.started_at.astimezone(zone).year, case_run.due_at.astimezone(zone).year + 1):
            if year in seen or knows_year(year):
                continue
            if not await insert_new(session, CALENDAR_YEAR, {"scope": EVERYWHERE, "year": year}):
                seen.add(year)


async def adopt_notices(room: Room) -> None:
    """Takes over the years that were waited for and that a newer release of the program knows. Once a process."""
    if room.extra.get("notices_adopted"):
        return
    async with room.db.read() as session:
        known = [year for year in (await calendars(room, session)).waited_for() if knows_year(year)]
    for year in known:
        async with room.begin() as tx:
            waiting = (CALENDAR_YEAR.c.scope == EVERYWHERE, CALENDAR_YEAR.c.year == year)
            taken = update(CALENDAR_YEAR).where(*waiting, CALENDAR_YEAR.c.loaded_at.is_(None))
            if (await run(tx.session, taken.values(loaded_at=tx.now, provisional_until=tx.now))).rowcount:
                await changed(tx, EVERYWHERE, [year], f"{year} 年国务院办公厅通知")
    room.extra["notices_adopted"] = True


async def changed(tx: Tx, scope: str, years: Iterable[int], what: str) -> None:
    """Writes down that the calendar changed, and marks every case whose clocks may rest on those years."""
    tx.forget("calendars")
    ((version,),) = await fetch(tx.session, select(func.max(CALENDAR_CHANGE.c.version)))
    row = {"at": tx.now, "scope": scope, "what": what}
    version = (version or 0) + 1
    while not await insert_new(tx.session, CALENDAR_CHANGE, {"version": version, **row}):
        version += 1  # another administrator was faster
    for year in years:
        await _mark(tx, scope, year)


async def _mark(tx: Tx, scope: str, year: int) -> None:
    """Cases of working-time policies with a fact from the year before it to the month after it: what starts then is
    due within it, or after it. A case that is closed by now is computed again as well: its charges may change.
    """
    timed = {policy.id for policy in tx.room.policies.all() if runs_in_working_time(policy)}
    first, end = datetime(year - 1, 1, 1, tzinfo=UTC), datetime(year + 1, 2, 1, tzinfo=UTC)
    about = select(FACT.c.complaint_id).where(FACT.c.at >= first, FACT.c.at < end)
    there = true() if scope == EVERYWHERE else or_(CASE.c.policy_id == scope, CASE.c.project_id == scope)
    concerned = update(CASE).where(CASE.c.policy_id.in_(timed), CASE.c.complaint_id.in_(about), there)
    await run(tx.session, concerned.values(next_change_at=tx.now))
