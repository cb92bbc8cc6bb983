"""Intake's statements."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, CursorResult, Table, Uuid, insert, literal, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, func, or_, select, tuple_
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.case import Whereabouts
from services.intake.tables import (
    DAY_NUMBER,
    CaseState,
    Classification,
    Complaint,
    Link,
    Recurrence,
    Signature,
    WindowRating,
)
from shared.db.statements import insert_new, run
from shared.db.types import UtcDateTime


def table_of(model: Any) -> Table:
    table: Table = model.__table__
    return table


async def add(session: AsyncSession, model: Any, row: Mapping[str, Any]) -> None:
    await run(session, insert(table_of(model)), dict(row))


async def add_new(session: AsyncSession, model: Any, row: Mapping[str, Any]) -> bool:
    """False where its key is there already."""
    return await insert_new(session, table_of(model), row)


async def next_number(session: AsyncSession, day: str) -> int:
    """The next number of the day. The row is locked until the transaction ends, so no number is given twice."""
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = (
        build(DAY_NUMBER)
        .values(day=day, last=1)
        .on_conflict_do_update(index_elements=["day"], set_={"last": DAY_NUMBER.c.last + 1})
        .returning(DAY_NUMBER.c.last)
    )
    result: CursorResult[Any] = await run(session, statement)
    return int(result.scalar_one())


async def complaint(session: AsyncSession, complaint_id: UUID, *, lock: bool = False) -> Complaint | None:
    statement = select(Complaint).where(Complaint.id == complaint_id)
    if lock:
        # What was read before the lock was had may have changed since.
        statement = statement.with_for_update().execution_options(populate_existing=True)
    return (await session.exec(statement)).one_or_none()


async def locked(session: AsyncSession, complaint_id: UUID) -> Complaint:
    """A complaint that is known to be there."""
    found = await complaint(session, complaint_id, lock=True)
    assert found is not None
    return found


async def project_of(session: AsyncSession, complaint_id: UUID) -> str | None:
    return (await session.exec(select(Complaint.project_id).where(Complaint.id == complaint_id))).one_or_none()


async def number_of(session: AsyncSession, complaint_id: UUID) -> str:
    return (await session.exec(select(Complaint.number).where(Complaint.id == complaint_id))).one()


async def version(session: AsyncSession, complaint_id: UUID) -> int:
    return (await session.exec(select(Complaint.version).where(Complaint.id == complaint_id))).one()


async def by_tracking(session: AsyncSession, token: str) -> UUID | None:
    return (await session.exec(select(Complaint.id).where(Complaint.tracking == token))).one_or_none()


async def change(session: AsyncSession, complaint_id: UUID, **values: Any) -> None:
    table = table_of(Complaint)
    await run(session, update(table).where(table.c.id == complaint_id).values(version=table.c.version + 1, **values))


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


async def rated(session: AsyncSession, complaint_id: UUID) -> bool:
    found = select(WindowRating.complaint_id).where(WindowRating.complaint_id == complaint_id)
    return (await session.exec(found)).one_or_none() is not None


async def last_signature(session: AsyncSession, complaint_id: UUID) -> Signature | None:
    statement = select(Signature).where(Signature.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(Signature.id).desc()).limit(1))).one_or_none()


async def classifications(session: AsyncSession, complaint_id: UUID) -> Sequence[Classification]:
    statement = select(Classification).where(Classification.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(Classification.at), col(Classification.id)))).all()


async def links(session: AsyncSession, complaint_id: UUID) -> list[tuple[UUID, str, datetime, bool]]:
    """The other complaint, the relation, since when, and whether the link is this complaint's own."""
    statement = select(Link).where(or_(Link.complaint_id == complaint_id, Link.to_id == complaint_id))
    found = (await session.exec(statement.order_by(col(Link.at), col(Link.id)))).all()
    return [
        (link.to_id, link.relation, link.at, True)
        if link.complaint_id == complaint_id
        else (link.complaint_id, link.relation, link.at, False)
        for link in found
    ]


async def one_link_at_a_time(session: AsyncSession, project_id: str | None) -> None:
    """Links of one project wait for each other: whoever is second sees what the first has made of the groups."""
    if project_id is not None and session.get_bind().dialect.name != "sqlite":
        key = int.from_bytes(sha256(f"link {project_id}".encode()).digest()[:8], signed=True)
        await run(session, select(func.pg_advisory_xact_lock(key)))


async def is_linked(session: AsyncSession, one: UUID, other: UUID, relation: str) -> bool:
    """In whichever direction."""
    statement = select(Link.id).where(
        Link.relation == relation,
        or_((col(Link.complaint_id) == one) & (col(Link.to_id) == other),
            (col(Link.complaint_id) == other) & (col(Link.to_id) == one)),
    )  # fmt: skip
    return (await session.exec(statement.limit(1))).one_or_none() is not None


async def repeats(session: AsyncSession, complaint_id: UUID, ancestor: UUID) -> bool:
    """Whether the complaint repeats the other, by however many steps."""
    seen, todo = {complaint_id}, [complaint_id]
    while todo:
        statement = select(Link.to_id).where(Link.relation == "repeat", col(Link.complaint_id).in_(todo))
        todo = [one for one in (await session.exec(statement)).all() if one not in seen]
        seen.update(todo)
    return ancestor in seen


async def merged_into(session: AsyncSession, survivor: UUID) -> list[Complaint]:
    """All that went into the complaint, also by way of another."""
    found: list[Complaint] = []
    todo = [survivor]
    while todo:
        went = (await session.exec(select(Complaint).where(col(Complaint.merged_into).in_(todo)))).all()
        found += went
        todo = [one.id for one in went]
    return found


async def group_of(session: AsyncSession, complaint_id: UUID) -> tuple[set[UUID], bool]:
    """All complaints linked with this one as one group or as duplicates, and whether any is as one group."""
    seen, todo, is_group = {complaint_id}, {complaint_id}, False
    while todo:
        near = or_(col(Link.complaint_id).in_(todo), col(Link.to_id).in_(todo))
        found = (
            await session.exec(select(Link).where(col(Link.relation).in_(("same_group", "duplicate")), near))
        ).all()
        is_group = is_group or any(link.relation == "same_group" for link in found)
        todo = {one for link in found for one in (link.complaint_id, link.to_id)} - seen
        seen |= todo
    return seen, is_group


async def like_this(
    session: AsyncSession, project_id: str, room: str | None, phone: str, since: datetime, limit: int
) -> Sequence[Complaint]:
    """Complaints of the project from the same room or phone that stand for themselves, newest first."""
    same = col(Complaint.phone) == phone
    statement = select(Complaint).where(
        Complaint.project_id == project_id,
        or_(same, col(Complaint.room) == room) if room else same,
        Complaint.registered_at >= since,
        col(Complaint.merged_into).is_(None),
    )
    newest = statement.order_by(col(Complaint.registered_at).desc(), col(Complaint.id).desc())
    return (await session.exec(newest.limit(limit))).all()


async def alike(
    session: AsyncSession,
    policy_id: str,
    category: str,
    projects: Sequence[str],
    since: datetime,
    until: datetime,
    limit: int,
) -> list[tuple[UUID, str]]:
    """Id and number of what was registered after `since` and by `until` in the category, oldest first."""
    statement = select(Complaint.id, Complaint.number).where(
        col(Complaint.project_id).in_(projects),
        Complaint.category == category,
        Complaint.policy_id == policy_id,
        Complaint.registered_at > since,
        Complaint.registered_at <= until,
        col(Complaint.merged_into).is_(None),
    )
    return list(
        (await session.exec(statement.order_by(col(Complaint.registered_at), col(Complaint.id)).limit(limit))).all()
    )


def _same_recurrence(key: Mapping[str, str]) -> list[ColumnElement[bool]]:
    return [table_of(Recurrence).c[name] == value for name, value in key.items()]


async def recurrence_standing(session: AsyncSession, key: Mapping[str, str]) -> tuple[datetime | None, bool]:
    """When the last proposal of this kind was decided, and whether one is open."""
    statement = select(Recurrence.state, Recurrence.decided_at).where(*_same_recurrence(key))
    found = (await session.exec(statement)).all()
    decided = max((at for _, at in found if at is not None), default=None)
    return decided, any(state == "open" for state, _ in found)


async def recurrence(session: AsyncSession, recurrence_id: UUID, *, lock: bool = False) -> Recurrence | None:
    statement = select(Recurrence).where(Recurrence.id == recurrence_id)
    return (await session.exec(statement.with_for_update() if lock else statement)).one_or_none()


async def recurrences(session: AsyncSession, state: str, limit: int) -> Sequence[Recurrence]:
    statement = select(Recurrence).where(Recurrence.state == state)
    return (await session.exec(statement.order_by(col(Recurrence.id).desc()).limit(limit))).all()


async def decide(session: AsyncSession, recurrence_id: UUID, **decision: Any) -> None:
    table = table_of(Recurrence)
    await run(session, update(table).where(table.c.id == recurrence_id).values(**decision))


async def decide_open(session: AsyncSession, key: Mapping[str, str], **decision: Any) -> None:
    table = table_of(Recurrence)
    await run(session, update(table).where(*_same_recurrence(key), table.c.state == "open").values(**decision))


async def earlier(
    session: AsyncSession, project_id: str, room: str | None, phone: str | None, limit: int
) -> Sequence[Complaint]:
    """Complaints of the same room of the project or the same phone, newest first."""
    same: list[ColumnElement[bool]] = []
    if room:
        same.append((col(Complaint.project_id) == project_id) & (col(Complaint.room) == room))
    if phone:
        same.append(col(Complaint.phone) == phone)
    if not same:
        return []
    statement = (
        select(Complaint)
        .where(or_(*same))
        .order_by(col(Complaint.registered_at).desc(), col(Complaint.id).desc())
        .limit(limit)
    )
    return (await session.exec(statement)).all()
