"""Sessions: a row a sign-in. Their tokens are believed by every room until it is told that the session was ended."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, delete, select, update

from services.dispatch.repository import store
from services.dispatch.tables import ACCOUNT, SESSION
from shared.db.statements import fetch, run
from shared.events.dispatch import SessionsEndedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Room, Tx
from shared.room.sessions import keep_ended

TOKEN_LIFETIME = timedelta(hours=12)
"""How long a token is good: capture goes on so long while dispatch, which renews them, is away."""
LONGEST = timedelta(days=30)
"""Then he signs in again, however often it was renewed."""
KEPT_FOR = timedelta(days=90)


async def start_session(tx: Tx, login: str, person: str) -> UUID:
    session_id = tx.new_id()
    await run(tx.session, delete(SESSION).where(SESSION.c.expires_at < tx.now - KEPT_FOR))
    row = {
        "id": session_id,
        "login": login,
        "person_id": person,
        "created_at": tx.now,
        "last_seen_at": tx.now,
        "expires_at": tx.now + TOKEN_LIFETIME,
    }
    await store(tx, SESSION, row)
    return session_id


async def renew_session(room: Room, session_id: UUID) -> bool:
    """Whether another token may be given out: the session goes on, and so does the account."""
    c = SESSION.c
    async with room.begin() as tx:
        rows = await fetch(
            tx.session,
            select(c.created_at, c.person_id)
            .join(ACCOUNT, ACCOUNT.c.login == c.login)
            .where(c.id == session_id, c.ended_at.is_(None), ACCOUNT.c.disabled_at.is_(None)),
        )
        if not rows or rows[0].created_at + LONGEST <= tx.now:
            return False
        if (await tx.directory()).person(rows[0].person_id) is None:
            return False
        until = tx.now + TOKEN_LIFETIME
        await run(tx.session, update(SESSION).where(c.id == session_id).values(last_seen_at=tx.now, expires_at=until))
    return True


async def end_sessions(tx: Tx, which: ColumnElement[bool], *, but: UUID | None = None) -> int:
    """Ends what is under way of these, and tells every room. Returns how many."""
    c = SESSION.c
    rows = await fetch(tx.session, select(c.id).where(which, c.ended_at.is_(None), c.expires_at > tx.now))
    ended = [row.id for row in rows if row.id != but]
    if ended:
        await run(tx.session, update(SESSION).where(c.id.in_(ended)).values(ended_at=tx.now))
        await keep_ended(tx, tx.emit(SessionsEndedV1, sessions=ended, until=tx.now + TOKEN_LIFETIME))
    return len(ended)


async def sign_out(tx: Tx, command: Command) -> dict[str, Any]:
    """session.end: one's own, by its id."""
    session_id = UUID(str(command.data["session"]))
    own = (SESSION.c.id == session_id) & (SESSION.c.person_id == (command.actor.person or ""))
    ended = await end_sessions(tx, own)
    if not ended:
        raise Refused(Code.not_found, "没有这个登录会话")
    return {"ended": ended}


async def sessions_of(room: Room, person: str) -> list[dict[str, Any]]:
    """His sessions that are under way, the latest first."""
    c, now = SESSION.c, room.clock.now()
    async with room.db.read() as session:
        rows = await fetch(
            session,
            select(c.id, c.created_at, c.last_seen_at, c.expires_at)
            .where(c.person_id == person, c.ended_at.is_(None), c.expires_at > now)
            .order_by(c.created_at.desc(), c.id),
        )
    return [{"session": str(row.id), **{name: _told(getattr(row, name)) for name in TIMES}} for row in rows]


TIMES: Collection[str] = ("created_at", "last_seen_at", "expires_at")


def _told(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
