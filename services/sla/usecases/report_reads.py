"""The reports as they were made, to those who got them and to the group; as a page, a CSV file or an Excel one."""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

import xlsxwriter
from sqlalchemy import Row, select

from services.sla.domain.sheets import safe_cell, written
from services.sla.repository import REPORT
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.org.acting import principals
from shared.org.authority import scope_of
from shared.org.model import Directory
from shared.room.room import Actor, Room
from shared.room.trails import note

HEAD = ("id", "policy_id", "report", "name", "clause", "zone", "period", "recipients", "first_day", "last_day", "at",
        "made_at", "number", "summary")  # fmt: skip
LABELS = {"category": "按类别", "severity": "按级别", "state": "按状态", "project": "按项目"}


async def reports(
    room: Room,
    viewer: Actor,
    *,
    report: str | None = None,
    period: str | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> dict[str, Any]:
    """What the viewer may see, the latest first, without its rows."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        wanted = _seen(directory, viewer, room)
        wanted += [REPORT.c.report == report] if report is not None else []
        wanted += [REPORT.c.period == period] if period is not None else []
        if cursor is not None:
            wanted.append(REPORT.c.id < _id(cursor, "cursor"))
        columns = [REPORT.c[name] for name in HEAD]
        rows = await fetch(session, select(*columns).where(*wanted).order_by(REPORT.c.id.desc()).limit(limit + 1))
    items = [_head(row, directory) for row in rows[:limit]]
    return {"items": items, "next_cursor": str(rows[limit - 1].id) if len(rows) > limit else None}


async def report(room: Room, viewer: Actor, report_id: str) -> dict[str, Any]:
    """One report with its rows. Unknown, or another's: Refused(not_found)."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        wanted = [REPORT.c.id == _id(report_id, None), *_seen(directory, viewer, room)]
        rows = await fetch(session, select(REPORT).where(*wanted))
    if not rows:
        raise Refused(Code.not_found, "没有这份报表")
    found = _head(rows[0], directory)
    return {**found, "columns": rows[0].columns, "rows": rows[0].rows}


def _seen(directory: Directory, viewer: Actor, room: Room) -> list[Any]:
    """The group's posts see all; a person what was made for him, or for whom he acts for."""
    now = room.clock.now()
    if viewer.kind == "system" or (viewer.person and scope_of(directory, viewer.person, now).everything):
        return []
    return [REPORT.c.scope.in_(principals(directory, viewer.person, now) if viewer.person else [])]


def _id(text: str, field: str | None) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        if field is None:
            raise Refused(Code.not_found, "没有这份报表") from None
        raise Refused(Code.field_invalid, f"{field}: 不是本接口给出的游标", field=field) from None


def _head(row: Row[Any], directory: Directory) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "policy": row.policy_id,
        "report": row.report,
        "name": row.name,
        "clause": row.clause,
        "zone": row.zone,
        "period": row.period,
        "recipients": [{"person": one, "name": directory.name_of(one)} for one in row.recipients],
        "from": str(row.first_day),
        "to": str(row.last_day),
        "at": row.at.isoformat(),
        "made_at": row.made_at.isoformat(),
        "number": row.number,
        "summary": row.summary,
    }


def lines_of(found: dict[str, Any]) -> list[Sequence[object]]:
    """The report as a table: its title, its summary, and every row numbered from 1."""
    head = [heading for _, heading in found["columns"]]
    lines: list[Sequence[object]] = [
        (found["name"], found["clause"], found["period"], f"{found['from']} 至 {found['to']}")
    ]
    lines += [
        (LABELS.get(key, key), *(f"{name} {number}" for name, number in counts.items()))
        for key, counts in found["summary"].items()
    ]
    lines += [("序号", *head)]
    for number, row in enumerate(found["rows"], 1):
        cells = ("" if row.get(key) is None else row.get(key) for key, _ in found["columns"])
        lines.append((number, *cells))
    return lines


def csv_of(found: dict[str, Any]) -> str:
    return "\ufeff" + written(lines_of(found))  # the mark by which spreadsheet programs know UTF-8


def xlsx_of(found: dict[str, Any]) -> bytes:
    """One sheet; what looks like a formula is kept as text."""
    file = BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet(str(found["period"]))
        for number, line in enumerate(lines_of(found)):
            for column, cell in enumerate(line):
                match safe_cell(cell):
                    case str() as text:
                        sheet.write_string(number, column, text)
                    case int() | float() as value:
                        sheet.write_number(number, column, value)
    return file.getvalue()


async def note_report_export(room: Room, viewer: Actor, found: dict[str, Any], kind: str) -> None:
    """A6: every export is on record, before it goes out."""
    said = {name: found[name] for name in ("report", "period", "id")}
    await note(room, viewer, "report.export", **said, kind=kind)
