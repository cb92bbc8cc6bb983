"""The same paper as a Word document, for offices that fill in or change it by hand."""

import io
import zipfile
from datetime import UTC, datetime
from typing import Any, assert_never

from docx import Document
from docx.document import Document as Docx
from docx.enum.section import WD_ORIENT
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Cm, Pt, RGBColor
from docx.table import Table as DocxTable
from docx.table import _Cell

from shared.paper.codes import qr_png
from shared.paper.model import Block, Fields, Notes, Paper, Signatures, Table, plain
from shared.paper.typeset import SECONDS, in_worker

RED, QUIET = RGBColor(0xB3, 0x10, 0x1A), RGBColor(0x55, 0x55, 0x55)
SHADE = "F4F4F4"
BODY, TITLE = "宋体", "黑体"
SIDES = {"left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT}
LABEL_CM = 2.7
LINE_CM = 0.6


async def docx(paper: Paper, at: datetime, *, seconds: float = SECONDS) -> bytes:
    """The paper as a Word document dated `at`; the same paper and instant give the same bytes. Raises TimeoutError."""
    return await in_worker(lambda: _Writer(paper, at).written(), seconds)


class _Writer:
    def __init__(self, paper: Paper, at: datetime) -> None:
        self._paper, self._at = paper, at
        self._doc: Docx = Document()

    def written(self) -> bytes:
        self._page()
        self._footer()
        for number, copy in enumerate(self._paper.copies or ("",)):
            if number:
                self._doc.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
            self._copy(copy)
        out = io.BytesIO()
        self._doc.save(out)
        return _dated(out.getvalue())

    def _page(self) -> None:
        section = self._doc.sections[0]
        wide, high = Cm(21), Cm(29.7)
        if self._paper.landscape:
            section.orientation = WD_ORIENT.LANDSCAPE
            wide, high = high, wide
        section.page_width, section.page_height = wide, high
        section.left_margin = section.right_margin = Cm(1.6 if self._paper.landscape else 2.1)
        section.top_margin = section.bottom_margin = Cm(1.9)
        self._width = (wide - section.left_margin - section.right_margin) / 360_000
        style = self._doc.styles["Normal"]
        style.font.size = Pt(10.5)
        style.font.name = "Arial"
        style.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), BODY)
        style.paragraph_format.space_after = style.paragraph_format.space_before = Pt(0)
        told, stamp = self._doc.core_properties, self._at.astimezone(UTC).replace(tzinfo=None)
        told.title, told.author, told.created, told.modified = self._paper.title, self._paper.organisation, stamp, stamp
        told.last_modified_by, told.comments, told.language = "", "", "zh-CN"

    def _copy(self, copy: str) -> None:
        paper = self._paper
        if copy:
            self._line(copy, size=9, color=QUIET, side="right")
        self._line(paper.organisation, size=12, side="center")
        self._line(
            paper.title, size=24 if paper.official else 19, color=RED if paper.official else None, side="center",
            font=TITLE, bold=True,
        )  # fmt: skip
        if paper.subtitle:
            self._line(paper.subtitle, size=10, color=QUIET, side="center")
        if paper.watermark:
            self._line(f"【{paper.watermark}】", size=14, color=QUIET, side="center", bold=True)
        head = self._table(1, [self._width / 2, self._width / 2], borders=False)
        self._say(head.cell(0, 0), paper.number)
        self._say(head.cell(0, 1), paper.dated, side="right")
        for block in paper.blocks:
            self._block(block)
        self._verification()

    def _block(self, block: Block) -> None:
        self._line(block.heading, size=11, bold=True, font=TITLE, above=8, keep=True)
        match block:
            case Fields():
                self._fields(block)
            case Table():
                self._listing(block)
            case Signatures():
                self._signatures(block)
            case Notes():
                for number, item in enumerate(block.items, 1):
                    self._line(f"{number}. {item}", size=10)
            case _:
                assert_never(block)

    def _fields(self, block: Fields) -> None:
        value = (self._width - 2 * LABEL_CM) / 2
        table = self._table(len(block.rows), [LABEL_CM, value, LABEL_CM, value])
        for number, row in enumerate(block.rows):
            cells = table.rows[number].cells
            table.rows[number].height = Cm(LINE_CM * max(each.lines for each in row) + 0.2)
            if len(row) == 1:
                places = [(cells[0], cells[1].merge(cells[3]))]
            else:
                places = [(cells[0], cells[1]), (cells[2], cells[3])]
            for field, (label, filled) in zip(row, places, strict=True):
                self._say(label, field.label, side="center", bold=True, shaded=True)
                self._say(filled, field.value)

    def _listing(self, block: Table) -> None:
        total = sum(column.width for column in block.columns)
        widths = [self._width * column.width / total for column in block.columns]
        table = self._table(1 + max(1, len(block.rows)), widths)
        repeated = OxmlElement("w:tblHeader")
        table.rows[0]._tr.get_or_add_trPr().append(repeated)
        rows = [list(row.cells) for row in table.rows]
        for place, column in enumerate(block.columns):
            self._say(rows[0][place], column.name, side="center", bold=True, shaded=True, size=9)
        for number, row in enumerate(block.rows, 1):
            for place, text in enumerate(row):
                self._say(rows[number][place], text, side=block.columns[place].align, size=9)
        if not block.rows:
            self._say(rows[1][0].merge(rows[1][-1]), block.empty, side="center", size=9)

    def _signatures(self, block: Signatures) -> None:
        across = min(3, len(block.boxes))
        table = self._table(-(-len(block.boxes) // across), [self._width / across] * across)
        for number, box in enumerate(block.boxes):
            row = table.rows[number // across]
            row.height = Cm(2.4)
            lines = [box.name, box.at, box.note] if box.at else [box.name, "", "签字：　　　　　日期："]
            self._say(row.cells[number % across], "\n".join([box.title, *lines]), size=9)

    def _verification(self) -> None:
        found = self._paper.verification
        if found is None:
            return
        self._line("", size=6)
        self._doc.add_paragraph().add_run().add_picture(io.BytesIO(qr_png(found.url)), width=Cm(2.6))
        self._line(f"核验码　{found.code}", size=10.5, bold=True)
        self._line(f"扫描二维码，或打开下列地址核验本件真伪：{found.url}", size=9, color=QUIET)

    def _footer(self) -> None:
        paragraph = self._doc.sections[0].footer.paragraphs[0]
        paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
        for text in (f"{plain(self._paper.footer)}　第 ", "PAGE", " 页　共 ", "NUMPAGES", " 页"):
            run = paragraph.add_run("" if text.isupper() else text)
            run.font.size, run.font.color.rgb = Pt(8), QUIET
            if text in ("PAGE", "NUMPAGES"):
                asked = OxmlElement("w:fldSimple")
                asked.set(qn("w:instr"), text)
                paragraph._p.append(asked)

    def _table(self, rows: int, widths: list[float], *, borders: bool = True) -> DocxTable:
        table: DocxTable = self._doc.add_table(rows, len(widths), "Table Grid" if borders else "Normal Table")
        table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
        for column, width in zip(table.columns, widths, strict=True):
            column.width = Cm(width)
        for row in table.rows:
            for cell, width in zip(row._tr.tc_lst, widths, strict=True):
                cell.width = Cm(width)
        return table

    def _say(
        self, cell: _Cell, text: str, *, side: str = "left", bold: bool = False, shaded: bool = False,
        size: float = 10.5,
    ) -> None:  # fmt: skip
        paragraph = cell.paragraphs[0]
        paragraph.alignment = SIDES[side]
        run = paragraph.add_run(plain(text))
        run.bold, run.font.size = bold, Pt(size)
        if shaded:
            fill = OxmlElement("w:shd")
            for name, value in (("w:val", "clear"), ("w:color", "auto"), ("w:fill", SHADE)):
                fill.set(qn(name), value)
            cell._tc.get_or_add_tcPr().append(fill)

    def _line(
        self, text: str, *, size: float, color: RGBColor | None = None, side: str = "left", bold: bool = False,
        font: str = BODY, above: float = 2, keep: bool = False,
    ) -> Any:  # fmt: skip
        paragraph = self._doc.add_paragraph()
        paragraph.alignment = SIDES[side]
        paragraph.paragraph_format.space_before = paragraph.paragraph_format.space_after = Pt(above)
        paragraph.paragraph_format.keep_with_next = keep
        run = paragraph.add_run(plain(text))
        run.bold, run.font.size = bold, Pt(size)
        run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), font)
        if color is not None:
            run.font.color.rgb = color


def _dated(content: bytes) -> bytes:
    """The archive without the instant at which it was packed: that is the machine's clock."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for each in old.infolist():
            entry = zipfile.ZipInfo(each.filename, (1980, 1, 1, 0, 0, 0))
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(each))
    return out.getvalue()
