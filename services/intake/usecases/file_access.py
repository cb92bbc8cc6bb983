"""Whose business the files of a case are: those who handle it, and its customer for what he handed in himself."""

from dataclasses import dataclass
from uuid import UUID

from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake import repository
from services.intake.gateways.files import FileStore, open_store
from services.intake.gateways.pictures import Pictures
from services.intake.tables import Attachment, Complaint
from services.intake.usecases.cases import not_found, state_in
from services.intake.usecases.reads import sees, sees_in_full
from shared.kernel.errors import Code, Refused
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.room.room import Actor, Room


@dataclass(frozen=True, slots=True)
class Open:
    """A case whose files the viewer may see."""

    record: Complaint
    policy: Policy
    state: str
    directory: Directory


def store_of(room: Room) -> FileStore:
    """Opened at its first use: a replay keeps no files."""
    if "file_store" not in room.extra:
        room.extra["file_store"] = open_store(room.extra["files"], room.db.keys)
    store: FileStore = room.extra["file_store"]
    return store


def pictures_of(room: Room) -> Pictures:
    pictures: Pictures = room.extra.setdefault("pictures", Pictures())
    return pictures


async def case_with_files(
    room: Room, session: AsyncSession, viewer: Actor, complaint_id: UUID, *, lock: bool = False
) -> Open:
    """Raises Refused: not_found for a case that is not there or not in his scope, scope.not_allowed where he sees it
    masked only (A6).
    """
    now = room.clock.now()
    directory = await room.directory(session)
    record = await repository.complaint(session, complaint_id, lock=lock)
    if record is None or not await sees(session, room.policies, directory, viewer, record, now):
        raise not_found()
    policy = room.policies.get(record.policy_id, record.policy_version)
    whereabouts = await repository.whereabouts(session, complaint_id)
    if not sees_in_full(policy, directory, viewer, record, whereabouts, now):
        raise Refused(Code.scope_not_allowed, "附件只对办理本案的人员开放")
    return Open(record, policy, state_in(policy, record, whereabouts), directory)


async def require_taking(
    room: Room, session: AsyncSession, viewer: Actor, complaint_id: UUID | None, *, lock: bool = False
) -> None:
    """Raises Refused unless the viewer may add a file: to the case, or, without one, to what he is about to register.

    Who handles a case may add to it after its end as well: nothing is lost that comes in late (F7).
    """
    if complaint_id is None:
        if viewer.kind != "person":
            raise Refused(Code.field_missing, "缺少必填项 complaint", field="complaint")
        return
    case = await case_with_files(room, session, viewer, complaint_id, lock=lock)
    if case.record.merged_into is not None:
        survivor = await repository.number_of(session, case.record.merged_into)
        raise Refused(Code.state_not_allowed, f"{case.record.number} 已并入 {survivor}，请在 {survivor} 上传")
    if viewer.kind == "customer" and case.state in case.policy.closed_states:
        raise Refused(Code.state_not_allowed, "投诉已结案，不能再上传附件")


async def visible(room: Room, session: AsyncSession, viewer: Actor, attachment_id: UUID) -> Attachment:
    """Raises Refused as `case_with_files` does; a file that waits for its case is its uploader's alone."""
    found = await repository.attachment(session, attachment_id)
    if found is None:
        raise no_file()
    if found.complaint_id is None:
        if viewer.kind != "person" or found.uploaded_by != viewer.id:
            raise no_file()
        return found
    await case_with_files(room, session, viewer, found.complaint_id)
    if viewer.kind == "customer" and found.uploaded_by != viewer.id:
        raise no_file()
    return found


def no_file() -> Refused:
    return Refused(Code.not_found, "没有这个附件")
