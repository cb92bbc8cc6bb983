"""What can be read of the cases, each viewer only what his post and place let him see."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Text, or_, select, type_coerce
from sqlmodel.ext.asyncio.session import AsyncSession

from services.dispatch.domain.duties import ANSWERS, CALL, LEFT_OPEN, MATERIAL
from services.dispatch.domain.findable import asked_for
from services.dispatch.domain.purposes import purposes_of
from services.dispatch.domain.steps import CASE_WORK, fits
from services.dispatch.repository import (
    claims_of,
    cooperation_of,
    facts_of,
    meetings_of,
    order_of,
    rows_of,
    situation_of,
    standing_of,
)
from services.dispatch.tables import ACT, COMPLAINT, DRAWING, LINK, Act, Complaint
from services.dispatch.usecases import story
from services.dispatch.usecases.acting import UNKNOWN, policy_of
from services.dispatch.usecases.confiding import confided
from services.dispatch.usecases.shown import Shown
from services.dispatch.usecases.viewing import Clause, handled_by, may_wait, seen_by
from services.dispatch.usecases.waiting import people_waited_for
from shared.db.sealed import has_terms
from shared.db.statements import fetch
from shared.events.base import Event
from shared.events.intake import ComplaintGuardedV1, ComplaintLinkedV1
from shared.kernel.errors import Code, Refused
from shared.org.authority import require_authority
from shared.org.model import Directory
from shared.policy.model import Policy, Step
from shared.room.reading import note_read
from shared.room.room import Actor, Room

OPEN = "open"
WHOLE_NUMBER = re.compile(r"[A-Za-z]{1,10}\d{8}-\d{4,}")
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
        own = await confided(room, session, directory, viewer)
        statement = select(COMPLAINT).where(seen_by(directory, viewer, room.clock.now(), own))
        if state == OPEN:
            statement = statement.where(COMPLAINT.c.closed_at.is_(None))
        elif state:
            statement = statement.where(COMPLAINT.c.state == _text("state", state))
        if project:
            statement = statement.where(COMPLAINT.c.project_id == _text("project", project))
        if q and q.strip():
            statement = statement.where(_found(room, session, directory, viewer, _text("q", q.strip())))
        if cursor:
            statement = statement.where(COMPLAINT.c.complaint_id < _cursor(cursor))
        # Ids are UUIDv7: their order is the order of registration.
        page = await rows_of(session, Complaint, statement.order_by(COMPLAINT.c.complaint_id.desc()).limit(limit + 1))
    items = [shown_to(room, directory, viewer, case).summary() for case in page[:limit]]
    return {"items": items, "next_cursor": items[-1]["complaint_id"] if len(page) > limit else None}


async def case(room: Room, viewer: Actor, complaint_id: UUID) -> dict[str, Any]:
    """The whole case. Raises Refused(not_found) where there is none, or none that the viewer sees."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        own = await confided(room, session, directory, viewer)
        shown = await shown_case(room, session, directory, viewer, complaint_id, own)
        acts = await rows_of(
            session, Act, select(ACT).where(ACT.c.complaint_id == complaint_id).order_by(ACT.c.version, ACT.c.id)
        )
        facts = await facts_of(session, complaint_id)
        order = await order_of(session, complaint_id)
        claims = await claims_of(session, complaint_id)
        meetings = await meetings_of(session, complaint_id)
        cooperation = await cooperation_of(session, complaint_id)
        links = await _links(session, directory, viewer, room, complaint_id, own)
    told = story.story(shown, _for(viewer, facts, links), acts)
    if not shown.masked:
        await note_read(room, viewer, complaint_id)
    if viewer.kind == "customer":
        full = shown.full()
        steps = [{"at": one["at"], "title": one["title"], "state_name": one["state_name"]} for one in told]
        return {key: full[key] for key in FOR_THE_CUSTOMER} | {"acts": steps}
    return shown.full() | {
        "acts": told,
        "order": story.order(shown, order) if order else None,
        "claims": [story.claim(shown, claim) for claim in claims],
        "meetings": [story.meeting(shown, meeting) for meeting in meetings],
        "cooperation": [story.cooperation(shown, task) for task in cooperation],
        "links": links,
        "actions": _actions(shown),
        "tasks": [
            {"command": duty.command, "name": duty.name, "people": people, "since": _since(shown, duty.since)}
            for duty, people in people_waited_for(shown.policy, directory, shown.case, shown.now)
        ],
    }


async def policy_seen(room: Room, viewer: Actor, complaint_id: UUID) -> Policy:
    """The policy of a case the viewer sees. Raises Refused(not_found) where there is none."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        own = await confided(room, session, directory, viewer)
        return (await shown_case(room, session, directory, viewer, complaint_id, own)).policy


async def shown_case(
    room: Room, session: AsyncSession, directory: Directory, viewer: Actor, complaint_id: UUID, own: list[UUID]
) -> Shown:
    """`own` are the confidential cases confided to him. Raises Refused(not_found) for none, or none that he sees."""
    seen = seen_by(directory, viewer, room.clock.now(), own)
    found = await rows_of(session, Complaint, select(COMPLAINT).where(COMPLAINT.c.complaint_id == complaint_id, seen))
    if not found:
        raise Refused(Code.not_found, UNKNOWN)
    return shown_to(room, directory, viewer, found[0])


async def drawing(room: Room, viewer: Actor, act_id: UUID) -> bytes:
    """B3: the signature drawn with an act, a PNG. Raises Refused where there is none or not for him."""
    missing = Refused(Code.not_found, "没有这个签字图片")
    async with room.db.read() as session:
        rows = await fetch(session, select(DRAWING.c.complaint_id, DRAWING.c.image).where(DRAWING.c.act_id == act_id))
        if not rows:
            raise missing
        directory = await room.directory(session)
        own = await confided(room, session, directory, viewer)
        seen = seen_by(directory, viewer, room.clock.now(), own)
        mine = select(COMPLAINT).where(COMPLAINT.c.complaint_id == rows[0].complaint_id, seen)
        found = await rows_of(session, Complaint, mine)
        if not found:
            raise missing
        if shown_to(room, directory, viewer, found[0]).masked:
            raise Refused(Code.scope_not_allowed, "签字图片只对办理本案的人员开放")
    await note_read(room, viewer, found[0].complaint_id)
    return bytes(rows[0].image)


async def tasks(room: Room, viewer: Actor, *, limit: int = MOST_TASKS) -> list[dict[str, Any]]:
    """What waits for the viewer, the longest waiting case first."""
    if viewer.kind != "person" or not viewer.person:
        return []
    now, policies = room.clock.now(), room.policies.all()
    async with room.db.read() as session:
        directory = await room.directory(session)
        own = await confided(room, session, directory, viewer)
        found = await rows_of(
            session,
            Complaint,
            select(COMPLAINT)
            .where(seen_by(directory, viewer, now, own), may_wait(directory, policies, viewer, now, own))
            .order_by(COMPLAINT.c.state_since, COMPLAINT.c.complaint_id),
        )
    waiting = []
    for one in found:
        shown = shown_to(room, directory, viewer, one)
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


def shown_to(room: Room, directory: Directory, viewer: Actor, found: Complaint) -> Shown:
    return Shown(found, policy_of(room, found), directory, viewer, room.clock.now())


def _since(shown: Shown, since: str | None) -> str | None:
    return shown.time(datetime.fromisoformat(since) if since else shown.case.state_since)


def _found(room: Room, session: AsyncSession, directory: Directory, viewer: Actor, q: str) -> Clause:
    c = COMPLAINT.c
    if WHOLE_NUMBER.fullmatch(q):
        return c.number == q.upper()
    # To fold the case of a hundred thousand long texts costs more than to look through them: only where there is case.
    cased = q.lower() != q.upper()

    def has(column: ColumnElement[str]) -> Clause:
        return column.icontains(q, autoescape=True) if cased else column.contains(q, autoescape=True)

    plain = or_(*(has(type_coerce(column, Text)) for column in (c.customer_name, c.customer_phone, c.customer_room)))
    # What a version before wrote is not sealed, and is looked through as it was.
    personal = or_(has_terms(session, c.customer_terms, asked_for(q)), c.customer_terms.is_(None) & plain)
    return or_(
        c.number.contains(q.upper(), autoescape=True),
        has(c.content),
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
        owed = ANSWERS.get(step.command, step.command)
        if owed in LEFT_OPEN - {CALL} and owed not in case.pending:
            continue
        try:
            require_authority(
                step.command, step.by, shown.policy, shown.directory, standing_of(case), person, shown.now
            )
        except Refused:
            continue
        offer = {"command": step.command, "name": step.name, "required": step.required}
        if step.command == CALL:
            offer["purposes"] = _purposes(shown, step, person)
        allowed.append(offer)
    return allowed


def _purposes(shown: Shown, step: Step, person: str) -> list[str]:
    """For what he may call the customer now (003§23: back only about material that was entered)."""
    case, found = shown.case, []
    for purpose in purposes_of(shown.policy):
        if purpose == "callback" and MATERIAL in shown.policy.steps and not case.material_entered:
            continue
        by = step.by_purpose.get(purpose, step.by)
        try:
            require_authority(step.command, by, shown.policy, shown.directory, standing_of(case), person, shown.now)
        except Refused:
            continue
        found.append(purpose)
    return found


async def _links(
    session: AsyncSession, directory: Directory, viewer: Actor, room: Room, complaint_id: UUID, own: list[UUID]
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
        .where(seen_by(directory, viewer, room.clock.now(), own))
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


def _for(viewer: Actor, facts: list[Event], links: list[dict[str, Any]]) -> list[Event]:
    """The facts without those that tell of a case he does not see, and for a customer what was noted about him."""
    seen = {link["complaint_id"] for link in links}
    return [
        fact
        for fact in facts
        if not (isinstance(fact, ComplaintLinkedV1) and viewer.kind == "person" and str(fact.to) not in seen)
        and not (isinstance(fact, ComplaintGuardedV1) and viewer.kind == "customer")
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
