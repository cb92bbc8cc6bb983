"""What intake keeps of a case that is archived: number, place, kind and times. Its files go into the archive."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import Row, select

from services.intake.repository.rows import table_of
from services.intake.tables import (
    Attachment,
    CaseState,
    Classification,
    Complaint,
    Correction,
    CustomerStep,
    Link,
    Signature,
    WindowRating,
)
from services.intake.usecases.file_access import store_of
from services.intake.usecases.forget_files import discard
from shared.db.statements import fetch
from shared.room.archive import BLANK, CUSTOMER, Part, Plan, only_marks
from shared.room.room import Room

ATTACHMENT = table_of(Attachment)


def _complaint(row: Row[Any]) -> dict[str, Any]:
    return {
        "customer": dict(CUSTOMER),
        "phone": "",
        "room": None,
        "phone_blind": None,
        "room_blind": None,
        "content": BLANK,
        "note": None,
        "fields": only_marks(row.fields),
        "tracking": f"{BLANK}-{row.id}",
        "tracking_blind": None,
        "version": row.version + 1,
    }


def _signature(row: Row[Any]) -> dict[str, Any]:
    return {"signature": BLANK, "text": BLANK}


def _correction(row: Row[Any]) -> dict[str, Any]:
    return {"before": {}, "after": {}, "reason": BLANK}


async def _files(room: Room, cases: Sequence[UUID], folder: Path) -> list[str]:
    """Copies the files, each proven by its hash. Raises OSError where one is not what was kept."""
    c = ATTACHMENT.c
    async with room.db.read() as session:
        rows = await fetch(session, select(c.sha256, c.thumbnail).where(c.complaint_id.in_(cases)))
    (folder / "files").mkdir(exist_ok=True)
    for sha256 in sorted({row.sha256 for row in rows}):
        digest = hashlib.sha256()
        with (folder / "files" / sha256).open("wb") as file:
            async for piece in await store_of(room).get(sha256):
                digest.update(piece)
                file.write(piece)
        if digest.hexdigest() != sha256:
            raise OSError(f"the file {sha256} is damaged: nothing was archived")
    return sorted({each for row in rows for each in (row.sha256, row.thumbnail) if each})


PLAN = Plan(
    [
        Part(table_of(Complaint), case="id", blank=_complaint),
        Part(table_of(Signature), blank=_signature),
        Part(table_of(Classification)),
        Part(table_of(Correction), blank=_correction),
        Part(table_of(Link)),
        Part(table_of(WindowRating)),
        Part(table_of(CaseState)),
        Part(table_of(CustomerStep)),
        Part(ATTACHMENT, removed=True),
    ],
    before=_files,
    after=discard,
)
