"""What a customer opens by his link: his own case, nothing of the inside, and no sign-in that could speak for him."""

import csv
import io
import re
from typing import Any

import pytest

from services.intake.domain.keys import Way
from tests.web.world import World

pytestmark = pytest.mark.asyncio

RATE = "/api/v1/commands/complaint.rate_window"


async def opened(world: World, path: str, status: int = 200, **headers: str) -> str:
    async with world.client(Accept="text/html", **headers) as client:
        response = await client.get(path)
    assert response.status_code == status, response.text[:500]
    return response.text.replace("已扣 {yuan} 元", "")  # a word of the console's script


async def rating(world: World, case: dict[str, Any], stars: int = 5, **headers: str) -> int:
    async with world.client(**headers) as client:
        body = {"complaint": case["complaint"], "with": {"stars": stars}}
        return (await client.post(RATE, json=body)).status_code


async def test_the_customer_reads_his_case_without_signing_in(world: World) -> None:
    case = await world.registered()

    text = await opened(world, f"/t/{case['tracking']}")

    assert case["number"] in text
    assert "卫生间渗水" in text
    assert "责任部门将尽快与您联系上门回访" in text
    assert "2026-03-06 18:00" in text
    assert f'data-tracking="{case["tracking"]}"' in text
    assert 'data-command="complaint.sign"' in text


async def test_what_was_done_is_told_in_his_words_and_nothing_of_who_decided(world: World) -> None:
    case = await world.issued()
    token = await _token(world, case)

    text = await opened(world, f"/t/{token}")

    assert "已下达督办，责任部门开始处理" in text
    assert "处理中" in text
    for inside in ("孙丽", "高峰", "吴刚", "督办令待", "扣", "级别", "一般投诉"):
        assert inside not in text


@pytest.mark.parametrize("token", ["x", "a" * 32, "..%2F..", "%E4%B8%AD" * 8, "a" * 300])
async def test_a_link_that_opens_nothing_is_not_there(world: World, token: str) -> None:
    for path in ("", "/rate", "/qr.svg", "/rate.svg"):
        await opened(world, f"/t/{token}{path}", 404)


async def test_the_codes_are_images_of_the_links(world: World) -> None:
    case = await world.registered()

    for name in ("qr.svg", "rate.svg"):
        assert "<svg" in await opened(world, f"/t/{case['tracking']}/{name}")


async def test_the_window_is_rated_once_and_what_was_given_is_not_shown(world: World) -> None:
    case = await world.registered()
    key = await world.key(case)
    path = f"/t/{key}/rate"
    assert 'name="stars"' in await opened(world, path)

    assert await rating(world, case, 4, **{"X-Tracking-Token": key}) == 200

    text = await opened(world, path)
    assert "谢谢您的评价" in text
    assert 'name="stars"' not in text
    assert await rating(world, case, 5, **{"X-Tracking-Token": key}) == 409


async def test_a_terminal_goes_back_by_itself_and_only_within_this_site(world: World) -> None:
    case = await world.registered()
    key = await world.key(case, Way.window)
    await rating(world, case, 5, **{"X-Tracking-Token": key})
    path = f"/t/{key}/rate"

    assert 'content="8;url=/report"' in await opened(world, f"{path}?back=/report")
    assert "http-equiv" not in await opened(world, path)
    assert "evil.example" not in await opened(world, f"{path}?back=https://evil.example/")
    assert "evil.example" not in await opened(world, f"{path}?back=//evil.example/")


async def test_the_key_goes_before_whoever_is_signed_in_at_the_terminal(world: World) -> None:
    case = await world.registered()
    officer = {"Authorization": f"Bearer {world.token('wang.min')}"}
    window = await world.key(case, Way.window)

    assert await rating(world, case, 5, **officer) == 403
    assert await rating(world, case, 5, **officer, **{"X-Tracking-Token": "b" * 32}) == 403
    assert 'name="stars"' in await opened(world, f"/t/{window}/rate", 200, **officer)
    assert await rating(world, case, 5, **officer, **{"X-Tracking-Token": window}) == 200


async def test_what_an_officer_is_answered_shows_the_case_and_its_page_does_not_rate_his_window(world: World) -> None:
    case = await world.registered()
    key = case["tracking"]

    assert "评价窗口服务" not in await opened(world, f"/t/{key}")
    text = await opened(world, f"/t/{key}/rate", 403)
    assert "此链接只供查询进度" in text
    assert 'name="stars"' not in text
    shown = await opened(world, f"/intake/registered/{case['complaint']}", 200, **_signed_in(world))
    assert await world.key(case) not in shown
    assert re.search(rf'data-copy="http://[^/"]+/t/{re.escape(key)}"', shown)
    assert "评价窗口服务" in await opened(world, f"/t/{await world.key(case)}")


@pytest.mark.parametrize("by", ["X-Tracking-Token", "Authorization"])
async def test_a_program_rates_for_the_customer_with_what_it_was_answered_and_the_auditor_sees_it(
    world: World, by: str
) -> None:
    case = await world.registered()
    key = case["tracking"]
    assert await rating(world, case, 5, **{by: f"Bearer {key}" if by == "Authorization" else key}) == 200
    async with world.client("qian.hui") as client:
        assert "查询链接" in (await client.get("/intake/ratings")).text


@pytest.mark.parametrize("way", [Way.own, Way.code])
async def test_nobody_rates_a_window_in_a_browser_in_which_an_employee_is_signed_in(world: World, way: Way) -> None:
    case = await world.registered()
    key = await world.key(case, way)

    cookie = {"Cookie": f"ccrm_session={world.token('wang.min')}"}
    assert "本浏览器登录着员工账号" in await opened(world, f"/t/{key}/rate", 403, **cookie)
    assert await rating(world, case, 5, **cookie, **{"X-Tracking-Token": key}) == 403
    assert await rating(world, case, 5, **{"X-Tracking-Token": key}) == 200


async def test_the_auditor_sees_how_each_rating_was_given_and_how_many_came_from_one_place(world: World) -> None:
    for number, way in enumerate((Way.own, Way.code, Way.window)):
        case = await world.registered(customer={"name": "张", "phone": f"1380000000{number}", "room": "1"})
        assert await rating(world, case, 5, **{"X-Tracking-Token": await world.key(case, way)}) == 200

    async with world.client("qian.hui") as client:
        table = (await client.get("/intake/ratings?export=csv")).content.decode("utf-8-sig")
    rows = {row["评价途径"]: row for row in csv.DictReader(io.StringIO(table))}
    assert {way: row["同来源次数"] for way, row in rows.items()} == {"客户链接": "2", "回执二维码": "2", "窗口终端": ""}
    assert len({row["来源网络"] for row in rows.values()}) == 1
    assert "10.0.0.7" not in table


async def test_the_key_of_one_case_rates_no_other(world: World) -> None:
    one, two = await world.registered(), await world.registered()

    assert await rating(world, two, 5, **{"X-Tracking-Token": one["tracking"]}) in (403, 404)


async def test_customers_pages_have_no_menu_even_in_an_officers_browser(world: World) -> None:
    case = await world.registered()

    for path in (f"/t/{case['tracking']}", f"/t/{case['tracking']}/rate", "/report"):
        text = await opened(world, path, 403 if path.endswith("/rate") else 200, **_signed_in(world))
        assert "/logout" not in text
        assert "王敏</a>" not in text
        assert 'href="/"' not in text


async def test_what_the_customer_wrote_stays_text(world: World) -> None:
    case = await world.registered(content="<img src=x onerror=alert(1)>")

    assert "<img src=x" not in await opened(world, f"/t/{case['tracking']}")


async def test_a_customer_registers_himself_and_gets_his_link(world: World) -> None:
    text = await opened(world, "/report")
    assert 'data-command="complaint.register"' in text
    assert "data-customer" in text
    assert "扣" not in text
    async with world.client() as client:
        data = {"project": "jinbi-bay", "channel": "app", "content": "电梯坏了"}
        data |= {"customer": {"name": "李女士", "phone": "13911112222", "room": "5-1-501"}}  # type: ignore[dict-item]
        answer = await client.post("/api/v1/commands/complaint.register", json={"with": data})
    assert answer.status_code == 201

    assert answer.json()["number"] in await opened(world, f"/t/{answer.json()['tracking']}?new=1")


async def test_where_the_centre_is_closed_the_customer_is_told_whom_to_turn_to(world: World) -> None:
    text = await opened(world, "/report/fields?project=old-town")

    assert "停止受理" in text
    assert "<form" not in text
    await opened(world, "/report/fields?project=nowhere", 404)


async def test_the_signature_is_told_to_be_unchanged(world: World) -> None:
    case = await world.registered()
    async with world.client(**{"X-Tracking-Token": case["tracking"]}) as client:
        body = {"complaint": case["complaint"], "with": {"signature": "张先生"}}
        assert (await client.post("/api/v1/commands/complaint.sign", json=body)).status_code == 200

    text = await opened(world, f"/t/{case['tracking']}")

    assert "签字后未改动" in text
    assert 'data-command="complaint.sign"' not in text


def _signed_in(world: World) -> dict[str, str]:
    return {"Authorization": f"Bearer {world.token('wang.min')}"}


async def _token(world: World, complaint: str) -> str:
    text_client = world.client("wang.min", Accept="text/html")
    async with text_client as client:
        text = (await client.get(f"/intake/registered/{complaint}")).text
    return text.split("/t/", 1)[1].split("/", 1)[0]
