"""I2, 003§26,30: the lists of the day, as of now: what is overdue and what does not advance, with the running sums."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from sqlalchemy import Row, select

from services.sla.domain.ledger import charges_at
from services.sla.repository import CASE, CHARGE, calendars, facts_of_all
from services.sla.usecases.kpi import case_line
from services.sla.usecases.seen import after, chosen, cursor_of, place_of, within
from shared.db.statements import fetch
from shared.kernel.money import Fen, yuan
from shared.room.room import Actor, Room

Which = Literal["overdue", "slow"]


async def open_list(
    room: Room,
    viewer: Actor,
    which: Which,
    filters: Mapping[str, str | None],
    *,
    cursor: str | None = None,
    limit: int = 25,
) -> dict[str, Any]:
    """The longest late first. Raises Refused(role.not_allowed) for who holds no post."""
    now = room.clock.now()
    column = CASE.c.due_at if which == "overdue" else CASE.c.slow_due_at
    waiting = CASE.c.done_at.is_(None) if which == "overdue" else CASE.c.slow_due_at.is_not(None)
    async with room.db.read() as session:
        directory = await room.directory(session)
        wanted = [waiting, column < now, *chosen(filters), *within(directory, place_of(directory, viewer, now))]
        wanted += after(column, cursor, kind=datetime)
        rows = await fetch(session, select(CASE).where(*wanted).order_by(column, CASE.c.complaint_id).limit(limit + 1))
        page = rows[:limit]
        owed = await _owed(room, session, page, now)
    items = [
        case_line(room, directory, row, now) | {"penalties": yuan(Fen(owed.get(row.complaint_id, 0)))} for row in page
    ]
    on = cursor_of(getattr(page[-1], column.name), page[-1].complaint_id) if len(rows) > limit else None
    return {"items": items, "next_cursor": on}


async def _owed(room: Room, session: Any, page: Sequence[Row[Any]], now: datetime) -> dict[UUID, int]:
    """Fen owed in each case as of now; what still grows is computed from the facts."""
    cases = [row.complaint_id for row in page]
    rows = await fetch(
        session,
        select(CHARGE.c.complaint_id, CHARGE.c.amount_fen, CHARGE.c.growing).where(CHARGE.c.complaint_id.in_(cases)),
    )
    growing = list({row.complaint_id for row in rows if row.growing})
    owed: dict[UUID, int] = {}
    for row in rows:
        if row.complaint_id not in growing:
            owed[row.complaint_id] = owed.get(row.complaint_id, 0) + (row.amount_fen or 0)
    directory, working = await room.directory(session), await calendars(room, session)
    places = {row.complaint_id: row for row in page}
    for complaint_id, facts in (await facts_of_all(session, growing)).items():
        row = places[complaint_id]
        policy = room.policies.get(row.policy_id, row.policy_version)
        place = row.project_id
        calendar = working.of(policy, place, directory.zone(place), directory.sessions(place))
        owed[complaint_id] = sum(charge.amount or 0 for charge in charges_at(policy, directory, facts, now, calendar))
    return owed
