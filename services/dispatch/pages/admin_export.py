"""The cases of a period taken out: CSV and JSON lines as they are read, Excel by way of a file on disc."""

import csv
import io
import json
from collections.abc import AsyncIterator, Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import xlsxwriter
from fastapi import APIRouter, Request
from starlette.responses import Response, StreamingResponse

from services.dispatch.pages.common import Dispatch, Viewing, pages
from services.dispatch.usecases.export_cases import MOST_DAYS, export_cases
from shared.kernel.errors import Code, Refused
from shared.policy.names import CHANNEL_NAMES
from shared.web.console import allowed
from shared.web.listing import XLSX, asked, harmless

router = APIRouter()

PATH = "/admin/export"
KINDS = {"csv": "text/csv; charset=utf-8", "xlsx": XLSX, "jsonl": "application/jsonl"}
PIECE = 256 * 1024

Case = dict[str, Any]
COLUMNS: tuple[tuple[str, Callable[[Case], Any]], ...] = (
    ("编号", lambda case: case["number"]),
    ("状态", lambda case: case["state_name"]),
    ("项目", lambda case: case["project_name"]),
    ("责任公司", lambda case: case["company_name"]),
    ("性质", lambda case: case["kind_name"]),
    ("有效性", lambda case: case["validity_name"]),
    ("类别", lambda case: case["category_name"]),
    ("级别", lambda case: case["severity_name"]),
    ("定级理由", lambda case: case["severity_reason"]),
    ("渠道", lambda case: CHANNEL_NAMES.get(case["channel"], case["channel"])),
    ("客户", lambda case: case["customer"].get("name")),
    ("电话", lambda case: case["customer"].get("phone")),
    ("房号", lambda case: case["customer"].get("room")),
    ("内容", lambda case: case["content"]),
    ("客服专员", lambda case: case["officer_name"]),
    ("第一责任部门", lambda case: case["first_department_name"]),
    ("配合部门", lambda case: "、".join(filter(None, case["cooperating_names"]))),
    ("责任人", lambda case: case["liable_name"]),
    ("分管领导", lambda case: case["leader_name"]),
    ("接待结束", lambda case: _local(case["contact_ended_at"])),
    ("登记时间", lambda case: _local(case["registered_at"])),
    ("要求完成", lambda case: _local(case["required_by"])),
    ("商谈完成", lambda case: _local(case["agreed_completion_at"])),
    ("延期至", lambda case: _local(case["extended_until"])),
    ("上门时间", lambda case: _local(case["visited_at"])),
    ("结案时间", lambda case: _local(case["closed_at"])),
    ("适用制度", lambda case: case["policy_name"]),
)
"""As the case's own zone has its times."""


@router.get(PATH)
async def choose(request: Request, viewer: Viewing, room: Dispatch) -> Response:
    viewer.require(allowed(PATH))
    query, today = asked(request, "from", "to", "project", "kind"), room.clock.now().astimezone(viewer.zone).date()
    kind = query.get("kind")
    if kind is None:
        names = {one.id: one.name for one in viewer.directory.projects}
        return pages.render(
            request,
            "export.html",
            viewer=viewer,
            first=today.replace(day=1).isoformat(),
            last=today.isoformat(),
            projects=[(one, names[one]) for one in viewer.projects],
            most=MOST_DAYS,
        )
    if kind not in KINDS:
        raise Refused(Code.field_invalid, "kind: 应为 csv、xlsx 或 jsonl", field="kind")
    first, last = _day(query, "from"), _day(query, "to")
    found = await export_cases(room, viewer.actor, first, last, kind, query.get("project"))
    body = {"csv": _csv, "jsonl": _lines, "xlsx": _workbook}[kind](found)
    name = f"cases-{first:%Y%m%d}-{last:%Y%m%d}.{kind}"
    return StreamingResponse(
        body, media_type=KINDS[kind], headers={"Content-Disposition": f'attachment; filename="{name}"'}
    )


async def _csv(found: AsyncIterator[list[Case]]) -> AsyncIterator[bytes]:
    # Excel takes a file without this mark for something else than UTF-8.
    yield b"\xef\xbb\xbf" + _rows([[title for title, _ in COLUMNS]])
    async for cases in found:
        yield _rows([[harmless(value(case) or "") for _, value in COLUMNS] for case in cases])


async def _lines(found: AsyncIterator[list[Case]]) -> AsyncIterator[bytes]:
    """One case a line, with everything that is known of it and the ids beside the names."""
    async for cases in found:
        yield "".join(f"{json.dumps(case, ensure_ascii=False, default=str)}\n" for case in cases).encode()


async def _workbook(found: AsyncIterator[list[Case]]) -> AsyncIterator[bytes]:
    """A workbook ends with its table of contents: it is written to disc row by row, then sent piece by piece."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "cases.xlsx"
        options = {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "tmpdir": folder}
        with xlsxwriter.Workbook(str(path), options) as book:
            sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(COLUMNS) - 1, 18)
            sheet.write_row(0, 0, [title for title, _ in COLUMNS], bold)
            number = 0
            async for cases in found:
                for case in cases:
                    number += 1
                    for column, (_, value) in enumerate(COLUMNS):
                        sheet.write_string(number, column, str(value(case) or "")[:32_000])
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def _rows(rows: list[list[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _local(text: str | None) -> str:
    return text[:16].replace("T", " ") if text else ""


def _day(query: dict[str, str], name: str) -> date:
    try:
        return date.fromisoformat(query.get(name, ""))
    except ValueError:
        raise Refused(Code.field_invalid, f"{name}: 应为 2026-03-02 这样的日期", field=name) from None
