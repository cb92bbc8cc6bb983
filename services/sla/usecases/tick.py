"""What is due: cases whose ledger changes by itself, and the reminders of the day. Any number of replicas may tick."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from services.sla.domain.reminders import instant_on, recurring
from services.sla.repository import CASE, facts_of_all, keep, ledger_of
from services.sla.usecases.remind import remind, reminders_in_use
from shared.db.statements import fetch
from shared.room.room import Room

BATCH = 200


async def tick(room: Room) -> None:
    """Does all that is due now, and returns when nothing is left."""
    while await recompute_due(room) == BATCH:
        pass
    for template, zone, day, at in await reminders_in_use(room):
        if at <= room.clock.now():
            await remind(room, template, zone, day, at)


async def recompute_due(room: Room) -> int:
    """Claims up to a batch of due cases and computes them; what another replica holds is left to it."""
    now = room.clock.now()
    claim = (
        select(CASE.c.complaint_id)
        .where(CASE.c.next_change_at <= now)
        .order_by(CASE.c.next_change_at)
        .limit(BATCH)
        .with_for_update(skip_locked=True)
    )
    async with room.db.read() as session:
        if not await fetch(session, select(CASE.c.complaint_id).where(CASE.c.next_change_at <= now).limit(1)):
            return 0
    async with room.begin() as tx:
        claimed = [row.complaint_id for row in await fetch(tx.session, claim)]
        if claimed:
            room.failpoint("sla.after_claim")
            directory = await tx.directory()
            for complaint_id, facts in (await facts_of_all(tx.session, claimed)).items():
                facts.sort(key=lambda fact: (fact.at, fact.recorded_at, fact.id))
                await keep(tx.session, complaint_id, ledger_of(room.policies, directory, facts, now), facts, now)
    return len(claimed)


async def next_wake(room: Room) -> datetime | None:
    """The next instant at which something is due: a case's change, or a reminder of today or tomorrow."""
    now = room.clock.now()
    async with room.db.read() as session:
        ((first,),) = await fetch(session, select(func.min(CASE.c.next_change_at)))
        zones = await fetch(
            session,
            select(CASE.c.zone, CASE.c.policy_id, CASE.c.policy_version)
            .where(CASE.c.work_started_at.is_not(None), CASE.c.work_stopped_at.is_(None))
            .distinct(),
        )
    instants = [first] if first else []
    for row in zones:
        zone = ZoneInfo(row.zone)
        today = now.astimezone(zone).date()
        for reminder in recurring(room.policies.get(row.policy_id, row.policy_version)):
            instants += [
                at for day in (today, today + timedelta(days=1)) if (at := instant_on(reminder, day, zone)) > now
            ]
    return min(instants, default=None)
