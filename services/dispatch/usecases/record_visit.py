"""visit.record (003§22): the department was at the customer's, or could not or was not let do its work."""

from typing import Any, Literal

from services.dispatch.domain.deadlines import agreed_time
from services.dispatch.domain.duties import MATERIAL, PLAN
from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Instant, Signature, Text, Texts
from services.dispatch.usecases.acting import Acting, begin
from shared.events.dispatch import VisitRecordedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class VisitRecord(Data):
    """`photos` are the ids of attachments, as the console sends them, or any text that says where they are."""

    outcome: Literal["agreed", "unreachable", "refused"]
    visited_at: Instant | None = None
    plan: Text | None = None
    agreed_completion_at: Instant | None = None
    signature: Signature | None = None
    photos: Texts = []


async def record_visit(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(VisitRecord)
    visited_at = data.visited_at or tx.now
    handed_over = act.case.handed_over_at or act.case.registered_at
    if visited_at > tx.now:
        raise Refused(Code.field_invalid, "visited_at: 回访时间不能晚于现在", field="visited_at")
    if visited_at < handed_over:
        raise Refused(Code.field_invalid, "visited_at: 回访时间不能早于督办令签发", field="visited_at")
    require_future(act, data.agreed_completion_at)
    signed, has_plan = data.signature is not None, data.plan is not None
    event = act.emit(
        VisitRecordedV1,
        data,
        state=next_state(act.step, act.case.state, data.outcome),
        occurred_at=visited_at,
        outcome=data.outcome,
        plan=data.plan,
        agreed_completion_at=data.agreed_completion_at,
        signed=signed,
        has_plan=has_plan,
        photos=data.photos,
    )
    changes: dict[str, Any] = {"planned": act.case.planned or has_plan}
    if signed and data.agreed_completion_at:
        changes["agreed_completion_at"] = agreed_time(
            act.case.required_by, act.case.agreed_completion_at, data.agreed_completion_at, at=visited_at
        )
    # A visit entered late does not undo what a later one found.
    if act.case.visited_at is None or visited_at >= act.case.visited_at:
        pending = {name: since for name, since in act.case.pending.items() if name != MATERIAL}
        if data.outcome != "agreed":
            pending[MATERIAL] = visited_at.isoformat()
        if not changes["planned"]:
            pending.setdefault(PLAN, visited_at.isoformat())
        else:
            pending.pop(PLAN, None)
        changes |= {"visited_at": visited_at, "visit_outcome": data.outcome, "pending": pending}
    return await act.accept(event, data, changes=changes)


def require_future(act: Acting, agreed: Any) -> None:
    """Raises Refused where the completion time agreed with the customer has already come."""
    if agreed is not None and agreed <= act.tx.now:
        raise Refused(
            Code.field_invalid, "agreed_completion_at: 商谈完成时间必须晚于现在", field="agreed_completion_at"
        )
