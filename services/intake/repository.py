"""Intake's statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Table, Uuid, insert, literal, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, or_, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.case import Whereabouts
from services.intake.tables import (
    DAY_NUMBER,
    CaseState,
    Classification,
    Complaint,
    Link,
    Signature,
    WindowRating,
)
from shared.db.statements import insert_new, run
from shared.db.types import UtcDateTime


def table_of(model: Any) -> Table:
    table: Table = model.__table__
    return table


async def add(session: AsyncSession, model: Any, row: Mapping[str, Any]) -> None:
    await run(session, insert(table_of(model)), dict(row))


async def add_new(session: AsyncSession, model: Any, row: Mapping[str, Any]) -> bool:
    """False where its key is there already."""
    return await insert_new(session, table_of(model), row)


async def next_number(session: AsyncSession, day: str) -> int:
    """The next number of the day. The row is locked until the transaction ends, so no number is given twice."""
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        build(DAY_NUMBER)
        .values(day=day, last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": DAY_NUMBER.c.last + 1})
        .returning(DAY_NUMBER.c.last)
    )
    result: CursorResult[Any] = await run(session, statement)
    return int(result.scalar_one())


async def complaint(session: AsyncSession, complaint_id: UUID, *, lock: bool = False) -> Complaint | None:
    statement = select(Complaint).where(Complaint.id == complaint_id)
    return (await session.exec(statement.with_for_update() if lock else statement)).one_or_none()


async def by_tracking(session: AsyncSession, token: str) -> UUID | None:
    return (await session.exec(select(Complaint.id).where(Complaint.tracking == token))).one_or_none()


async def change(session: AsyncSession, complaint_id: UUID, **values: Any) -> None:
    table = table_of(Complaint)
    await run(session, update(table).where(table.c.id == complaint_id).values(version=table.c.version + 1, **values))


async def whereabouts(session: AsyncSession, complaint_id: UUID) -> Whereabouts:
    row = (await session.exec(select(CaseState).where(CaseState.complaint_id == complaint_id))).one_or_none()
    return Whereabouts(row.state, row.first_department, row.cooperating) if row else Whereabouts()


@dataclass(frozen=True, slots=True)
class Heard:
    """What one act of dispatch says; `recorded_at` and `event_id` say which of two acts is the later."""

    complaint_id: UUID
    state: str
    recorded_at: datetime
    event_id: UUID
    first_department: str | None = None
    cooperating: list[str] | None = None


async def hear(session: AsyncSession, heard: Heard) -> None:
    """Keeps the latest state and the latest departments, in whichever order the acts arrive."""
    table = table_of(CaseState)
    stamp = tuple_(literal(heard.recorded_at, UtcDateTime), literal(heard.event_id, Uuid))
    names_department = heard.first_department is not None
    departments = {
        "first_department": heard.first_department,
        "cooperating": heard.cooperating,
        "department_at": heard.recorded_at,
        "department_event": heard.event_id,
    }
    nobody = dict.fromkeys(departments)
    state = {"state": heard.state, "state_at": heard.recorded_at, "state_event": heard.event_id}
    row = {"complaint_id": heard.complaint_id, **state, **(departments if names_department else nobody)}
    if await insert_new(session, table, row):
        return
    mine = table.c.complaint_id == heard.complaint_id
    older = tuple_(table.c.state_at, table.c.state_event) < stamp
    await run(session, update(table).where(mine, older).values(**state))
    if names_department:
        before = or_(table.c.department_at.is_(None), tuple_(table.c.department_at, table.c.department_event) < stamp)
        await run(session, update(table).where(mine, before).values(**departments))


async def rated(session: AsyncSession, complaint_id: UUID) -> bool:
    found = select(WindowRating.complaint_id).where(WindowRating.complaint_id == complaint_id)
    return (await session.exec(found)).one_or_none() is not None


async def last_signature(session: AsyncSession, complaint_id: UUID) -> Signature | None:
    statement = select(Signature).where(Signature.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(Signature.id).desc()).limit(1))).one_or_none()


async def classifications(session: AsyncSession, complaint_id: UUID) -> Sequence[Classification]:
    statement = select(Classification).where(Classification.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(Classification.at), col(Classification.id)))).all()


async def links(session: AsyncSession, complaint_id: UUID) -> list[tuple[UUID, str, datetime, bool]]:
    """The other complaint, the relation, since when, and whether the link is this complaint's own."""
    statement = select(Link).where(or_(Link.complaint_id == complaint_id, Link.to_id == complaint_id))
    found = (await session.exec(statement.order_by(col(Link.at), col(Link.id)))).all()
    return [
        (link.to_id, link.relation, link.at, True)
        if link.complaint_id == complaint_id
        else (link.complaint_id, link.relation, link.at, False)
        for link in found
    ]


async def earlier(
    session: AsyncSession, project_id: str, room: str | None, phone: str | None, limit: int
) -> Sequence[Complaint]:
    """Complaints of the same room of the project or the same phone, newest first."""
    same: list[ColumnElement[bool]] = []
    if room:
        same.append((col(Complaint.project_id) == project_id) & (col(Complaint.room) == room))
    if phone:
        same.append(col(Complaint.phone) == phone)
    if not same:
        return []
    statement = (
        select(Complaint)
        .where(or_(*same))
        .order_by(col(Complaint.registered_at).desc(), col(Complaint.id).desc())
        .limit(limit)
    )
    return (await session.exec(statement)).all()
