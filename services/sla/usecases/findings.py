"""003§4,17,35,37: what the auditor found, who was reported for not cooperating, and whom a finding may name."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, or_, select

from services.sla.domain.confidence import placed
from services.sla.repository import CASE, FACT, calendars, facts_of, ledger_of
from services.sla.usecases.reads import case_named, may_see
from services.sla.usecases.seen import place_of, within
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.policy.clocks import FindingPenalty, FindingProposal
from shared.policy.model import Policy
from shared.room.room import Actor, Room

FOUND, REPORTED, REFUSED = "finding_recorded", "cooperation_reported", "cooperation_refused"
A_PAGE = 500
INVOLVED = ("officer", "liable", "first_department_head", "leader", "chairman", "deputy_general_manager")


def kinds_of(policy: Policy) -> dict[str, list[str]]:
    """What a finding may be about, with the names of the rules that follow from it."""
    found: dict[str, list[str]] = {}
    for rule in (*policy.penalty, *policy.proposal):
        if isinstance(rule, FindingPenalty | FindingProposal):
            for kind in rule.findings:
                found.setdefault(kind, []).append(rule.name)
    return found


async def findings(
    room: Room, viewer: Actor, *, reported: bool, kind: str | None = None, project: str | None = None,
    cursor: str | None = None, limit: int = 25,
) -> dict[str, Any]:  # fmt: skip
    """The latest first, of the viewer's place; `reported`: refusals to cooperate instead of the auditor's findings."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        names = (REPORTED, REFUSED) if reported else (FOUND,)
        wanted: list[Any] = [FACT.c.name.in_(names), *within(directory, place_of(directory, viewer, now))]
        if project is not None:
            wanted.append(CASE.c.project_id == project)
        if cursor is not None:
            wanted.append(await _before(session, cursor))
        rows: list[Any] = []
        while True:
            found = await fetch(
                session,
                select(FACT, CASE.c.number, CASE.c.project_id)
                .join(CASE, CASE.c.complaint_id == FACT.c.complaint_id)
                .where(*wanted)
                .order_by(FACT.c.at.desc(), FACT.c.event_id.desc())
                .limit(limit + 1 if kind is None else A_PAGE),
            )
            # What a fact says is sealed: of which kind it is, is seen here and not by the database.
            rows += [row for row in found if kind is None or row.data.get("kind") == kind]
            if kind is None or len(rows) > limit or len(found) < A_PAGE:
                break
            wanted.append(_earlier(found[-1].at, found[-1].event_id))
    items = [
        {
            "complaint": str(row.complaint_id),
            "number": row.number,
            "project": getattr(directory.project(row.project_id), "name", row.project_id),
            "at": row.at,
            "what": row.name,
            "kind": row.data.get("kind"),
            "department": row.data.get("department"),
            "person_name": directory.name_of(row.data.get("person") or row.data.get("cooperating_head")),
            "by_name": directory.name_of(row.by),
            "evidence": row.data.get("evidence") or row.data.get("reason"),
        }
        for row in rows[:limit]
    ]
    return {"items": items, "next_cursor": str(rows[limit - 1].event_id) if len(rows) > limit else None}


async def _before(session: Any, cursor: str) -> Any:
    try:
        rows = await fetch(session, select(FACT.c.at).where(FACT.c.event_id == UUID(cursor)))
    except ValueError:
        rows = []
    if not rows:
        raise Refused(Code.field_invalid, "cursor: 不是本接口给出的游标", field="cursor")
    return _earlier(rows[0].at, UUID(cursor))


def _earlier(at: datetime, event: UUID) -> Any:
    return or_(FACT.c.at < at, and_(FACT.c.at == at, FACT.c.event_id < event))


async def case_to_audit(room: Room, viewer: Actor, name: str) -> dict[str, Any]:
    """A case by number or id: its kinds of finding and the people in charge of it. Raises Refused(not_found)."""
    complaint_id, now = await case_named(room, name), room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        facts, working = await facts_of(session, complaint_id), await calendars(room, session)
        rows = await fetch(session, select(CASE.c.number).where(CASE.c.complaint_id == complaint_id))
    found = ledger_of(room.policies, directory, facts, now, working)
    if found is None or not may_see(directory, viewer, found, now):
        raise Refused(Code.not_found, f"没有投诉 {name}")
    policy, standing = found.office.policy, placed(found)
    people = [] if standing.confined_to else [found.office.person(post, now) for post in INVOLVED]
    return {
        "complaint": str(complaint_id),
        "number": rows[0].number,
        "project": getattr(directory.project(found.case.project_id), "name", found.case.project_id),
        "policy": policy.name,
        "kinds": kinds_of(policy),
        "people": [(one, directory.name_of(one)) for one in dict.fromkeys(people) if one],
    }
