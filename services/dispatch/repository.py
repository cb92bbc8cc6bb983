"""Loads and stores dispatch's rows. A case is read under lock before it is changed."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar, cast
from uuid import UUID

from sqlalchemy import Select, Table, delete, func, insert, select, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.dispatch.domain.steps import Situation
from services.dispatch.tables import (
    ACT,
    CLAIM,
    COMPLAINT,
    COOPERATION,
    COOPERATION_TASK,
    FACT,
    LINK,
    MEETING,
    ORDER,
    Claim,
    Complaint,
    CooperationTask,
    Meeting,
    SupervisionOrder,
)
from shared.db.statements import fetch, insert_new, run
from shared.events.base import Event, decode, encode, keepable
from shared.events.intake import ComplaintLinkedV1
from shared.org.confidential import loaded
from shared.org.liability import CaseStanding, company_of
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.room.room import Tx

R = TypeVar("R", bound=SQLModel)


async def rows_of(session: AsyncSession, model: type[R], statement: Select[Any]) -> list[R]:
    """The rows as they come, read-only, with the attributes of the model: making instances costs more than SQL."""
    return cast(list[R], list(await fetch(session, statement)))


async def complaint_of(session: AsyncSession, complaint_id: UUID, *, lock: bool = False) -> Complaint | None:
    statement = select(COMPLAINT).where(COMPLAINT.c.complaint_id == complaint_id)
    found = await rows_of(session, Complaint, statement.with_for_update() if lock else statement)
    return found[0] if found else None


def situation_of(case: Complaint) -> Situation:
    return Situation(case.state, case.kind, case.validity, case.category, case.severity, case.channel, case.extra)


def standing_of(case: Complaint) -> CaseStanding:
    return CaseStanding(
        case.project_id,
        case.category,
        case.severity,
        case.officer,
        case.order_department,
        tuple(case.cooperating),
        loaded(case.confined_to),
        case.guardian,
    )


def places_of(policy: Policy, category_id: str | None, order_department: str | None) -> dict[str, Any]:
    """The columns that say whose matter a case is: 003§20, and the department the order names."""
    category = policy.categories.get(category_id or "")
    first = order_department or (category.first if category else None)
    return {
        "first_department": first,
        "responsible": "property" if first in policy.property_departments else "regional",
        "cooperating": [unit for unit in (category.cooperating if category else []) if unit != first],
    }


def departments_of(directory: Directory, project_id: str) -> set[str]:
    """Every department of the project's regional and property company."""
    project = directory.project(project_id)
    companies = [directory.company(one) for one in (project.company, project.property_company)] if project else []
    return {unit.id for company in companies if company for unit in company.departments}


def company_name(policy: Policy, directory: Directory, case: Complaint) -> tuple[str | None, str | None]:
    company = directory.company(company_of(policy, directory, standing_of(case)) or "")
    return (company.id, company.name) if company else (None, None)


async def store(tx: Tx, table: Table, rows: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> None:
    await run(tx.session, insert(table), rows)


async def change_complaint(tx: Tx, complaint_id: UUID, changes: Mapping[str, Any]) -> None:
    await run(tx.session, update(COMPLAINT).where(COMPLAINT.c.complaint_id == complaint_id).values(**changes))
    if "cooperating" in changes:
        await run(tx.session, delete(COOPERATION).where(COOPERATION.c.complaint_id == complaint_id))
        await add_cooperation(tx, complaint_id, changes["cooperating"])


async def add_cooperation(tx: Tx, complaint_id: UUID, departments: Iterable[str]) -> None:
    rows = [{"complaint_id": complaint_id, "department": unit} for unit in dict.fromkeys(departments)]
    if rows:
        await store(tx, COOPERATION, rows)


async def one_at_a_time(tx: Tx, complaint_id: UUID) -> None:
    """Two facts of one case in two transactions must see each other even while the case has no row to lock."""
    if not tx.room.db.is_sqlite:
        await run(tx.session, select(func.pg_advisory_xact_lock(complaint_id.int & (1 << 63) - 1)))


async def keep_fact(tx: Tx, event: Event, complaint_id: UUID) -> None:
    row = {
        "event_id": event.event_id,
        "complaint_id": complaint_id,
        "topic": event.topic,
        "occurred_at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "body": encode(keepable(event)),
    }
    await insert_new(tx.session, FACT, row)


async def facts_of(session: AsyncSession, complaint_id: UUID) -> list[Event]:
    rows = await fetch(session, select(FACT.c.topic, FACT.c.body).where(FACT.c.complaint_id == complaint_id))
    return [decode(row.topic, row.body) for row in rows]


async def keep_link(tx: Tx, event: ComplaintLinkedV1) -> None:
    """Once, from the fact of the case that was linked: the other one has a fact that says the same."""
    if event.role not in ("from", "merged"):
        return
    row = {
        "complaint_id": event.complaint_id,
        "to": event.to,
        "relation": event.relation,
        "linked_at": event.occurred_at,
    }
    await insert_new(tx.session, LINK, row)


async def order_of(session: AsyncSession, complaint_id: UUID) -> SupervisionOrder | None:
    found = await rows_of(session, SupervisionOrder, select(ORDER).where(ORDER.c.complaint_id == complaint_id))
    return found[0] if found else None


async def change_order(tx: Tx, complaint_id: UUID, **changes: Any) -> None:
    await run(tx.session, update(ORDER).where(ORDER.c.complaint_id == complaint_id).values(**changes))


async def claims_of(session: AsyncSession, complaint_id: UUID) -> list[Claim]:
    """Oldest first."""
    statement = select(CLAIM).where(CLAIM.c.complaint_id == complaint_id).order_by(CLAIM.c.raised_at, CLAIM.c.id)
    return await rows_of(session, Claim, statement)


async def change_claim(tx: Tx, claim_id: UUID, **changes: Any) -> None:
    await run(tx.session, update(CLAIM).where(CLAIM.c.id == claim_id).values(**changes))


async def meetings_of(session: AsyncSession, complaint_id: UUID) -> list[Meeting]:
    """Oldest first."""
    statement = select(MEETING).where(MEETING.c.complaint_id == complaint_id).order_by(MEETING.c.ended_at, MEETING.c.id)
    return await rows_of(session, Meeting, statement)


async def change_meeting(tx: Tx, meeting_id: UUID, **changes: Any) -> None:
    await run(tx.session, update(MEETING).where(MEETING.c.id == meeting_id).values(**changes))


async def cooperation_of(session: AsyncSession, complaint_id: UUID) -> list[CooperationTask]:
    """Oldest first."""
    c = COOPERATION_TASK.c
    return await rows_of(
        session,
        CooperationTask,
        select(COOPERATION_TASK).where(c.complaint_id == complaint_id).order_by(c.asked_at, c.department, c.id),
    )


async def change_cooperation(tx: Tx, task_id: UUID, **changes: Any) -> None:
    await run(tx.session, update(COOPERATION_TASK).where(COOPERATION_TASK.c.id == task_id).values(**changes))


async def called_for(session: AsyncSession, complaint_id: UUID, purpose: str) -> bool:
    """Whether a call with that purpose (or `any`) is on record."""
    statement = select(ACT.c.data).where(ACT.c.complaint_id == complaint_id, ACT.c.command == "customer.call")
    return any(purpose in ("any", row.data.get("purpose")) for row in await fetch(session, statement))


async def obstacles_of(session: AsyncSession, complaint_id: UUID) -> int:
    """How many obstacles have been reported on the case."""
    statement = select(ACT.c.data).where(ACT.c.complaint_id == complaint_id, ACT.c.command == "progress.enter")
    return sum(row.data.get("obstacle") is True for row in await fetch(session, statement))


async def complained_again(session: AsyncSession, complaint_id: UUID, since: datetime) -> bool:
    """Whether another complaint was linked to this one as its repeat or duplicate."""
    statement = select(LINK.c.complaint_id).where(
        LINK.c.to == complaint_id, LINK.c.relation.in_(["repeat", "duplicate"]), LINK.c.linked_at > since
    )
    return bool(await fetch(session, statement.limit(1)))
