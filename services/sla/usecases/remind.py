"""I1, I2: the reminders of a local day, worked through once; each message goes out once whoever finds it due."""

from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, delete, or_, select

from services.sla.domain.calendars import Calendars
from services.sla.domain.confidence import placed
from services.sla.domain.facts import Fact, in_order
from services.sla.domain.ledger import has_case
from services.sla.domain.reminders import OpenCase, instant_on, owed, recurring
from services.sla.repository import CASE, calendars, facts_of_all, jurisdictions, ledger_of, table_of
from services.sla.tables import ReminderRow, ReminderRun
from services.sla.usecases.confiding import standing_of_row
from shared.db.statements import fetch, insert_new, run
from shared.events.base import CaseFact
from shared.events.sla import ReminderDueV1
from shared.org.model import Directory
from shared.room.room import Room, Tx

REMINDER, RUN = table_of(ReminderRow), table_of(ReminderRun)


async def reminders_in_use(room: Room) -> list[tuple[str, str, date, datetime]]:
    """Today's (template, zone, local day, instant) that have come and have not been worked through."""
    now = room.clock.now()
    due: dict[tuple[str, str, date], datetime] = {}
    for name, policy, _ in await jurisdictions(room):
        zone = ZoneInfo(name)
        day = now.astimezone(zone).date()
        for reminder in recurring(policy):
            if (at := instant_on(reminder, day, zone)) <= now:
                due[reminder.template, name, day] = at
    if not due:
        return []
    async with room.db.read() as session:
        rows = await fetch(session, select(RUN).where(RUN.c.local_date.in_({key[2] for key in due})))
    done = {(row.template, row.zone, row.local_date) for row in rows}
    return [(*key, at) for key, at in sorted(due.items(), key=lambda item: (item[1], item[0])) if key not in done]


async def remind(room: Room, template: str, zone: str, day: date, at: datetime) -> None:
    """One local day's reminders under a template, as of their instant, in one transaction.

    After an outage it is the same call later the same day; a day that is over is not made up for.
    """
    async with room.begin() as tx:
        run_row = {"template": template, "zone": zone, "local_date": day, "at": tx.now}
        if not await insert_new(tx.session, RUN, run_row):
            return
        directory = await tx.directory()
        cases = await _unfinished(tx, directory, zone, at)
        for message in owed(template, cases, directory, at, day):
            row = {
                "key": message.key,
                "template": template,
                "recipient": message.recipient,
                "local_date": day,
                "created_at": tx.now,
            }
            if await insert_new(tx.session, REMINDER, row):
                tx.emit(
                    ReminderDueV1,
                    key=message.key,
                    template=template,
                    channel=message.channel,
                    recipient=message.recipient,
                    local_date=day,
                    complaints=[case.complaint_id for case in message.cases],
                    numbers=[case.number for case in message.cases],
                    on_behalf_of=list(message.on_behalf_of),
                    expires_at=datetime.combine(day + timedelta(days=1), time.min, ZoneInfo(zone)),
                )


async def reopen_for_late_fact(tx: Tx, event: CaseFact) -> None:
    """A fact from before a reminder of today that has already gone out: those who got nothing may be owed one.

    The runs of all zones are worked through again: what went out stays out, and a day that is over is not asked for.
    """
    yesterday = tx.now.date() - timedelta(days=1)
    await run(tx.session, delete(RUN).where(RUN.c.local_date >= yesterday, RUN.c.at >= event.occurred_at))


async def _unfinished(tx: Tx, directory: Directory, zone: str, at: datetime) -> list[OpenCase]:
    open_at = and_(
        CASE.c.work_started_at <= at,
        or_(CASE.c.work_stopped_at.is_(None), CASE.c.work_stopped_at > at, CASE.c.last_fact_at > at),
    )
    rows = await fetch(tx.session, select(CASE).where(CASE.c.zone == zone, open_at))
    changed = [row.complaint_id for row in rows if row.last_fact_at > at]
    facts = await facts_of_all(tx.session, changed)
    working = await calendars(tx.room, tx.session)
    cases = (
        _as_of(tx.room, directory, row, facts[row.complaint_id], at, working)
        if row.last_fact_at > at
        else _from_row(tx.room, row)
        for row in rows
    )
    return sorted((case for case in cases if case), key=lambda case: case.number)


def _from_row(room: Room, row: Row[Any]) -> OpenCase | None:
    if row.work_stopped_at is not None:
        return None
    policy = room.policies.get(row.policy_id, row.policy_version)
    return OpenCase(row.complaint_id, row.number, policy, standing_of_row(row), row.work_due_at)


def _as_of(
    room: Room, directory: Directory, row: Row[Any], facts: list[Fact], at: datetime, working: Calendars
) -> OpenCase | None:
    """The case as it was at the instant, from the facts dated until then."""
    known = in_order(fact for fact in facts if fact.at <= at)
    if not has_case(known):
        return None
    ledger = ledger_of(room.policies, directory, known, at, working)
    if ledger is None:
        return None
    policy = ledger.office.policy
    clock = next((reminder.clock for reminder in recurring(policy)), None)
    work = next((r for r in ledger.runs if r.clock.id == clock), None)
    if work is None or work.stopped_at is not None:
        return None
    return OpenCase(row.complaint_id, row.number, policy, placed(ledger), work.due_at)
