"""The policies on the web: read by everybody, compared, and tried by the group without touching anything."""

import asyncio
from importlib.resources import files

import httpx
import pytest

from services.sla.usecases.tick import tick
from tests.web.world import World

PATH = "/ledger/policies"
TRY = f"{PATH}/try"
HTML = {"accept": "text/html"}
DOCUMENT = (files("shared.policy") / "documents" / "group-after-sales.toml").read_text(encoding="utf-8")
MARCH = {"first": "2026-03-01", "last": "2026-03-31"}


async def page(world: World, person: str, path: str = PATH, **query: str) -> httpx.Response:
    async with world.client(person, **HTML) as client:
        return await client.get(path, params=query)


async def tried(world: World, person: str, text: str | bytes, **days: str) -> httpx.Response:
    async with world.client(person, **HTML) as client:
        content = text if isinstance(text, bytes) else text.encode()
        file = {"file": ("amended.toml", content, "application/toml")}
        return await client.post(TRY, data=MARCH | days, files=file)


async def test_everybody_may_read_the_policies(world: World) -> None:
    listed = await page(world, "wang.min")
    assert listed.status_code == 200
    assert "地产集团售后服务管理办法" in listed.text
    assert "修订试算" not in listed.text
    assert "修订试算" in (await page(world, "qian.hui")).text


@pytest.mark.parametrize(
    "policy_id",
    ["commercial-centre", "developer-complaints", "estate-office", "finance", "group-after-sales", "project-office",
     "service-industry"],
)  # fmt: skip
async def test_each_policy_reads_as_sentences(untouched_world: World, policy_id: str) -> None:
    answer = await page(untouched_world, "wang.min", f"{PATH}/{policy_id}")
    assert answer.status_code == 200
    assert "受理" in answer.text
    assert "时限" in answer.text


async def test_every_number_stands_beside_its_clause(world: World) -> None:
    text = (await page(world, "wang.min", f"{PATH}/group-after-sales")).text
    assert "每满 5 分钟 100 元" in text
    assert "第 1–7 天每天 100 元；第 8–15 天每天 200 元（分段累计）" in text
    assert "003§36.1-2" in text
    assert "客服专员在一个项目 6 个月，提前 30 天提醒" in text


async def test_a_policy_or_version_that_is_not_there_is_not_found(world: World) -> None:
    assert (await page(world, "gao.feng", f"{PATH}/nothing")).status_code == 404
    assert (await page(world, "gao.feng", f"{PATH}/finance", version="1999-01-01")).status_code == 404
    assert (await page(world, "gao.feng", f"{PATH}/compare", a="finance", b="<x>")).status_code == 404


async def test_two_policies_are_compared_in_words(world: World) -> None:
    text = (await page(world, "wang.min", f"{PATH}/compare", a="estate-office", b="project-office")).text
    assert "管理处投诉处理程序" in text
    assert "时限" in text
    same = await page(world, "wang.min", f"{PATH}/compare", a="finance", b="finance")
    assert "两者没有不同。" in same.text


async def test_an_amended_policy_is_tried_and_nothing_is_touched(world: World) -> None:
    case = await world.registered()
    await world.do("wang.min", "order.submit", case["complaint"])  # ten minutes after the contact: nothing is late
    await world.running.settled()
    await tick(world.running.rooms["sla"])
    async with world.client("gao.feng") as client:
        before = (await client.get(f"/api/v1/parts/sla/complaints/{case['complaint']}")).json()["penalties"]
    stricter = DOCUMENT.replace("length = { minutes = 30 }\nrepeats = true # our reading: a returned",
                                "length = { minutes = 4 }\nrepeats = true # our reading: a returned")  # fmt: skip
    assert stricter != DOCUMENT
    begun = await tried(world, "qian.hui", stricter)
    assert begun.status_code == 303, begun.text
    where = begun.headers["location"]
    for _ in range(50):
        shown = await page(world, "gao.feng", where)
        if "已完成" in shown.text:
            break
        await asyncio.sleep(0.1)
    assert "1 宗投诉，1 人的扣罚会有不同" in shown.text
    assert "王敏" in shown.text
    taken = await page(world, "gao.feng", where, export="csv", table="people")
    assert "王敏" in taken.content.decode("utf-8-sig")
    async with world.client("gao.feng") as client:
        after = (await client.get(f"/api/v1/parts/sla/complaints/{case['complaint']}")).json()["penalties"]
    assert after == before


@pytest.mark.parametrize(
    ("text", "days", "told"),
    [
        ("id = ", {}, "amended.toml: not TOML"),
        (DOCUMENT.replace("length = { hours = 1 }", "length = { hours = 0 }"), {}, "clock visit.length.hours"),
        (DOCUMENT.replace('id = "group-after-sales"', 'id = "other"'), {}, "amended.toml: id: 没有名为 other 的制度"),
        (DOCUMENT, {"first": "2026-04-01"}, "应不早于"),
        (DOCUMENT, {"last": "soon"}, "应为 2026-03-01 这样的日期"),
        (b"\x81", {}, "不是 UTF-8 或 GB18030 文本"),
        (b"", {}, "amended.toml: id"),
    ],
)
async def test_a_bad_file_shows_file_key_and_reason(
    untouched_world: World, text: str | bytes, days: dict[str, str], told: str
) -> None:
    answer = await tried(untouched_world, "gao.feng", text, **days)
    assert answer.status_code == 422
    assert told in answer.text


async def test_only_the_group_may_try(world: World) -> None:
    assert (await page(world, "wang.min", TRY)).status_code == 403
    assert (await tried(world, "wu.gang", DOCUMENT)).status_code == 403
    missing = "01234567-89ab-cdef-0123-456789abcdef"
    assert (await page(world, "gao.feng", f"{TRY}/{missing}")).status_code == 404
    assert (await page(world, "wang.min", f"{TRY}/{missing}")).status_code == 403
