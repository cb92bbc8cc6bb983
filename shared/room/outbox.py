"""A room's outbox: what was committed and not yet confirmed by the bus."""

from collections.abc import Collection, Sequence
from functools import partial

from sqlalchemy import select, update

from shared.bus.port import Message
from shared.db.database import Database
from shared.db.openable import openable
from shared.db.statements import fetch, run
from shared.db.tables import CommonTables
from shared.kernel.clock import Clock


class RoomOutbox:
    def __init__(self, db: Database, tables: CommonTables, clock: Clock) -> None:
        self._db = db
        self._table = tables.outbox
        self._clock = clock

    async def unsent(self, after: int, limit: int) -> Sequence[tuple[int, Message]]:
        """Up to `limit` unsent rows with a sequence number above `after`, oldest first."""
        table = self._table
        statement = (
            select(table).where(table.c.sent_at.is_(None), table.c.seq > after).order_by(table.c.seq).limit(limit)
        )
        async with self._db.read() as session:
            rows = await openable(session, statement, table.c.seq, partial(fetch, session))
        return [(row.seq, Message(row.event_id, row.topic, row.body, row.correlation_id)) for row in rows]

    async def mark_sent(self, seqs: Collection[int]) -> None:
        table = self._table
        async with self._db.begin() as session:
            await run(session, update(table).where(table.c.seq.in_(list(seqs))).values(sent_at=self._clock.now()))
