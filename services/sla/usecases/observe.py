"""The group sees the statements that its regions made: a month's sums per person, over all of them."""

from typing import Any
from uuid import UUID

from sqlalchemy import and_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.repository import CASE, STATEMENT, STATEMENT_RUN
from services.sla.usecases.decide_ranking import keep_decision
from shared.db.statements import fetch, insert_new, run
from shared.events.sla import PersonSum, RankingDecidedV1, StatementFrozenV1
from shared.room.room import Tx


async def observe_statement(tx: Tx, event: StatementFrozenV1) -> None:
    """A region's statement is added to those of the others. The entries behind it stay with the region."""
    key = {"month": event.month, "zone": event.zone}
    made = {**key, "cut_off_at": event.cut_off_at, "made_at": event.recorded_at}
    await insert_new(tx.session, STATEMENT_RUN, made)
    for each in event.people:
        row = {**key, "cut_off_at": event.cut_off_at, **{name: getattr(each, name) for name in PersonSum.model_fields}}
        if not await insert_new(tx.session, STATEMENT, row):
            await _add(tx, {**key, "person": each.person}, each)


async def _add(tx: Tx, key: dict[str, Any], more: PersonSum) -> None:
    where = and_(*(STATEMENT.c[name] == value for name, value in key.items()))
    (known,) = await fetch(tx.session, select(STATEMENT).where(where).with_for_update())
    values = {
        "entries": known.entries + more.entries,
        "total_fen": known.total_fen + more.total_fen,
        "pending": [*known.pending, *more.pending],
        # The same whichever region's came first; of one region alone it is the hash on its paper.
        "sha256": f"{int(known.sha256, 16) ^ int(more.sha256, 16):064x}",
    }
    await run(tx.session, update(STATEMENT).where(where).values(**values))


async def observe_decision(tx: Tx, event: RankingDecidedV1) -> None:
    """What a region decided about its officers."""
    await keep_decision(tx, event)


async def number_of(session: AsyncSession, complaint_id: UUID) -> str | None:
    """Null while only facts that overtook the registration have come."""
    rows = await fetch(session, select(CASE.c.number).where(CASE.c.complaint_id == complaint_id))
    return rows[0].number if rows else None
