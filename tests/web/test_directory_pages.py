"""The organisation on its pages: who holds what, a file looked at before it is taken, a post handed over."""

import base64
import io
import re
from typing import Any

import httpx
import pytest
from openpyxl import load_workbook

from services.dispatch.domain.demo import demo_directory
from services.dispatch.pages.directory_words import problem
from shared.org.workbook import to_xlsx
from tests.web.world import World, refusal

DEMO = demo_directory()
EVIL = "<script>alert(1)</script>"


def edited(**cells: Any) -> bytes:
    """The demo's workbook with cells set: people_B2=…"""
    book = load_workbook(io.BytesIO(to_xlsx(DEMO)))
    for place, value in cells.items():
        sheet, cell = place.split("_")
        book[sheet][cell] = value
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


async def page(world: World, person: str, path: str) -> httpx.Response:
    async with world.client(person, Accept="text/html") as client:
        return await client.get(path)


async def looked_at(world: World, content: bytes, person: str = "sun.li", name: str = "机构.xlsx") -> httpx.Response:
    async with world.client(person, Accept="text/html") as client:
        return await client.post("/admin/directory/import", files={"file": (name, content)})


async def taken(world: World, content: bytes, base: int, person: str = "sun.li", **headers: str) -> httpx.Response:
    body = {"name": "d.xlsx", "content": base64.b64encode(content).decode(), "base": base}
    async with world.client(person) as client:
        return await client.post("/api/v1/directory/import", json=body, headers=headers)


async def test_the_group_sees_who_holds_which_post_and_who_may_change_it_gets_the_means(world: World) -> None:
    for person, manages in (("sun.li", True), ("gao.feng", True), ("qian.hui", False), ("hr.centre", False)):
        text = (await page(world, person, "/admin/directory")).text
        assert "集团售后服务中心副总经理" in text
        assert ("/admin/directory/hand-over" in text) is manages
    for person in ("wang.min", "wu.gang", "lin.fang"):
        assert (await page(world, person, "/admin/directory")).status_code == 403


async def test_posts_are_filtered_by_name_post_and_day(world: World) -> None:
    text = (await page(world, "sun.li", "/admin/directory?q=王敏")).text
    assert (text.count("<tr"), "金碧湾" in text) == (2, True)
    vacant = (await page(world, "sun.li", "/admin/directory?which=vacant")).text
    assert (vacant.count("<tr"), "旧城里" in vacant, "任命" in vacant) == (2, True, True)
    assert "截至 2026-01-01 23:59" in (await page(world, "sun.li", "/admin/directory?day=2026-01-01")).text


async def test_people_and_places_have_lists_of_their_own_and_numbers_are_for_the_office(world: World) -> None:
    mobile = next(one.mobile for one in DEMO.people if one.id == "wu.gang")
    assert mobile is not None
    assert mobile in (await page(world, "sun.li", "/admin/directory/people?q=wu.gang")).text
    assert mobile not in (await page(world, "qian.hui", "/admin/directory/people?q=wu.gang")).text
    assert "金碧湾" in (await page(world, "qian.hui", "/admin/directory/places?kind=project")).text
    assert (await page(world, "qian.hui", "/admin/directory/people?export=csv")).status_code == 403


async def test_a_file_is_compared_and_nothing_changes_until_it_is_confirmed(world: World) -> None:
    answer = await looked_at(world, edited(people_B2=EVIL))
    assert answer.status_code == 200
    assert "尚未导入" in answer.text
    assert EVIL not in answer.text
    assert "&lt;script&gt;" in answer.text
    hidden = re.search(r'name="base" value="(\d+)"', answer.text)
    assert hidden is not None
    assert hidden[1] == "1"
    async with world.client("sun.li") as client:
        assert (await client.get("/api/v1/me")).json()["name"] == "孙丽"


async def test_a_confirmed_file_is_taken_once_however_often_it_is_sent(world: World) -> None:
    content = edited(people_B2="新名字")
    for _ in range(2):
        answer = await taken(world, content, 1, **{"Idempotency-Key": "once"})
        assert answer.json() == {"directory": 2}
    found = await page(world, "sun.li", f"/admin/directory/people?q={DEMO.people[0].id}")
    assert "新名字" in found.text
    log = (await page(world, "gao.feng", "/admin/audit?command=directory.import")).text
    assert log.count(">导入组织机构</td>") == 1


async def test_a_directory_that_changed_since_the_preview_is_not_overwritten(world: World) -> None:
    assert (await taken(world, edited(people_B2="一"), 1)).status_code == 200
    assert refusal(await taken(world, edited(people_B2="二"), 1))[:2] == (409, "version.conflict")
    assert "二" not in (await page(world, "sun.li", f"/admin/directory/people?q={DEMO.people[0].id}")).text


async def test_a_file_with_errors_lists_each_by_its_row_and_is_not_half_taken(world: World) -> None:
    wrong = edited(people_B2="改名者", posts_D2="no.one", companies_C2="local")
    answer = await looked_at(world, wrong)
    assert answer.status_code == 422
    for text in ("没有导入任何内容", "岗位（posts）第 2 行", "人员表中没有 no.one", "公司（companies）第 2 行"):
        assert text in answer.text
    assert refusal(await taken(world, wrong, 1))[:2] == (422, "field.invalid")
    assert "改名者" not in (await page(world, "sun.li", f"/admin/directory/people?q={DEMO.people[0].id}")).text


async def test_only_the_office_may_look_take_or_give_out(world: World) -> None:
    content = to_xlsx(DEMO)
    for person in ("qian.hui", "wang.min", "wu.gang"):
        assert (await looked_at(world, content, person)).status_code == 403
        assert refusal(await taken(world, content, 1, person))[:2] == (403, "role.not_allowed")
        async with world.client(person) as client:
            assert refusal(await client.get("/api/v1/directory/export"))[:2] == (403, "role.not_allowed")
            asked = {"name": "d.xlsx", "content": base64.b64encode(content).decode()}
            assert refusal(await client.post("/api/v1/directory/preview", json=asked))[0] == 403


async def test_what_is_given_out_can_be_taken_again_unchanged(world: World) -> None:
    async with world.client("sun.li") as client:
        content = (await client.get("/api/v1/directory/export")).content
    assert "完全相同，无须导入" in (await looked_at(world, content)).text
    assert (await taken(world, content, 1)).json() == {"directory": 1}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": "d", "content": "%%%", "base": 1}, "content"),
        ({"name": "d", "content": "", "base": 1}, "content"),
        ({"name": "d", "content": "AAAA"}, "base"),
        ({"name": "d", "content": "AAAA", "base": -1}, "base"),
    ],
)
async def test_a_request_that_is_none_is_told_by_its_field(world: World, body: dict[str, Any], field: str) -> None:
    async with world.client("sun.li") as client:
        assert refusal(await client.post("/api/v1/directory/import", json=body))[::2] == (422, field)


async def test_a_file_too_large_is_refused_before_it_is_read(world: World) -> None:
    assert (await looked_at(world, b"x" * (3 * 1024 * 1024 + 1))).status_code == 413
    assert (await looked_at(world, b"x" * (2 * 1024 * 1024 + 1))).status_code == 413


async def test_a_post_is_handed_over_from_its_row(world: World) -> None:
    path = "/admin/directory/hand-over?post=service_officer&scope=jinbi-bay&person=wang.min"
    text = (await page(world, "sun.li", path)).text
    assert "金碧湾 客服专员" in text
    assert 'value="wang.min"' in text
    assert (await page(world, "wang.min", path)).status_code == 403
    assert (
        await page(world, "sun.li", "/admin/directory/hand-over?post=service_officer&scope=none")
    ).status_code == 404
    body = {"post": "service_officer", "scope": "jinbi-bay", "person": "wang.min", "to": "sun.yue",
            "from": "2026-03-02T10:00:00+08:00"}  # fmt: skip
    async with world.client("sun.li") as client:
        assert (await client.post("/api/v1/directory/hand-overs", json=body)).json() == {"directory": 2}
    now = (await page(world, "sun.li", "/admin/directory?q=金碧湾&post=service_officer&day=2026-03-03")).text
    assert ("孙悦" in now, ">王敏<" in now) == (True, False)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "d.xlsx:posts!4: 'janitor' is no post; there are a, b",
            ("岗位（posts）第 4 行", "没有岗位 janitor；可用 a, b"),
        ),
        ("d.xlsx:people!3: id is missing", ("人员（people）第 3 行", "缺少编号（id）")),
        ("d.yaml:7: company c: department d has no head", ("第 7 行", "公司 c 的部门 d 没有一把手")),
        ("d.yaml:1: something new", ("第 1 行", "something new")),
        ("d.xlsx: 解压后过大", ("", "解压后过大")),
    ],
)
def test_what_is_wrong_is_told_in_words(line: str, told: tuple[str, str]) -> None:
    assert problem(line) == told
