"""Complaints that are looked for by room, telephone, number or category."""

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Integer, bindparam
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession
from sqlmodel.sql.expression import SelectOfScalar

from services.intake.tables import Complaint
from shared.db.sealed import known_as, same, same_as
from shared.db.types import UtcDateTime

PHONE, ROOM = col(Complaint.phone_blind), col(Complaint.room_blind)


async def like_this(
    session: AsyncSession, project_id: str, room: str | None, phone: str, since: datetime, limit: int
) -> Sequence[Complaint]:
    """Complaints of the project from the same room or phone that stand for themselves, newest first; none of those
    that only few may see.
    """
    given = {"project": project_id, "since": since, "most": limit} | known_as(session, PHONE, "phone", phone)
    if room:
        given |= known_as(session, ROOM, "room", room)
    return (await session.exec(_like_this(bool(room)), params=given)).all()


@cache
def _like_this(by_room: bool) -> SelectOfScalar[Complaint]:
    """Every registration asks: made once."""
    phone = same_as(PHONE, col(Complaint.phone), "phone")
    statement = select(Complaint).where(
        Complaint.project_id == bindparam("project"),
        or_(phone, same_as(ROOM, col(Complaint.room), "room")) if by_room else phone,
        Complaint.registered_at >= bindparam("since", type_=UtcDateTime),
        col(Complaint.merged_into).is_(None),
        col(Complaint.confined_to).is_(None),
    )
    newest = statement.order_by(col(Complaint.registered_at).desc(), col(Complaint.id).desc())
    return newest.limit(bindparam("most", type_=Integer))


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
    found: list[ColumnElement[bool]] = []
    if room:
        found.append((col(Complaint.project_id) == project_id) & _room(session, room))
    if phone:
        found.append(_phone(session, phone))
    if not found:
        return []
    statement = (
        select(Complaint)
        .where(or_(*found))
        .order_by(col(Complaint.registered_at).desc(), col(Complaint.id).desc())
        .limit(limit)
    )
    return (await session.exec(statement)).all()


async def looked_for(
    session: AsyncSession, project_id: str, q: str, phone: str | None, limit: int
) -> Sequence[Complaint]:
    """Complaints of the project with this in their number, of this room, or of this phone, newest first."""
    found = [col(Complaint.number).icontains(q, autoescape=True), _room(session, q)]
    if phone:
        found.append(_phone(session, phone))
    statement = select(Complaint).where(Complaint.project_id == project_id, or_(*found))
    newest = statement.order_by(col(Complaint.registered_at).desc(), col(Complaint.id).desc())
    return (await session.exec(newest.limit(limit))).all()


def _phone(session: AsyncSession, phone: str) -> ColumnElement[bool]:
    return same(session, PHONE, col(Complaint.phone), phone)


def _room(session: AsyncSession, room: str) -> ColumnElement[bool]:
    return same(session, ROOM, col(Complaint.room), room)
