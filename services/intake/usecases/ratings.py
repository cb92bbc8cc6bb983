"""B5, 003§16: the window ratings go straight to the group centre: it alone reads them."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import repository
from services.intake.domain.keys import Way
from services.intake.tables import WindowRating
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.org.acting import posts_for
from shared.org.model import Post
from shared.room.room import Actor, Room

NEAR = timedelta(days=30)
"""Ratings so far apart are looked at together: an officer who rated himself would do so again and again."""

READERS = frozenset({Post.deputy_general_manager, Post.general_manager, Post.auditor})


async def ratings(
    room: Room,
    viewer: Actor,
    *,
    project: str | None = None,
    stars: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """A page of the ratings given in [since, until). Raises Refused(role.not_allowed) for all but the group centre
    and the auditor; an officer who holds such a post besides still does not read those of his own window.
    """
    async with room.db.read() as session:
        directory = await room.directory(session)
        held = posts_for(directory, viewer.person or "", room.clock.now())
        if viewer.kind != "person" or READERS.isdisjoint({one.post for one in held}):
            raise Refused(Code.role_not_allowed, "窗口评价只对集团售后服务中心和集团稽核开放")
        found = await repository.ratings(
            session, project=project, stars=stars, since=since, until=until, before=_cursor(cursor), limit=limit + 1
        )
        given = await _given(room, session, [rating for rating, *_ in found[:limit]])
    names = {one.id: one.name for one in directory.projects}
    items = [
        {
            "complaint": str(rating.complaint_id),
            "number": number,
            "project": project_id,
            "project_name": names.get(project_id, project_id),
            "stars": rating.stars,
            "officer": rating.officer,
            "officer_name": directory.name_of(rating.officer) if rating.officer else "",
            "rated_at": rating.rated_at.isoformat(),
            **given[rating.complaint_id],
        }
        for rating, number, project_id in found[:limit]
        if rating.officer != viewer.person
    ]
    return {"items": items, "next_cursor": str(found[limit - 1][0].complaint_id) if len(found) > limit else None}


async def _given(room: Room, session: AsyncSession, ratings: Sequence[WindowRating]) -> dict[UUID, dict[str, Any]]:
    """How each was given: by which key, the mark of the network, and how many ratings about the same officer came from
    there within `NEAR` of it. What was given on the window's terminal is not counted: all of that comes from one place.
    """
    if not ratings:
        return {}
    officers, times = {one.officer for one in ratings}, [one.rated_at for one in ratings]
    near = await repository.ratings_near(session, officers, min(times) - NEAR, max(times) + NEAR)
    noted = await _noted(room, session, [one.complaint_id for one in (*near, *ratings)])
    places: dict[tuple[str | None, str], list[datetime]] = {}
    for one in near:
        how = noted.get(one.complaint_id, {})
        if "network" in how and how["way"] != Way.window:
            places.setdefault((one.officer, how["network"]), []).append(one.rated_at)
    told: dict[UUID, dict[str, Any]] = {}
    for one in ratings:
        how = noted.get(one.complaint_id, {})
        there = places.get((one.officer, how.get("network", "")), []) if how.get("way") != Way.window else []
        alike = sum(abs(at - one.rated_at) <= NEAR for at in there)
        told[one.complaint_id] = {"way": how.get("way"), "network": how.get("network"), "alike": alike}
    return told


async def _noted(room: Room, session: AsyncSession, cases: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """What the audit log keeps of the ratings of these cases."""
    table = room.tables.audit
    found: dict[UUID, dict[str, Any]] = {}
    for start in range(0, len(cases), 500):
        chunk = table.c.complaint_id.in_(cases[start : start + 500])
        asked = select(table.c.complaint_id, table.c.data).where(
            chunk, table.c.command == "complaint.rate_window", table.c.code.is_(None)
        )
        found |= {row.complaint_id: dict(row.data) for row in await fetch(session, asked)}
    return found


def _cursor(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise Refused(Code.field_invalid, "cursor: 不是上一页给出的 next_cursor", field="cursor") from None
