"""Retention: old closed cases leave the system as a file, and what names a person is blanked in what stays.

What was decided, what it cost and when it happened stays for good (F7); who complained, of what and in which words
does not: personal information is kept no longer than it is needed.
"""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Row, Table, and_, delete, select, update

from shared.db.statements import fetch, insert_rows, run
from shared.room.room import Room, Tx

ARCHIVE = "case.archive"
BLANK = "已归档"
CUSTOMER: Mapping[str, str] = {"name": BLANK, "phone": ""}
WORDS = frozenset({"content", "note", "text", "plan", "opinion", "answer", "signature", "contact", "address"})
"""The fields of facts and acts in which people write freely."""

Blanks = Callable[[Row[Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one table about a case, found by `case`. `blank` says what becomes of a row's columns; without it,
    and without `removed`, the row is exported and stays as it is.
    """

    table: Table
    case: str = "complaint_id"
    blank: Blanks | None = None
    removed: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """What a room archives. `before`: what goes first, such as the files; it is given the cases and the folder.
    `after`: what goes once the rows are committed.
    """

    parts: Sequence[Part]
    before: Callable[[Room, Sequence[UUID], Path], Any] | None = None
    after: Callable[[Room, Any], Any] | None = None


def blanked(said: Mapping[str, Any]) -> dict[str, Any]:
    """Facts and acts without customer and words; what clocks and sums rest on stays, so they come out the same."""
    return {name: _blanked(name, value) for name, value in said.items()}


def _blanked(name: str, value: Any) -> Any:
    if name == "customer":
        return dict(CUSTOMER)
    if name in ("fields", "extra") and isinstance(value, Mapping):
        return only_marks(value)
    return BLANK if name in WORDS and isinstance(value, str) else value


def only_marks(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Of a policy's own fields what is ticked or counted; what is written goes."""
    return {name: value for name, value in fields.items() if isinstance(value, bool | int | float)}


async def archive(room: Room, plan: Plan, cases: Sequence[UUID], folder: Path) -> int:
    """Writes the cases' rows into the folder, then blanks them. Returns how many were not archived before."""
    fresh = [case for case in cases if case not in await archived(room, cases)]
    if not fresh:
        return 0
    kept = await plan.before(room, fresh, folder) if plan.before else None
    for case in fresh:
        async with room.begin() as tx:
            parts = [*plan.parts, Part(room.tables.audit, blank=_words_of)]
            lines = [each for part in parts for each in await _take(tx, part, case)]
            write(folder, room, lines)
            await insert_rows(tx.session, room.tables.audit, _audit(tx, case, folder))
    if plan.after is not None:
        await plan.after(room, kept)
    return len(fresh)


def write(folder: Path, room: Room, lines: Sequence[str]) -> None:
    """On the disk before it is blanked in the database."""
    with (folder / f"{room.name}.jsonl").open("a", encoding="utf-8") as file:
        file.writelines(f"{each}\n" for each in lines)
        file.flush()
        os.fsync(file.fileno())


def line(table: Table, row: Row[Any]) -> str:
    return json.dumps({"table": table.name, **row._mapping}, ensure_ascii=False, default=_plain)


async def archived(room: Room, cases: Sequence[UUID]) -> set[UUID]:
    table = room.tables.audit
    async with room.db.read() as session:
        statement = select(table.c.complaint_id).where(table.c.command == ARCHIVE, table.c.complaint_id.in_(cases))
        return {row.complaint_id for row in await fetch(session, statement)}


async def forget_answers(room: Room, before: datetime) -> None:
    """Nobody sends a command again after years: the answers kept under its key name customers, and go."""
    table = room.tables.idempotency
    async with room.begin() as tx:
        await run(tx.session, delete(table).where(table.c.at < before))


def _words_of(act: Row[Any]) -> dict[str, Any]:
    """Who did what and when stays on record; what he wrote goes."""
    return {"data": blanked(act.data)}


async def _take(tx: Tx, part: Part, case: UUID) -> list[str]:
    mine = part.table.c[part.case] == case
    lines = []
    for row in await fetch(tx.session, select(part.table).where(mine).with_for_update()):
        lines.append(line(part.table, row))
        if part.blank is not None:
            await run(tx.session, update(part.table).where(_this(part.table, row)).values(**part.blank(row)))
    if part.removed:
        await run(tx.session, delete(part.table).where(mine))
    return lines


def _this(table: Table, row: Row[Any]) -> ColumnElement[bool]:
    return and_(*(column == row._mapping[column.name] for column in table.primary_key))


def _audit(tx: Tx, case: UUID, folder: Path) -> dict[str, Any]:
    return {
        "id": tx.new_id(),
        "at": tx.now,
        "actor": "system",
        "command": ARCHIVE,
        "complaint_id": case,
        "data": {"archive": folder.name},
    }


def _plain(value: Any) -> str:
    match value:
        case datetime() | date():
            return value.isoformat()
        case bytes():
            return value.hex()
        case _:
            return str(value)
