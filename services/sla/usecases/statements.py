"""H5: the monthly statements as they were frozen, with every journal entry behind them."""

from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.sheets import MONTH
from services.sla.repository import CASE, JOURNAL, LINE, STATEMENT, STATEMENT_RUN
from services.sla.usecases.confiding import secrets_from
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.kernel.money import Fen, yuan
from shared.org.authority import scope_of
from shared.org.model import Directory
from shared.room.room import Actor, Room

KIND_LABELS = {"debit": "扣罚", "reversal": "冲回", "conversion": "折算"}
PEOPLE_A_TIME = 200
VEILED = "—"
"""Instead of the number of a confidential case."""


@dataclass(frozen=True, slots=True)
class PersonStatement:
    """One person's statement of a month in a time zone; `lines` are (entry, number of its case);
    of a confidential case that the viewer does not see, the sum without the case.
    """

    row: Row[Any]
    name: str
    lines: list[tuple[Any, str]]


def people_seen(directory: Directory, viewer: Actor, at: Any) -> list[str] | None:
    """Whose statements a viewer sees: None means everybody's (HR, finance and the other group posts)."""
    if viewer.kind == "system":
        return None
    if viewer.kind != "person" or viewer.person is None:
        return []
    return None if scope_of(directory, viewer.person, at).everything else [viewer.person]


async def months(room: Room, viewer: Actor, *, person: str | None = None) -> dict[str, Any]:
    """The months stated, latest first, with the sums over the people the viewer may see."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        shown = _visible(people_seen(directory, viewer, room.clock.now()), person)
        own = and_(STATEMENT.c.month == STATEMENT_RUN.c.month, STATEMENT.c.zone == STATEMENT_RUN.c.zone, *shown)
        run = (STATEMENT_RUN.c.month, STATEMENT_RUN.c.zone, STATEMENT_RUN.c.cut_off_at)
        rows = await fetch(
            session,
            select(
                *run,
                func.count(STATEMENT.c.person).label("people"),
                func.coalesce(func.sum(STATEMENT.c.entries), 0).label("entries"),
                func.coalesce(func.sum(STATEMENT.c.total_fen), 0).label("total_fen"),
            )
            .outerjoin(STATEMENT, own)
            .group_by(*run)
            .order_by(STATEMENT_RUN.c.month.desc(), STATEMENT_RUN.c.zone),
        )
    items = [
        {
            "month": row.month,
            "zone": row.zone,
            "cut_off_at": row.cut_off_at.isoformat(),
            "people": row.people,
            "entries": int(row.entries),
            "total": yuan(Fen(int(row.total_fen))),
        }
        for row in rows
    ]
    return {"items": items}


async def statement(
    room: Room,
    viewer: Actor,
    month: str,
    *,
    person: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """A month's statements by person, each with its entries. Raises Refused(not_found) for a month not yet stated."""
    async with room.db.read() as session:
        directory = await _stated(room, session, month)
        seen = people_seen(directory, viewer, room.clock.now())
        secret = await secrets_from(room, session, directory, viewer)
        found = await _page(session, directory, month, _visible(seen, person), _after(cursor), limit + 1, secret)
    shown = [_person(each) for each in found[:limit]]
    last = found[limit - 1].row if len(found) > limit else None
    return {"month": month, "items": shown, "next_cursor": f"{last.zone}:{last.person}" if last is not None else None}


async def every_person(room: Room, viewer: Actor, month: str, person: str | None) -> AsyncIterator[PersonStatement]:
    """All that the viewer sees of a month, a page at a time. Raises Refused before the first."""
    after: tuple[str, str] | None = None
    while True:
        async with room.db.read() as session:
            directory = await _stated(room, session, month)
            shown = _visible(people_seen(directory, viewer, room.clock.now()), person)
            secret = await secrets_from(room, session, directory, viewer)
            found = await _page(session, directory, month, shown, after, PEOPLE_A_TIME, secret)
        for each in found:
            yield each
        if len(found) < PEOPLE_A_TIME:
            return
        after = found[-1].row.zone, found[-1].row.person


def _visible(seen: list[str] | None, person: str | None) -> list[Any]:
    conditions: list[Any] = [] if seen is None else [STATEMENT.c.person.in_(seen)]
    return conditions if person is None else [*conditions, STATEMENT.c.person == person]


async def _stated(room: Room, session: AsyncSession, month: str) -> Directory:
    if not MONTH.fullmatch(month):
        raise Refused(Code.field_invalid, "month: 应为 2026-03 这样的月份", field="month")
    stated = select(STATEMENT_RUN.c.zone).where(STATEMENT_RUN.c.month == month).limit(1)
    if not await fetch(session, stated):
        raise Refused(Code.not_found, f"{month} 尚无扣罚统计表")
    return await room.directory(session)


def _after(cursor: str | None) -> tuple[str, str] | None:
    if cursor is None:
        return None
    zone, colon, person = cursor.partition(":")
    if not colon or "\x00" in cursor:
        raise Refused(Code.field_invalid, "cursor: 不是本接口给出的游标", field="cursor")
    return zone, person


async def _page(
    session: AsyncSession,
    directory: Directory,
    month: str,
    visible: list[Any],
    after: tuple[str, str] | None,
    limit: int,
    secret: Collection[UUID],
) -> list[PersonStatement]:
    wanted = select(STATEMENT).where(STATEMENT.c.month == month, *visible)
    if after is not None:
        zone, person = after
        later = (STATEMENT.c.zone > zone) | ((STATEMENT.c.zone == zone) & (STATEMENT.c.person > person))
        wanted = wanted.where(later)
    rows = await fetch(session, wanted.order_by(STATEMENT.c.zone, STATEMENT.c.person).limit(limit))
    lines = await _lines(session, month, [row.person for row in rows], secret)
    return [PersonStatement(row, directory.name_of(row.person), lines.get((row.zone, row.person), [])) for row in rows]


async def _lines(
    session: AsyncSession, month: str, people: Sequence[str], secret: Collection[UUID]
) -> dict[tuple[str, str], list[tuple[Any, str]]]:
    line = and_(LINE.c.complaint_id == JOURNAL.c.complaint_id, LINE.c.seq == JOURNAL.c.seq)
    rows = await fetch(
        session,
        select(JOURNAL, CASE.c.number)
        .join(LINE, line)
        .join(CASE, CASE.c.complaint_id == JOURNAL.c.complaint_id)
        .where(LINE.c.month == month, JOURNAL.c.person.in_(people))
        .order_by(JOURNAL.c.at, JOURNAL.c.complaint_id, JOURNAL.c.seq),
    )
    found: dict[tuple[str, str], list[tuple[Any, str]]] = {}
    for row in rows:
        told = (_veiled(row), VEILED) if row.complaint_id in secret else (row, row.number)
        found.setdefault((row.zone, row.person), []).append(told)
    return found


def _veiled(row: Row[Any]) -> SimpleNamespace:
    """The sum must stay, or the total would not add up; of which case it is, nothing is told."""
    return SimpleNamespace(**{**row._mapping, "complaint_id": None, "explanation": "保密案件"})


def _person(found: PersonStatement) -> dict[str, Any]:
    row = found.row
    return {
        "person": row.person,
        "person_name": found.name,
        "zone": row.zone,
        "entries": row.entries,
        "total": yuan(Fen(row.total_fen)),
        "pending": row.pending,
        "sha256": row.sha256,
        "cut_off_at": row.cut_off_at.isoformat(),
        "lines": [
            {
                "at": line.at.isoformat(),
                "complaint": str(line.complaint_id) if line.complaint_id else None,
                "number": number,
                "seq": line.seq,
                "kind": line.kind,
                "rule": line.rule,
                "name": line.name,
                "clause": line.clause,
                "units": line.units,
                "amount": None if line.amount_fen is None else yuan(Fen(line.amount_fen)),
                "percent": line.percent,
                "of": line.of,
                "explanation": line.explanation,
            }
            for line, number in found.lines
        ],
    }
