"""The dashboard over the whole application: who sees what, numbers and the cases behind them, empty data, exports."""

import re
from datetime import timedelta

import httpx
import pytest

from services.sla.usecases.tick import tick
from tests.web.world import World

PATH = "/ledger/dashboard"
HTML = {"accept": "text/html"}


async def page(world: World, who: str, path: str = PATH, **query: str) -> httpx.Response:
    async with world.client(who, **HTML) as client:
        return await client.get(path, params=query)


async def counted(world: World) -> None:
    """The facts have arrived and the ledger has followed them."""
    await world.running.settled()
    await tick(world.running.rooms["sla"])
    await world.running.settled()


async def test_without_any_case_every_figure_says_so(world: World) -> None:
    answer = await page(world, "gao.feng")
    assert answer.status_code == 200
    assert "本期没有数据。" in answer.text
    assert "本期没有入账的扣罚。" in answer.text
    assert "上期无数据" in answer.text


async def test_a_number_leads_to_the_cases_it_counts(world: World) -> None:
    case = await world.issued()
    await counted(world)
    shown = await page(world, "gao.feng")
    link = re.search(r'href="(/ledger/dashboard/cases\?[^"]*measure=registered[^"]*)"', shown.text)
    assert link is not None
    behind = await page(world, "gao.feng", link[1].replace("&amp;", "&"))
    assert f"/cases/{case}" in behind.text
    assert "物业服务及维保修类" in shown.text
    none = await page(world, "gao.feng", f"{PATH}/cases", measure="closed")
    assert f"/cases/{case}" not in none.text


async def test_an_officer_counts_only_the_cases_of_his_project(world: World) -> None:
    case = await world.issued()
    await counted(world)
    own, others = await page(world, "wang.min", f"{PATH}/cases"), await page(world, "sun.yue", f"{PATH}/cases")
    assert f"/cases/{case}" in own.text
    assert f"/cases/{case}" not in others.text
    assert "本期没有数据。" in (await page(world, "sun.yue")).text


async def test_a_late_case_is_counted_as_late_and_its_penalty_stands_beside_the_person(world: World) -> None:
    case = await world.issued()
    world.clock.advance(timedelta(days=6))
    await counted(world)
    late = await page(world, "gao.feng", f"{PATH}/cases", measure="late")
    assert f"/cases/{case}" in late.text
    shown = await page(world, "gao.feng", by="project")
    assert "0.0%" in shown.text


@pytest.mark.parametrize("table", ["groups", "trend", "severities", "categories", "clocks", "officers", "centres",
                                   "people", "companies"])  # fmt: skip
async def test_every_table_can_be_taken_out(world: World, table: str) -> None:
    answer = await page(world, "gao.feng", table=table, export="csv")
    assert answer.status_code == 200
    assert answer.headers["content-disposition"] == f'attachment; filename="dashboard-{table}.csv"'
    assert answer.content.startswith(b"\xef\xbb\xbf")


async def test_who_holds_no_post_has_no_dashboard(world: World) -> None:
    assert (await page(world, "nobody")).status_code == 403


@pytest.mark.parametrize(("name", "value"), [("measure", "nonsense"), ("from", "2026-02-30"), ("to", "1999-01-01")])
async def test_what_is_no_question_is_refused(world: World, name: str, value: str) -> None:
    assert (await page(world, "gao.feng", f"{PATH}/cases", **{name: value})).status_code == 422


async def test_strange_filters_stay_text(world: World) -> None:
    answer = await page(world, "gao.feng", company="<script>x</script>", by="<b>", period="?", month="2026-99")
    assert answer.status_code == 200
    assert "<script>x" not in answer.text


@pytest.mark.parametrize("measure", ["completed", "satisfied", "met", "breached", "rated", "penalised", "found"])
async def test_every_measure_lists_its_cases(world: World, measure: str) -> None:
    answer = await page(world, "gao.feng", f"{PATH}/cases", measure=measure, person="wu.gang", clock="visit")
    assert answer.status_code == 200
    assert "没有" in answer.text
