"""H3: the bonus bases as HR gave them, for HR and the other posts that see every statement."""

from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func, select

from services.sla.domain.journal import CONVERSION
from services.sla.domain.sheets import MONTH
from services.sla.repository import BASE, JOURNAL
from services.sla.usecases.accounts import month_bounds
from services.sla.usecases.statements import people_seen
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.kernel.money import Fen, yuan
from shared.room.room import Actor, Room


async def bases(room: Room, viewer: Actor, month: str) -> list[dict[str, Any]]:
    """Raises Refused: field.invalid, role.not_allowed."""
    if not MONTH.fullmatch(month):
        raise Refused(Code.field_invalid, "month: 应为 2026-03 这样的月份", field="month")
    async with room.db.read() as session:
        directory = await room.directory(session)
        if people_seen(directory, viewer, room.clock.now()) is not None:
            raise Refused(Code.role_not_allowed, "奖金基数只对集团岗位开放")
        rows = await fetch(session, select(BASE).where(BASE.c.month == month).order_by(BASE.c.person))
    return [
        {"person": row.person, "person_name": directory.name_of(row.person), "yuan": yuan(Fen(row.fen)),
         "set_at": row.set_at}
        for row in rows
    ]  # fmt: skip


async def without_base(room: Room, month: str) -> list[dict[str, Any]]:
    """Who has a percentage of a bonus against him in the local month, and how many percent."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        since, until = month_bounds(month, ZoneInfo(directory.timezone))
        total = func.sum(JOURNAL.c.percent)
        rows = await fetch(
            session,
            select(JOURNAL.c.person, total.label("percent"))
            .where(JOURNAL.c.at >= since, JOURNAL.c.at < until, JOURNAL.c.percent.is_not(None))
            .where(JOURNAL.c.kind != CONVERSION)
            .group_by(JOURNAL.c.person)
            .having(total > 0)
            .order_by(JOURNAL.c.person),
        )
    return [
        {"person": row.person, "person_name": directory.name_of(row.person), "percent": int(row.percent)}
        for row in rows
    ]
