"""What was handed in while the registration was being written goes to the case with it."""

from collections.abc import Sequence
from uuid import UUID

from services.intake import repository
from services.intake.domain.files import LOOSE_FOR
from shared.kernel.errors import Code, Refused
from shared.room.room import Actor, Tx


async def claim_files(tx: Tx, actor: Actor, complaint_id: UUID, ids: Sequence[UUID]) -> None:
    """Raises Refused unless each is the person's own, in no other case yet, and not forgotten."""
    wanted = list(dict.fromkeys(ids))
    if not wanted:
        return
    by = actor.id if actor.kind == "person" else ""
    found = await repository.claim_loose(tx.session, wanted, complaint_id, by, tx.now - LOOSE_FOR, tx.now)
    if found != len(wanted):
        raise Refused(
            Code.field_invalid, "所列附件须为本人上传、尚未归入投诉、且上传未满 24 小时的文件", field="attachments"
        )
