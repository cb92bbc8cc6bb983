"""What is due: cases whose ledger changes by itself, and the reminders of the day. Any number of replicas may tick."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import bindparam, func, select

from services.sla.domain.facts import in_order
from services.sla.domain.reminders import instant_on, recurring
from services.sla.domain.statements import next_cut_off
from services.sla.repository import (
    CASE,
    Computed,
    calendars,
    facts_of_all,
    jurisdictions,
    keep,
    ledger_of,
    note_jurisdiction,
)
from services.sla.usecases.calendars import adopt_notices, note_missing_years
from services.sla.usecases.make_reports import make_reports, next_reports
from services.sla.usecases.post import entries_of, new_entries, write
from services.sla.usecases.remind import remind, reminders_in_use
from services.sla.usecases.rotate import next_rotation, remind_rotations
from services.sla.usecases.state_month import state_months
from services.sla.usecases.warn_calendar import next_warnings, warn_of_missing_years
from shared.db.statements import fetch, run
from shared.room.room import Room

BATCH = 200


async def tick(room: Room) -> None:
    """Does all that is due now, and returns when nothing is left.

    A month is closed before anything is computed as of now: what is written after its cut-off is the next one's.
    """
    known = await jurisdictions(room)
    await state_months(room)
    await recompute(room)
    if await jurisdictions(room) != known:
        await state_months(room)  # of a zone whose first case has just been computed
    for template, zone, day, at in await reminders_in_use(room):
        await remind(room, template, zone, day, at)
    await make_reports(room)
    await warn_of_missing_years(room)
    await remind_rotations(room)


async def recompute(room: Room) -> None:
    """All that a group does over its regions' cases, for their own installations send, report and state."""
    await adopt_notices(room)
    while await recompute_due(room) == BATCH:
        pass


async def next_change(room: Room) -> datetime | None:
    """The next instant at which the ledger of a case changes by itself."""
    async with room.db.read() as session:
        ((first,),) = await fetch(session, _FIRST)
    return first  # type: ignore[no-any-return]


_DUE = select(CASE.c.complaint_id).where(CASE.c.next_change_at <= bindparam("now"))
_ANY_DUE = _DUE.limit(1)
_CLAIM = _DUE.order_by(CASE.c.next_change_at).limit(BATCH).with_for_update(skip_locked=True)
_FIRST = select(func.min(CASE.c.next_change_at))


async def recompute_due(room: Room) -> int:
    """Claims up to a batch of due cases and computes them; what another replica holds is left to it."""
    now = room.clock.now()
    async with room.db.read() as session:
        if not (await run(session, _ANY_DUE, {"now": now})).first():
            return 0
    async with room.begin() as tx:
        claimed = [row.complaint_id for row in await run(tx.session, _CLAIM, {"now": now})]
        if claimed:
            room.failpoint("sla.after_claim")
            directory = await tx.directory()
            working = await calendars(room, tx.session)
            before = await entries_of(tx.session, claimed)
            computed: list[Computed] = []
            rows: list[dict[str, Any]] = []
            for complaint_id, facts in (await facts_of_all(tx.session, claimed)).items():
                facts = in_order(facts)
                ledger = ledger_of(room.policies, directory, facts, now, working)
                computed.append((complaint_id, ledger, facts))
                if ledger is None:
                    continue
                await note_jurisdiction(tx, ledger)
                await note_missing_years(tx.session, ledger, room.extra.setdefault("missing_years", set()))
                if ledger.charges or before[complaint_id]:
                    rows += new_entries(complaint_id, ledger, before[complaint_id], now, growing=False)
            await keep(tx.session, computed, now)
            await write(tx.session, rows)
    return len(claimed)


async def next_wake(room: Room) -> datetime | None:
    """The next instant at which something is due: a case's change, or a reminder of today or tomorrow."""
    now = room.clock.now()
    async with room.db.read() as session:
        ((first,),) = await fetch(session, _FIRST)
    instants = [*([first] if first else []), *await next_warnings(room), *await next_rotation(room)]
    instants += await next_reports(room)
    for name, policy, _ in await jurisdictions(room):
        zone = ZoneInfo(name)
        today = now.astimezone(zone).date()
        days = (today, today + timedelta(days=1))
        instants += [instant_on(reminder, day, zone) for reminder in recurring(policy) for day in days]
        if policy.statement is not None:
            instants.append(next_cut_off(policy.statement, now, zone))
    return min((at for at in instants if at > now or at == first), default=None)
