"""extension.grant (004§5): more time in a special case, with the reason."""

from typing import Any

from services.dispatch.domain.steps import next_state
from services.dispatch.domain.values import Data, Instant
from services.dispatch.usecases.acting import begin
from shared.events.dispatch import ExtensionGrantedV1
from shared.kernel.errors import Code, Refused
from shared.room.room import Command, Tx


class ExtensionGrant(Data):
    until: Instant


async def grant_extension(tx: Tx, command: Command) -> dict[str, Any]:
    act = await begin(tx, command)
    data = act.read(ExtensionGrant)
    if data.until <= tx.now:
        raise Refused(Code.field_invalid, "until: 延期时间必须晚于现在", field="until")
    event = act.emit(ExtensionGrantedV1, data, state=next_state(act.step, act.case.state), until=data.until)
    return await act.accept(event, data, changes={"extended_until": data.until})
