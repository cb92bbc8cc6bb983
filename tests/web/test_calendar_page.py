"""The working calendar on the web: shown to the group, previewed and changed by the after-sales managers."""

import httpx
import pytest

from tests.web.world import World, refusal

PATH = "/ledger/calendar"
HTML = {"accept": "text/html"}


async def page(world: World, person: str, path: str = PATH, **query: str) -> httpx.Response:
    async with world.client(person, **HTML) as client:
        return await client.get(path, params=query)


async def sent(world: World, person: str, data: dict[str, str], file: bytes | None = None) -> httpx.Response:
    async with world.client(person, **HTML) as client:
        files = {"file": ("plan.csv", file, "text/csv")} if file is not None else None
        return await client.post(f"{PATH}/preview", data=data, files=files)


async def test_a_year_shows_holidays_make_up_days_and_where_they_come_from(world: World) -> None:
    answer = await page(world, "qian.hui", year="2026")
    assert answer.status_code == 200
    assert "国务院办公厅节假日通知" in answer.text
    assert "14 日上班：春节调休上班" in answer.text
    assert "上传日历" not in answer.text  # an auditor reads
    assert "上传日历" in (await page(world, "sun.li")).text


async def test_a_year_nobody_has_loaded_is_marked_provisional(world: World) -> None:
    assert "暂定" in (await page(world, "gao.feng", year="2031")).text


async def test_only_the_group_sees_it_and_only_managers_may_change_it(world: World) -> None:
    assert (await page(world, "wang.min")).status_code == 403
    assert (await sent(world, "qian.hui", {"first": "2026-06-01"})).status_code == 403
    refused = await world.do("qian.hui", "calendar.load", text="day,working,note\n2026-06-01,0,x", single_days=True)
    assert refusal(refused)[:2] == (403, "role.not_allowed")


async def test_changing_a_day_is_previewed_and_then_done(world: World) -> None:
    given = {"first": "2026-06-01", "last": "2026-06-02", "working": "false", "note": "公司假<b>", "scope": ""}
    shown = await sent(world, "sun.li", given)
    assert shown.status_code == 200
    assert "2026-06-01" in shown.text
    assert "公司假&lt;b&gt;" in shown.text
    assert "公司假" not in (await page(world, "sun.li", year="2026")).text
    text = "day,working,note\r\n2026-06-01,0,公司假\r\n2026-06-02,0,公司假"
    assert (await world.do("sun.li", "calendar.load", text=text, single_days=True)).json()["years"] == [2026]
    after = (await page(world, "sun.li", year="2026")).text
    assert "1–2 日休息：公司假" in after
    assert "2026 年2 天" in after  # the record of changes


async def test_a_project_may_have_its_own_day(world: World) -> None:
    text = "day,working,note\n2026-06-01,0,园区停电"
    done = await world.do("gao.feng", "calendar.load", text=text, single_days=True, scope="jinbi-bay")
    assert done.status_code == 200
    assert "园区停电" in (await page(world, "gao.feng", scope="jinbi-bay")).text
    assert "1 日休息：园区停电" not in (await page(world, "gao.feng")).text


async def test_a_whole_year_is_exported_previewed_and_loaded(world: World) -> None:
    async with world.client("gao.feng") as client:
        whole = (await client.get(f"{PATH}/2027.csv")).text
    shown = await sent(world, "gao.feng", {"scope": "", "single_days": "false"}, whole.encode())
    assert "没有应完成时间会改变" in shown.text
    assert "2027 年从暂定变为已知" in shown.text
    assert (await world.do("gao.feng", "calendar.load", text=whole.removeprefix("\ufeff"))).status_code == 200
    assert "已载入" in (await page(world, "gao.feng", year="2027")).text


@pytest.mark.parametrize(
    ("data", "file", "told"),
    [
        ({"scope": ""}, None, "请选择 CSV 文件"),
        ({"scope": "", "first": "2026-02-30"}, None, "日期应为"),
        ({"scope": "", "first": "2026-06-02", "last": "2026-06-01"}, None, "截止日期应不早于"),
        ({"scope": "nowhere", "first": "2026-06-01"}, None, "没有名为 nowhere"),
        ({"scope": ""}, b"day,working\n", "plan.csv:1: "),
        ({"scope": ""}, b"day,working,note\n2026-01-01,0,x\n", "plan.csv:2: 2026"),
        ({"scope": "", "single_days": "true"}, b"day,working,note\n2026-13-01,maybe,x\n", "plan.csv:2: "),
        ({"scope": ""}, b"\xff\xfe\x00\x81", "不是 UTF-8 或 GB18030 文本"),
    ],
)
async def test_a_bad_upload_says_what_is_wrong_and_changes_nothing(
    world: World, data: dict[str, str], file: bytes | None, told: str
) -> None:
    answer = await sent(world, "gao.feng", data, file)
    assert answer.status_code == 422
    assert told in answer.text
    assert "还没有人载入或更改过日历" in answer.text


async def test_what_a_command_says_wrongly_is_refused_by_line(world: World) -> None:
    refused = await world.do("gao.feng", "calendar.load", text="day,working,note\n2026-06-01,maybe,x", single_days=True)
    assert refusal(refused) == (422, "field.invalid", "text")
    assert "日历:2" in refused.json()["detail"]
    assert (await page(world, "gao.feng", scope="nowhere")).status_code == 404
