"""A message becomes an effect exactly once: the inbox row is written in the same transaction."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete

from shared.bus.port import DeadLetter, Message
from shared.db.statements import fetch, insert_new, run
from shared.events.base import Event, decode
from shared.events.dispatch import DirectoryPublishedV1
from shared.kernel.errors import Away, Poison, Transient
from shared.obs import metrics, tracing
from shared.obs.correlation import correlated
from shared.room.away import away, passing
from shared.room.room import Consumer, Room, Tx


async def deliver(room: Room, message: Message) -> None:
    """Takes one message. Raises Poison for what can never be understood, Away where the room's database cannot be
    used, Transient for what may yet go through; anything else may be tried again a few times.
    """
    consumer = room.consumers.get(message.topic)
    if consumer is None:
        # While versions change, a newer process of this room has bound a topic that this one does not know yet.
        raise Transient(f"{message.topic} is heard by another version of {room.name}, not by this one")
    event = decode(message.topic, message.body)
    trace_id, name = message.correlation_id, f"take {message.topic}"
    try:
        with (
            correlated(trace_id),
            tracing.span(name, "consumer", trace_id, parent=message.event_id, about={"room": room.name}),
        ):
            new = await _take(room, message, event, consumer)
    except (Poison, Transient):
        raise
    except Exception as error:
        if away(error):
            raise Away(f"{type(error).__name__}: {error}") from error
        if passing(error):
            raise Transient(f"{type(error).__name__}: {error}") from error
        raise
    lag = (room.clock.now() - event.recorded_at) / timedelta(seconds=1)
    metrics.consumed(room.name, message.topic, new=new, lag=lag)


async def _take(room: Room, message: Message, event: Event, consumer: Consumer) -> bool:
    """One transaction: the inbox row and the effect. False where the event had come before."""
    async with room.begin(message.correlation_id) as tx:
        new = await insert_new(tx.session, room.tables.inbox, {"event_id": event.event_id, "received_at": tx.now})
        if new:
            room.failpoint(f"{room.name}.after_inbox")
            await consumer(tx, event)
    room.failpoint(f"{room.name}.before_ack")
    return new


async def keep_directory(tx: Tx, event: DirectoryPublishedV1) -> None:
    """Every room keeps the directory it was last told; an older version arriving late changes nothing that is asked."""
    tx.forget("directory")
    await insert_new(
        tx.session,
        tx.room.tables.directory,
        {"version": event.version, "body": event.directory.model_dump_json(), "received_at": tx.now},
    )


async def bury(room: Room, message: Message, reason: str) -> None:
    """Keeps a message that the room could not take, with the reason, until it is replayed."""
    async with room.begin() as tx:
        row: dict[str, Any] = {
            "id": str(message.event_id),
            "topic": message.topic,
            "body": message.body,
            "correlation_id": message.correlation_id,
            "reason": reason,
            "dead_at": tx.now,
        }
        await insert_new(tx.session, room.tables.dead_letter, row)


class StoredDeadLetters:
    """The embedded bus's dead letters: a table in each room."""

    def __init__(self, rooms: list[Room]) -> None:
        self._rooms = rooms

    async def list(self, room: str | None = None) -> list[DeadLetter]:
        letters: list[DeadLetter] = []
        for member in self._rooms:
            if room in (None, member.name):
                table = member.tables.dead_letter
                async with member.db.read() as session:
                    rows = await fetch(session, table.select().order_by(table.c.dead_at, table.c.id))
                letters += [DeadLetter(r.id, member.name, r.topic, r.body, r.reason, r.dead_at) for r in rows]
        return letters

    async def replay(self, letter_id: str, room: str | None = None) -> bool:
        """Delivers the letter again in the calling process; what fails again stays and its error is raised."""
        for member in self._rooms:
            if room not in (None, member.name):
                continue
            table = member.tables.dead_letter
            async with member.db.read() as session:
                rows = await fetch(session, table.select().where(table.c.id == letter_id))
            for row in rows:
                message = Message(UUID(row.id), row.topic, row.body, row.correlation_id or UUID(row.id))
                await deliver(member, message)
                async with member.begin() as tx:
                    await run(tx.session, delete(table).where(table.c.id == letter_id))
                return True
        return False
