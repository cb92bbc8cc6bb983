"""Complaints that are looked for by room, telephone, number or category."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import Complaint


async def like_this(
    session: AsyncSession, project_id: str, room: str | None, phone: str, since: datetime, limit: int
) -> Sequence[Complaint]:
    """Complaints of the project from the same room or phone that stand for themselves, newest first; none of those
    that only few may see.
    """
    same = col(Complaint.phone) == phone
    statement = select(Complaint).where(
        Complaint.project_id == project_id,
        or_(same, col(Complaint.room) == room) if room else same,
        Complaint.registered_at >= since,
        col(Complaint.merged_into).is_(None),
        col(Complaint.confined_to).is_(None),
    )
    newest = statement.order_by(col(Complaint.registered_at).desc(), col(Complaint.id).desc())
    return (await session.exec(newest.limit(limit))).all()


async def alike(
    session: AsyncSession,
    policy_id: str,
    category: str,
    projects: Sequence[str],
    since: datetime,
    until: datetime,
    limit: int,
) -> list[tuple[UUID, str]]:
    """Id and number of what was registered after `since` and by `until` in the category, oldest first; none of those
    that only few may see.
    """
    statement = select(Complaint.id, Complaint.number).where(
        col(Complaint.project_id).in_(projects),
        Complaint.category == category,
        Complaint.policy_id == policy_id,
        Complaint.registered_at > since,
        Complaint.registered_at <= until,
        col(Complaint.merged_into).is_(None),
        col(Complaint.confined_to).is_(None),
    )
    return list(
        (await session.exec(statement.order_by(col(Complaint.registered_at), col(Complaint.id)).limit(limit))).all()
    )


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


async def looked_for(
    session: AsyncSession, project_id: str, q: str, phone: str | None, limit: int
) -> Sequence[Complaint]:
    """Complaints of the project with this in their number, of this room, or of this phone, newest first."""
    same = [col(Complaint.number).icontains(q, autoescape=True), col(Complaint.room) == q]
    if phone:
        same.append(col(Complaint.phone) == phone)
    statement = select(Complaint).where(Complaint.project_id == project_id, or_(*same))
    newest = statement.order_by(col(Complaint.registered_at).desc(), col(Complaint.id).desc())
    return (await session.exec(newest.limit(limit))).all()
