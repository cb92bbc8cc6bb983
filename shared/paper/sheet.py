"""A paper's tables as an Excel workbook: a sheet each."""

import io
from datetime import UTC, datetime

import xlsxwriter

from shared.paper.model import Paper, Table, plain
from shared.paper.typeset import SECONDS, in_worker

MOST_CELL = 32_767
MOST_NAME = 31
WIDTH = 9
"""Characters of a column of relative width one."""


async def xlsx(paper: Paper, at: datetime, *, seconds: float = SECONDS) -> bytes:
    """The paper's tables, dated `at`. Texts stay texts, also where they begin like a formula. Raises TimeoutError."""
    return await in_worker(lambda: _written(paper, at), seconds)


def _written(paper: Paper, at: datetime) -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}) as book:
        told = {"title": paper.title, "author": paper.organisation, "created": at.astimezone(UTC).replace(tzinfo=None)}
        book.set_properties(told)
        title = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bg_color": "#F4F4F4", "border": 1, "text_wrap": True, "align": "center"})
        cell = book.add_format({"border": 1, "text_wrap": True, "valign": "top"})
        for number, table in enumerate(block for block in paper.blocks if isinstance(block, Table)):
            sheet = book.add_worksheet(_name(table.heading or paper.title, number))
            sheet.write_string(0, 0, plain(paper.title), title)
            sheet.write_string(1, 0, plain(f"{paper.organisation}　{paper.subtitle}　{paper.dated}").strip("　"))
            for place, column in enumerate(table.columns):
                sheet.set_column(place, place, column.width * WIDTH)
                sheet.write_string(2, place, plain(column.name), head)
            for line, row in enumerate(table.rows, 3):
                for place, text in enumerate(row):
                    sheet.write_string(line, place, plain(text)[:MOST_CELL], cell)
            sheet.freeze_panes(3, 0)
            sheet.repeat_rows(2)
            sheet.fit_to_pages(1, 0)
            sheet.set_paper(9)
            if paper.landscape:
                sheet.set_landscape()
    return out.getvalue()


def _name(text: str, number: int) -> str:
    """What a spreadsheet program takes as the name of a sheet, once each."""
    short = "".join(char for char in plain(text) if char not in "[]:*?/\\'\n\t")[: MOST_NAME - 4] or "表"
    return short if number == 0 else f"{short} {number + 1}"
