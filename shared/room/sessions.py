"""Signing in, and sessions that were ended: a signed token is checked without asking dispatch, so each room keeps
what counts no more.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from sqlalchemy import delete, select

from shared.db.statements import fetch, insert_new, run
from shared.events.dispatch import SessionsEndedV1
from shared.room.room import Room, Tx

KEPT = "ended_sessions"


async def keep_ended(tx: Tx, event: SessionsEndedV1) -> None:
    """Until their tokens have run out anyhow; what has run out is forgotten."""
    table = tx.room.tables.ended_session
    await run(tx.session, delete(table).where(table.c.until <= tx.now))
    for session_id in event.sessions:
        await insert_new(tx.session, table, {"id": session_id, "until": event.until})
    tx.forget(KEPT)


async def is_ended(room: Room, session_id: UUID) -> bool:
    """As this room knows it, at most a second old."""
    ended: frozenset[UUID] | None = room.kept(KEPT)
    if ended is None:
        async with room.db.read() as session:
            ended = frozenset(row.id for row in await fetch(session, select(room.tables.ended_session.c.id)))
        room.keep(KEPT, ended)
    return session_id in ended


@dataclass(frozen=True, slots=True)
class Attempt:
    """Somebody at the door. `new_password` only where he must, or wants to, choose another."""

    name: str
    password: str
    address: str
    new_password: str | None = None


@dataclass(frozen=True, slots=True)
class Entered:
    """Who came in, and the session his tokens belong to."""

    person: str
    session: UUID


class LockedOut(Exception):
    """Too many wrong passwords: nobody looks at another one until the wait is over."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(str(wait))
        self.wait = wait


class MustChange(Exception):
    """The password was right and given by another: it is good only for choosing a new one."""
