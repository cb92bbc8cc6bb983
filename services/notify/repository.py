"""Notify's statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Table, delete, insert, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify.domain.message import Status
from services.notify.tables import Budget, CaseFactRow, CaseSeen, MessageCase, MessageRow
from shared.db.openable import openable
from shared.db.statements import insert_new, run
from shared.events.base import CaseFact, keepable, payload

ASKED_ABOUT = (Status.sent, Status.uncertain)


def table_of(model: Any) -> Table:
    table: Table = model.__table__
    return table


async def lock_case(session: AsyncSession, complaint_id: UUID) -> None:
    """Until the transaction ends no other one takes a fact of this case."""
    table = table_of(CaseSeen)
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = build(table).values(complaint_id=complaint_id, facts=1)
    await run(session, first.on_conflict_do_update(index_elements=["complaint_id"], set_={"facts": table.c.facts + 1}))


async def confine(session: AsyncSession, complaint_id: UUID, posts: str | None) -> None:
    table = table_of(CaseSeen)
    await run(session, update(table).where(table.c.complaint_id == complaint_id).values(confined_to=posts))


async def keep_fact(session: AsyncSession, fact: CaseFact) -> None:
    row = {
        "event_id": fact.event_id,
        "complaint_id": fact.complaint_id,
        "topic": fact.topic,
        "body": payload(keepable(fact)),
        "recorded_at": fact.recorded_at,
        "done": False,
    }
    await insert_new(session, table_of(CaseFactRow), row)


async def facts(session: AsyncSession, complaint_id: UUID) -> Sequence[CaseFactRow]:
    statement = select(CaseFactRow).where(CaseFactRow.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(CaseFactRow.recorded_at), col(CaseFactRow.event_id)))).all()


async def settle_facts(session: AsyncSession, event_ids: Sequence[UUID]) -> None:
    table = table_of(CaseFactRow)
    await run(session, update(table).where(table.c.event_id.in_(event_ids)).values(done=True))


async def add_message(session: AsyncSession, row: Mapping[str, Any], complaints: Sequence[UUID]) -> bool:
    """False where a message with that key is there already."""
    if not await insert_new(session, table_of(MessageRow), row):
        return False
    speaks_of = [{"complaint_id": each, "message_id": row["id"]} for each in dict.fromkeys(complaints)]
    if speaks_of:
        await run(session, insert(table_of(MessageCase)), speaks_of)
    return True


async def change(session: AsyncSession, message_id: UUID, **changed: Any) -> None:
    table = table_of(MessageRow)
    await run(session, update(table).where(table.c.id == message_id).values(**changed))


async def message(session: AsyncSession, message_id: UUID) -> MessageRow | None:
    statement = select(MessageRow).where(MessageRow.id == message_id).with_for_update()
    return (await session.exec(statement)).one_or_none()


async def claim_due(session: AsyncSession, now: datetime, limit: int) -> Sequence[MessageRow]:
    """Queued messages whose time has come, which no other replica holds."""
    statement = (
        select(MessageRow)
        .where(MessageRow.status == Status.queued, _due(now))
        .order_by(col(MessageRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await _openable(session, statement)


async def claim_stuck(session: AsyncSession, before: datetime, limit: int) -> Sequence[MessageRow]:
    """Messages handed to a gateway by a process that never came back."""
    statement = (
        select(MessageRow)
        .where(MessageRow.status == Status.sending, col(MessageRow.next_try_at) <= before)
        .order_by(col(MessageRow.id))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return await _openable(session, statement)


async def _openable(session: AsyncSession, statement: Any) -> Sequence[MessageRow]:
    async def load(wanted: Any) -> Sequence[MessageRow]:
        found: Sequence[MessageRow] = (await session.exec(wanted)).all()
        return found

    return await openable(session, statement, col(MessageRow.id), load)


async def next_due(session: AsyncSession) -> datetime | None:
    """When the first message waits to be sent, or to be looked after."""
    waits = col(MessageRow.status).in_([Status.queued, Status.sending])
    statement = select(func.min(func.coalesce(MessageRow.next_try_at, MessageRow.created_at))).where(waits)
    return (await session.exec(statement)).one()


async def claim_asking(session: AsyncSession, now: datetime, limit: int) -> Sequence[MessageRow]:
    """Messages whose receipt is to be asked for, which no other replica holds."""
    statement = (
        select(MessageRow)
        .where(col(MessageRow.status).in_(ASKED_ABOUT), col(MessageRow.next_try_at) <= now)
        .order_by(col(MessageRow.next_try_at))
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return (await session.exec(statement)).all()


async def next_asking(session: AsyncSession) -> datetime | None:
    """When the first receipt is to be asked for."""
    statement = select(func.min(MessageRow.next_try_at)).where(col(MessageRow.status).in_(ASKED_ABOUT))
    return (await session.exec(statement)).one()


async def postpone(session: AsyncSession, channel: str, until: datetime) -> None:
    """All that is queued for a channel waits until then."""
    table = table_of(MessageRow)
    early = or_(table.c.next_try_at.is_(None), table.c.next_try_at < until)
    queued = update(table).where(
        table.c.status == Status.queued, func.coalesce(table.c.via, table.c.channel) == channel
    )
    await run(session, queued.where(early).values(next_try_at=until))


async def by_reference(session: AsyncSession, gateway: str, reference: str) -> MessageRow | None:
    statement = select(MessageRow).where(MessageRow.reference == reference, MessageRow.gateway == gateway)
    return (await session.exec(statement.with_for_update())).first()


async def take(session: AsyncSession, channel: str, address: str, slot: str, most: int, over: datetime) -> bool:
    """Counts one more message; False where there were as many already."""
    table = table_of(Budget)
    build = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    first = build(table).values(channel=channel, address=address, slot=slot, taken=1, over=over)
    counted = first.on_conflict_do_update(
        index_elements=["channel", "address", "slot"], set_={"taken": table.c.taken + 1}, where=table.c.taken < most
    )
    return (await run(session, counted)).rowcount == 1


async def give_back(session: AsyncSession, channel: str, address: str, slot: str) -> None:
    table = table_of(Budget)
    which = (table.c.channel == channel, table.c.address == address, table.c.slot == slot)
    await run(session, update(table).where(*which).values(taken=table.c.taken - 1))


async def forget_budgets(session: AsyncSession, now: datetime) -> None:
    table = table_of(Budget)
    await run(session, delete(table).where(table.c.over <= now))


def _due(now: datetime) -> Any:
    return or_(col(MessageRow.next_try_at).is_(None), col(MessageRow.next_try_at) <= now)


async def sent(session: AsyncSession) -> Sequence[MessageRow]:
    """What a gateway took, and what is known to have arrived."""
    went_out = col(MessageRow.status).in_([Status.sent, Status.delivered])
    return (await session.exec(select(MessageRow).where(went_out))).all()
