"""A6: the log of every room: who did what, who was refused, who read and took out what; and cases taken out."""

import csv
import io
import json
import re
from datetime import timedelta

import httpx
import pytest
from openpyxl import load_workbook

from tests.web.world import World, refusal

LOGS = ("/admin/audit", "/intake/audit", "/ledger/audit", "/messages/audit")
EVIL = "<script>alert(1)</script>"
MARCH = "from=2026-03-01&to=2026-03-31"


async def page(world: World, person: str, path: str) -> httpx.Response:
    async with world.client(person, Accept="text/html") as client:
        return await client.get(path)


def rows(answer: httpx.Response) -> list[str]:
    """The words of each row of the list."""
    assert answer.status_code == 200, answer.text
    body = re.search(r"<tbody>(.*?)</tbody>", answer.text, re.DOTALL)
    found = re.findall(r"<tr.*?</tr>", body[1], re.DOTALL) if body else []
    return [" ".join(re.sub(r"<[^>]+>", " ", row).split()) for row in found]


@pytest.mark.parametrize("path", LOGS)
async def test_the_log_is_for_the_office_and_the_auditor(world: World, path: str) -> None:
    for person in ("sun.li", "gao.feng", "qian.hui"):
        text = (await page(world, person, path)).text
        assert [f'href="{each}"' in text for each in LOGS] == [True] * 4
    for person in ("tang.bo", "hr.centre", "wang.min", "lin.fang"):
        assert (await page(world, person, path)).status_code == 403


async def test_it_tells_acts_refusals_and_readings_the_latest_first(world: World) -> None:
    case = await world.issued()
    world.clock.advance(timedelta(minutes=5))
    await world.do("wu.gang", "order.review", case, decision="approve")
    async with world.client("sun.li") as client:
        await client.get(f"/api/v1/complaints/{case}")
    found = rows(await page(world, "qian.hui", "/admin/audit"))
    number = (await world.cases())[0]["number"]
    assert len(found) == 5
    assert all(number in row for row in found)
    assert "吴刚" in found[0]
    assert "您的岗位无权进行此操作" in found[0]
    assert ("孙丽" in found[1], "查阅案件" in found[1]) == (True, True)
    assert [name in row for name, row in zip(("高峰", "孙丽", "王敏"), found[2:], strict=True)] == [True] * 3


async def test_it_is_filtered_by_person_command_case_day_and_result(world: World) -> None:
    first = await world.registered()
    case = await world.issued(customer={"name": "李女士", "phone": "13800000002", "room": "1-1-101"})
    await world.do("wu.gang", "order.review", case, decision="approve")

    async def count(query: str, path: str = "/admin/audit") -> int:
        return len(rows(await page(world, "qian.hui", f"{path}?{query}")))

    assert await count("who=孙丽") == 1
    assert await count("who=sun.li&result=refused") == 0
    assert await count("result=refused") == 1
    assert await count("command=order.issue") == 1
    assert await count("day=2026-03-02") == 4
    assert await count("day=2026-03-03") == 0
    assert await count("day=nonsense") == 4
    assert await count(f"case={first['number']}", "/intake/audit") == 1
    assert await count(f"case={first['number'].lower()}", "/intake/audit") == 1
    assert await count(f"case={case}") == 4
    assert await count("case=TS-none") == 0
    assert await count("who=%27%22%3B--") == 0


async def test_pages_follow_one_another_without_gap_or_overlap(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.web.listing.PER_PAGE", 2)
    cases = [
        await world.issued(customer={"name": f"客户{n}", "phone": f"1380000010{n}", "room": f"{n}"}) for n in range(3)
    ]
    for person in ("sun.li", "gao.feng"):
        async with world.client(person) as client:
            for case in cases:
                await client.get(f"/api/v1/complaints/{case}")
    seen: list[str] = []
    path: str | None = "/admin/audit"
    while path:
        answer = await page(world, "qian.hui", path)
        seen += re.findall(r"<tr>.*?</tr>", answer.text.partition("<tbody>")[2], re.DOTALL)
        following = re.search(r'href="([^"]*cursor=[^"]*)" rel="next"', answer.text)
        path = following[1].replace("&amp;", "&") if following else None
    assert len(seen) == len(set(seen)) == 15


@pytest.mark.parametrize("cursor", ["x", "2026-03-02~x~", "2026-03-02T00:00:00~0~", "~~~"])
async def test_a_cursor_that_is_none_is_told(world: World, cursor: str) -> None:
    async with world.client("qian.hui") as client:
        assert refusal(await client.get("/admin/audit", params={"cursor": cursor}))[::2] == (422, "cursor")


async def test_what_people_write_is_never_markup(world: World) -> None:
    case = str((await world.registered())["complaint"])
    await world.do("wang.min", "order.submit", case, first_department=EVIL)
    for path in (*LOGS, f"/admin/audit?who={EVIL}&case={EVIL}&command={EVIL}"):
        assert EVIL not in (await page(world, "qian.hui", path)).text


async def test_taking_the_log_out_is_in_the_log(world: World) -> None:
    await world.registered()
    taken = await page(world, "qian.hui", "/intake/audit?export=csv")
    table = list(csv.reader(io.StringIO(taken.content.decode("utf-8-sig"))))
    assert table[0][:3] == ["时间", "人员", "操作"]
    assert len(table) == 3
    found = rows(await page(world, "sun.li", "/intake/audit?command=audit.export"))
    assert ["钱慧" in found[0], "CSV" in found[0]] == [True, True]


async def test_the_cases_of_a_period_are_taken_out_in_three_forms(world: World) -> None:
    await world.issued()
    answer = await page(world, "wang.min", f"/admin/export?kind=csv&{MARCH}")
    table = list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [(row["客户"], row["电话"], row["登记时间"]) for row in table] == [
        ("张先生", "'+8613800000001", "2026-03-02 09:40")
    ]
    book = load_workbook(io.BytesIO((await page(world, "wang.min", f"/admin/export?kind=xlsx&{MARCH}")).content))
    assert [cell.value for cell in book.worksheets[0][2]][7] == table[0]["级别"]
    lines = (await page(world, "wang.min", f"/admin/export?kind=jsonl&{MARCH}")).text.splitlines()
    assert [json.loads(line)["number"] for line in lines] == [table[0]["编号"]]
    assert len(rows(await page(world, "qian.hui", "/admin/audit?command=cases.export"))) == 3


async def test_everybody_takes_out_what_he_sees_and_as_he_sees_it(world: World) -> None:
    await world.issued()
    masked = (await page(world, "qian.hui", f"/admin/export?kind=jsonl&{MARCH}")).text
    assert ("13800000001" in masked, len(masked.splitlines())) == (False, 1)
    assert (await page(world, "sun.yue", f"/admin/export?kind=jsonl&{MARCH}")).text == ""
    assert (await page(world, "shi.lei", f"/admin/export?kind=jsonl&{MARCH}")).text == ""
    earlier = "kind=jsonl&from=2026-02-01&to=2026-03-01"
    assert (await page(world, "wang.min", f"/admin/export?{earlier}")).text == ""
    assert (await page(world, "wang.min", f"/admin/export?kind=jsonl&project=yunshan&{MARCH}")).text == ""


async def test_a_formula_that_somebody_wrote_stays_text(world: World) -> None:
    await world.registered(content="=1+1")
    table = (await page(world, "wang.min", f"/admin/export?kind=csv&{MARCH}")).content.decode("utf-8-sig")
    assert next(csv.DictReader(io.StringIO(table)))["内容"] == "'=1+1"


@pytest.mark.parametrize(
    ("query", "field"),
    [("kind=pdf&" + MARCH, "kind"), ("kind=csv", "from"), ("kind=csv&from=2026-03-02&to=2026-03-01", "from"),
     ("kind=csv&from=2020-01-01&to=2026-03-01", "from"), ("kind=csv&from=2026-03-01&to=x", "to")],
)  # fmt: skip
async def test_a_period_that_is_none_is_told(world: World, query: str, field: str) -> None:
    async with world.client("wang.min") as client:
        assert refusal(await client.get(f"/admin/export?{query}"))[::2] == (422, field)
