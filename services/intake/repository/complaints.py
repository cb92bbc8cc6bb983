"""A complaint's record, its number, its signatures and its history."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import CursorResult, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.repository.rows import table_of
from services.intake.tables import DAY_NUMBER, Classification, Complaint, Correction, Signature
from shared.db.sealed import same
from shared.db.statements import run


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
    if lock:
        # What was read before the lock was had may have changed since.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).one_or_none()


async def locked(session: AsyncSession, complaint_id: UUID) -> Complaint:
    """A complaint that is known to be there."""
    found = await complaint(session, complaint_id, lock=True)
    assert found is not None
    return found


async def project_of(session: AsyncSession, complaint_id: UUID) -> str | None:
    return (await session.exec(select(Complaint.project_id).where(Complaint.id == complaint_id))).one_or_none()


async def number_of(session: AsyncSession, complaint_id: UUID) -> str:
    return (await session.exec(select(Complaint.number).where(Complaint.id == complaint_id))).one()


async def version(session: AsyncSession, complaint_id: UUID) -> int:
    return (await session.exec(select(Complaint.version).where(Complaint.id == complaint_id))).one()


async def by_tracking(session: AsyncSession, token: str) -> UUID | None:
    stands = same(session, col(Complaint.tracking_blind), col(Complaint.tracking), token)
    found = (await session.exec(select(Complaint.id, Complaint.tracking).where(stands))).all()
    # A blind index knows no capitals; a key does.
    return next((complaint_id for complaint_id, tracking in found if tracking == token), None)


async def change(session: AsyncSession, complaint_id: UUID, **values: Any) -> None:
    table = table_of(Complaint)
    await run(session, update(table).where(table.c.id == complaint_id).values(version=table.c.version + 1, **values))


async def last_signature(session: AsyncSession, complaint_id: UUID) -> Signature | None:
    statement = select(Signature).where(Signature.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(Signature.id).desc()).limit(1))).one_or_none()


async def classifications(session: AsyncSession, complaint_id: UUID) -> Sequence[Classification]:
    statement = select(Classification).where(Classification.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(Classification.at), col(Classification.id)))).all()


async def corrections(session: AsyncSession, complaint_id: UUID) -> Sequence[Correction]:
    statement = select(Correction).where(Correction.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(Correction.at), col(Correction.id)))).all()
