"""The files of a case, and the contents in the file store."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import delete, update
from sqlmodel import col, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.repository.rows import table_of
from services.intake.tables import Attachment, Blob
from shared.db.statements import run, upsert


async def attachment(session: AsyncSession, attachment_id: UUID) -> Attachment | None:
    return (await session.exec(select(Attachment).where(Attachment.id == attachment_id))).one_or_none()


async def attachment_by_key(session: AsyncSession, client_key: str) -> Attachment | None:
    return (await session.exec(select(Attachment).where(Attachment.client_key == client_key))).one_or_none()


async def attachments(session: AsyncSession, complaint_id: UUID) -> Sequence[Attachment]:
    statement = select(Attachment).where(Attachment.complaint_id == complaint_id)
    return (await session.exec(statement.order_by(col(Attachment.id)))).all()


async def attachment_count(session: AsyncSession, complaint_id: UUID | None, uploaded_by: str) -> int:
    """How many files the case has; without a case, how many of this person's wait for one."""
    statement = select(func.count()).select_from(Attachment).where(Attachment.complaint_id == complaint_id)
    if complaint_id is None:
        statement = statement.where(Attachment.uploaded_by == uploaded_by)
    return (await session.exec(statement)).one()


async def claim_loose(
    session: AsyncSession, ids: Sequence[UUID], complaint_id: UUID, by: str, since: datetime, at: datetime
) -> int:
    """Puts what the person handed in after `since` into the case. How many that were."""
    table = table_of(Attachment)
    mine = (table.c.complaint_id.is_(None), table.c.uploaded_by == by, table.c.uploaded_at > since)
    statement = update(table).where(table.c.id.in_(ids), *mine)
    return (await run(session, statement.values(complaint_id=complaint_id, attached_at=at))).rowcount


async def oldest_loose(session: AsyncSession) -> datetime | None:
    statement = select(func.min(Attachment.uploaded_at)).where(col(Attachment.complaint_id).is_(None))
    return (await session.exec(statement)).one()


async def drop_loose(session: AsyncSession, until: datetime, limit: int) -> list[str]:
    """Removes what was handed in by then and belongs to no case. The contents it had."""
    table = table_of(Attachment)
    loose = select(table.c.id).where(table.c.complaint_id.is_(None), table.c.uploaded_at <= until)
    old = loose.order_by(table.c.uploaded_at).limit(limit).with_for_update(skip_locked=True)
    found = [row.id for row in (await run(session, old)).all()]
    gone = delete(table).where(table.c.id.in_(found), table.c.complaint_id.is_(None))
    dropped = (await run(session, gone.returning(table.c.sha256, table.c.thumbnail))).all()
    return sorted({sha256 for row in dropped for sha256 in row if sha256})


async def hold_blob(session: AsyncSession, sha256: str, at: datetime) -> None:
    """Locks the content's row, made where it is missing, until the transaction ends."""
    await upsert(session, table_of(Blob), [{"sha256": sha256, "stored_at": at}], ["sha256"])


async def blobs(session: AsyncSession, after: str, limit: int) -> Sequence[str]:
    """The contents that are kept, from the one after on."""
    statement = select(Blob.sha256).where(Blob.sha256 > after).order_by(Blob.sha256).limit(limit)
    return (await session.exec(statement)).all()


async def lock_blob(session: AsyncSession, sha256: str) -> bool:
    """False where it is gone."""
    statement = select(Blob.sha256).where(Blob.sha256 == sha256).with_for_update()
    return (await session.exec(statement)).one_or_none() is not None


async def is_used(session: AsyncSession, sha256: str) -> bool:
    used = or_(col(Attachment.sha256) == sha256, col(Attachment.thumbnail) == sha256)
    return (await session.exec(select(Attachment.id).where(used).limit(1))).first() is not None


async def drop_blob(session: AsyncSession, sha256: str) -> None:
    table = table_of(Blob)
    await run(session, delete(table).where(table.c.sha256 == sha256))
