"""H6: an authorised person answers an appeal that is not borne out: the charge stands, with the reason."""

from typing import Any

from services.sla.repository import remember
from services.sla.usecases.authorise import authorised_case
from services.sla.usecases.entries import Entry, charge_named
from shared.events.sla import PenaltyUpheldV1
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Command, Tx


class UpholdPenalty(CommandData):
    entry: Entry


async def uphold_penalty(tx: Tx, command: Command) -> dict[str, Any]:
    """Refused where no appeal waits, and without a reason: it is what the appellant is told."""
    case = await authorised_case(tx, command)
    data = parse(UpholdPenalty, command.data)
    if not (data.reason or "").strip():
        raise Refused(Code.field_missing, "缺少必填项 reason", field="reason")
    found, charge = await charge_named(tx, case, data.entry)
    if (charge.rule, charge.person) not in found.appeals:
        raise Refused(Code.state_not_allowed, "这项扣罚没有待答复的申诉")
    event = tx.emit(
        PenaltyUpheldV1,
        complaint_id=case.complaint_id,
        project_id=case.project_id,
        by=command.actor.id,
        rule=charge.rule,
        person=charge.person,
        reason=data.reason,
    )
    await remember(tx.session, event, tx.now)
    return {"complaint": str(case.complaint_id), "number": case.number, "event": str(event.event_id)}
