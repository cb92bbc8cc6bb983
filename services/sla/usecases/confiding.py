"""B9: the confidential cases a viewer may see. Who leads is told by rules that SQL does not know; they are few."""

from uuid import UUID

from sqlalchemy import ColumnElement, Row, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.repository import CASE
from shared.db.statements import fetch
from shared.org.confidential import in_confidence, loaded
from shared.org.liability import CaseStanding
from shared.org.model import Directory
from shared.room.room import Actor, Room


def standing_of_row(row: Row) -> CaseStanding:  # type: ignore[type-arg]
    """What a row of `case` says of who is in charge of it."""
    return CaseStanding(
        row.project_id,
        row.category,
        row.severity,
        row.officer,
        row.first_department,
        confined_to=loaded(row.confined_to),
    )


async def confided(room: Room, session: AsyncSession, directory: Directory, viewer: Actor) -> list[UUID]:
    """004§7(二): none for whom nothing was told in confidence."""
    if viewer.kind != "person":
        return []
    rows = await fetch(session, select(CASE).where(CASE.c.confined_to.is_not(None)))
    now = room.clock.now()
    return [
        row.complaint_id
        for row in rows
        if in_confidence(
            room.policies.get(row.policy_id, row.policy_version),
            directory,
            standing_of_row(row),
            viewer.person or "",
            now,
        )
    ]


async def not_secret(
    room: Room, session: AsyncSession, directory: Directory, viewer: Actor
) -> list[ColumnElement[bool]]:
    """As conditions on `case`: what a viewer may hear of, whatever his post; none for the system."""
    if viewer.kind == "system":
        return []
    own = await confided(room, session, directory, viewer)
    return [or_(CASE.c.confined_to.is_(None), CASE.c.complaint_id.in_(own))]


async def secrets_from(room: Room, session: AsyncSession, directory: Directory, viewer: Actor) -> set[UUID]:
    """The confidential cases of which the viewer may not hear; none for the system."""
    if viewer.kind == "system":
        return set()
    rows = await fetch(session, select(CASE.c.complaint_id).where(CASE.c.confined_to.is_not(None)))
    return {row.complaint_id for row in rows} - set(await confided(room, session, directory, viewer))
