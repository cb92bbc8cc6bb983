"""A5, 003§43: which service officers are due to change project."""

from typing import Any

from shared.org.authority import scope_of
from shared.org.rotation import rotations
from shared.room.room import Actor, Room


async def due_rotations(room: Room, viewer: Actor) -> list[dict[str, Any]]:
    """Whose time at a project is over or soon will be, the first due first, as far as the viewer's scope goes."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
    scope = scope_of(directory, viewer.person or "", now)
    everything = viewer.kind == "system" or scope.everything
    return [
        {
            "person": due.term.person,
            "person_name": directory.name_of(due.term.person),
            "project": due.project.id,
            "project_name": due.project.name,
            "since": due.term.since.isoformat() if due.term.since else None,
            "due_on": due.due_on.isoformat(),
            "overdue": now.astimezone(directory.zone(due.project.id)).date() > due.due_on,
            "clause": due.rule.clause,
        }
        for due in rotations(directory, room.policies, now)
        if everything
        or due.term.person == viewer.person
        or due.project.id in scope.projects
        or scope.companies & {due.project.company, due.project.property_company}
    ]
