"""Intake's pages over HTTP: who opens which, what they show, and that what people type stays text."""

import re
from datetime import timedelta

import pytest

from services.dispatch.domain.demo import demo_directory
from services.dispatch.usecases.import_directory import import_directory
from tests.web.world import World

pytestmark = pytest.mark.asyncio

SCRIPT = "<script>alert(1)</script>"


async def page(world: World, person: str, path: str, status: int = 200) -> str:
    async with world.client(person, Accept="text/html") as client:
        response = await client.get(path)
    assert response.status_code == status, response.text[:500]
    return response.text


async def bound(world: World, project: str, policy: str) -> None:
    """The project under another policy from now on."""
    directory = demo_directory()
    projects = [one.model_copy(update={"policy": policy}) if one.id == project else one for one in directory.projects]
    async with world.running.rooms["dispatch"].begin() as tx:
        await import_directory(tx, directory.model_copy(update={"projects": projects}))
    await world.running.settled()
    world.clock.advance(timedelta(seconds=5))


async def test_the_officer_finds_his_project_preset_and_what_003_asks_for(world: World) -> None:
    text = await page(world, "wang.min", "/intake/new")

    assert 'value="jinbi-bay" selected' in text
    assert 'data-command="complaint.register"' in text
    assert 'data-rule="之后每 5 分钟扣 100 元"' in text
    assert 'data-length="1800"' in text
    assert re.search(r'name="customer.room"[^>]* required', text)
    assert 'data-first="物业公司" data-head="吴刚"' in text
    assert "云山府" not in text


@pytest.mark.parametrize("person", ["li.qiang", "gao.feng", "qian.hui", "chen.wei"])
async def test_only_officers_capture(world: World, person: str) -> None:
    await page(world, person, "/intake/new", 403)
    await page(world, person, "/intake/earlier?project=jinbi-bay&customer.room=3-2-1201", 403)


async def test_another_policy_asks_for_other_things(world: World) -> None:
    await bound(world, "jinbi-bay", "service-industry")

    text = await page(world, "wang.min", "/intake/new")

    assert 'name="fields.mood"' in text
    assert "不满" in text
    assert 'name="fields.read_back" type="checkbox" data-type="bool"' in text
    assert "没有规定登记后立即开始的时限" in text


async def test_the_fields_of_another_project_are_a_fragment(world: World) -> None:
    text = await page(world, "wang.min", "/intake/fields?project=lakeside&whose=employee")

    assert "<html" not in text
    assert 'name="channel"' in text
    await page(world, "wang.min", "/intake/fields?project=nowhere&whose=officer", 404)


async def test_a_project_whose_centre_is_closed_says_whom_to_turn_to(world: World) -> None:
    text = await page(world, "li.qiang", "/intake/hand-in?project=old-town")

    assert "停止受理" in text
    assert "负责人" in text
    assert 'name="content"' not in text


async def test_earlier_cases_of_the_room_stand_beside_the_form(world: World) -> None:
    first = await world.registered(content=f"渗水{SCRIPT}")

    text = await page(world, "wang.min", "/intake/earlier?project=jinbi-bay&customer.room=3-2-1201")

    assert first["number"] in text
    assert "是再次投诉" in text
    assert SCRIPT not in text
    assert "没有以往投诉" in await page(world, "wang.min", "/intake/earlier?project=jinbi-bay&customer.room=9-9-9")
    assert "输入房号或电话后" in await page(world, "wang.min", "/intake/earlier?project=jinbi-bay")


async def test_after_the_registration_the_clock_runs_and_the_order_can_be_sent_up(world: World) -> None:
    case = await world.registered()

    text = await page(world, "wang.min", f"/intake/registered/{case['complaint']}")

    assert case["number"] in text
    assert 'data-command="order.submit"' in text
    assert 'data-due="2026-03-02T02:00:00+00:00"' in text
    assert f"/t/{case['tracking']}/qr.svg" in text


async def test_once_the_order_is_submitted_it_is_not_offered_again(world: World) -> None:
    case = await world.registered()
    await world.do("wang.min", "order.submit", case["complaint"])

    text = await page(world, "wang.min", f"/intake/registered/{case['complaint']}")

    assert 'data-command="order.submit"' not in text
    assert "data-due" not in text


@pytest.mark.parametrize("person", ["gao.feng", "wu.gang", "sun.yue", "qian.hui"])
async def test_the_customers_key_is_told_to_nobody_but_who_hands_it_over(world: World, person: str) -> None:
    case = await world.registered()

    text = await page(world, person, f"/intake/registered/{case['complaint']}", 404)

    assert case["tracking"] not in text


async def test_who_handed_a_complaint_in_sees_its_number_and_not_the_customer(world: World) -> None:
    response = await world.do(
        "li.qiang",
        "complaint.register",
        project="lakeside",
        channel="phone",
        content="楼道灯坏",
        customer={"name": "钱女士", "phone": "13800000009", "room": "7-701"},
    )
    case = response.json()

    text = await page(world, "li.qiang", f"/intake/registered/{case['complaint']}")

    assert case["number"] in text
    assert "孙悦" in text or "客服专员" in text
    assert "13800000009" not in text
    assert "rate.svg" not in text


async def test_the_card_shows_the_record_and_only_what_the_viewer_may_do(world: World) -> None:
    case = await world.registered(content=f"渗水{SCRIPT}")
    path = f"/intake/cards/{case['complaint']}"

    officer = await page(world, "wang.min", path)
    group = await page(world, "gao.feng", path)
    auditor = await page(world, "qian.hui", path)

    assert "<html" not in officer
    assert SCRIPT not in officer
    assert "13800000001" in officer
    for command in ("complaint.classify", "complaint.link", "complaint.sign"):
        assert f'data-command="{command}"' in officer
    assert 'data-command="complaint.classify"' in group
    assert 'data-command="complaint.link"' not in group
    assert "data-command" not in auditor
    assert "13800000001" not in auditor
    assert "附件只对办理本案的人员开放" in auditor
    await page(world, "sun.yue", path, 404)
    await page(world, "wang.min", "/intake/cards/01900000-0000-7000-8000-000000000000", 404)


async def test_a_reclassification_is_told_in_names(world: World) -> None:
    case = await world.registered()
    await world.do("wang.min", "complaint.classify", case["complaint"], severity="major", reason="已联系媒体")

    text = await page(world, "wang.min", f"/intake/cards/{case['complaint']}")

    assert "一般投诉 → 重大投诉" in text
    assert "已联系媒体" in text


async def test_a_case_to_link_to_is_found_by_its_number_in_the_same_project_only(world: World) -> None:
    one = await world.registered()
    two = await world.registered(customer={"name": "李女士", "phone": "13800000002", "room": "1-1-101"})
    path = f"/intake/cards/{two['complaint']}/linkable"

    assert one["number"] in await page(world, "wang.min", f"{path}?q={one['number']}")
    assert "没有找到" in await page(world, "wang.min", path)
    assert "没有找到" in await page(world, "wang.min", f"{path}?q=%25")
    await page(world, "sun.yue", f"{path}?q={one['number']}", 404)


@pytest.fixture
async def rated(world: World) -> World:
    case = await world.registered()
    async with world.client(**{"X-Tracking-Token": await world.key(case)}) as client:
        body = {"complaint": case["complaint"], "with": {"stars": 2}}
        assert (await client.post("/api/v1/commands/complaint.rate_window", json=body)).status_code == 200
    return world


async def test_window_ratings_are_the_groups_alone(rated: World) -> None:
    assert "2 星" in await page(rated, "gao.feng", "/intake/ratings")
    assert "2 星" in await page(rated, "qian.hui", "/intake/ratings")
    for person in ("wang.min", "chen.wei", "hr.centre"):
        await page(rated, person, "/intake/ratings", 403)


async def test_ratings_are_filtered_and_taken_out(rated: World) -> None:
    assert "没有符合条件的记录" in await page(rated, "gao.feng", "/intake/ratings?stars=5")
    assert "2 星" in await page(rated, "gao.feng", "/intake/ratings?stars=2&project=jinbi-bay&month=2026-03")
    assert "没有符合条件的记录" in await page(rated, "gao.feng", "/intake/ratings?month=2026-02")
    assert "2 星" in await page(rated, "gao.feng", "/intake/ratings?stars=nine&month=nonsense")
    assert "王敏" in await page(rated, "gao.feng", "/intake/ratings?export=csv")


async def test_a_common_problem_is_decided_on_the_page_by_the_group(world: World) -> None:
    for n in range(5):
        await world.registered(customer={"name": "某人", "phone": f"1380000010{n}", "room": f"1-1-{n}"})

    managers = await page(world, "sun.li", "/intake/recurrences")
    officer = await page(world, "wang.min", "/intake/recurrences")

    assert "5 件 / 30 天内" in managers
    assert 'data-command="complaint.classify"' in managers
    assert "/dismiss" in managers
    assert 'data-command="complaint.classify"' in officer
    assert "/dismiss" not in officer
    assert "没有待处理的共性问题" in await page(world, "sun.yue", "/intake/recurrences")
    await page(world, "wu.gang", "/intake/recurrences", 403)


async def test_channels_are_entered_checked_and_ended_by_the_projects_officer(world: World) -> None:
    assert "还没有登记投诉渠道" in await page(world, "wang.min", "/intake/channels")
    entered = await world.do("wang.min", "channel.enter", project="jinbi-bay", kind="hotline", address="4008001234")
    assert entered.status_code == 200

    own = await page(world, "wang.min", "/intake/channels")
    group = await page(world, "gao.feng", "/intake/channels")

    for command in ("channel.enter", "channel.check", "channel.end"):
        assert f'data-command="{command}"' in own
    assert "4008001234" in group
    assert "data-command" not in group
    assert "4008001234" not in await page(world, "sun.yue", "/intake/channels")
    assert "4008001234" in await page(world, "wang.min", "/intake/channels?export=csv")
    assert "没有符合条件的记录" in await page(world, "wang.min", "/intake/channels?kind=forum")


async def test_referrals_are_listed_for_the_property_company_and_not_for_officers(world: World) -> None:
    assert "没有转物业公司的客户反映" in await page(world, "gao.feng", "/intake/referrals")
    refused = await world.do(
        "li.qiang",
        "complaint.register",
        project="old-town",
        channel="visit",
        content=f"地下室进水{SCRIPT}",
        customer={"name": "周先生", "phone": "13800000077", "room": "2-201"},
    )
    assert refused.status_code == 409

    text = await page(world, "gao.feng", "/intake/referrals")

    assert "地下室进水" in text
    assert SCRIPT not in text
    await page(world, "wang.min", "/intake/referrals", 403)


async def test_a_correction_is_told_with_what_stood_there_before(world: World) -> None:
    case = await world.registered()
    path = f"/intake/cards/{case['complaint']}"
    assert 'data-command="complaint.correct"' in await page(world, "wang.min", path)
    corrected = await world.do(
        "wang.min", "complaint.correct", case["complaint"], customer={"room": "3-2-1202"}, reason="房号听错"
    )
    assert corrected.status_code == 200, corrected.text

    text = await page(world, "wang.min", path)

    assert "房号：<del>3-2-1201</del> → 3-2-1202" in text
    assert "房号听错" in text
