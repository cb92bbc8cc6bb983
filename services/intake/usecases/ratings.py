"""B5, 003§16: the window ratings go straight to the group centre: it alone reads them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from services.intake import repository
from shared.kernel.errors import Code, Refused
from shared.org.acting import posts_for
from shared.org.model import Post
from shared.room.room import Actor, Room

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
        }
        for rating, number, project_id in found[:limit]
        if rating.officer != viewer.person
    ]
    return {"items": items, "next_cursor": str(found[limit - 1][0].complaint_id) if len(found) > limit else None}


def _cursor(cursor: str | None) -> UUID | None:
    try:
        return UUID(cursor) if cursor else None
    except ValueError:
        raise Refused(Code.field_invalid, "cursor: 不是上一页给出的 next_cursor", field="cursor") from None
