"""PDF: what was written stands there literally, on as many pages as it takes, the same bytes every time."""

import io
import re
import unicodedata
from dataclasses import replace
from time import perf_counter

import pytest
from pypdf import PdfReader

from shared.paper.model import Column, Table
from shared.paper.typeset import pdf
from tests.paper.papers import AT, EVIL, paper


def bare(text: str) -> str:
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFKC", text))


def pages(content: bytes) -> list[str]:
    return [bare(page.extract_text()) for page in PdfReader(io.BytesIO(content)).pages]


@pytest.mark.parametrize("text", EVIL, ids=range(len(EVIL)))
async def test_no_text_is_taken_for_instructions(text: str) -> None:
    made = pages(await pdf(paper(text, title=f"单{text[:20]}", organisation=text[:40]), AT))
    assert bare(text) in "".join(made)
    assert "root:" not in "".join(made)


async def test_it_is_an_archivable_document_dated_as_told_and_the_same_every_time() -> None:
    first, second = await pdf(paper(), AT), await pdf(paper(), AT)
    assert first == second
    assert b"pdfaid" in first
    told = PdfReader(io.BytesIO(first)).metadata
    assert told is not None
    assert (told.title, told.author, told.creation_date) == ("派工单 编号：PG-1", "恒信地产集团", AT)


async def test_a_character_that_no_font_has_costs_the_archival_mark_and_not_the_paper() -> None:
    made = await pdf(paper("楔形 \U00012000 字"), AT)
    assert b"pdfaid" not in made
    assert "楔形" in pages(made)[0]


@pytest.mark.parametrize("text", ["\x00\x07", "\ufffe", "\ue000", "\u202e", "\ud800", "\U000e0041", "a\u0301" * 200])
async def test_what_cannot_be_shown_does_no_harm(text: str) -> None:
    assert bare("前后") in pages(await pdf(paper(f"前{text}后".replace("a\u0301", "")), AT))[0]


async def test_long_text_flows_over_pages_each_with_its_number_and_head() -> None:
    made = pages(await pdf(paper("卫生间渗水" * 60, rows=60), AT))
    assert len(made) > 5
    for number, page in enumerate(made, 1):
        assert f"第{number}页共{len(made)}页" in page
    assert all("时间说明" in page for page in made[1:3])


@pytest.mark.parametrize(("landscape", "most"), [(False, 60), (True, 95)])
async def test_a_word_longer_than_a_line_is_broken_inside_its_cell(landscape: bool, most: int) -> None:
    found = PdfReader(
        io.BytesIO(await pdf(paper("W" * 3000, landscape=landscape, footer="", verification=None), AT))
    ).pages
    lines = [line.replace("\u200b", "") for page in found for line in page.extract_text().splitlines()]
    assert 10 < max(line.count("W") for line in lines) < most
    assert sum(line.count("W") for line in lines) == 6 * 3000
    assert all((page.mediabox.width > page.mediabox.height) is landscape for page in found)


async def test_each_copy_is_a_document_of_its_own() -> None:
    made = pages(await pdf(paper(copies=("第一联", "第二联")), AT))
    assert ["第一联" in page for page in made] == [True, False]
    assert all("第1页共1页" in page for page in made)


async def test_the_watermark_lies_on_every_page_and_the_seal_only_on_what_is_issued() -> None:
    made = pages(await pdf(paper("渗水" * 300, rows=20, watermark="草稿"), AT))
    assert len(made) > 1
    assert all("草稿" in page for page in made)
    assert "电子签发" not in "".join(made)
    assert "电子签发" in "".join(pages(await pdf(paper(seal="售后服务中心", official=True), AT)))


async def test_an_empty_table_says_so() -> None:
    empty = replace(paper(), blocks=(Table((Column("时间"),), (), empty="本期无记录"),))
    assert "本期无记录" in pages(await pdf(empty, AT))[0]


async def test_a_page_takes_some_hundredths_of_a_second() -> None:
    await pdf(paper(), AT)
    began = perf_counter()
    made = pages(await pdf(paper("卫生间渗水" * 20, rows=200), AT))
    assert (perf_counter() - began) / len(made) < 0.3


async def test_who_waits_too_long_is_told() -> None:
    with pytest.raises(TimeoutError):
        await pdf(paper("渗水" * 500, rows=300), AT, seconds=0.001)
