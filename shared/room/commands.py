"""One way in for every command: HTTP, replay and console run the same pipeline."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from shared.db.statements import fetch, insert_rows
from shared.kernel.errors import Code, Refused
from shared.room.keepable import keepable
from shared.room.regions import require_here
from shared.room.room import Command, CommandHandler, Room, Tx

M = TypeVar("M", bound=BaseModel)


PERSONAL = frozenset({"customer", "signature", "content"})


def parse(model: type[M], data: Mapping[str, Any]) -> M:
    """The command's data, or Refused with `field.missing` or `field.invalid` and the field's name."""
    try:
        return model.model_validate(dict(data))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_context=False)
        missing = [p for p in problems if p["type"] == "missing"]
        first = (missing or problems)[0]
        name = ".".join(str(part) for part in first["loc"]) or "with"
        if missing:
            raise Refused(Code.field_missing, f"缺少必填项 {name}", field=name) from None
        raise Refused(Code.field_invalid, f"{name}: {first['msg']}", field=name) from None


async def execute(room: Room, command: Command, *, idempotency_key: str | None = None) -> dict[str, Any]:
    """Runs a command in one transaction and returns its answer. Raises Refused, after which nothing has changed
    but the audit log. The same key with the same command gives the stored answer again, whoever asks first.
    """
    handler = room.commands.get(command.name)
    if handler is None:
        raise Refused(Code.not_found, f"没有名为 {command.name} 的操作")
    return await carry_out(room, command, handler, idempotency_key=idempotency_key)


async def carry_out(
    room: Room, command: Command, handler: CommandHandler, *, idempotency_key: str | None = None
) -> dict[str, Any]:
    """The same for an act that is none of the contract's commands: one transaction, and the audit log."""
    try:
        await require_here(room, command)
        return await _accept(room, command, handler, idempotency_key)
    except Refused as refused:
        await _log_refusal(room, command, refused)
        raise
    except IntegrityError:
        # Two requests with one key met; the other has committed, and its answer is the answer.
        stored = await _stored_answer(room, command, idempotency_key)
        if stored is None:
            raise
        return stored


async def _accept(room: Room, command: Command, handler: Any, key: str | None) -> dict[str, Any]:
    async with room.begin() as tx:
        if key is not None:
            stored = await _find(tx, command, key)
            if stored is not None:
                return stored
        room.failpoint(f"{room.name}.after_begin")
        answer: dict[str, Any] = await handler(tx, command)
        await _log(tx, command, accepted_as=tx.events[0].event_id if tx.events else None)
        if key is not None:
            row = {
                "actor": _owner(command),
                "key": key,
                "request_sha256": _digest(command),
                "answer": answer,
                "at": tx.now,
            }
            await insert_rows(tx.session, room.tables.idempotency, row)
    room.failpoint(f"{room.name}.before_reply")
    return answer


async def _find(tx: Tx, command: Command, key: str) -> dict[str, Any] | None:
    table = tx.room.tables.idempotency
    rows = await fetch(tx.session, select(table).where(table.c.actor == _owner(command), table.c.key == key))
    if not rows:
        return None
    if rows[0].request_sha256 != _digest(command):
        raise Refused(Code.field_invalid, "同一 Idempotency-Key 已用于另一个请求", field="Idempotency-Key")
    return dict(rows[0].answer)


async def _stored_answer(room: Room, command: Command, key: str | None) -> dict[str, Any] | None:
    if key is None:
        return None
    async with room.begin() as tx:
        return await _find(tx, command, key)


async def _log(tx: Tx, command: Command, **fields: Any) -> None:
    row = {
        "id": tx.new_id(),
        "at": tx.now,
        "actor": command.actor.id,
        "command": command.name,
        "complaint_id": command.complaint_id or getattr(tx.events[0] if tx.events else None, "complaint_id", None),
        # What names the customer stays in the record itself, under its own protection.
        "data": keepable({k: v for k, v in command.data.items() if k not in PERSONAL} | tx.noted),
        **fields,
    }
    await insert_rows(tx.session, tx.room.tables.audit, row)


async def _log_refusal(room: Room, command: Command, refused: Refused) -> None:
    async with room.begin() as tx:
        await _log(tx, command, code=refused.code.value, detail=keepable(refused.detail))
        if (leaves := room.refusals.get(refused.code)) is not None:
            await leaves(tx, command, refused)


def _owner(command: Command) -> str:
    """Whose keys these are: a person's own, or those of the customer of one case."""
    actor = command.actor
    return actor.id if actor.kind == "person" else f"{actor.kind}:{actor.complaint_id or ''}"


def _digest(command: Command) -> str:
    body = json.dumps([command.name, str(command.complaint_id), command.data], sort_keys=True, default=str)
    return hashlib.sha256(body.encode()).hexdigest()
