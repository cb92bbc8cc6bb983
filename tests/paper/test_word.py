"""Word and Excel: they open, say the same as the PDF, and are the same bytes every time."""

import asyncio
import io

import openpyxl
import pytest
from docx import Document

from shared.paper.sheet import xlsx
from shared.paper.word import docx
from tests.paper.papers import AT, EVIL, paper


def words(content: bytes) -> str:
    found = Document(io.BytesIO(content))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in found.paragraphs] + cells)


@pytest.mark.parametrize("text", [*EVIL, "前\x00\x0b\ufffe后"], ids=range(len(EVIL) + 1))
async def test_what_was_written_stands_in_word_and_in_excel_as_text(text: str) -> None:
    shown = text.replace("\x00\x0b\ufffe", "")
    assert shown in words(await docx(paper(text), AT))
    sheet = openpyxl.load_workbook(io.BytesIO(await xlsx(paper(text), AT))).worksheets[0]
    cell = sheet.cell(4, 2)
    assert (cell.value, cell.data_type) == (shown, "s")


async def test_word_has_every_part_of_the_paper() -> None:
    said = words(await docx(paper(copies=("第一联", "第二联"), watermark="草稿", subtitle="三月"), AT))
    for part in ("恒信地产集团", "派工单", "【草稿】", "三月", "处理经过", "高峰", "2026-03-02 09:40", "代孙丽",
                 "签字：", "第二句", "7K3M-Q9XT-2BHW-5A8R", "第一联", "第二联"):  # fmt: skip
        assert part in said, part
    made = Document(io.BytesIO(await docx(paper(), AT)))
    assert made.core_properties.created == AT
    assert made.core_properties.author == "恒信地产集团"
    assert len(made.inline_shapes) == 1
    assert "NUMPAGES" in made.sections[0].footer._element.xml


async def test_a_landscape_paper_is_wider_than_high() -> None:
    section = Document(io.BytesIO(await docx(paper(landscape=True), AT))).sections[0]
    assert section.page_width is not None
    assert section.page_height is not None
    assert section.page_width > section.page_height


async def test_the_same_paper_gives_the_same_bytes_whatever_the_clock_of_the_machine_says() -> None:
    first = await docx(paper(), AT), await xlsx(paper(), AT)
    await asyncio.sleep(2.1)  # archives keep seconds by twos
    assert (await docx(paper(), AT), await xlsx(paper(), AT)) == first


async def test_a_cell_that_excel_cannot_hold_is_cut() -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(await xlsx(paper("水" * 40_000), AT))).worksheets[0]
    assert len(str(sheet.cell(4, 2).value)) == 32_767
