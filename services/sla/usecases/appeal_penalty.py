"""H6: the person concerned appeals against a charge of his."""

from typing import Any

from services.sla.domain.counters import APPEALED, upheld
from services.sla.repository import facts_of, remember
from services.sla.usecases.authorise import authorised_case
from services.sla.usecases.entries import Entry, charge_named
from shared.events.sla import PenaltyAppealedV1
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Command, Tx


class AppealPenalty(CommandData):
    entry: Entry


async def appeal_penalty(tx: Tx, command: Command) -> dict[str, Any]:
    """Refused by role for anybody but the person charged. After an appeal that was not borne out he may appeal again,
    with something new to say.
    """
    case = await authorised_case(tx, command)
    data = parse(AppealPenalty, command.data)
    _, charge = await charge_named(tx, case, data.entry, own=command.actor.person)
    if charge.person != command.actor.person or charge.person is None:
        raise Refused(Code.role_not_allowed, "只有被扣罚的本人可以申诉")
    about = charge.rule, charge.person
    facts = await facts_of(tx.session, case.complaint_id)
    said = {(fact.data.get("reason") or "").strip() for fact in facts
            if fact.name == APPEALED and (fact.data["rule"], fact.data["person"]) == about}  # fmt: skip
    if about in upheld(facts) and (data.reason or "").strip() in {"", *said}:
        raise Refused(Code.field_invalid, "reason: 此前的申诉未获支持，再次申诉须写明新的理由", field="reason")
    event = tx.emit(
        PenaltyAppealedV1,
        complaint_id=case.complaint_id,
        project_id=case.project_id,
        by=command.actor.id,
        rule=charge.rule,
        person=charge.person,
        reason=data.reason,
    )
    await remember(tx.session, event, tx.now)
    return {"complaint": str(case.complaint_id), "number": case.number, "event": str(event.event_id)}
