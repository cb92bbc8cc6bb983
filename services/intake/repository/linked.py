"""Which complaints belong together."""

from datetime import datetime
from hashlib import sha256
from uuid import UUID

from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.tables import Complaint, Link
from shared.db.statements import run


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


async def one_link_at_a_time(session: AsyncSession, project_id: str | None) -> None:
    """Links of one project wait for each other: whoever is second sees what the first has made of the groups."""
    if project_id is not None and session.get_bind().dialect.name != "sqlite":
        key = int.from_bytes(sha256(f"link {project_id}".encode()).digest()[:8], signed=True)
        await run(session, select(func.pg_advisory_xact_lock(key)))


async def is_linked(session: AsyncSession, one: UUID, other: UUID, relation: str) -> bool:
    """In whichever direction."""
    statement = select(Link.id).where(
        Link.relation == relation,
        or_((col(Link.complaint_id) == one) & (col(Link.to_id) == other),
            (col(Link.complaint_id) == other) & (col(Link.to_id) == one)),
    )  # fmt: skip
    return (await session.exec(statement.limit(1))).one_or_none() is not None


async def repeats(session: AsyncSession, complaint_id: UUID, ancestor: UUID) -> bool:
    """Whether the complaint repeats the other, by however many steps."""
    seen, todo = {complaint_id}, [complaint_id]
    while todo:
        statement = select(Link.to_id).where(Link.relation == "repeat", col(Link.complaint_id).in_(todo))
        todo = [one for one in (await session.exec(statement)).all() if one not in seen]
        seen.update(todo)
    return ancestor in seen


async def merged_into(session: AsyncSession, survivor: UUID) -> list[Complaint]:
    """All that went into the complaint, also by way of another."""
    found: list[Complaint] = []
    todo = [survivor]
    while todo:
        went = (await session.exec(select(Complaint).where(col(Complaint.merged_into).in_(todo)))).all()
        found += went
        todo = [one.id for one in went]
    return found


async def group_of(session: AsyncSession, complaint_id: UUID) -> tuple[set[UUID], bool]:
    """All complaints linked with this one as one group or as duplicates, and whether any is as one group."""
    seen, todo, is_group = {complaint_id}, {complaint_id}, False
    while todo:
        near = or_(col(Link.complaint_id).in_(todo), col(Link.to_id).in_(todo))
        found = (
            await session.exec(select(Link).where(col(Link.relation).in_(("same_group", "duplicate")), near))
        ).all()
        is_group = is_group or any(link.relation == "same_group" for link in found)
        todo = {one for link in found for one in (link.complaint_id, link.to_id)} - seen
        seen |= todo
    return seen, is_group
