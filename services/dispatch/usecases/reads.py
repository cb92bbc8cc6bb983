"""What can be read of the cases, each viewer only what his post and place let him see."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.dispatch.domain.duties import LEFT_OPEN
from services.dispatch.domain.steps import CASE_WORK, fits
from services.dispatch.repository import (
    claims_of,
    facts_of,
    meetings_of,
    order_of,
    rows_of,
    situation_of,
    standing_of,
)
from services.dispatch.tables import ACT, COMPLAINT, LINK, Act, Complaint
from services.dispatch.usecases import story
from services.dispatch.usecases.acting import UNKNOWN, policy_of
from services.dispatch.usecases.shown import Shown
from services.dispatch.usecases.viewing import Clause, handled_by, may_wait, seen_by
from services.dispatch.usecases.waiting import people_waited_for
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.org.authority import require_authority
from shared.org.model import Directory
from shared.room.room import Actor, Room

OPEN = "open"
MOST = 200
MOST_TASKS = 500
FOR_THE_CUSTOMER = (
    "complaint_id", "number", "version", "state", "state_name", "project_name", "kind_name", "category_name",
    "first_department_name", "registered_at", "required_by", "agreed_completion_at", "closed_at", "customer",
    "content", "signed",
)  # fmt: skip


async def cases(
    room: Room,
    viewer: Actor,
    *,
    state: str | None = None,
    project: str | None = None,
    q: str | None = None,
    cursor: str | None = None,
    limit: int = 25,
) -> dict[str, Any]:
    """A page of the cases the viewer sees, newest first. `state` may be `open`; `q` is looked for in number and text,
    and in name, phone and room of the customers whose cases he handles.
    """
    limit = max(1, min(limit, MOST))
    async with room.db.read() as session:
        directory = await room.directory(session)
        statement = select(COMPLAINT).where(seen_by(directory, viewer, room.clock.now()))
        if state == OPEN:
            statement = statement.where(COMPLAINT.c.closed_at.is_(None))
        elif state:
            statement = statement.where(COMPLAINT.c.state == _text("state", state))
        if project:
            statement = statement.where(COMPLAINT.c.project_id == _text("project", project))
        if q and q.strip():
            statement = statement.where(_found(room, directory, viewer, _text("q", q.strip())))
        if cursor:
            statement = statement.where(COMPLAINT.c.complaint_id < _cursor(cursor))
        # Ids are UUIDv7: their order is the order of registration.
        page = await rows_of(session, Complaint, statement.order_by(COMPLAINT.c.complaint_id.desc()).limit(limit + 1))
    items = [_shown(room, directory, viewer, case).summary() for case in page[:limit]]
    return {"items": items, "next_cursor": items[-1]["complaint_id"] if len(page) > limit else None}


async def case(room: Room, viewer: Actor, complaint_id: UUID) -> dict[str, Any]:
    """The whole case. Raises Refused(not_found) where there is none, or none that the viewer sees."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        found = await rows_of(
            session,
            Complaint,
            select(COMPLAINT).where(
                COMPLAINT.c.complaint_id == complaint_id, seen_by(directory, viewer, room.clock.now())
            ),
        )
        if not found:
            raise Refused(Code.not_found, UNKNOWN)
        shown = _shown(room, directory, viewer, found[0])
        acts = await rows_of(
            session, Act, select(ACT).where(ACT.c.complaint_id == complaint_id).order_by(ACT.c.version, ACT.c.id)
        )
        facts = await facts_of(session, complaint_id)
        order = await order_of(session, complaint_id)
        claims = await claims_of(session, complaint_id)
        meetings = await meetings_of(session, complaint_id)
        links = await _links(session, directory, viewer, room, complaint_id)
    told = story.story(shown, facts, acts)
    if viewer.kind == "customer":
        full = shown.full()
        steps = [{"at": one["at"], "title": one["title"], "state_name": one["state_name"]} for one in told]
        return {key: full[key] for key in FOR_THE_CUSTOMER} | {"acts": steps}
    return shown.full() | {
        "acts": told,
        "order": story.order(shown, order) if order else None,
        "claims": [story.claim(shown, claim) for claim in claims],
        "meetings": [story.meeting(shown, meeting) for meeting in meetings],
        "links": links,
        "actions": _actions(shown),
        "tasks": [
            {"command": duty.command, "name": duty.name, "people": people, "since": _since(shown, duty.since)}
            for duty, people in people_waited_for(shown.policy, directory, shown.case, shown.now)
        ],
    }


async def tasks(room: Room, viewer: Actor, *, limit: int = MOST_TASKS) -> list[dict[str, Any]]:
    """What waits for the viewer, the longest waiting case first."""
    if viewer.kind != "person" or not viewer.person:
        return []
    now, policies = room.clock.now(), room.policies.all()
    async with room.db.read() as session:
        directory = await room.directory(session)
        found = await rows_of(
            session,
            Complaint,
            select(COMPLAINT)
            .where(seen_by(directory, viewer, now), may_wait(directory, policies, viewer, now))
            .order_by(COMPLAINT.c.state_since, COMPLAINT.c.complaint_id),
        )
    waiting = []
    for one in found:
        shown = _shown(room, directory, viewer, one)
        for duty, people in people_waited_for(shown.policy, directory, one, now):
            if viewer.person in people:
                waiting.append(
                    {
                        "complaint": str(one.complaint_id),
                        "number": one.number,
                        "command": duty.command,
                        "name": duty.name,
                        "state": one.state,
                        "state_name": shown.policy.state_names.get(one.state, one.state),
                        "severity": one.severity,
                        "project": one.project_id,
                        "since": _since(shown, duty.since),
                    }
                )
        if len(waiting) >= limit:
            break
    return waiting[:limit]


def _shown(room: Room, directory: Directory, viewer: Actor, found: Complaint) -> Shown:
    return Shown(found, policy_of(room, found), directory, viewer, room.clock.now())


def _since(shown: Shown, since: str | None) -> str | None:
    return shown.time(datetime.fromisoformat(since) if since else shown.case.state_since)


def _found(room: Room, directory: Directory, viewer: Actor, q: str) -> Clause:
    c = COMPLAINT.c
    personal = or_(
        c.customer_name.icontains(q, autoescape=True),
        c.customer_phone.contains(q, autoescape=True),
        c.customer_room.icontains(q, autoescape=True),
    )
    return or_(
        c.number.icontains(q, autoescape=True),
        c.content.icontains(q, autoescape=True),
        personal & handled_by(directory, room.policies.all(), viewer, room.clock.now()),
    )


def _actions(shown: Shown) -> list[dict[str, Any]]:
    """What the viewer may do with the case as it stands."""
    person, case = shown.viewer.person, shown.case
    if shown.viewer.kind != "person" or not person:
        return []
    allowed = []
    for step in shown.policy.step:
        if step.command not in CASE_WORK or not fits(step.case, situation_of(case)):
            continue
        if step.states and case.state not in step.states:
            continue
        if step.command in LEFT_OPEN - {"customer.call"} and step.command not in case.pending:
            continue
        try:
            require_authority(
                step.command, step.by, shown.policy, shown.directory, standing_of(case), person, shown.now
            )
        except Refused:
            continue
        allowed.append({"command": step.command, "name": step.name, "required": step.required})
    return allowed


async def _links(
    session: AsyncSession, directory: Directory, viewer: Actor, room: Room, complaint_id: UUID
) -> list[dict[str, Any]]:
    """Both ends of each link, as far as the viewer sees the other case too."""
    other = COMPLAINT.c.complaint_id
    statement = (
        select(LINK.c.relation, LINK.c.complaint_id, COMPLAINT.c.complaint_id.label("other"), COMPLAINT.c.number)
        .join(
            COMPLAINT,
            ((LINK.c.complaint_id == complaint_id) & (LINK.c.to == other))
            | ((LINK.c.to == complaint_id) & (LINK.c.complaint_id == other)),
        )
        .where(seen_by(directory, viewer, room.clock.now()))
        .order_by(LINK.c.linked_at, other)
    )
    return [
        {
            "complaint_id": str(row.other),
            "number": row.number,
            "relation": row.relation,
            "direction": "to" if row.complaint_id == complaint_id else "from",
        }
        for row in await fetch(session, statement)
    ]


def _text(name: str, value: str) -> str:
    if "\x00" in value or any("\ud800" <= char <= "\udfff" for char in value):
        raise Refused(Code.field_invalid, f"{name}: 含有不允许的字符", field=name)
    return value


def _cursor(cursor: str) -> UUID:
    try:
        return UUID(cursor)
    except ValueError:
        raise Refused(Code.field_invalid, "cursor: 不是上一页给出的 next_cursor", field="cursor") from None
