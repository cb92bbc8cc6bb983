"""What sla shows: a case's ledger with its explanations, and what a person owes; running delays computed on read."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from services.sla.domain.confidence import placed
from services.sla.domain.ledger import Ledger, explain_run
from services.sla.domain.penalties import Charge, explain_charge
from services.sla.domain.working_groups import groups_of, shown_group
from services.sla.repository import CASE, CHARGE, calendars, charge_rows, facts_of, facts_of_all, ledger_of
from services.sla.usecases.confiding import not_secret
from services.sla.usecases.cross_case import cross_proposals, shown_proposal
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.kernel.money import Fen, yuan
from shared.org.authority import scope_of
from shared.org.confidential import in_confidence
from shared.org.model import Directory
from shared.room.room import Actor, Room


async def ledger(room: Room, viewer: Actor, complaint_id: UUID) -> dict[str, Any]:
    """G2: every clock, penalty and proposal of the case as of now. Unknown or out of scope: Refused(not_found)."""
    now = room.clock.now()
    async with room.db.read() as session:
        facts = await facts_of(session, complaint_id)
        directory = await room.directory(session)
        working = await calendars(room, session)
    found = ledger_of(room.policies, directory, facts, now, working)
    if found is None or not may_see(directory, viewer, found, now):
        raise Refused(Code.not_found, "没有这宗投诉")
    groups = [shown_group(group, directory, found.case.project_id) for group in groups_of(facts)]
    return {**shown(found, now), "working_groups": groups}


async def case_named(room: Room, name: str) -> UUID:
    """The id of a case given by its id or its number. Raises Refused(not_found)."""
    try:
        wanted = CASE.c.complaint_id == UUID(name)
    except ValueError:
        wanted = CASE.c.number == name
    async with room.db.read() as session:
        rows = await fetch(session, select(CASE.c.complaint_id).where(wanted))
    if not rows:
        raise Refused(Code.not_found, f"没有投诉 {name}")
    found: UUID = rows[0].complaint_id
    return found


async def story(room: Room, complaint_id: UUID) -> list[tuple[datetime, str, str]]:
    """(local instant, fact, by whom) of a case, in time order."""
    async with room.db.read() as session:
        facts = await facts_of(session, complaint_id)
        directory = await room.directory(session)
    project = next((fact.data["project_id"] for fact in facts), "")
    zone = directory.zone(project)
    return [(fact.at.astimezone(zone), fact.name, directory.name_of(fact.by)) for fact in facts]


def may_see(directory: Directory, viewer: Actor, found: Ledger, now: datetime) -> bool:
    if viewer.kind != "person" or viewer.person is None:
        return viewer.kind == "system"
    standing, policy = placed(found), found.office.policy
    if not in_confidence(policy, directory, standing, viewer.person, now):
        return False
    if any(charge.person == viewer.person for charge in found.charges):
        return True
    category = found.office.policy.categories.get(standing.category or "")
    department = standing.first_department or (category.first if category else None)
    at_place = replace(standing, first_department=department)
    cooperating = category.cooperating if category else []
    return scope_of(directory, viewer.person, now).covers(policy, directory, at_place, cooperating)


def shown(found: Ledger, now: datetime) -> dict[str, Any]:
    """The ledger as the API and replay show it; instants aware, in the project's zone."""
    directory = found.office.directory
    zone = directory.zone(found.case.project_id)

    def local(at: datetime | None) -> datetime | None:
        return at.astimezone(zone) if at else None

    return {
        "clocks": [
            {
                "clock": run.clock.id,
                "name": run.clock.name,
                "started_at": local(run.started_at),
                "due_at": local(run.due_at),
                "stopped_at": local(run.stopped_at),
                "state": run.state.value,
                "liable": (liable := found.liable_of(run, now)),
                "liable_name": directory.name_of(liable),
                "clause": run.clock.clause,
                "explanation": explain_run(run, zone, now),
                "provisional": run.provisional,
            }
            for run in found.runs
        ],
        "penalties": [
            *(_charge(charge, _state(found, charge), directory) for charge in found.charges),
            *(_charge(counter, "waived", directory) for counter in found.counters),
        ],
        "proposals": [shown_proposal(proposal, directory) for proposal in found.proposals],
    }


def _state(found: Ledger, charge: Charge) -> str:
    if (charge.rule, charge.person) in found.appeals:
        return "appealed"
    return "running" if charge.growing else "settled"


def _charge(charge: Charge, state: str, directory: Directory) -> dict[str, Any]:
    return {
        "person": charge.person,
        "person_name": directory.name_of(charge.person),
        "rule": charge.rule,
        "name": charge.name,
        "units": charge.units,
        "amount": None if charge.amount is None else yuan(charge.amount),
        "percent": charge.percent,
        "of": charge.of,
        "clause": charge.clause,
        "state": state,
        "explanation": explain_charge(charge),
    }


async def penalties(
    room: Room,
    viewer: Actor,
    *,
    person: str | None = None,
    complaint_id: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """H6: charges, newest case first. A person sees his own; group posts see everybody's; others what is in scope."""
    now = room.clock.now()
    limit = max(1, min(limit, 200))
    async with room.db.read() as session:
        directory = await room.directory(session)
        open_to_him = await not_secret(room, session, directory, viewer)
        statement = (
            select(CHARGE, CASE.c.number, CASE.c.project_id)
            .join(CASE, CASE.c.complaint_id == CHARGE.c.complaint_id)
            .where(*open_to_him)
            .order_by(CHARGE.c.complaint_id.desc(), CHARGE.c.rule, CHARGE.c.person)
        )
        if person is not None:
            statement = statement.where(CHARGE.c.person == person)
        if complaint_id is not None:
            statement = statement.where(CHARGE.c.complaint_id == complaint_id)
        offset = _offset(cursor)
        if viewer.kind != "system":
            seen = _people_seen(directory, viewer, now)
            if seen is not None:
                statement = statement.where(CHARGE.c.person.in_(seen))
        rows = await fetch(session, statement.offset(offset).limit(limit + 1))
        fresh = await _fresh(room, session, directory, rows[:limit], now)
    items = [_item(row, fresh.get((row.complaint_id, row.rule, row.person))) for row in rows[:limit]]
    return {"items": items, "next_cursor": str(offset + limit) if len(rows) > limit else None}


def _people_seen(directory: Directory, viewer: Actor, now: datetime) -> list[str] | None:
    """Whose charges a viewer sees: None means everybody's."""
    if viewer.kind != "person" or viewer.person is None:
        return []
    if scope_of(directory, viewer.person, now).everything:
        return None
    return [viewer.person]


async def _fresh(
    room: Room, session: Any, directory: Directory, rows: Sequence[Row[Any]], now: datetime
) -> dict[tuple[UUID, str, str], dict[str, Any]]:
    growing = list({row.complaint_id for row in rows if row.growing})
    fresh: dict[tuple[UUID, str, str], dict[str, Any]] = {}
    working = await calendars(room, session)
    for complaint_id, facts in (await facts_of_all(session, growing)).items():
        found = ledger_of(room.policies, directory, facts, now, working)
        for row in charge_rows(complaint_id, found, now) if found else ():
            fresh[complaint_id, row["rule"], row["person"]] = row
    return fresh


def _item(row: Row[Any], fresh: dict[str, Any] | None) -> dict[str, Any]:
    values = fresh or row._mapping
    amount = values["amount_fen"]
    return {
        "complaint": str(row.complaint_id),
        "number": row.number,
        "project": row.project_id,
        "person": row.person or None,
        "rule": row.rule,
        "name": values["name"],
        "units": values["units"],
        "amount": None if amount is None else yuan(Fen(amount)),
        "percent": values["percent"],
        "of": values["of"],
        "clause": values["clause"],
        "state": "running" if values["growing"] else "settled",
        "explanation": values["explanation"],
    }


def _offset(cursor: str | None) -> int:
    if cursor is None:
        return 0
    if not cursor.isdigit() or len(cursor) > 9:
        raise Refused(Code.field_invalid, "cursor: 不是本接口给出的游标", field="cursor")
    return int(cursor)


async def outcome(room: Room) -> dict[str, list[dict[str, Any]]]:
    """sla's part of a replay's outcome, over all cases, as of now."""
    now = room.clock.now()
    async with room.db.read() as session:
        ids = [row.complaint_id for row in await fetch(session, select(CASE.c.complaint_id))]
        if not ids:
            return {"clocks": [], "penalties": [], "proposals": []}
        directory = await room.directory(session)
        working = await calendars(room, session)
        facts = await facts_of_all(session, ids)
        crossing = await cross_proposals(room, session, now)
    parts: dict[str, list[dict[str, Any]]] = {"clocks": [], "penalties": [], "proposals": []}
    for complaint_id, case_facts in facts.items():
        found = ledger_of(room.policies, directory, case_facts, now, working)
        if found is not None:
            for key, rows in shown(found, now).items():
                parts[key] += [{"complaint_id": complaint_id, **row} for row in rows]
    parts["proposals"] += [
        {"complaint_id": complaint_id, **shown_proposal(proposal, directory)} for complaint_id, proposal in crossing
    ]
    return parts
