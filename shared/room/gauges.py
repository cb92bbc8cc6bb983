"""What a room's database says about its backlog, by queries that cost no more than an index."""

from datetime import timedelta

from sqlalchemy import func, select

from shared.db.statements import fetch
from shared.obs import metrics
from shared.room.room import Room

COUNTED = 10_000
"""A backlog is counted so far: more than that is not told apart, and not paid for at every scrape."""

_SECOND = timedelta(seconds=1)


async def measure(room: Room) -> None:
    """Sets the room's gauges; where the database is away, to unknown, and raises."""
    try:
        await _outbox(room)
        await _dead(room)
        await _lateness(room)
    except Exception:
        metrics.outbox(room.name, metrics.UNKNOWN, metrics.UNKNOWN)
        metrics.lateness(room.name, metrics.UNKNOWN)
        raise


async def _outbox(room: Room) -> None:
    table = room.tables.outbox
    unsent = select(table.c.seq).where(table.c.sent_at.is_(None))
    oldest = select(table.c.created_at).where(table.c.sent_at.is_(None)).order_by(table.c.seq).limit(1)
    async with room.db.read() as session:
        ((count,),) = await fetch(session, select(func.count()).select_from(unsent.limit(COUNTED).subquery()))
        found = await fetch(session, oldest)
    age = (room.clock.now() - found[0].created_at) / _SECOND if found else 0.0
    metrics.outbox(room.name, count, max(age, 0.0))


async def _dead(room: Room) -> None:
    """The embedded bus's dead letters; RabbitMQ's are counted by its consumer."""
    table = room.tables.dead_letter
    async with room.db.read() as session:
        ((count,),) = await fetch(session, select(func.count()).select_from(table))
    metrics.stored_dead_letters(room.name, count)


async def _lateness(room: Room) -> None:
    due = await room.next_wake(room) if room.next_wake else None
    metrics.lateness(room.name, 0.0 if due is None else max((room.clock.now() - due) / _SECOND, 0.0))
