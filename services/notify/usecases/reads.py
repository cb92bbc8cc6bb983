"""Which messages a person may see, and what a replay tells of them."""

from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify import repository
from services.notify.domain.case import CUSTOMER, copy_of
from services.notify.domain.message import STATUS_LABELS, Status
from services.notify.tables import MessageCase, MessageRow
from services.notify.usecases.tell import parsed
from shared.kernel.errors import Code, Refused
from shared.kernel.masking import mask_phone
from shared.org.authority import Scope, scope_of
from shared.org.liability import first_department
from shared.org.model import Directory
from shared.room.room import Actor, Room

MAX_LIMIT = 200


async def messages(
    room: Room,
    viewer: Actor,
    *,
    complaint_id: UUID | None = None,
    to: str | None = None,
    template: str | None = None,
    day: date | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """Newest first. Everybody sees what was sent to himself; the group's posts and the system see all; who sees a case
    sees its messages too, but of a message about several cases only this one. `next` is the cursor of the next page.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    statement = select(MessageRow).order_by(col(MessageRow.id).desc()).limit(limit + 1)
    if cursor is not None:
        statement = statement.where(col(MessageRow.id) < _cursor(cursor))
    for column, value in ((MessageRow.recipient, to), (MessageRow.template, template)):
        if value is not None:
            statement = statement.where(col(column) == _storable(value))
    if day is not None:
        statement = statement.where(MessageRow.local_date == day)
    if complaint_id is not None:
        about = select(MessageCase.message_id).where(MessageCase.complaint_id == complaint_id)
        statement = statement.where(col(MessageRow.id).in_(about))
    async with room.db.read() as session:
        directory = await room.directory(session)
        scope = Scope(viewer.kind == "system")
        if viewer.kind == "person":
            scope = scope_of(directory, viewer.person or "", room.clock.now())
        of_case = complaint_id is not None and await _sees_case(room, session, viewer, directory, scope, complaint_id)
        if not scope.everything and not of_case:
            own = [MessageRow.recipient == viewer.person if viewer.kind == "person" else MessageRow.id.is_(None)]  # type: ignore[attr-defined]
            statement = statement.where(or_(*own))
        found = (await session.exec(statement)).all()
    page = found[:limit]
    return {
        "messages": [_shown(message, viewer, directory, scope, complaint_id) for message in page],
        "next": str(page[-1].id) if len(found) > limit else None,
    }


async def _sees_case(
    room: Room, session: AsyncSession, viewer: Actor, directory: Directory, scope: Scope, complaint_id: UUID
) -> bool:
    if viewer.kind == "customer":
        return False
    case = copy_of([parsed(row) for row in await repository.facts(session, complaint_id)])
    if case is None:
        return False
    policy = room.policies.get(case.policy_id, case.policy_version)
    category = policy.categories.get(case.standing.category or "")
    cooperating = case.cooperating if case.cooperating is not None else (category.cooperating if category else [])
    placed = replace(case.standing, first_department=first_department(policy, case.standing))
    return scope.covers(policy, directory, placed, cooperating)


def _shown(
    message: MessageRow, viewer: Actor, directory: Directory, scope: Scope, complaint_id: UUID | None
) -> dict[str, Any]:
    own = viewer.kind == "person" and message.recipient == viewer.person
    whole = own or scope.everything or message.complaints == [str(complaint_id)]
    return {
        "id": str(message.id),
        "template": message.template,
        "channel": message.channel,
        "to": message.recipient,
        "to_name": "客户" if message.recipient == CUSTOMER else directory.name_of(message.recipient),
        "address": message.address if own else mask_phone(message.address),
        "text": message.text if whole else None,
        "complaints": message.complaints if whole else [str(complaint_id)],
        "day": message.local_date.isoformat(),
        "status": message.status,
        "status_name": STATUS_LABELS[Status(message.status)],
        "created_at": message.created_at.isoformat(),
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
    }


async def outcome(room: Room) -> dict[str, list[dict[str, Any]]]:
    """The messages of a replay's outcome, in the order in which they were sent."""
    async with room.db.read() as session:
        found = await repository.sent(session)
    return {
        "messages": [
            {
                "to": message.recipient,
                "template": message.template,
                "channel": message.channel,
                "sent_at": message.sent_at,
                "complaint_ids": [UUID(each) for each in message.complaints],
                "day": message.local_date,
            }
            for message in sorted(found, key=_order)
        ]
    }


def _order(message: MessageRow) -> tuple[datetime, str, str, str]:
    # Sorted here: databases differ in how they order text.
    return message.sent_at or message.created_at, message.recipient, message.template, message.key


def _cursor(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Refused(Code.field_invalid, "cursor 无效", field="cursor") from None


def _storable(text: str) -> str:
    return text.replace("\x00", "").encode(errors="ignore").decode()
