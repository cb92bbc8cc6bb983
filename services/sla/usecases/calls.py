"""Calls to customers that a person still owes: the clocks that a call stops, what is due first on top.

A call is no state of a case, and may be owed after its closing (000§3.4.3, 001b§2(1)②⑤⑧, 001c§3.4, 004§6(三)).
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import and_, or_, select

from services.sla.domain.clocks import ClockState
from services.sla.repository import CASE, calendars, facts_of_all, ledger_of
from services.sla.usecases.reads import may_see
from shared.db.statements import fetch
from shared.policy.calls import by_call, owes_calls
from shared.room.room import Actor, Room

AFTERWARDS = timedelta(days=31)
"""For how long after its closing a case is looked at."""

MOST_CASES = 200


async def calls_owed(room: Room, viewer: Actor) -> list[dict[str, Any]]:
    """{complaint, number, name, due_at} of each call that the viewer himself must still make."""
    policies = sorted({policy.id for policy in room.policies.all() if owes_calls(policy)})
    if viewer.kind != "person" or viewer.person is None or not policies:
        return []
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        working = await calendars(room, session)
        # Of a case that has just arrived, the row says nothing yet.
        unread = CASE.c.policy_id.is_(None)
        his = or_(CASE.c.officer == viewer.person, CASE.c.liable == viewer.person)
        wanted = [
            CASE.c.merged.is_(False),
            or_(CASE.c.closed_at.is_(None), CASE.c.closed_at > now - AFTERWARDS),
            or_(unread, and_(CASE.c.policy_id.in_(policies), his)),
        ]
        found = select(CASE.c.complaint_id).where(*wanted).order_by(CASE.c.registered_at.desc()).limit(MOST_CASES)
        cases = [row.complaint_id for row in await fetch(session, found)]
        facts = await facts_of_all(session, cases)
    owed = []
    for complaint_id, told in facts.items():
        ledger = ledger_of(room.policies, directory, told, now, working)
        if ledger is None or not may_see(directory, viewer, ledger, now):
            continue
        zone = directory.zone(ledger.case.project_id)
        for run in ledger.runs:
            still = run.stopped_at is None and run.state in (ClockState.running, ClockState.breached)
            if still and run.due_at and by_call(run.clock) and ledger.liable_of(run, now) == viewer.person:
                owed.append(
                    {
                        "complaint": str(complaint_id),
                        "number": ledger.case.number,
                        "name": run.clock.name,
                        "due_at": run.due_at.astimezone(zone),
                    }
                )
    return sorted(owed, key=_due)


def _due(one: dict[str, Any]) -> datetime:
    at: datetime = one["due_at"]
    return at
