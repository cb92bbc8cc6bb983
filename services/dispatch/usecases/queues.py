"""What waits for a viewer, and the cases he answers for, as pages list them: what is due first comes first."""

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.dispatch.domain.cooperation import ASKED
from services.dispatch.domain.deadlines import earlier
from services.dispatch.domain.due import Due, Moments, due_of
from services.dispatch.domain.duties import HELP, Duty
from services.dispatch.repository import rows_of, standing_of
from services.dispatch.tables import COMPLAINT, COOPERATION_TASK, ORDER, Complaint, CooperationTask, SupervisionOrder
from services.dispatch.usecases.confiding import confided
from services.dispatch.usecases.reads import shown_to
from services.dispatch.usecases.shown import Shown
from services.dispatch.usecases.viewing import LIVE, Clause, may_wait, seen_by
from services.dispatch.usecases.waiting import people_waited_for
from shared.org.acting import acts_as, principals
from shared.org.authority import holders_of
from shared.org.model import Directory
from shared.room.room import Actor, Room

ROLES = {"liable": "责任人", "leader": "分管领导", "chairman": "董事长"}
GUARDIAN = "专人负责"
"""004§5(二): his from the moment he is named, whatever waits."""
MOST_SIEVED = 3000
_WIDE = {
    "content",
    "severity_reason",
    "customer",
    "customer_name",
    "customer_phone",
    "customer_room",
    "customer_terms",
}
_NARROW = [column for column in COMPLAINT.c if column.name not in _WIDE]
SUBMIT = "order.submit"
_WITH_ORDER = frozenset({SUBMIT, "order.review", "order.issue"})
_LAST = datetime.max.replace(tzinfo=UTC)
"""For order only: what has no due time comes last."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """A duty of a case that waits for the viewer. `returned` says why an order came back to be submitted again."""

    shown: Shown
    duty: Duty
    since: datetime
    due: Due | None
    returned: str | None = None

    @property
    def due_at(self) -> datetime | None:
        return self.due.at if self.due else None

    def told(self) -> dict[str, Any]:
        return {
            "command": self.duty.command,
            "name": self.duty.name,
            "since": self.shown.time(self.since),
            "due_at": self.shown.time(self.due_at),
            "clock": self.due.clock if self.due else None,
            "rule": self.due.rule if self.due else "",
            "returned": self.returned,
        }


async def waiting_for(
    room: Room, viewer: Actor, *, only: Callable[[str], bool] = lambda command: True, first: int = 0, limit: int = 25
) -> dict[str, Any]:
    """A page of what waits for the viewer: {items, total}. `only` chooses commands; `first` counts from 0."""
    if viewer.kind != "person" or not viewer.person:
        return {"items": [], "total": 0}
    async with room.db.read() as session:
        directory = await room.directory(session)
        own = await confided(room, session, directory, viewer)
        now, policies = room.clock.now(), room.policies.all()
        known = _Known(directory, now)
        cases = await _sieved(room, session, directory, viewer, own, may_wait(directory, policies, viewer, now, own))
        owed = [(s, duty) for s in cases for duty in known.duties_of(s, viewer.person) if only(duty.command)]
        found = sorted(await _timed(session, owed), key=_urgency)
        page = found[first : first + limit]
        whole = await _whole(room, session, directory, viewer, [one.shown.case.complaint_id for one in page])
    items = [whole[one.shown.case.complaint_id].summary() | known.told(one, viewer.person) for one in page]
    return {"items": items, "total": len(found)}


async def answered_for(room: Room, viewer: Actor, *, first: int = 0, limit: int = 25) -> dict[str, Any]:
    """A page of the cases the viewer answers for, or that wait for him, each with his part in it and his tasks."""
    if viewer.kind != "person" or not viewer.person:
        return {"items": [], "total": 0}
    async with room.db.read() as session:
        directory = await room.directory(session)
        own = await confided(room, session, directory, viewer)
        now, policies = room.clock.now(), room.policies.all()
        issued = COMPLAINT.c.closed_at.is_(None) & COMPLAINT.c.handed_over_at.is_not(None)
        clause = LIVE & or_(issued, may_wait(directory, policies, viewer, now, own))
        cases = await _sieved(room, session, directory, viewer, own, clause)
        known = _Known(directory, now)
        owed = [(shown, duty) for shown in cases for duty in known.duties_of(shown, viewer.person)]
        tasks: dict[UUID, list[Waiting]] = {}
        for one in await _timed(session, owed):
            tasks.setdefault(one.shown.case.complaint_id, []).append(one)
        stood_for = principals(directory, viewer.person, now)
        found = []
        for shown in cases:
            case = shown.case
            roles = [name for post, name in ROLES.items() if known.holder(shown, post) == viewer.person]
            guards = case.guardian in stood_for and case.closed_at is None
            roles += [GUARDIAN] if guards else []
            waiting = sorted(tasks.get(case.complaint_id, []), key=_urgency)
            if waiting or guards or (roles and case.handed_over_at is not None and case.closed_at is None):
                deadline = earlier(case.required_by, case.agreed_completion_at)
                dues = [at for at in (deadline, *(task.due_at for task in waiting)) if at]
                found.append((not waiting, min(dues, default=_LAST), shown, roles, waiting, deadline))
        found.sort(key=lambda one: one[:2])
        page = found[first : first + limit]
        whole = await _whole(room, session, directory, viewer, [one[2].case.complaint_id for one in page])
    items = [
        whole[shown.case.complaint_id].summary()
        | {
            "roles": roles,
            "tasks": [known.told(task, viewer.person) for task in waiting],
            "deadline": shown.time(deadline),
        }
        for _, _, shown, roles, waiting, deadline in page
    ]
    return {"items": items, "total": len(found)}


class _Known:
    """Who must do what, and who holds which post, asked once for all cases that are alike in what decides it."""

    def __init__(self, directory: Directory, now: datetime) -> None:
        self._directory, self._now = directory, now
        self._duties: dict[Hashable, list[tuple[Duty, list[str]]]] = {}
        self._holders: dict[Hashable, str | None] = {}

    def duties_of(self, shown: Shown, person: str) -> list[Duty]:
        case = shown.case
        key = (
            case.policy_id, case.policy_version, case.state, case.kind, case.validity, case.channel, repr(case.extra),
            case.visited_at is None, case.planned, tuple(sorted(case.pending)), tuple(case.asked), standing_of(case),
        )  # fmt: skip
        if key not in self._duties:
            self._duties[key] = people_waited_for(shown.policy, self._directory, case, self._now)
        return [
            replace(duty, since=case.pending.get(duty.command))
            for duty, people in self._duties[key]
            if person in people
        ]

    def told(self, one: Waiting, person: str) -> dict[str, Any]:
        """With `instead_of`: the name of the absent person whose work it is (D5); None where it is his own."""
        shown, absent = one.shown, None
        if principals(self._directory, person, self._now) != [person] and not shown.case.confined_to:
            standing = standing_of(shown.case)
            holders = holders_of(one.duty.by, shown.policy, self._directory, standing, self._now)
            absent = acts_as(self._directory, person, holders, self._now)
        return one.told() | {"instead_of": shown.name(absent) if absent not in (None, person) else None}

    def holder(self, shown: Shown, post: str) -> str | None:
        case = shown.case
        key = post, case.policy_id, case.policy_version, standing_of(case), case.closed_at
        if key not in self._holders:
            self._holders[key] = shown.holder(post)
        return self._holders[key]


async def _sieved(
    room: Room, session: AsyncSession, directory: Directory, viewer: Actor, own: list[UUID], clause: Clause
) -> list[Shown]:
    """The cases without their long texts, the longest waiting first; no more than anybody can have before him."""
    statement = (
        select(*_NARROW)
        .where(seen_by(directory, viewer, room.clock.now(), own), clause)
        .order_by(COMPLAINT.c.state_since, COMPLAINT.c.complaint_id)
        .limit(MOST_SIEVED)
    )
    return [shown_to(room, directory, viewer, case) for case in await rows_of(session, Complaint, statement)]


async def _whole(
    room: Room, session: AsyncSession, directory: Directory, viewer: Actor, ids: list[UUID]
) -> dict[UUID, Shown]:
    cases = await rows_of(session, Complaint, select(COMPLAINT).where(COMPLAINT.c.complaint_id.in_(ids)))
    return {case.complaint_id: shown_to(room, directory, viewer, case) for case in cases}


async def _timed(session: AsyncSession, owed: list[tuple[Shown, Duty]]) -> list[Waiting]:
    orders = await _orders(session, {one.case.complaint_id for one, duty in owed if duty.command in _WITH_ORDER})
    asked = await _asked(session, {one.case.complaint_id for one, duty in owed if duty.command == HELP})
    return [_told(shown, duty, orders.get(shown.case.complaint_id), asked) for shown, duty in owed]


def _told(shown: Shown, duty: Duty, order: SupervisionOrder | None, asked: dict[UUID, datetime | None]) -> Waiting:
    case = shown.case
    since = datetime.fromisoformat(duty.since) if duty.since else case.state_since
    if duty.command == HELP:
        return Waiting(shown, duty, since, Due("", duty.name, asked.get(case.complaint_id), ""))
    moments = Moments(
        contact_ended_at=case.contact_ended_at,
        returned_at=order.returned_at if order else None,
        submitted_at=order.submitted_at if order else None,
        handed_over_at=case.handed_over_at,
        state_since=case.state_since,
        required_by=case.required_by,
        agreed_at=case.agreed_completion_at,
    )
    returned = order.return_reason if order and duty.command == SUBMIT else None
    return Waiting(shown, duty, since, due_of(shown.policy, duty.command, moments, since), returned)


async def _orders(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, SupervisionOrder]:
    wanted = list(ids)
    if not wanted:
        return {}
    statement = select(ORDER).where(ORDER.c.complaint_id.in_(wanted))
    return {row.complaint_id: row for row in await rows_of(session, SupervisionOrder, statement)}


async def _asked(session: AsyncSession, ids: Iterable[UUID]) -> dict[UUID, datetime | None]:
    """The earliest due time of what is asked of departments, by case."""
    wanted = list(ids)
    if not wanted:
        return {}
    c = COOPERATION_TASK.c
    rows = await rows_of(
        session, CooperationTask, select(COOPERATION_TASK).where(c.complaint_id.in_(wanted), c.state == ASKED)
    )
    found: dict[UUID, datetime | None] = {}
    for row in rows:
        found[row.complaint_id] = earlier(found.get(row.complaint_id), row.due_at)
    return found


def _urgency(one: Waiting) -> tuple[datetime, datetime]:
    return one.due_at or _LAST, one.since
