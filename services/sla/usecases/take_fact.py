"""A fact arrives, in any order and however late: it is kept, and its case is computed anew at the next tick."""

from services.sla.repository import remember
from services.sla.usecases.remind import reopen_for_late_fact
from shared.events.base import CaseFact
from shared.room.room import Tx


async def take_fact(tx: Tx, event: CaseFact) -> None:
    """G3: nothing but the set of facts decides the ledger."""
    await remember(tx.session, event, tx.now)
    await reopen_for_late_fact(tx, event)
