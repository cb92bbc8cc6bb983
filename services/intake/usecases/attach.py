"""B7, E1: a file comes to a case, or waits for the case that is being registered."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.exc import IntegrityError

from services.intake import repository
from services.intake.domain.files import (
    KINDS,
    MOST_A_CASE,
    MOST_LOOSE,
    PHASES,
    families,
    file_name,
    found_in,
    wanted,
)
from services.intake.tables import Attachment
from services.intake.usecases.attachments import told
from services.intake.usecases.file_access import pictures_of, require_taking, store_of
from services.intake.usecases.forget_files import discard
from shared.kernel.errors import Code, Refused
from shared.room.commands import carry_out
from shared.room.room import Actor, Command, CommandHandler, Room, Tx

NAME = "attachment.add"

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Ask:
    """What the client says of the file. `key` repeats where it sends again."""

    complaint_id: UUID | None
    kind: str
    phase: str | None = None
    name: str | None = None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Upload:
    """The file as it was received: its first bytes, size in bytes and SHA-256."""

    path: Path
    head: bytes
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class _Kept:
    """What goes into the store, by its key: the file itself, and its thumbnail."""

    columns: Mapping[str, Any]
    blobs: Mapping[str, Path]


async def may_attach(room: Room, viewer: Actor, ask: Ask) -> None:
    """Before the body is read. Raises Refused, which is put on record, where no file would be taken."""
    try:
        if ask.kind not in KINDS:
            raise Refused(Code.field_invalid, f"kind 须为 {'、'.join(KINDS)} 之一", field="kind")
        if ask.phase is not None and ask.phase not in PHASES:
            raise Refused(Code.field_invalid, f"phase 须为 {'、'.join(PHASES)} 之一", field="phase")
        async with room.db.read() as session:
            await require_taking(room, session, viewer, ask.complaint_id)
    except Refused as refused:
        await carry_out(room, _command(viewer, ask, {}), _refusing(refused))


async def attach(room: Room, viewer: Actor, ask: Ask, upload: Upload) -> dict[str, Any]:
    """Keeps the file and answers what it is. Raises Refused, after which nothing of it is kept. The same key with the
    same file gives the same answer.
    """
    key = _client_key(viewer, ask)
    before = await _sent_before(room, key, upload)
    if before is not None:
        return before
    said = {"received_sha256": upload.sha256, "bytes": upload.size}
    try:
        kept = await _made(room, ask, upload)
    except Refused as refused:
        return await carry_out(room, _command(viewer, ask, said), _refusing(refused))
    row = {
        "complaint_id": ask.complaint_id,
        "kind": ask.kind,
        "phase": ask.phase,
        "received_sha256": upload.sha256,
        "received_size": upload.size,
        "client_key": key,
        "uploaded_by": viewer.id,
        **kept.columns,
    }
    try:
        for sha256, path in kept.blobs.items():
            await store_of(room).put(sha256, path)
        return await carry_out(room, _command(viewer, ask, said), _adding(row, kept.blobs, viewer))
    except IntegrityError:
        # The same file was sent twice at once; the other has committed, and its answer is the answer.
        before = await _sent_before(room, key, upload)
        if before is None:
            raise
        return before
    except BaseException:
        await discard(room, list(kept.blobs))
        raise


async def _made(room: Room, ask: Ask, upload: Upload) -> _Kept:
    """What is kept of the file: a picture is made anew, anything else stays as it came. Raises Refused."""
    found = found_in(upload.head)
    if found is None or found.family not in families(ask.kind):
        raise Refused(Code.field_invalid, f"不能接受这种文件，请提供{wanted(ask.kind)}", field="file")
    columns: dict[str, Any] = {
        "name": file_name(ask.name, ask.kind, found.media_type),
        "media_type": found.media_type,
        "width": None,
        "height": None,
        "thumbnail": None,
    }
    if found.family != "picture":
        return _Kept(columns | {"sha256": upload.sha256, "size": upload.size}, {upload.sha256: upload.path})
    picture = await pictures_of(room).render(upload.path)
    whole, small = _digest(picture.path), _digest(picture.thumbnail)
    columns |= {
        "width": picture.width,
        "height": picture.height,
        "thumbnail": small,
        "sha256": whole,
        "size": picture.path.stat().st_size,
    }
    return _Kept(columns, {whole: picture.path, small: picture.thumbnail})


def _adding(row: Mapping[str, Any], blobs: Mapping[str, Path], viewer: Actor) -> CommandHandler:
    async def add(tx: Tx, command: Command) -> dict[str, Any]:
        complaint_id = command.complaint_id
        await require_taking(tx.room, tx.session, viewer, complaint_id, lock=True)
        most = MOST_LOOSE if complaint_id is None else MOST_A_CASE
        if await repository.attachment_count(tx.session, complaint_id, viewer.id) >= most:
            raise Refused(Code.field_invalid, f"每件投诉最多 {most} 个附件", field="file")
        for sha256 in sorted(blobs):
            # Under this lock nobody removes it; who removed it just before is made good.
            await repository.hold_blob(tx.session, sha256, tx.now)
            await store_of(tx.room).put(sha256, blobs[sha256])
        new = {
            "id": tx.new_id(),
            **row,
            "uploaded_at": tx.now,
            "attached_at": None if complaint_id is None else tx.now,
        }
        await repository.add(tx.session, Attachment, new)
        tx.noted["attachment"] = str(new["id"])
        return told(Attachment(**new))

    return add


def _refusing(refused: Refused) -> CommandHandler:
    async def refuse(tx: Tx, command: Command) -> dict[str, Any]:
        raise refused

    return refuse


def _command(viewer: Actor, ask: Ask, said: Mapping[str, Any]) -> Command:
    data = {"kind": ask.kind[:50], "phase": ask.phase and ask.phase[:50], "name": ask.name and ask.name[:200], **said}
    return Command(NAME, viewer, ask.complaint_id, data)


async def _sent_before(room: Room, key: str | None, upload: Upload) -> dict[str, Any] | None:
    if key is None:
        return None
    async with room.db.read() as session:
        found = await repository.attachment_by_key(session, key)
    if found is None:
        return None
    if found.received_sha256 != upload.sha256:
        raise Refused(Code.field_invalid, "同一 Idempotency-Key 已用于另一个文件", field="Idempotency-Key")
    return told(found)


def _client_key(viewer: Actor, ask: Ask) -> str | None:
    if ask.key is None:
        return None
    owner = viewer.id if viewer.kind == "person" else f"{viewer.kind}:{viewer.complaint_id}"
    return hashlib.sha256(f"{owner}\n{ask.key}".encode()).hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
