import re

import pytest

from tests.web.world import COMPLAINT, World

EVIL = '<script>alert("x")</script>'


async def test_the_list_of_messages_shows_when_to_whom_what_and_about_which_complaint(world: World) -> None:
    case = await world.registered()
    await world.issued()
    async with world.client("sun.li", Accept="text/html") as client:
        page = (await client.get("/messages/")).text
    assert re.sub(r"<[^>]+>", "", page).count("2026-03-02 09:40:00") == 3
    for text in ("吴刚", "138****0001", "督办令签发", "登记告知客户", case["number"], "已签发，您是处理责任人"):
        assert text in page
    assert "13800000001" not in page


async def test_everybody_sees_his_own_messages_only(world: World) -> None:
    await world.issued()
    async with world.client("wu.gang", Accept="text/html") as client:
        own = (await client.get("/messages/")).text
    assert ("督办令签发</span>" in own, "登记告知客户</span>" in own) == (True, False)
    async with world.client("shi.lei", Accept="text/html") as client:
        assert "还没有发出过消息" in (await client.get("/messages/")).text


async def test_the_list_is_filtered_and_an_unreadable_filter_filters_nothing(world: World) -> None:
    await world.issued()
    async with world.client("sun.li", Accept="text/html") as client:

        async def rows(query: str) -> int:
            return (await client.get(f"/messages/?{query}")).text.count("<time ")

        assert await rows("") == 2
        assert await rows("template=order.issued&day=") == 1
        assert await rows("template=&day=2026-03-02") == 2
        assert await rows("day=2026-03-01") == 0
        assert await rows("day=yesterday") == 2
        assert await rows("template=%3Cb%3E") == 0
        assert await rows("q=吴刚") == 1
        assert await rows("q=客户&state=sent") == 1
        assert await rows("state=failed") == 0


async def test_the_list_is_paged(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shared.web.listing.PER_PAGE", 1)
    await world.issued()
    async with world.client("sun.li", Accept="text/html") as client:
        first = (await client.get("/messages/")).text
        older = re.search(r'href="(/messages/\?[^"]*cursor=[^"]*)"', first)
        assert older is not None
        second = (await client.get(older[1].replace("&amp;", "&"))).text
    assert "下一页" not in second
    assert "回到首页" in second
    assert {"督办令签发</span>" in page for page in (first, second)} == {True, False}


async def test_the_card_of_a_case_tells_who_was_told_what_about_it(world: World) -> None:
    case = await world.issued()
    for person in ("sun.li", "wang.min", "wu.gang"):
        async with world.client(person, Accept="text/html") as client:
            card = (await client.get(f"/messages/cards/{case}")).text
        assert "<html" not in card
        for text in ("吴刚", "督办令签发", "短信", "已发送", "登记告知客户", "已签发，您是处理责任人"):
            assert text in card, (person, text)
    async with world.client("sun.yue", Accept="text/html") as client:
        assert (await client.get(f"/messages/cards/{case}")).status_code == 404
        assert (await client.get(f"/messages/cards/{world.running.rooms['notify'].ids.new()}")).status_code == 404


async def test_taking_the_messages_out_is_on_record(world: World) -> None:
    await world.issued()
    async with world.client("sun.li", Accept="text/html") as client:
        lines = (await client.get("/messages/?export=csv")).content.decode("utf-8-sig").splitlines()
        assert lines[0].startswith("时间,收件人")
        assert len(lines) == 3
        assert "导出消息" in (await client.get("/messages/audit?command=messages.export")).text


async def test_what_people_write_is_never_markup(world: World) -> None:
    await world.registered(content=EVIL, customer={"name": EVIL, "phone": "13800000001", "room": EVIL})
    async with world.client("sun.li", Accept="text/html") as client:
        for path in ("/messages/", f"/messages/?template={EVIL}", f"/{EVIL}", f"/login?next=/{EVIL}"):
            assert "<script>alert" not in (await client.get(path)).text


async def test_every_answer_forbids_foreign_content_frames_and_caching(world: World) -> None:
    async with world.client("sun.li") as client:
        for path in ("/messages/", "/login", "/api/v1/complaints", "/nope", "/api/v1/nope"):
            headers = (await client.get(path)).headers
            assert "default-src 'none'" in headers["content-security-policy"]
            assert "unsafe" not in headers["content-security-policy"]
            assert headers["x-content-type-options"] == "nosniff"
            assert headers["x-frame-options"] == "DENY"
            assert headers["cache-control"] == "no-store"
            assert "server" not in headers


async def test_pages_load_nothing_from_elsewhere(world: World) -> None:
    async with world.client("sun.li", Accept="text/html") as client:
        for path in ("/messages/", "/login", "/docs", "/nope", "/docs/start.js", "/static/built/manifest.json"):
            text = (await client.get(path)).text
            assert not re.search(r"(src|href|url)\s*[=:(]\s*[\"']?(https?:)?//", text), path


async def test_a_browser_gets_a_page_and_a_program_a_problem(world: World) -> None:
    async with world.client("sun.li") as client:
        page = await client.get("/nope", headers={"Accept": "text/html,*/*"})
        problem = await client.get("/nope")
        api = await client.get("/api/v1/nope", headers={"Accept": "text/html"})
    assert (page.status_code, page.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert problem.headers["content-type"] == api.headers["content-type"] == "application/problem+json"


async def test_a_failure_inside_tells_nothing_of_the_inside(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object, **__: object) -> None:
        raise RuntimeError("secret detail")

    monkeypatch.setattr("services.dispatch.usecases.reads.cases", broken)
    async with world.client("sun.li") as client:
        response = await client.get("/api/v1/complaints")
    assert (response.status_code, response.json()["code"]) == (500, "internal")
    assert "secret" not in response.text


async def test_a_database_that_is_away_is_a_503_to_try_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: object, **__: object) -> None:
        raise ConnectionRefusedError

    monkeypatch.setattr("services.dispatch.usecases.reads.cases", away)
    async with world.client("sun.li") as client:
        response = await client.get("/api/v1/complaints")
    assert (response.status_code, response.headers["retry-after"]) == (503, "2")
    assert COMPLAINT["content"] not in response.text
