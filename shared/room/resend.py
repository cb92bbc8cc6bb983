"""Events that were sent are kept for a while, and can be sent again: to a room that was put back to an earlier state,
to a group that joins later. Every inbox drops what it knows.
"""

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from sqlalchemy import delete, func, select, update

from shared.db.statements import fetch, run
from shared.room.room import Room

BATCH = 5000
FORGETS_EVERY = timedelta(hours=1)


async def resend(room: Room, since: datetime, until: datetime | None = None) -> int:
    """Marks the sent events of [since, until) as unsent; the relay sends them in their old order. How many."""
    table, count, after = room.tables.outbox, 0, 0
    wanted = [table.c.created_at >= since, table.c.sent_at.is_not(None)]
    if until is not None:
        wanted.append(table.c.created_at < until)
    async with room.db.read() as session:
        ((last,),) = await fetch(session, select(func.max(table.c.seq)).where(*wanted))
    while last is not None and after < last:
        # What the relay sends again meanwhile is not marked a second time: the sequence only goes up.
        batch = select(table.c.seq).where(*wanted, table.c.seq > after, table.c.seq <= last)
        async with room.begin() as tx:
            seqs = [row.seq for row in await fetch(tx.session, batch.order_by(table.c.seq).limit(BATCH))]
            if not seqs:
                break
            await run(tx.session, update(table).where(table.c.seq.in_(seqs)).values(sent_at=None))
        count, after = count + len(seqs), seqs[-1]
    return count


async def forget_sent(room: Room, keep: timedelta) -> int:
    """Removes events that were sent longer ago. The inboxes are never emptied: what comes again is always known."""
    table = room.tables.outbox
    # The last one stays: SQLite would give its number again, and whoever reads on from it would miss the next.
    latest = select(func.max(table.c.seq)).scalar_subquery()
    old = select(table.c.seq).where(table.c.sent_at < room.clock.now() - keep, table.c.seq < latest)
    old = old.order_by(table.c.seq).limit(BATCH)
    count = 0
    while True:
        async with room.begin() as tx:
            seqs = [row.seq for row in await fetch(tx.session, old)]
            if seqs:
                await run(tx.session, delete(table).where(table.c.seq.in_(seqs)))
        count += len(seqs)
        if len(seqs) < BATCH:
            return count


def forgetting(room: Room, keep: timedelta) -> Callable[[], Awaitable[float]]:
    async def step() -> float:
        await forget_sent(room, keep)
        return FORGETS_EVERY / timedelta(seconds=1)

    return step
