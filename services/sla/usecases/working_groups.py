"""I3, 003§27, 33.3: which cases call for a working group, and the general manager's forming and ending it."""

from collections.abc import Sequence
from typing import Any, Literal
from uuid import UUID

from pydantic import Field
from sqlalchemy import Row, and_, or_, select

from services.sla.domain.facts import in_order
from services.sla.domain.working_groups import ENDED, FORMED, WorkingGroup, groups_of, shown_group, why_proposed
from services.sla.repository import CASE, FACT, as_fact, facts_of, remember
from services.sla.usecases.authorise import AuthorisedCase, authorised_case
from services.sla.usecases.kpi import case_line
from services.sla.usecases.seen import place_of, within
from shared.db.statements import fetch
from shared.events.sla import ReminderDueV1, WorkingGroupEndedV1, WorkingGroupFormedV1
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.org.acting import acting_for
from shared.org.model import Directory
from shared.room.commands import parse
from shared.room.room import Actor, Command, Room, Tx

State = Literal["proposed", "formed", "ended"]
MOST = 200


class FormWorkingGroup(CommandData):
    """`reason` is what the risk is; the general manager may see one before the list proposes the case."""

    members: list[str] = Field(min_length=1, max_length=30)
    reason: str = Field(min_length=1, max_length=2000)
    task: str = Field("", max_length=2000)


class EndWorkingGroup(CommandData):
    result: str = Field(min_length=1, max_length=5000)


async def form_working_group(tx: Tx, command: Command) -> dict[str, Any]:
    """Refused while a group of the case is at work, and for a case that is closed; the members are told."""
    case = await authorised_case(tx, command)
    data = parse(FormWorkingGroup, command.data)
    groups, closed = await _groups(tx, case)
    if closed:
        raise Refused(Code.state_not_allowed, "本案已结案，不再组织工作小组")
    if groups and groups[-1].ended_at is None:
        raise Refused(Code.state_not_allowed, f"第 {groups[-1].number} 个工作小组尚未结束")
    directory = await tx.directory()
    for person in data.members:
        if directory.person(person) is None:
            raise Refused(Code.field_invalid, f"members: 通讯录中没有 {person[:100]}", field="members")
    event = tx.emit(
        WorkingGroupFormedV1,
        complaint_id=case.complaint_id,
        project_id=case.project_id,
        by=command.actor.id,
        number=len(groups) + 1,
        members=list(dict.fromkeys(data.members)),
        reason=data.reason,
        task=data.task,
    )
    await remember(tx.session, event, tx.now)
    for person in dict.fromkeys(acting_for(directory, member, tx.now) for member in event.members):
        tx.emit(
            ReminderDueV1,
            key=f"working_group.formed:{case.complaint_id}:{event.number}:{person}",
            template="working_group.formed",
            channel="sms",
            recipient=person,
            local_date=tx.now.astimezone(directory.zone(case.project_id)).date(),
            complaints=[case.complaint_id],
            numbers=[case.number],
        )
    return _answer(case, event.number)


async def end_working_group(tx: Tx, command: Command) -> dict[str, Any]:
    """Refused where no group of the case is at work."""
    case = await authorised_case(tx, command)
    data = parse(EndWorkingGroup, command.data)
    groups, _ = await _groups(tx, case)
    if not groups or groups[-1].ended_at is not None:
        raise Refused(Code.state_not_allowed, "本案没有进行中的工作小组")
    event = tx.emit(
        WorkingGroupEndedV1,
        complaint_id=case.complaint_id,
        project_id=case.project_id,
        by=command.actor.id,
        number=groups[-1].number,
        result=data.result,
    )
    await remember(tx.session, event, tx.now)
    return _answer(case, event.number)


async def _groups(tx: Tx, case: AuthorisedCase) -> tuple[list[WorkingGroup], bool]:
    """The case's groups, and whether it is closed or was merged."""
    facts = await facts_of(tx.session, case.complaint_id)
    ended = any(fact.name == "case_closed" or fact.data.get("role") == "merged" for fact in facts)
    return groups_of(facts), ended


def _answer(case: AuthorisedCase, number: int) -> dict[str, Any]:
    return {"complaint": str(case.complaint_id), "number": case.number, "working_group": number}


async def working_groups(room: Room, viewer: Actor, state: State) -> dict[str, Any]:
    """Cases that call for a group and have none at work, the longest overdue first; or the groups, the latest first."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        scope = within(directory, place_of(directory, viewer, now))
        asked = (
            select(FACT, CASE.c.project_id, CASE.c.number)
            .join(CASE, CASE.c.complaint_id == FACT.c.complaint_id)
            .where(FACT.c.name.in_((FORMED, ENDED)))
        )
        told = await fetch(session, asked.where(*scope))
        groups = _by_case(told)
        at_work = [case for case, found in groups.items() if found[-1].ended_at is None]
        if state == "proposed":
            rows = await fetch(session, _calling(room, now, at_work, scope))
            return {"items": [_proposed(room, directory, row, now) for row in rows]}
    places = {row.complaint_id: row for row in told}
    items = [
        {"complaint": str(case), "number_of_case": places[case].number, "project": places[case].project_id}
        | shown_group(group, directory, places[case].project_id)
        for case, found in groups.items()
        for group in found
        if (group.ended_at is None) == (state == "formed")
    ]
    return {"items": sorted(items, key=lambda item: item["formed_at"], reverse=True)[:MOST]}


def _by_case(rows: Sequence[Row[Any]]) -> dict[UUID, list[WorkingGroup]]:
    facts: dict[UUID, list[Any]] = {}
    for row in rows:
        facts.setdefault(row.complaint_id, []).append(as_fact(row))
    found = {case: groups_of(in_order(told)) for case, told in facts.items()}
    return {case: groups for case, groups in found.items() if groups}


def _calling(room: Room, now: Any, at_work: list[UUID], scope: list[Any]) -> Any:
    """The unfinished cases of the policies that know working groups, by each policy's own watch."""
    ways = []
    for policy in room.policies.all():
        severe = policy.watch.severe.elapsed
        if "working_group.form" not in policy.steps or severe is None:
            continue
        own = and_(CASE.c.policy_id == policy.id, CASE.c.policy_version == policy.version)
        late, at_once = CASE.c.due_at < now - severe, CASE.c.severity.in_(policy.watch.at_once)
        ways.append(and_(own, or_(late, at_once)))
    issued = CASE.c.done_at.is_(None), CASE.c.issued_at.is_not(None)
    wanted = [*issued, or_(*ways), CASE.c.complaint_id.not_in(at_work), *scope]
    return select(CASE).where(*wanted).order_by(CASE.c.due_at, CASE.c.complaint_id).limit(MOST)


def _proposed(room: Room, directory: Directory, row: Row[Any], now: Any) -> dict[str, Any]:
    policy = room.policies.get(row.policy_id, row.policy_version)
    step = policy.steps["working_group.form"]
    why = why_proposed(policy.watch, row.severity, row.due_at, now)
    return case_line(room, directory, row, now) | {"why": why, "clause": step.clause}
