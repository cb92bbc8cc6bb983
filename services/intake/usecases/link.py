"""B11: a complaint is linked to the one it duplicates, belongs with or repeats."""

from typing import Any

from services.intake import repository
from services.intake.domain.text import missing
from services.intake.tables import Link
from services.intake.usecases.cases import not_found, open_case
from services.intake.usecases.forms import LinkData
from services.intake.usecases.reads import sees
from shared.events.intake import ComplaintLinkedV1
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Command, Tx


async def link(tx: Tx, command: Command) -> dict[str, Any]:
    """003§33.4: only to a complaint that the actor may see; of any other he is not even told that it exists."""
    case = await open_case(tx, command)
    if missing(command.data, ["to"]):
        raise Refused(Code.field_missing, "缺少必填项 to", field="to")
    data = parse(LinkData, command.data)
    record = case.record
    if data.to == record.id:
        raise Refused(Code.field_invalid, "不能与自身关联", field="to")
    other = await repository.complaint(tx.session, data.to)
    directory = await tx.directory()
    if other is None or not await sees(tx.session, tx.room.policies, directory, command.actor, other, tx.now):
        raise not_found()
    row = {
        "id": tx.new_id(),
        "complaint_id": record.id,
        "to_id": data.to,
        "relation": data.relation,
        "at": tx.now,
        "by": command.actor.id,
    }
    if not await repository.add_new(tx.session, Link, row):
        raise Refused(Code.state_not_allowed, f"两件投诉已有 {data.relation} 关联")
    await repository.change(tx.session, record.id)
    tx.emit(
        ComplaintLinkedV1,
        complaint_id=record.id,
        project_id=record.project_id,
        by=command.actor.id,
        to=data.to,
        relation=data.relation,
    )
    return {
        "complaint": str(record.id),
        "state": case.state,
        "to": str(data.to),
        "relation": data.relation,
        "version": record.version + 1,
    }
