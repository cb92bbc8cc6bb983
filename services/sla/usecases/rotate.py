"""A5, 003§43: the group's service centre is told in time which officers are due to change project, each term once."""

from datetime import datetime

from sqlalchemy import select

from services.sla.repository import table_of
from services.sla.tables import ReminderRow
from shared.db.statements import fetch, insert_new
from shared.events.sla import ReminderDueV1
from shared.kernel.errors import Transient
from shared.org.acting import acting_for
from shared.org.liability import CaseStanding, holder
from shared.org.model import Directory
from shared.org.rotation import Due, terms
from shared.room.room import Room

REMINDER = table_of(ReminderRow)
TEMPLATE = "rotation.due"
SEEN = "rotations_told"


async def remind_rotations(room: Room) -> None:
    """Those whose reminder has come and has not gone out: one message a recipient, however many officers it names."""
    directory = await _directory(room)
    due = [] if directory is None else await _untold(room, directory)
    if directory is None or not due:
        return
    async with room.begin() as tx:
        now, told = tx.now, dict[tuple[str, str], list[Due]]()
        for one in due:
            row = {
                "key": one.key,
                "template": TEMPLATE,
                "recipient": "",
                "local_date": now.astimezone(directory.zone(one.project.id)).date(),
                "created_at": now,
            }
            if await insert_new(tx.session, REMINDER, row):
                for person in _recipients(one, directory, now):
                    told.setdefault((person, one.rule.channel), []).append(one)
        for (recipient, channel), named in told.items():
            tx.emit(
                ReminderDueV1,
                key=f"{TEMPLATE}:{recipient}:{named[0].key}",
                template=TEMPLATE,
                channel=channel,
                recipient=recipient,
                local_date=now.astimezone(directory.zone(named[0].project.id)).date(),
                complaints=[],
                numbers=[
                    f"{directory.name_of(one.term.person)}（{one.project.name}，{one.due_on}到期）" for one in named
                ],
            )
    room.extra.setdefault(SEEN, set()).update(one.key for one in due)


async def next_rotation(room: Room) -> list[datetime]:
    """When the next officer is to be reminded of, if one is."""
    directory, now = await _directory(room), room.clock.now()
    instants = (one.begins_at for one in _terms(room, directory, now)) if directory else ()
    return sorted(at for at in instants if at > now)[:1]


async def _untold(room: Room, directory: Directory) -> list[Due]:
    """`SEEN` are those this process knows to be told: they cost no query."""
    now, seen = room.clock.now(), room.extra.setdefault(SEEN, set())
    due = [one for one in _terms(room, directory, now) if one.is_due(now) and one.key not in seen]
    if not due:
        return []
    async with room.db.read() as session:
        keys = select(REMINDER.c.key).where(REMINDER.c.key.in_([one.key for one in due]))
        seen.update(row.key for row in await fetch(session, keys))
    return [one for one in due if one.key not in seen]


def _terms(room: Room, directory: Directory, now: datetime) -> list[Due]:
    """Every term, counted once a directory version and hour: a tick with nothing due must cost nothing."""
    kept = room.extra.get("rotations")
    hour = now.replace(minute=0, second=0, microsecond=0)
    if kept is None or kept[0] is not directory or kept[1] != hour:
        kept = (directory, hour, terms(directory, room.policies, now))
        room.extra["rotations"] = kept
    found: list[Due] = kept[2]
    return found


def _recipients(due: Due, directory: Directory, at: datetime) -> list[str]:
    nobody = CaseStanding(due.project.id, None, due.policy.record.default_severity, None)
    people = (holder(post, due.policy, directory, nobody, at) for post in due.rule.to)
    return list(dict.fromkeys(acting_for(directory, person, at) for person in people if person is not None))


async def _directory(room: Room) -> Directory | None:
    """None while none has arrived: then nobody is due."""
    async with room.db.read() as session:
        try:
            return await room.directory(session)
        except Transient:
            return None
