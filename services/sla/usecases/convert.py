"""H3, H5: percentages become money once HR's base of their month is known, by an entry of its own."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select

from services.sla.domain.journal import CONVERSION, Amount, Key, Posting
from services.sla.domain.statements import Percent, Shares, shares
from services.sla.repository import BASE, CASE, JOURNAL, LINE, STATEMENT_RUN
from services.sla.usecases.post import appended, entries_of, write
from shared.db.statements import fetch
from shared.kernel.money import Fen, yuan
from shared.room.room import Room, Tx

BATCH = 500
MARGIN = timedelta(days=1)
"""A base that was being entered while a statement was made; looking at it again does no harm."""

Bases = dict[str, dict[str, int]]


async def convert(room: Room, zone: str, month: str, at: datetime) -> set[tuple[UUID, int]]:
    """Brings what the percentages of the zone come to into the journal, as of the cut-off of the month.

    Returns (complaint, seq) of those that have no base yet. Like all of the journal it is the difference to what was
    posted before: a second run, a corrected base or a reversal of last month changes what it must and no more.
    """
    pending: set[tuple[UUID, int]] = set()
    concerned = await _concerned(room, zone, at)
    for start in range(0, len(concerned), BATCH):
        async with room.begin() as tx:
            pending |= await _convert(tx, concerned[start : start + BATCH], zone, month, at)
    return pending


async def _concerned(room: Room, zone: str, at: datetime) -> list[UUID]:
    """Cases with a percentage that stands in no statement, or whose base was given since the last one."""
    line = and_(LINE.c.complaint_id == JOURNAL.c.complaint_id, LINE.c.seq == JOURNAL.c.seq)
    async with room.db.read() as session:
        made = select(func.max(STATEMENT_RUN.c.cut_off_at)).where(
            STATEMENT_RUN.c.zone == zone, STATEMENT_RUN.c.cut_off_at < at
        )
        ((last,),) = await fetch(session, made)
        base = and_(BASE.c.person == JOURNAL.c.person, BASE.c.month == LINE.c.month)
        fresh = LINE.c.seq.is_(None)
        told = fresh if last is None else or_(fresh, BASE.c.set_at > last - MARGIN)
        rows = await fetch(
            session,
            select(JOURNAL.c.complaint_id)
            .outerjoin(LINE, line)
            .outerjoin(BASE, base)
            .where(JOURNAL.c.zone == zone, JOURNAL.c.at <= at, JOURNAL.c.percent.is_not(None), told)
            .distinct()
            .order_by(JOURNAL.c.complaint_id),
        )
    return [row.complaint_id for row in rows]


async def _convert(tx: Tx, complaints: list[UUID], zone: str, month: str, at: datetime) -> set[tuple[UUID, int]]:
    lock = select(CASE.c.complaint_id).where(CASE.c.complaint_id.in_(complaints)).order_by(CASE.c.complaint_id)
    await fetch(tx.session, lock.with_for_update())
    journal = await entries_of(tx.session, complaints)
    lines = await fetch(tx.session, select(LINE).where(LINE.c.complaint_id.in_(complaints)))
    months = {(row.complaint_id, row.seq): row.month for row in lines}
    bases = await _bases(tx, {row.person for rows in journal.values() for row in rows if row.percent})
    pending: set[tuple[UUID, int]] = set()
    new: list[dict[str, Any]] = []
    for complaint_id, rows in journal.items():
        entries = []
        for key, of_key in _by_key(rows, at, months).items():
            share = shares(
                [Percent(row.seq, months.get((complaint_id, row.seq), month), row.percent) for row in of_key],
                bases.get(key[1], {}),
            )
            pending |= {(complaint_id, seq) for seq in share.pending}
            posted = sum(row.amount_fen for row in rows if row.kind == CONVERSION and (row.rule, row.person) == key)
            if share.fen != posted:
                entries.append(_posting(of_key[-1], share, posted))
        new += appended(complaint_id, zone, rows, at, entries)
    await write(tx.session, new)
    return pending


async def _bases(tx: Tx, people: set[str]) -> Bases:
    found: Bases = {}
    for row in await fetch(tx.session, select(BASE).where(BASE.c.person.in_(people))):
        found.setdefault(row.person, {})[row.month] = row.fen
    return found


def _by_key(rows: Sequence[Row[Any]], at: datetime, months: dict[tuple[UUID, int], str]) -> dict[Key, list[Row[Any]]]:
    """The percentages by rule and person, as far as they stand in a statement or come into this one."""
    found: dict[Key, list[Row[Any]]] = {}
    for row in rows:
        if row.percent and (row.at <= at or (row.complaint_id, row.seq) in months):
            found.setdefault((row.rule, row.person), []).append(row)
    return found


def _posting(last: Row[Any], share: Shares, posted: int) -> Posting:
    terms = " + ".join(share.terms) or "扣罚已冲回"
    before = f"，已折算 {yuan(Fen(posted))} 元" if posted else ""
    why = f"{last.clause}：{terms}，折算 {yuan(Fen(share.fen))} 元{before}"
    difference = Amount(fen=share.fen - posted)
    return Posting(last.rule, last.person, "conversion", last.name, last.clause, difference, last.of, why)
