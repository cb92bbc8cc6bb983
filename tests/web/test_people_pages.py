"""Absences, rotations, accounts, and everybody's own account."""

import httpx

from tests.web.world import PASSWORD, World


async def page(world: World, person: str, path: str, **headers: str) -> httpx.Response:
    async with world.client(person, Accept="text/html", **headers) as client:
        return await client.get(path)


async def post(world: World, by: str, path: str, **body: str) -> httpx.Response:
    async with world.client(by) as client:
        return await client.post(path, json=body)


async def away(world: World, person: str, **body: str) -> httpx.Response:
    given = {"from": "2026-03-03T09:00:00+08:00", "delegate": "li.qiang"} | body
    return await post(world, person, "/api/v1/absences", **given)


async def test_everybody_sees_his_own_absences_and_those_he_stands_in_for(world: World) -> None:
    assert "现在没有人请假" in (await page(world, "wu.gang", "/admin/absences")).text
    assert (await away(world, "wu.gang")).status_code == 200
    for person in ("wu.gang", "li.qiang", "sun.li"):
        assert "2026-03-03 09:00" in (await page(world, person, "/admin/absences")).text
    assert "2026-03-03" not in (await page(world, "zhou.tao", "/admin/absences")).text
    own = (await page(world, "wu.gang", "/admin/absences?whose=for")).text
    assert "没有符合条件的记录" in own


async def test_an_absence_is_changed_by_himself_and_the_office_only(world: World) -> None:
    await away(world, "wu.gang")
    async with world.client("wu.gang") as client:
        (one,) = (await client.get("/api/v1/absences")).json()["items"]
    query = httpx.QueryParams({"person": "wu.gang", "from": one["from"]})
    path = f"/admin/absences/enter?{query}"
    for person, status in (("wu.gang", 200), ("sun.li", 200), ("li.qiang", 404), ("zhou.tao", 404)):
        assert (await page(world, person, path)).status_code == status, person
    fragment = (await page(world, "wu.gang", path, **{"HX-Request": "true"})).text
    assert "<html" not in fragment
    assert f'name="from" value="{one["from"].replace("+", "&#43;")}"' in fragment.replace("+", "&#43;")
    assert (await away(world, "wu.gang", until="2026-03-05T18:00:00+08:00", **{"from": one["from"]})).status_code == 200
    text = (await page(world, "wu.gang", "/admin/absences")).text
    assert ("2026-03-05 18:00" in text, text.count("<tr")) == (True, 2)


async def test_only_the_office_may_enter_for_others(world: World) -> None:
    assert 'name="person"' in (await page(world, "sun.li", "/admin/absences/enter")).text
    assert 'name="person"' not in (await page(world, "wu.gang", "/admin/absences/enter")).text


async def test_rotations_are_for_officers_and_the_group(world: World) -> None:
    assert "没有任职期满" in (await page(world, "sun.li", "/admin/rotations")).text
    assert (await page(world, "wang.min", "/admin/rotations")).status_code == 200
    assert (await page(world, "wu.gang", "/admin/rotations")).status_code == 403


async def test_who_is_due_can_be_handed_over_by_the_office(world: World) -> None:
    body = {"post": "service_officer", "scope": "jinbi-bay", "person": "wang.min", "to": "sun.yue",
            "from": "2026-03-02T10:00:00+08:00"}  # fmt: skip
    await post(world, "sun.li", "/api/v1/directory/hand-overs", **body)
    world.clock.move_to(world.clock.now().replace(year=2028))
    office = (await page(world, "sun.li", "/admin/rotations")).text
    assert ("孙悦" in office, "hand-over?post=service_officer&amp;scope=jinbi-bay&amp;person=sun.yue" in office) == (
        True,
        True,
    )
    assert "hand-over" not in (await page(world, "sun.yue", "/admin/rotations")).text


async def test_accounts_are_for_the_office(world: World) -> None:
    text = (await page(world, "sun.li", "/admin/accounts?q=吴刚")).text
    assert ("wu.gang" in text, "正常" in text, text.count("<tr")) == (True, True, 2)
    for person in ("qian.hui", "wang.min"):
        assert (await page(world, person, "/admin/accounts")).status_code == 403
        assert (await page(world, person, "/admin/accounts/one?person=wu.gang")).status_code == 403
    assert (await page(world, "sun.li", "/admin/accounts/one?person=nobody")).status_code == 404


async def test_an_account_that_was_guessed_at_is_shown_locked_and_a_disabled_one_disabled(world: World) -> None:
    async with world.client() as client:
        for _ in range(5):
            await client.post("/api/v1/login", json={"name": "wu.gang", "password": "guess"})
    assert "暂时锁定" in (await page(world, "sun.li", "/admin/accounts?q=wu.gang&state=locked")).text
    assert "前不能登录" in (await page(world, "sun.li", "/admin/accounts/one?person=wu.gang")).text
    await post(world, "sun.li", "/api/v1/accounts/wu.gang/disable")
    one = (await page(world, "sun.li", "/admin/accounts/one?person=wu.gang")).text
    assert ("已停用" in one, "/accounts/wu.gang/enable" in one, "/accounts/wu.gang/disable" in one) == (
        True,
        True,
        False,
    )


async def test_nobody_is_offered_to_disable_himself(world: World) -> None:
    assert "/accounts/sun.li/disable" not in (await page(world, "sun.li", "/admin/accounts/one?person=sun.li")).text


async def test_everybody_has_a_page_of_his_own(world: World) -> None:
    await away(world, "wang.min", delegate="wu.gang", **{"from": "2026-03-02T09:41:00+08:00"})
    world.clock.move_to(world.clock.now().replace(hour=3))
    text = (await page(world, "wu.gang", "/account")).text
    assert "物业华南公司" in text
    assert "代 王敏" in text
    async with world.client() as client:
        assert (await client.get("/account", headers={"Accept": "text/html"})).status_code == 303


async def test_ones_own_sign_ins_are_listed_and_this_one_marked(world: World) -> None:
    async with world.client() as other:
        await other.post("/login", data={"name": "wu.gang", "password": PASSWORD})
    async with world.client(Accept="text/html") as client:
        await client.post("/login", data={"name": "wu.gang", "password": PASSWORD})
        text = (await client.get("/account")).text
        assert (text.count("本次登录"), text.count("/api/v1/sessions/")) == (1, 1)
