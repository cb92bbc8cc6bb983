"""A6: the whole audit log of a room, the latest first: acts accepted and refused, and who read which case in full."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.statements import fetch, insert_rows
from shared.kernel.errors import Code, Refused
from shared.room.reading import READ
from shared.room.room import Actor, Room

_SPLIT = "~"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What of the log is asked for; None asks for everything. `since` and `until`: [since, until).

    `hidden` are cases of which the reader may not hear (B9).
    """

    actors: Collection[str] | None = None
    command: str | None = None
    complaint_id: UUID | None = None
    since: datetime | None = None
    until: datetime | None = None
    accepted: bool | None = None
    hidden: Collection[UUID] = ()


async def entries(room: Room, wanted: Wanted, *, cursor: str | None = None, limit: int = 50) -> dict[str, Any]:
    """A page of the log, and the cursor of the next. What was read at the instant of an act stands after it."""
    after = _cursor(cursor) if cursor else None
    async with room.db.read() as session:
        acts = await _acts(room, session, wanted, after, limit + 1)
        reads = await _reads(room, session, wanted, after, limit + 1)
    page: list[dict[str, Any]] = []
    while len(page) < limit and (acts or reads):
        from_acts = bool(acts) and (not reads or acts[0].at >= reads[0].at)
        page.append(_act(acts.pop(0)) if from_acts else _read(reads.pop(0)))
    return {"items": page, "next_cursor": page[-1]["cursor"] if acts or reads else None}


async def note(room: Room, who: Actor, command: str, complaint_id: UUID | None = None, **data: Any) -> None:
    """What was taken out is on record, before it goes out."""
    async with room.begin() as tx:
        row = {
            "id": tx.new_id(),
            "at": tx.now,
            "actor": who.id,
            "command": command,
            "complaint_id": complaint_id,
            "data": data,
        }
        await insert_rows(tx.session, room.tables.audit, row)


async def _acts(
    room: Room, session: AsyncSession, wanted: Wanted, after: tuple[datetime, UUID, str] | None, limit: int
) -> list[Row[Any]]:
    table = room.tables.audit
    if wanted.command == READ:
        return []
    clauses = _common(table, table.c.actor, wanted)
    if wanted.command:
        clauses.append(table.c.command == wanted.command)
    if wanted.accepted is not None:
        clauses.append(table.c.code.is_(None) if wanted.accepted else table.c.code.is_not(None))
    if after is not None:
        at, key, reader = after
        # Of an instant the acts come first: after a reading there are none left.
        same = and_(table.c.at == at, table.c.id < key)
        clauses.append(table.c.at < at if reader else or_(table.c.at < at, same))
    statement = select(table).where(*clauses).order_by(table.c.at.desc(), table.c.id.desc()).limit(limit)
    return list(await fetch(session, statement))


async def _reads(
    room: Room, session: AsyncSession, wanted: Wanted, after: tuple[datetime, UUID, str] | None, limit: int
) -> list[Row[Any]]:
    table = room.metadata.tables.get(f"{room.name}.read_log")
    if table is None or wanted.accepted is False or wanted.command not in (None, READ):
        return []
    c, clauses = table.c, _common(table, table.c.person, wanted)
    if after is not None:
        at, key, reader = after
        same = or_(c.complaint_id < key, and_(c.complaint_id == key, c.person < reader)) if reader else c.at == at
        clauses.append(or_(c.at < at, and_(c.at == at, same)))
    statement = select(table).where(*clauses).order_by(c.at.desc(), c.complaint_id.desc(), c.person.desc()).limit(limit)
    return list(await fetch(session, statement))


def _common(table: Table, actor: ColumnElement[str], wanted: Wanted) -> list[ColumnElement[bool]]:
    c = table.c
    clauses: list[ColumnElement[bool]] = []
    if wanted.actors is not None:
        clauses.append(actor.in_(list(wanted.actors)))
    if wanted.complaint_id is not None:
        clauses.append(c.complaint_id == wanted.complaint_id)
    if wanted.since is not None:
        clauses.append(c.at >= wanted.since)
    if wanted.until is not None:
        clauses.append(c.at < wanted.until)
    if wanted.hidden:
        clauses.append(or_(c.complaint_id.is_(None), c.complaint_id.not_in(list(wanted.hidden))))
    return clauses


def _act(row: Row[Any]) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(),
        "actor": row.actor,
        "command": row.command,
        "complaint_id": row.complaint_id,
        "code": row.code,
        "detail": row.detail,
        "data": row.data,
        "cursor": _SPLIT.join((row.at.isoformat(), str(row.id), "")),
    }


def _read(row: Row[Any]) -> dict[str, Any]:
    return {
        "at": row.at.isoformat(),
        "actor": row.person,
        "command": READ,
        "complaint_id": row.complaint_id,
        "code": None,
        "detail": None,
        "data": {},
        "cursor": _SPLIT.join((row.at.isoformat(), str(row.complaint_id), row.person)),
    }


def _cursor(text: str) -> tuple[datetime, UUID, str]:
    try:
        at, key, reader = text.split(_SPLIT, 2)
        instant = datetime.fromisoformat(at)
        if instant.tzinfo is None or "\x00" in reader:
            raise ValueError
        return instant, UUID(key), reader
    except ValueError:
        raise Refused(Code.field_invalid, "cursor 无效", field="cursor") from None
