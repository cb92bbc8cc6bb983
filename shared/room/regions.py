"""Several regions and a group over them: each region runs all rooms over its own database and broker; the group runs
those that observe, fed by the events of all regions, and gives them the directory.
"""

from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Room


class NotObserving(Exception):
    """A room that has nothing to do in the group's installation."""


def place(room: Room, region: str | None, observes: bool) -> Room:
    """Puts the room into its installation. Raises NotObserving for one that the group's does not run."""
    room.region, room.observes = region, observes
    if observes:
        if room.observing is None:
            raise NotObserving(room.name)
        room.consumers = room.observing.consumers
        room.tick, room.next_wake = room.observing.tick, room.observing.next_wake
    elif region is not None:
        room.consumers = {**room.consumers, **room.directed}
    return room


async def require_here(room: Room, command: Command) -> None:
    """Raises Refused for an act on a region's case in the group's installation; the sentence says where to go."""
    if not room.observes or room.observing is None:
        return
    if command.complaint_id is None:
        if command.name in room.commands and command.name not in room.observing.commands:
            raise Refused(Code.region_elsewhere, f"{command.name}: 集团系统只供查阅，请在各区域的系统中办理")
        return
    async with room.db.read() as session:
        number = await room.observing.number_of(session, command.complaint_id)
    if number is None:
        raise Refused(Code.not_found, "没有这个投诉")
    region, dash, _ = number.partition("-TS")
    where = f"{region} 区域" if dash else "受理它的区域"
    raise Refused(Code.region_elsewhere, f"{command.name}: {number} 由{where}的系统办理，集团系统只供查阅")


def number_prefix(region: str | None) -> str:
    """What complaint numbers begin with: those of different regions never meet in the group."""
    return f"{region.upper()}-TS" if region else "TS"
