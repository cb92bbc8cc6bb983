"""Which messages a person may see, and what a replay tells of them."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import false
from sqlmodel import col, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.notify import repository
from services.notify.domain.case import CUSTOMER, copy_of, placed
from services.notify.domain.message import STATUS_LABELS, Status
from services.notify.domain.promise import without_key
from services.notify.tables import MessageCase, MessageRow
from services.notify.usecases.confiding import secrets_from
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
    status: str | None = None,
    among: Collection[str] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """Newest first, to one recipient or to some `among` all. Everybody sees what was sent to himself; the group's posts
    and the system see all; who sees a case sees its messages too, but of a message about several cases only this one.
    `next` is the cursor of the next page.
    """
    limit = max(1, min(limit, MAX_LIMIT))
    statement = select(MessageRow).order_by(col(MessageRow.id).desc()).limit(limit + 1)
    if cursor is not None:
        statement = statement.where(col(MessageRow.id) < _cursor(cursor))
    for column, value in ((MessageRow.recipient, to), (MessageRow.template, template), (MessageRow.status, status)):
        if value is not None:
            statement = statement.where(col(column) == _storable(value))
    if among is not None:
        statement = statement.where(col(MessageRow.recipient).in_(list(among)))
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
        secret = set(await secrets_from(room, session, directory, viewer))
        statement = statement.where(*_without(secret, complaint_id))
        of_case = complaint_id is not None and await _sees_case(room, session, viewer, directory, scope, complaint_id)
        if not scope.everything and not of_case:
            own = [MessageRow.recipient == viewer.person if viewer.kind == "person" else MessageRow.id.is_(None)]  # type: ignore[attr-defined]
            statement = statement.where(or_(*own))
        found = (await session.exec(statement)).all()
    page = found[:limit]
    return {
        "messages": [_shown(message, viewer, directory, scope, complaint_id, secret) for message in page],
        "next": str(page[-1].id) if len(found) > limit else None,
    }


async def of_case(room: Room, viewer: Actor, complaint_id: UUID) -> list[dict[str, Any]]:
    """What was said about a case, as `messages` tells it, the oldest first. Raises Refused(not_found) for who neither
    sees the case nor was told of it.
    """
    found = (await messages(room, viewer, complaint_id=complaint_id, limit=MAX_LIMIT))["messages"]
    if not found:
        async with room.db.read() as session:
            directory = await room.directory(session)
            scope = scope_of(directory, viewer.person or "", room.clock.now())
            if not await _sees_case(room, session, viewer, directory, scope, complaint_id):
                raise Refused(Code.not_found, "没有这宗投诉")
    return list(reversed(found))


def _without(secret: Collection[UUID], complaint_id: UUID | None) -> list[Any]:
    """As conditions: no message that speaks of confidential cases only; nothing about one that was asked for."""
    if complaint_id in secret:
        return [false()]
    if not secret:
        return []
    speaks, ids = col(MessageCase.complaint_id), list(secret)
    hidden, open_ = (select(MessageCase.message_id).where(which) for which in (speaks.in_(ids), speaks.not_in(ids)))
    return [or_(col(MessageRow.id).not_in(hidden), col(MessageRow.id).in_(open_))]


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
    standing = placed(policy, case)
    at_place = replace(standing, first_department=first_department(policy, standing))
    return scope.covers(policy, directory, at_place, cooperating)


def _shown(
    message: MessageRow,
    viewer: Actor,
    directory: Directory,
    scope: Scope,
    complaint_id: UUID | None,
    secret: Collection[UUID],
) -> dict[str, Any]:
    own = viewer.kind == "person" and message.recipient == viewer.person
    whole = own or scope.everything or message.complaints == [str(complaint_id)]
    told = message.complaints if whole else [str(complaint_id)]
    hides = any(UUID(each) in secret for each in message.complaints)
    return {
        "id": str(message.id),
        "template": message.template,
        "channel": message.via or message.channel,
        "to": message.recipient,
        "to_name": "客户" if message.recipient == CUSTOMER else directory.name_of(message.recipient),
        "address": message.address if own else mask_phone(message.address),
        "text": without_key(message.text) if whole and not hides else None,
        "complaints": [each for each in told if UUID(each) not in secret],
        "day": message.local_date.isoformat(),
        "status": message.status,
        "status_name": STATUS_LABELS[Status(message.status)],
        "created_at": message.created_at.isoformat(),
        "sent_at": message.sent_at.isoformat() if message.sent_at else None,
        "gateway": message.gateway,
        "reference": message.reference,
        "attempts": message.attempts,
        "detail": message.detail,
        "note": message.note,
        "delivered_at": message.delivered_at.isoformat() if message.delivered_at else None,
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
