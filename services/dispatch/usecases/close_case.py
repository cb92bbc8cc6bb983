"""closure.close (000§3.4): closed on one of the policy's grounds, without the approval chain."""

from typing import Any

from services.dispatch.domain.steps import next_state, require_field
from services.dispatch.domain.values import Data, Instant, Name, Signature
from services.dispatch.repository import called_for, complained_again
from services.dispatch.usecases.acting import Acting, begin
from shared.events.dispatch import CaseClosedV1
from shared.kernel.errors import Code, Refused
from shared.kernel.months import months_after
from shared.policy.model import ClosingGround
from shared.room.room import Command, Tx


class ClosureClose(Data):
    ground: Name
    letter_sent_at: Instant | None = None
    signature: Signature | None = None


async def close_case(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ClosureClose)
    ground = next((one for one in act.policy.ground if one.id == data.ground), None)
    if ground is None:
        accepted = "、".join(one.id for one in act.policy.ground)
        raise Refused(Code.field_invalid, f"ground: 本制度的结案依据为 {accepted or '无'}", field="ground")
    for name in ground.required:
        require_field(name, command.data)
    await _require_letter(act, data, ground)
    if ground.needs_call and not await called_for(tx.session, act.case.complaint_id, ground.needs_call):
        raise Refused(Code.state_not_allowed, f"{ground.name}: 须先记录电话回访 customer.call（{ground.clause}）")
    event = act.emit(CaseClosedV1, data, state=next_state(act.step, act.case.state, ground.id), ground=ground.id)
    return await act.accept(event, data, ground=ground.id)


async def _require_letter(act: Acting, data: ClosureClose, ground: ClosingGround) -> None:
    """000§3.4.2: a registered letter, the months it must have been out, and no complaint since."""
    if ground.letter_months is None:
        return
    sent_at, case = data.letter_sent_at, act.case
    if sent_at is None:
        raise Refused(Code.field_missing, "缺少必填项 letter_sent_at", field="letter_sent_at")
    if sent_at > act.tx.now:
        raise Refused(Code.field_invalid, "letter_sent_at: 挂号信发出时间不能晚于现在", field="letter_sent_at")
    if sent_at < case.contact_ended_at:
        raise Refused(Code.field_invalid, "letter_sent_at: 挂号信发出时间不能早于投诉", field="letter_sent_at")
    from_then = months_after(sent_at, ground.letter_months, act.directory.zone(case.project_id))
    if act.tx.now < from_then:
        raise Refused(
            Code.state_not_allowed,
            f"{ground.name}: 挂号信发出满 {ground.letter_months} 个月后方可结案，"
            f"最早 {from_then:%Y-%m-%d %H:%M}（{ground.clause}）",
        )
    if await complained_again(act.tx.session, case.complaint_id, sent_at):
        raise Refused(Code.state_not_allowed, f"{ground.name}: 客户在挂号信发出后再次投诉（{ground.clause}）")
