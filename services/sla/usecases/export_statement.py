"""H5: a month's statement as a file: every entry, and each person's sum."""

from collections.abc import AsyncIterator
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import xlsxwriter

from services.sla.domain.sheets import safe_cell, written
from services.sla.usecases.statements import KIND_LABELS, PersonStatement, every_person
from shared.room.room import Actor, Room
from shared.room.trails import note

LINE_HEAD = (
    "月份", "姓名", "工号", "投诉编号", "类型",
    "名称", "规则", "条款", "次数", "金额（元）", "百分比", "说明", "记账时间",
)  # fmt: skip
TOTAL_HEAD = ("月份", "姓名", "工号", "时区", "笔数", "合计（元）", "待定百分比", "核验码")
TOTAL = "合计"
MOST_ROWS = 1_000_000
"""Of one sheet; spreadsheet programs take 1,048,576."""


async def csv_lines(room: Room, viewer: Actor, month: str, person: str | None = None) -> AsyncIterator[str]:
    """The file piece by piece: the head, then each person's entries and his sum."""
    yield "\ufeff" + written([LINE_HEAD])  # the mark by which spreadsheet programs know UTF-8
    async for found in every_person(room, viewer, month, person):
        yield written([*(_line(month, found, line, number) for line, number in found.lines), _total(month, found)])


async def write_xlsx(room: Room, viewer: Actor, month: str, file: Path, person: str | None = None) -> None:
    """Two sheets: sums and entries. Only the row being written is in memory."""
    with xlsxwriter.Workbook(str(file), {"constant_memory": True}) as book:
        totals, lines = _Sheet(book, TOTAL, TOTAL_HEAD), _Sheet(book, "明细", LINE_HEAD)
        async for found in every_person(room, viewer, month, person):
            row = found.row
            sums = row.entries, _money(row.total_fen), _pending(found), row.sha256
            totals.add((month, found.name, row.person, row.zone, *sums))
            for line, number in found.lines:
                lines.add(_line(month, found, line, number))


class _Sheet:
    """A list that goes on in a further sheet where one is full."""

    def __init__(self, book: Any, name: str, head: tuple[str, ...]) -> None:
        self._book, self._name, self._head = book, name, head
        self._parts = 0
        self._open()

    def _open(self) -> None:
        self._parts += 1
        self._sheet = self._book.add_worksheet(self._name if self._parts == 1 else f"{self._name}{self._parts}")
        self._next = 0
        self.add(self._head)

    def add(self, cells: tuple[object, ...]) -> None:
        if self._next > MOST_ROWS:
            self._open()
        for column, cell in enumerate(cells):
            match safe_cell(cell):
                case str() as text:
                    self._sheet.write_string(self._next, column, text)
                case int() | Decimal() as number:
                    self._sheet.write_number(self._next, column, number)
        self._next += 1


async def note_export(room: Room, viewer: Actor, month: str, kind: str) -> None:
    """A6: every export is on record, before it goes out."""
    await note(room, viewer, "statement.export", month=month, kind=kind)


def _line(month: str, found: PersonStatement, line: Any, number: str) -> tuple[object, ...]:
    amount = "" if line.amount_fen is None else _money(line.amount_fen)
    kind = KIND_LABELS.get(line.kind, line.kind)
    return (
        month, found.name, line.person, number, kind, line.name, line.rule, line.clause, line.units, amount,
        "" if line.percent is None else line.percent, line.explanation,
        line.at.astimezone(ZoneInfo(line.zone)).strftime("%Y-%m-%d %H:%M:%S"),
    )  # fmt: skip


def _total(month: str, found: PersonStatement) -> tuple[object, ...]:
    row, pending = found.row, _pending(found)
    why = f"待定：{pending}" if pending else ""
    return (month, found.name, row.person, "", TOTAL, "", "", "", row.entries, _money(row.total_fen), "", why, "")


def _money(amount: int) -> Decimal:
    return Decimal(amount) / 100


def _pending(found: PersonStatement) -> str:
    return "；".join(f"{each['rule']} {each['percent']}%" for each in found.row.pending)
