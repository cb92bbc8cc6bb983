"""Accounts and sessions: who runs them, and that what was ended is ended everywhere."""

from datetime import timedelta
from typing import Any

import httpx
import pytest

from shared.bus.port import Message
from shared.events.base import decode, encode
from shared.events.dispatch import SessionsEndedV1
from shared.room.consume import deliver
from shared.room.sessions import is_ended
from shared.web.tokens import Verifier
from tests.web.world import PASSWORD, World, refusal

OWN = "my-own-word-55"
MANY_ROUTES = ("/api/v1/me", "/api/v1/complaints", "/api/v1/tasks", "/api/v1/penalties", "/api/v1/messages")


async def signed_in(world: World, name: str, password: str = PASSWORD, **more: str) -> httpx.Response:
    async with world.client() as client:
        return await client.post("/api/v1/login", json={"name": name, "password": password, **more})


async def token(world: World, name: str, password: str = PASSWORD) -> str:
    response = await signed_in(world, name, password)
    assert response.status_code == 200, response.text
    return str(response.json()["token"])


async def call(world: World, bearer: str, method: str, path: str, body: Any = None) -> httpx.Response:
    async with world.client() as client:
        return await client.request(method, path, json=body, headers={"Authorization": f"Bearer {bearer}"})


async def statuses(world: World, bearer: str) -> set[int]:
    return {(await call(world, bearer, "GET", route)).status_code for route in MANY_ROUTES}


async def test_signing_out_ends_the_token_in_every_room(world: World) -> None:
    mine, other = await token(world, "gao.feng"), await token(world, "gao.feng")
    assert await statuses(world, mine) == {200}
    assert (await call(world, mine, "POST", "/api/v1/logout")).json() == {"ended": 1}
    assert await statuses(world, mine) == {401}
    command = await call(world, mine, "POST", "/api/v1/commands/complaint.register", {"with": {}})
    assert command.status_code == 401
    assert await statuses(world, other) == {200}


async def test_every_room_is_told_and_forgets_when_the_token_would_have_run_out(world: World) -> None:
    mine = await token(world, "gao.feng")
    verifier: Verifier = world.app.state.edge.verifier
    found = verifier.identity(mine, world.clock.now())
    assert found is not None
    assert found.session is not None
    await call(world, mine, "POST", "/api/v1/logout")
    for room in world.running.rooms.values():
        assert await is_ended(room, found.session), room.name
    intake = world.running.rooms["intake"]
    world.clock.advance(timedelta(hours=12))
    another = await token(world, "gao.feng")
    await call(world, another, "POST", "/api/v1/logout")
    assert not await is_ended(intake, found.session)


async def test_an_end_told_twice_is_one(world: World) -> None:
    mine = await token(world, "gao.feng")
    await call(world, mine, "POST", "/api/v1/logout")
    dispatch, sla = world.running.rooms["dispatch"], world.running.rooms["sla"]
    async with dispatch.db.read() as session:
        rows = (await session.exec(dispatch.tables.outbox.select())).all()  # type: ignore[call-overload]
    (event,) = [e for e in (decode(row.topic, row.body) for row in rows) if isinstance(e, SessionsEndedV1)]
    again = event.model_copy(update={"event_id": dispatch.ids.new()})
    await deliver(sla, Message(again.event_id, again.topic, encode(again), again.correlation_id))
    assert await is_ended(sla, event.sessions[0])


async def test_a_disabled_account_is_out_at_once_and_stays_out_until_it_is_enabled(world: World) -> None:
    theirs, mine = await token(world, "wang.min"), await token(world, "gao.feng")
    answer = await call(world, mine, "POST", "/api/v1/accounts/wang.min/disable")
    assert answer.json() == {"login": "wang.min", "ended": 1}
    assert (await call(world, theirs, "GET", "/api/v1/me")).status_code == 401
    assert refusal(await signed_in(world, "wang.min")) == (401, "unauthenticated", None)
    assert (await call(world, mine, "POST", "/api/v1/accounts/wang.min/enable")).status_code == 200
    assert (await signed_in(world, "wang.min")).status_code == 200
    assert (await call(world, theirs, "GET", "/api/v1/me")).status_code == 401


async def test_a_password_for_once_is_good_for_choosing_another(world: World) -> None:
    theirs, mine = await token(world, "wang.min"), await token(world, "gao.feng")
    given = (await call(world, mine, "POST", "/api/v1/accounts/wang.min/reset")).json()["password"]
    assert (await call(world, theirs, "GET", "/api/v1/me")).status_code == 401
    assert refusal(await signed_in(world, "wang.min"))[0] == 401
    assert refusal(await signed_in(world, "wang.min", given)) == (403, "password.must_change", "new_password")
    weak = await signed_in(world, "wang.min", given, new_password="short")
    assert refusal(weak) == (422, "field.invalid", "new_password")
    assert refusal(await signed_in(world, "wang.min", given, new_password=given))[1] == "field.invalid"
    assert (await signed_in(world, "wang.min", given, new_password=OWN)).status_code == 200
    assert (await signed_in(world, "wang.min", OWN)).status_code == 200
    assert (await signed_in(world, "wang.min", given)).status_code == 401


async def test_ones_own_password_ends_the_other_sign_ins(world: World) -> None:
    mine, other = await token(world, "wang.min"), await token(world, "wang.min")
    wrong = await call(world, mine, "POST", "/api/v1/password", {"old": "no", "new": OWN})
    assert refusal(wrong) == (422, "field.invalid", "old")
    short = await call(world, mine, "POST", "/api/v1/password", {"old": PASSWORD, "new": "x"})
    assert refusal(short) == (422, "field.invalid", "new")
    changed = await call(world, mine, "POST", "/api/v1/password", {"old": PASSWORD, "new": OWN})
    assert changed.json() == {"login": "wang.min", "ended": 1}
    assert (await call(world, mine, "GET", "/api/v1/me")).status_code == 200
    assert (await call(world, other, "GET", "/api/v1/me")).status_code == 401
    assert (await signed_in(world, "wang.min", OWN)).status_code == 200


async def test_the_audit_log_holds_no_password(world: World) -> None:
    mine = await token(world, "gao.feng")
    given = (await call(world, mine, "POST", "/api/v1/accounts/wang.min/reset")).json()["password"]
    await call(world, mine, "POST", "/api/v1/password", {"old": PASSWORD, "new": OWN})
    dispatch = world.running.rooms["dispatch"]
    async with dispatch.db.read() as session:
        kept = (await session.exec(dispatch.tables.audit.select())).all()  # type: ignore[call-overload]
    assert [row.command for row in kept][-2:] == ["account.reset", "password.change"]
    assert not any(secret in str(row) for row in kept for secret in (given, PASSWORD, OWN))


@pytest.mark.parametrize("who", ["wang.min", "chen.wei", "qian.hui"])
async def test_accounts_are_the_group_offices_business(world: World, who: str) -> None:
    mine = await token(world, who)
    for method, path, body in (
        ("GET", "/api/v1/accounts", None),
        ("POST", "/api/v1/accounts", {"person": "wang.min"}),
        ("POST", "/api/v1/accounts/sun.li/disable", None),
        ("POST", "/api/v1/accounts/sun.li/reset", None),
    ):
        assert refusal(await call(world, mine, method, path, body))[:2] == (403, "role.not_allowed"), path


async def test_the_list_tells_who_signed_in_last_and_who_has_no_account(world: World) -> None:
    mine = await token(world, "sun.li")
    listed = (await call(world, mine, "GET", "/api/v1/accounts")).json()
    own = next(one for one in listed["items"] if one["login"] == "sun.li")
    assert (own["sessions"], own["must_change"], own["disabled_at"]) == (1, False, None)
    assert own["last_sign_in_at"].startswith("2026-03-02T01:40")
    assert next(one for one in listed["items"] if one["login"] == "wang.min")["last_sign_in_at"] is None
    assert listed["without"] == []


@pytest.mark.parametrize(
    ("path", "body", "expected"),
    [
        ("/api/v1/accounts", {"person": "nobody"}, (422, "field.invalid")),
        ("/api/v1/accounts", {"person": "wang.min"}, (409, "state.not_allowed")),
        ("/api/v1/accounts", {}, (422, "field.missing")),
        ("/api/v1/accounts/nobody/reset", None, (404, "not_found")),
        ("/api/v1/accounts/sun.li/disable", None, (409, "state.not_allowed")),
        ("/api/v1/accounts/wang.min/delete", None, (422, "field.invalid")),
    ],
)
async def test_what_is_refused_of_the_office_itself(
    world: World, path: str, body: Any, expected: tuple[int, str]
) -> None:
    mine = await token(world, "sun.li")
    assert refusal(await call(world, mine, "POST", path, body))[:2] == expected


async def test_one_ends_ones_own_sessions_only(world: World) -> None:
    mine, other, theirs = await token(world, "sun.li"), await token(world, "sun.li"), await token(world, "wang.min")
    listed = (await call(world, mine, "GET", "/api/v1/sessions")).json()["items"]
    assert len(listed) == 2
    foreign = (await call(world, theirs, "GET", "/api/v1/sessions")).json()["items"][0]["session"]
    assert refusal(await call(world, mine, "POST", f"/api/v1/sessions/{foreign}/end"))[0] == 404
    last = await token(world, "sun.li")
    for one in listed:
        await call(world, last, "POST", f"/api/v1/sessions/{one['session']}/end")
    assert {(await call(world, each, "GET", "/api/v1/me")).status_code for each in (mine, other)} == {401}
    assert {(await call(world, each, "GET", "/api/v1/me")).status_code for each in (last, theirs)} == {200}


# ---- in a browser


async def test_a_session_is_renewed_until_it_is_ended(world: World) -> None:
    async with world.client(Accept="text/html") as client:
        await client.post("/login", data={"name": "sun.li", "password": PASSWORD, "next": "/"})
        first = client.cookies["ccrm_session"]
        world.clock.advance(timedelta(hours=11))
        renewed = await client.post("/session/renew", headers={"Accept": "application/json"})
        assert renewed.status_code == 200
        assert renewed.json()["expires_at"].startswith("2026-03-03T00:40")
        world.clock.advance(timedelta(hours=2))
        assert (await client.get("/messages/")).status_code == 200
        assert (await call(world, first, "GET", "/api/v1/me")).status_code == 401
        foreign = await client.post("/session/renew", headers={"Sec-Fetch-Site": "cross-site"})
        assert foreign.status_code == 403
        second = client.cookies["ccrm_session"]
        await client.post("/logout", data={})
    assert (await call(world, second, "GET", "/api/v1/me")).status_code == 401
    async with world.client(Cookie=f"ccrm_session={second}") as thief:
        assert (await thief.post("/session/renew")).status_code == 401


async def test_nobody_stays_signed_in_for_more_than_thirty_days(world: World) -> None:
    async with world.client() as client:
        await client.post("/login", data={"name": "sun.li", "password": PASSWORD, "next": "/"})
        for _ in range(65):
            world.clock.advance(timedelta(hours=11))
            assert (await client.post("/session/renew")).status_code == 200
        world.clock.advance(timedelta(hours=6))
        assert (await client.post("/session/renew")).status_code == 401


async def test_the_page_asks_for_a_new_password_where_one_was_given(world: World) -> None:
    given = (await call(world, await token(world, "gao.feng"), "POST", "/api/v1/accounts/wang.min/reset")).json()
    form = {"name": "wang.min", "password": given["password"], "next": "/cases"}
    async with world.client(Accept="text/html") as client:
        asked = await client.post("/login", data=form)
        assert asked.status_code == 403
        assert 'name="new_password"' in asked.text
        weak = await client.post("/login", data=form | {"new_password": "short"})
        assert weak.status_code == 422
        assert 'name="new_password"' in weak.text
        entered = await client.post("/login", data=form | {"new_password": OWN})
    assert (entered.status_code, entered.headers["location"]) == (303, "/cases")
