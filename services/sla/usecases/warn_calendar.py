"""G1: from 15 November, every Monday 9:30, the group's general manager is told that a year's holidays are missing."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from services.sla.domain.calendars import runs_in_working_time
from services.sla.domain.warnings import WARN_AT, next_warning, years_needed
from services.sla.repository import calendars, jurisdictions, table_of
from services.sla.tables import ReminderRow
from shared.db.statements import fetch, insert_new
from shared.events.sla import ReminderDueV1
from shared.org.model import Post
from shared.room.room import Room

REMINDER = table_of(ReminderRow)
TEMPLATE = "calendar.missing"
MONDAY_SOMEWHERE = (6, 0, 1)
"""Days of the week in UTC on which it is Monday in some zone."""


async def missing_years(room: Room, day: date) -> list[int]:
    """The years that ought to be known on the day and are not, for all policies and projects."""
    async with room.db.read() as session:
        working = await calendars(room, session)
    return [year for year in years_needed(day) if not working.knows(year)]


async def zones_in_working_time(room: Room) -> list[ZoneInfo]:
    """Where policies with clocks in working time are in use."""
    names = {zone for zone, policy, _ in await jurisdictions(room) if runs_in_working_time(policy)}
    return [ZoneInfo(name) for name in sorted(names)]


async def warn_of_missing_years(room: Room) -> None:
    """Today's warnings that have come and have not gone out. One a recipient and year, however many zones."""
    now = room.clock.now()
    if now.weekday() not in MONDAY_SOMEWHERE:
        return
    for zone in await zones_in_working_time(room):
        day = now.astimezone(zone).date()
        at = datetime.combine(day, WARN_AT, zone)
        if day.weekday() == 0 and now >= at:
            for year in await missing_years(room, day):
                await _warn(room, year, day, at)


async def _warn(room: Room, year: int, day: date, at: datetime) -> None:
    async with room.db.read() as session:
        directory = await room.directory(session)
        recipient = directory.holder(Post.general_manager, directory.group, None, at)
        key = f"{TEMPLATE}:{year}:{recipient}:{day}"
        if recipient is None or await fetch(session, select(REMINDER.c.key).where(REMINDER.c.key == key)):
            return
    async with room.begin() as tx:
        row = {"key": key, "template": TEMPLATE, "recipient": recipient, "local_date": day, "created_at": tx.now}
        if await insert_new(tx.session, REMINDER, row):
            tx.emit(
                ReminderDueV1,
                key=key,
                template=TEMPLATE,
                channel="sms",
                recipient=recipient,
                local_date=day,
                complaints=[],
                numbers=[str(year)],
                expires_at=datetime.combine(day + timedelta(days=1), time.min, at.tzinfo),
            )


async def next_warnings(room: Room) -> list[datetime]:
    """When a warning is due next, as far as years are missing by now."""
    now = room.clock.now()
    instants = [next_warning(now, zone) for zone in await zones_in_working_time(room)]
    return [at for at in instants if await missing_years(room, at.date())]
