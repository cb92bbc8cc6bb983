"""B5: the customer rates the window service."""

import hashlib
from typing import Any

from services.intake import repository
from services.intake.domain.keys import BESIDE, Way
from services.intake.domain.text import missing
from services.intake.tables import Complaint, WindowRating
from services.intake.usecases.cases import open_case
from services.intake.usecases.forms import RateData
from shared.db.keyring import KeyRing
from shared.events.intake import WindowRatedV1
from shared.kernel.errors import Code, Refused
from shared.room.commands import parse
from shared.room.room import Came, Command, Tx

ANONYMOUS = 12
"""Hex digits of a network's mark: enough to tell the customers of one officer apart."""


def mark_of(network: str, officer: str | None, keys: KeyRing | None) -> str:
    """The same for what comes from one network about one officer, as long as the data key is the same; it cannot be
    matched with anything else. Under a key: without one, whoever tries all addresses finds which it was.
    """
    said = f"{officer}|{network}"
    if keys is None:
        return hashlib.sha256(said.encode()).hexdigest()[:ANONYMOUS]
    return keys.blind(said, "intake.audit.network").partition(":")[2][:ANONYMOUS]


def require_own(came: Came, record: Complaint, keys: KeyRing | None) -> dict[str, str]:
    """What is noted of the rating. Raises Refused where an employee is signed in in the browser: only on the terminal a
    customer acts beside a signed-in officer. The key that an employee hands over is taken from programs that act for
    the customer; the auditor sees by which key each rating came.
    """
    if came.beside is not None and came.way != Way.window:
        raise Refused(Code.role_not_allowed, BESIDE)
    return {"way": came.way, "network": mark_of(came.network, record.officer, keys)}


async def rate_window(tx: Tx, command: Command) -> dict[str, Any]:
    """003§16: once, and straight to the group centre: the record shows nothing of it. The audit log keeps by which key
    and from where it was given, for the auditor.
    """
    case = await open_case(tx, command)
    record = case.record
    if command.actor.came is not None:
        tx.noted |= require_own(command.actor.came, record, tx.room.db.keys)
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
