"""B5: the customer rates the window service."""

from typing import Any

from services.intake import repository
from services.intake.domain.text import missing
from services.intake.tables import WindowRating
from services.intake.usecases.cases import open_case
from services.intake.usecases.forms import RateData
from shared.events.intake import WindowRatedV1
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Command, Tx


async def rate_window(tx: Tx, command: Command) -> dict[str, Any]:
    """003§16: once, and straight to the group centre: the record shows nothing of it."""
    case = await open_case(tx, command)
    record = case.record
    if await repository.rated(tx.session, record.id):
        raise Refused(Code.state_not_allowed, "窗口服务已评价，不能更改")
    if missing(command.data, ["stars"]):
        raise Refused(Code.field_missing, "缺少必填项 stars", field="stars")
    data = parse(RateData, command.data)
    row = {"complaint_id": record.id, "stars": data.stars, "officer": record.officer, "rated_at": tx.now}
    if not await repository.add_new(tx.session, WindowRating, row):
        raise Refused(Code.state_not_allowed, "窗口服务已评价，不能更改")
    tx.emit(
        WindowRatedV1,
        complaint_id=record.id,
        project_id=record.project_id,
        by=command.actor.id,
        stars=data.stars,
        officer=record.officer,
    )
    return {"complaint": str(record.id), "state": case.state, "stars": data.stars}
