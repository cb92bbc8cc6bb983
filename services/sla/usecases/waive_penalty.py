"""H6: an authorised person waives a charge, with the reason; the waiver is a counter-entry."""

from typing import Any

from services.sla.repository import remember
from services.sla.usecases.authorise import authorised_case
from services.sla.usecases.entries import Entry, charge_named
from shared.events.sla import PenaltyWaivedV1
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Command, Tx


class WaivePenalty(CommandData):
    entry: Entry


async def waive_penalty(tx: Tx, command: Command) -> dict[str, Any]:
    """Waives what is owed now and was not waived before. A reason is required."""
    case = await authorised_case(tx, command)
    data = parse(WaivePenalty, command.data)
    if not (data.reason or "").strip():
        raise Refused(Code.field_missing, "缺少必填项 reason", field="reason")
    found, charge = await charge_named(tx, case, data.entry)
    before = [row for row in found.counters if (row.rule, row.person) == (charge.rule, charge.person)]
    units = charge.units + sum(row.units for row in before)
    amount = None if charge.amount is None else charge.amount + sum(row.amount or 0 for row in before)
    percent = None if charge.percent is None else charge.percent + sum(row.percent or 0 for row in before)
    if not amount and not percent:
        raise Refused(Code.state_not_allowed, "这项扣罚已全部免除")
    event = tx.emit(
        PenaltyWaivedV1,
        complaint_id=case.complaint_id,
        project_id=case.project_id,
        by=command.actor.id,
        rule=charge.rule,
        person=charge.person,
        name=charge.name,
        clause=charge.clause,
        units=units,
        amount_fen=amount,
        percent=percent,
        of=charge.of,
        reason=data.reason,
    )
    await remember(tx.session, event, tx.now)
    return {"complaint": str(case.complaint_id), "number": case.number, "event": str(event.event_id)}
