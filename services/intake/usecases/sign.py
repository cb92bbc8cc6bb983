"""B3, B4: the customer signs what was recorded."""

from typing import Any

from services.intake import repository
from services.intake.domain.case import zone_of
from services.intake.domain.signature import sha256, signed_text
from services.intake.domain.text import missing
from services.intake.tables import Signature
from services.intake.usecases.cases import open_case, vars_of
from services.intake.usecases.forms import SignData
from shared.events.intake import ComplaintSignedV1
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Command, Tx


async def sign(tx: Tx, command: Command) -> dict[str, Any]:
    """003§13,15: closes a complaint solved on the spot for which no order has been submitted."""
    case = await open_case(tx, command)
    if missing(command.data, ["signature"]):
        raise Refused(Code.field_missing, "缺少必填项 signature", field="signature")
    data = parse(SignData, command.data)
    record = case.record
    closes = record.on_the_spot and case.state == case.policy.initial_state
    text = signed_text(vars_of(record), zone_of(case.policy))
    signature = {
        "id": tx.new_id(),
        "complaint_id": record.id,
        "signature": data.signature,
        "text": text,
        "text_sha256": sha256(text),
        "signed_at": tx.now,
        "taken_by": command.actor.id,
    }
    await repository.add(tx.session, Signature, signature)
    await repository.change(tx.session, record.id, signed=True, closed=closes)
    tx.emit(
        ComplaintSignedV1,
        complaint_id=record.id,
        project_id=record.project_id,
        by=command.actor.id,
        text_sha256=signature["text_sha256"],
        closes=closes,
    )
    return {
        "complaint": str(record.id),
        "state": case.policy.closed_states[0] if closes else case.state,
        "text_sha256": signature["text_sha256"],
        "version": record.version + 1,
    }
