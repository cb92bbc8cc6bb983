"""Orders, forms and registers on paper over HTTP: what they say, to whom, and how their code is verified."""

import io
import re
import unicodedata
from datetime import timedelta
from typing import Any

import httpx
import openpyxl
import pytest
from docx import Document
from pypdf import PdfReader

from tests.kit.desk import CUSTOMER
from tests.web.world import World, refusal

EVIL = '#read("/etc/passwd") $x^2$ @ref *粗* _斜_ `代码` \\ <标签> // 注释 😀'
CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}(-[0-9A-HJKMNP-TV-Z]{4}){3}")
MARCH = {"project": "jinbi-bay", "from": "2026-03-01", "to": "2026-03-31"}
REGISTERS = "/orders/registers/group-after-sales"


def text_of(content: bytes) -> str:
    """The words of a PDF; blanks and line breaks are the typesetter's, and radicals stand for the same characters."""
    words = "".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages)
    return re.sub(r"[\s\u200b]", "", unicodedata.normalize("NFKC", words))


def bare(text: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", text))


def words_of(content: bytes) -> str:
    """The words of a Word document."""
    found = Document(io.BytesIO(content))
    cells = [cell.text for table in found.tables for row in table.rows for cell in row.cells]
    return "\n".join([paragraph.text for paragraph in found.paragraphs] + cells)


async def got(world: World, person: str | None, path: str, **params: str) -> httpx.Response:
    async with world.client(person) as client:
        return await client.get(path, params=params)


async def paper(world: World, person: str, path: str, **params: str) -> bytes:
    response = await got(world, person, path, **params)
    assert response.status_code == 200, response.text
    return response.content


async def test_an_issued_order_says_who_issued_it_to_whom_and_until_when(world: World) -> None:
    case = await world.issued()
    response = await got(world, "gao.feng", f"/orders/{case}/order.pdf")
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["cache-control"] == "no-store"
    text = text_of(response.content)
    for said in ("客户投诉督办令", "DB-TS20260302-0001", "张先生", "13800000001", "3-2-1201", "卫生间渗水",
                 "吴刚", "马超", "2026-03-0618:00", "王敏", "孙丽", "高峰",
                 "上门回访:签发后1小时内(003§22)", "电子签发"):  # fmt: skip
        assert bare(said) in text, said
    assert "草稿" not in text
    assert "待签发" not in text
    assert CODE.search(text)


async def test_an_order_not_yet_issued_is_marked_so_on_every_page(world: World) -> None:
    case = str((await world.registered())["complaint"])
    path = f"/orders/{case}/order.pdf"
    assert "草稿" in text_of(await paper(world, "wang.min", path))
    await world.do("wang.min", "order.submit", case)
    waiting = text_of(await paper(world, "wang.min", path))
    assert "待签发" in waiting
    assert "电子签发" not in waiting
    await world.do("sun.li", "order.review", case, decision="return", reason="补充内容")
    assert "草稿" in text_of(await paper(world, "wang.min", path))


async def test_what_a_customer_writes_stands_on_paper_as_it_was_written(world: World) -> None:
    case = await world.issued(content=EVIL + "\n= 标题\n" + "W" * 400)
    text = text_of(await paper(world, "wang.min", f"/orders/{case}/order.pdf"))
    assert bare(EVIL) in text
    assert "=标题" in text
    assert "W" * 400 in text
    assert "root:" not in text
    word = await paper(world, "wang.min", f"/orders/{case}/forms/complaint_record.docx")
    assert EVIL in words_of(word)


async def test_a_stranger_s_case_has_no_paper_and_nobody_has_any_without_signing_in(world: World) -> None:
    case = await world.issued()
    for path in (f"/orders/{case}/order.pdf", f"/orders/{case}/forms", f"/orders/{case}/forms/completion_record.pdf"):
        assert refusal(await got(world, "shi.lei", path))[:2] == (404, "not_found"), path
        assert refusal(await got(world, None, path))[:2] == (401, "unauthenticated"), path
    assert refusal(await got(world, "shi.lei", f"{REGISTERS}/complaint_record.pdf", **MARCH))[:2] == (
        403,
        "scope.not_allowed",
    )
    signed_out = await got(world, None, f"{REGISTERS}/complaint_record.xlsx", **MARCH)
    assert refusal(signed_out)[:2] == (401, "unauthenticated")


async def test_who_does_not_handle_the_case_gets_its_paper_without_the_customer(world: World) -> None:
    case = await world.issued()
    text = text_of(await paper(world, "hr.centre", f"/orders/{case}/order.pdf"))
    assert "张*生" in text
    assert "138****0001" in text
    assert CUSTOMER["phone"] not in text
    assert CUSTOMER["room"] not in text
    table = await paper(world, "hr.centre", f"{REGISTERS}/complaint_record.xlsx", **MARCH)
    cells = [str(cell.value) for row in openpyxl.load_workbook(io.BytesIO(table)).worksheets[0] for cell in row]
    assert "138****0001" in cells
    assert CUSTOMER["room"] not in cells


async def test_every_paper_that_goes_out_is_on_record(world: World) -> None:
    case = await world.issued()
    await paper(world, "hr.centre", f"/orders/{case}/order.pdf")
    async with world.client("wang.min") as client:
        audit = (await client.get(f"/api/v1/complaints/{case}")).json()["audit"]
    assert [row["actor"] for row in audit if row["command"] == "paper.print"] == ["hr.centre"]


@pytest.mark.parametrize("kind", ["pdf", "docx"])
async def test_every_form_of_the_case_s_policy_can_be_printed(world: World, kind: str) -> None:
    case = await world.issued()
    listed = (await got(world, "wang.min", f"/orders/{case}/forms")).json()
    assert [one["id"] for one in listed["items"]] == ["complaint_record", "supervision_order", "completion_record"]
    for one in listed["items"]:
        content = await paper(world, "wang.min", one[kind])
        said = text_of(content) if kind == "pdf" else bare(words_of(content))
        assert bare("客户投诉督办令" if one["id"] == "supervision_order" else one["name"]) in said
        assert "卫生间渗水" in said or one["id"] == "completion_record"
    unknown = await got(world, "wang.min", f"/orders/{case}/forms/none.pdf")
    assert refusal(unknown)[:2] == (404, "not_found")
    assert (await got(world, "wang.min", f"/orders/{case}/forms/complaint_record.exe")).status_code == 422


async def test_a_register_lists_the_cases_of_its_days_in_order(world: World) -> None:
    first = (await world.registered(content="=1+1"))["number"]
    world.clock.advance(timedelta(minutes=1))
    second = (await world.registered(content="电梯停运"))["number"]
    table = await paper(world, "wang.min", f"{REGISTERS}/complaint_record.xlsx", **MARCH)
    rows = list(openpyxl.load_workbook(io.BytesIO(table)).worksheets[0].iter_rows(min_row=3, values_only=True))
    assert rows[0][0] == "投诉编号"
    assert [row[0] for row in rows[1:]] == [first, second]
    assert [row[4] for row in rows[1:]] == ["=1+1", "电梯停运"]
    for kind, words in (("pdf", text_of), ("docx", words_of)):
        said = words(await paper(world, "wang.min", f"{REGISTERS}/complaint_record.{kind}", **MARCH))
        assert first in said
        assert "电梯停运" in said
    none = text_of(
        await paper(world, "wang.min", f"{REGISTERS}/complaint_record.pdf", **(MARCH | {"from": "2026-03-03"}))
    )
    assert "本期无记录" in none


@pytest.mark.parametrize(
    ("path", "changed", "status", "field"),
    [
        ("complaint_record.pdf", {"project": "nowhere"}, 422, "project"),
        ("complaint_record.pdf", {"from": "2026-04-01"}, 422, "from"),
        ("complaint_record.pdf", {"from": "2020-01-01"}, 422, "from"),
        ("complaint_record.pdf", {"from": "yesterday"}, 422, "from"),
        ("none.pdf", {}, 404, None),
        ("../nothing/complaint_record.pdf", {}, 404, None),
    ],
)
async def test_a_register_that_cannot_be_is_refused_by_its_field(
    untouched_world: World, path: str, changed: dict[str, str], status: int, field: str | None
) -> None:
    response = await got(untouched_world, "wang.min", f"{REGISTERS}/{path}", **(MARCH | changed))
    assert (refusal(response)[0], refusal(response)[2]) == (status, field)


async def test_anybody_finds_out_whether_an_order_is_genuine_and_nothing_personal(world: World) -> None:
    case = await world.issued()
    found = CODE.search(text_of(await paper(world, "wang.min", f"/orders/{case}/order.pdf")))
    assert found is not None
    code = found[0]
    for meant in (code, code.lower(), code.replace("-", ""), code.replace("0", "o").replace("1", "l")):
        answer = await got(world, None, f"/verify/{meant}")
        told: dict[str, Any] = answer.json()
        assert told["genuine"] is True, meant
        assert (told["number"], told["issued_by"], told["state"]) == ("DB-TS20260302-0001", "高峰", "handling")
        assert told["issued_at"] == "2026-03-02T09:40:00+08:00"
        assert told["first_department"]
        assert not {"张先生", "13800000001", "卫生间渗水", "3-2-1201"} & set(map(str, told.values()))
    for wrong in ("0000-0000-0000-0000", "x", "%00", "9" * 500):
        assert refusal(await got(world, None, f"/verify/{wrong}"))[0] in (404, 422), wrong


async def test_the_page_of_verification_answers_the_form_and_says_what_is_not_genuine(world: World) -> None:
    case = await world.issued()
    found = CODE.search(text_of(await paper(world, "wang.min", f"/orders/{case}/order.pdf")))
    assert found is not None
    async with world.client(Accept="text/html") as client:
        asked = await client.get("/verify", params={"code": f" {found[0].lower()} "})
        assert asked.status_code == 303
        page = await client.get(asked.headers["location"])
        assert page.status_code == 200
        assert "本件属实" in page.text
        assert "DB-TS20260302-0001" in page.text
        assert "张先生" not in page.text
        missing = await client.get("/verify/<script>")
        assert (missing.status_code, "查无此件" in missing.text, "<script>" in missing.text.split("main")[1]) == (
            404,
            True,
            False,
        )


async def test_the_page_of_registers_leads_to_the_papers(world: World) -> None:
    await world.registered()
    async with world.client("wang.min", Accept="text/html") as client:
        chosen = {"register": "group-after-sales/complaint_record", **MARCH}
        page = await client.get("/orders/registers", params=chosen)
        links = re.findall(r'href="(/orders/registers/[^"]+)"', page.text)
        assert len(links) == 3
        for link in links:
            made = await client.get(link.replace("&amp;", "&"))
            assert made.status_code == 200, made.text
