"""absence.enter (D5): somebody is away, and says who acts for him meanwhile."""

from datetime import datetime
from typing import Any

from pydantic import AwareDatetime, Field

from services.dispatch.domain.handover import with_absence
from services.dispatch.usecases.group_office import require_group_office
from services.dispatch.usecases.import_directory import import_directory, one_version_at_a_time
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.org.authority import scope_of
from shared.org.model import Absence, Directory
from shared.room.commands import parse
from shared.room.room import Actor, Command, Room, Tx


class EnterAbsence(CommandData):
    """`person` is himself unless the group's service centre enters it for him."""

    person: str | None = None
    since: AwareDatetime = Field(alias="from")
    until: AwareDatetime | None = None
    delegate: str


async def delegate(tx: Tx, command: Command) -> dict[str, Any]:
    """A beginning that has passed counts from now: nobody has acted for him before it was said who should."""
    await one_version_at_a_time(tx)
    directory = await tx.directory()
    person = command.data.get("person") or command.actor.person
    own = command.actor.kind == "person" and person == command.actor.person
    if not own or directory.person(command.actor.person or "") is None:
        require_group_office(tx, command, directory)
    data = parse(EnterAbsence, command.data)
    if not isinstance(person, str):
        raise Refused(Code.field_missing, "缺少必填项 person", field="person")
    if data.until is not None and data.until <= tx.now:
        raise Refused(Code.field_invalid, "结束时间须晚于现在", field="until")
    known = any((one.person, one.since) == (person, data.since) for one in directory.absences)
    since = data.since if known else max(data.since, tx.now)
    absence = Absence(person=person, delegate=data.delegate, since=since, until=data.until)
    return {"directory": await import_directory(tx, with_absence(directory, absence)), **told(directory, absence)}


async def absences(room: Room, viewer: Actor) -> list[dict[str, Any]]:
    """Absences that are not over: the group's posts and the system see all, others their own and those they stand in
    for.
    """
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
    everybody = viewer.kind == "system" or scope_of(directory, viewer.person or "", now).everything
    return [
        told(directory, one)
        for one in sorted(directory.absences, key=lambda one: (one.since, one.person))
        if (one.until is None or one.until > now) and (everybody or viewer.person in (one.person, one.delegate))
    ]


def told(directory: Directory, absence: Absence) -> dict[str, Any]:
    def moment(at: datetime | None) -> str | None:
        return at.isoformat() if at else None

    return {
        "person": absence.person,
        "person_name": directory.name_of(absence.person),
        "from": moment(absence.since),
        "until": moment(absence.until),
        "delegate": absence.delegate,
        "delegate_name": directory.name_of(absence.delegate),
    }
