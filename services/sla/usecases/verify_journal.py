"""H5: walks the hash chain of every case, and every frozen statement; what was changed or taken away shows."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, select, tuple_

from services.sla.domain.journal import GENESIS, Amount, Posting, chained
from services.sla.domain.statements import statement_hash
from services.sla.repository import CASE, JOURNAL, LINE, STATEMENT
from shared.db.statements import fetch
from shared.room.room import Room

BATCH = 5_000


@dataclass(slots=True)
class Verified:
    """How much holds; `problem` is the first that does not, None where all does."""

    cases: int = 0
    entries: int = 0
    statements: int = 0
    problem: str | None = None


async def verify_journal(room: Room) -> Verified:
    found = Verified()
    found.problem = await _chains(room, found) or await _statements(room, found)
    return found


async def _chains(room: Room, found: Verified) -> str | None:
    at: tuple[UUID, int] | None = None
    case, head, seq = None, GENESIS, 0
    while True:
        key = (JOURNAL.c.complaint_id, JOURNAL.c.seq)
        page = select(JOURNAL).order_by(*key).limit(BATCH)
        async with room.db.read() as session:
            rows = await fetch(session, page if at is None else page.where(tuple_(*key) > at))
        for row in rows:
            if row.complaint_id != case:
                case, head, seq = row.complaint_id, GENESIS, 0
                found.cases += 1
            seq += 1
            if row.seq != seq:
                return f"{await _number(room, row.complaint_id)} 缺第 {seq} 笔"
            if _hash(head, row) != row.hash:
                return f"{await _number(room, row.complaint_id)} 第 {seq} 笔与其校验码不符"
            head = row.hash
            found.entries += 1
        if len(rows) < BATCH:
            return None
        at = rows[-1].complaint_id, rows[-1].seq


def _hash(head: str, row: Row[Any]) -> str:
    posting = Posting(
        row.rule, row.person, row.kind, row.name, row.clause, Amount(row.units, row.amount_fen, row.percent), row.of,
        row.explanation,
    )  # fmt: skip
    return chained(head, row.seq, str(row.complaint_id), row.at.isoformat(), posting)


async def _number(room: Room, complaint_id: UUID) -> str:
    async with room.db.read() as session:
        rows = await fetch(session, select(CASE.c.number).where(CASE.c.complaint_id == complaint_id))
    return str(rows[0].number) if rows else str(complaint_id)


async def _statements(room: Room, found: Verified) -> str | None:
    """The last entry of a case, taken away, leaves a chain that holds and a statement that does not."""
    if room.observes:
        return None  # their entries are in the regions, where they are verified
    async with room.db.read() as session:
        months = await fetch(session, select(STATEMENT.c.month).distinct().order_by(STATEMENT.c.month))
    for (month,) in months:
        async with room.db.read() as session:
            stated = await fetch(session, select(STATEMENT).where(STATEMENT.c.month == month))
            line = and_(LINE.c.complaint_id == JOURNAL.c.complaint_id, LINE.c.seq == JOURNAL.c.seq)
            entry = select(JOURNAL.c.zone, JOURNAL.c.person, JOURNAL.c.hash).join(LINE, line)
            entries = await fetch(session, entry.where(LINE.c.month == month))
        hashes: dict[tuple[str, str], list[str]] = {}
        for row in entries:
            hashes.setdefault((row.zone, row.person), []).append(row.hash)
        for row in stated:
            if statement_hash(hashes.get((row.zone, row.person), []), row.total_fen, row.pending) != row.sha256:
                return f"{month} {row.person} 的扣罚统计与其校验码不符"
            found.statements += 1
    return None
