"""What intake tells of the files of a case, and the files themselves."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from services.intake import repository
from services.intake.tables import Attachment
from services.intake.usecases.file_access import case_with_files, no_file, store_of, visible
from shared.kernel.drawing import drawn, is_drawing
from shared.kernel.errors import Code, Refused
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.room.reading import note_read
from shared.room.room import Actor, Room

PATH = "/api/v1/attachments"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Content:
    """A file on its way out. `size` in bytes, where it is known beforehand."""

    name: str
    media_type: str
    size: int | None
    pieces: AsyncIterator[bytes]


async def listed(room: Room, viewer: Actor, complaint_id: UUID) -> dict[str, Any]:
    """The files of the case, oldest first, and which the policy expects; a customer's own are all he is told of."""
    async with room.db.read() as session:
        case = await case_with_files(room, session, viewer, complaint_id)
        found = await repository.attachments(session, complaint_id)
    if viewer.kind == "customer":
        return {"items": [told(one) for one in found if one.uploaded_by == viewer.id]}
    return {
        "items": [told(one, case.directory) for one in found],
        "expected": expected(case.policy, case.record.category, found),
    }


async def opened(room: Room, viewer: Actor, attachment_id: UUID, *, thumbnail: bool = False) -> Content:
    """Raises Refused for what is not there or not for him."""
    async with room.db.read() as session:
        found = await visible(room, session, viewer, attachment_id)
    key = found.thumbnail if thumbnail else found.sha256
    if key is None:
        raise Refused(Code.not_found, "这个附件没有缩略图")
    try:
        pieces = await store_of(room).get(key)
    except FileNotFoundError:
        log.error("files.lost", attachment=str(attachment_id), sha256=key)
        raise no_file() from None
    if found.complaint_id is not None and not thumbnail:
        await note_read(room, viewer, found.complaint_id)
    return Content(found.name, found.media_type, None if thumbnail else found.size, pieces)


async def signature_image(room: Room, viewer: Actor, complaint_id: UUID) -> bytes:
    """B3: the drawn signature of the case, a PNG. Raises Refused where there is none or it was written."""
    async with room.db.read() as session:
        await case_with_files(room, session, viewer, complaint_id)
        found = await repository.last_signature(session, complaint_id)
    if found is None or not is_drawing(found.signature):
        raise Refused(Code.not_found, "本案没有手写签字图片")
    await note_read(room, viewer, complaint_id)
    return drawn(found.signature)


def expected(policy: Policy, category: str | None, found: Sequence[Attachment]) -> list[dict[str, Any]]:
    """E3: what the policy wants to be there, with how many there are. Shown, never in the way of anything."""
    rows: list[dict[str, Any]] = []
    for evidence in policy.evidence:
        if evidence.category and category not in evidence.category:
            continue
        phases: list[str | None] = [*evidence.phases] or [None]
        for phase in phases:
            count = sum(1 for one in found if one.kind == evidence.kind and phase in (None, one.phase))
            rows.append(
                {
                    "id": evidence.id,
                    "name": evidence.name,
                    "clause": evidence.clause,
                    "kind": evidence.kind,
                    "phase": phase,
                    "count": count,
                    "there": count > 0,
                }
            )
    return rows


def told(found: Attachment, directory: Directory | None = None) -> dict[str, Any]:
    """The file without its content. Who uploaded it has a name where the directory is at hand."""
    facts: dict[str, Any] = {
        "attachment": str(found.id),
        "complaint": found.complaint_id and str(found.complaint_id),
        "kind": found.kind,
        "phase": found.phase,
        "name": found.name,
        "media_type": found.media_type,
        "bytes": found.size,
        "width": found.width,
        "height": found.height,
        "sha256": found.sha256,
        "received_sha256": found.received_sha256,
        "uploaded_by": found.uploaded_by,
        "uploaded_at": found.uploaded_at.isoformat(),
        "url": f"{PATH}/{found.id}",
        "thumbnail": found.thumbnail and f"{PATH}/{found.id}/thumbnail",
    }
    if directory is not None:
        by = found.uploaded_by
        facts["uploaded_by_name"] = "客户" if by == "customer" else directory.name_of(by)
    return facts
