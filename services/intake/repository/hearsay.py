"""What dispatch says of a case: its latest state and departments, and the steps that its customer may read of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Uuid, literal, update
from sqlmodel import col, or_, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.case import Whereabouts
from services.intake.repository.rows import table_of
from services.intake.tables import CaseState, CustomerStep
from shared.db.statements import insert_new, run
from shared.db.types import UtcDateTime


async def whereabouts(session: AsyncSession, complaint_id: UUID) -> Whereabouts:
    row = (await session.exec(select(CaseState).where(CaseState.complaint_id == complaint_id))).one_or_none()
    if row is None:
        return Whereabouts()
    ordered = row.department_at is not None
    return Whereabouts(row.state, row.first_department, row.cooperating, ordered, row.issued, row.required_by)


@dataclass(frozen=True, slots=True)
class Heard:
    """What one act of dispatch says; `recorded_at` and `event_id` say which of two acts is the later."""

    complaint_id: UUID
    state: str
    recorded_at: datetime
    event_id: UUID
    first_department: str | None = None
    cooperating: list[str] | None = None
    required_by: datetime | None = None
    issued: bool = False


async def hear(session: AsyncSession, heard: Heard) -> None:
    """Keeps the latest state and the latest departments, in whichever order the acts arrive."""
    table = table_of(CaseState)
    stamp = tuple_(literal(heard.recorded_at, UtcDateTime), literal(heard.event_id, Uuid))
    names_department = heard.first_department is not None
    departments = {
        "first_department": heard.first_department,
        "cooperating": heard.cooperating,
        "department_at": heard.recorded_at,
        "department_event": heard.event_id,
        "required_by": heard.required_by,
    }
    nobody = dict.fromkeys(departments)
    state = {"state": heard.state, "state_at": heard.recorded_at, "state_event": heard.event_id}
    row = {"complaint_id": heard.complaint_id, "issued": heard.issued, **state}
    row |= departments if names_department else nobody
    if await insert_new(session, table, row):
        return
    mine = table.c.complaint_id == heard.complaint_id
    older = tuple_(table.c.state_at, table.c.state_event) < stamp
    await run(session, update(table).where(mine, older).values(**state))
    if heard.issued:
        await run(session, update(table).where(mine).values(issued=True))
    if names_department:
        before = or_(table.c.department_at.is_(None), tuple_(table.c.department_at, table.c.department_event) < stamp)
        await run(session, update(table).where(mine, before).values(**departments))


async def customer_steps(session: AsyncSession, complaint_id: UUID) -> Sequence[CustomerStep]:
    """What was done that the customer may read of, oldest first."""
    statement = select(CustomerStep).where(CustomerStep.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(CustomerStep.at), col(CustomerStep.event_id)))).all()
