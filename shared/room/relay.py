"""The relay of the deployed mode: claims unsent outbox rows, publishes them, and marks what was confirmed."""

from functools import partial

from sqlalchemy import select, update

from shared.bus.port import Message, Publisher
from shared.db.database import Database
from shared.db.openable import openable
from shared.db.statements import fetch, run
from shared.db.tables import CommonTables
from shared.kernel.clock import Clock
from shared.obs import metrics


async def relay_batch(
    db: Database, tables: CommonTables, publisher: Publisher, clock: Clock, *, batch: int = 500
) -> tuple[int, int]:
    """Publishes one batch. Returns how many rows were claimed and how many confirmed; several relays may run at once,
    each claims rows the others have not. What is not confirmed stays unsent, and what the bus holds is passed by.
    """
    table = tables.outbox
    held = sorted(await publisher.held())
    claim = (
        select(table)
        .where(table.c.sent_at.is_(None), table.c.topic.not_in(held))
        .order_by(table.c.seq)
        .limit(batch)
        .with_for_update(skip_locked=True)
    )
    async with db.begin() as session:
        rows = await openable(session, claim, table.c.seq, partial(fetch, session))
        if not rows:
            return 0, 0
        confirmed = await publisher.publish(
            [Message(row.event_id, row.topic, row.body, row.correlation_id) for row in rows]
        )
        sent = [row.seq for row in rows if row.event_id in confirmed]
        if sent:
            await run(session, update(table).where(table.c.seq.in_(sent)).values(sent_at=clock.now()))
    metrics.relayed(db.room, len(rows), len(sent))
    return len(rows), len(sent)
