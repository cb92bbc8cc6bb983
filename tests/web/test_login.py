from datetime import timedelta

import pytest

from shared.web.tokens import Signer, ensure_keys
from tests.web.world import PASSWORD, World, refusal

LOGIN = "/api/v1/login"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


async def test_a_name_and_password_give_a_token_for_twelve_hours(world: World) -> None:
    async with world.client() as client:
        answer = (await client.post(LOGIN, json={"name": "wang.min", "password": PASSWORD})).json()
        me = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {answer['token']}"})
    assert (answer["person"], answer["name"]) == ("wang.min", "王敏")
    assert me.json()["person"] == "wang.min"
    assert [held["post"] for held in me.json()["posts"]] == ["service_officer"]


@pytest.mark.parametrize("name", ["wang.min", "nobody.here", " ", "x" * 200, "'; drop table account; --"])
async def test_a_wrong_pair_is_refused_alike_whether_the_name_is_known_or_not(world: World, name: str) -> None:
    async with world.client() as client:
        response = await client.post(LOGIN, json={"name": name, "password": "wrong"})
    assert refusal(response) == (401, "unauthenticated", None)
    assert response.json()["detail"] == "用户名或密码不正确"


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field.missing", "name"),
        ({"name": "wang.min"}, "field.missing", "password"),
        ({"name": "", "password": "x"}, "field.invalid", "name"),
        ({"name": 5, "password": "x"}, "field.invalid", "name"),
        ({"name": "a", "password": "x" * 1001}, "field.invalid", "password"),
        ({"name": "a", "password": "x", "admin": True}, "field.invalid", "admin"),
        ({"name": "a\x00", "password": "x"}, "field.invalid", "name"),
    ],
)
async def test_a_sign_in_that_is_none_names_the_field(
    world: World, body: dict[str, object], code: str, field: str
) -> None:
    async with world.client() as client:
        assert refusal(await client.post(LOGIN, json=body)) == (422, code, field)


async def test_five_wrong_passwords_lock_the_name_for_that_address_and_time_opens_it(world: World) -> None:
    wrong, right = {"name": "Wang.Min ", "password": "no"}, {"name": "wang.min", "password": PASSWORD}
    async with world.client() as client:
        for _ in range(5):
            assert (await client.post(LOGIN, json=wrong)).status_code == 401
        locked = await client.post(LOGIN, json=right)
        assert refusal(locked) == (429, "too_many_requests", None)
        assert 0 < int(locked.headers["retry-after"]) <= 900
        assert (await client.post(LOGIN, json={"name": "sun.li", "password": PASSWORD})).status_code == 200
        world.clock.advance(timedelta(minutes=15))
        assert (await client.post(LOGIN, json=right)).status_code == 200


async def test_two_hundred_wrong_passwords_are_mostly_not_even_looked_at(world: World) -> None:
    async with world.client() as client:
        answers = [
            (await client.post(LOGIN, json={"name": f"p{number % 50}", "password": "no"})).status_code
            for number in range(200)
        ]
    assert set(answers) == {401, 429}
    assert answers.count(401) == 60


# ---- tokens


async def test_a_token_that_is_not_ours_or_not_in_force_is_refused(
    world: World, tmp_path_factory: pytest.TempPathFactory
) -> None:
    good = world.token("wang.min")
    head, body, seal = good.split(".")
    private, _ = ensure_keys(tmp_path_factory.mktemp("other"))
    stranger, _ = Signer(private.read_bytes()).token("wang.min", world.clock.now())
    unsigned = "eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0"
    bad = [
        stranger, f"{head}.{body}.", f"{head}.{body}", f"{unsigned}.{body}.", f"{unsigned}.{body}.{seal}", "..",
        "a.b.c", good[:-4] + "AAAA", "x" * 5000, "é" * 10,
    ]  # fmt: skip
    async with world.client() as client:
        for token in bad:
            header = {"Authorization": f"Bearer {token}".encode("latin-1")}
            assert refusal(await client.get("/api/v1/me", headers=header))[0] == 401, token  # type: ignore[arg-type]
        for header_value in ("Basic YTpi", "Bearer", "Bearer ", good):
            response = await client.get("/api/v1/me", headers={"Authorization": header_value})
            assert refusal(response)[0] == 401
            assert response.headers["www-authenticate"] == "Bearer"
        world.clock.advance(timedelta(hours=12))
        assert (await client.get("/api/v1/me", headers={"Authorization": f"Bearer {good}"})).status_code == 401


async def test_a_token_of_somebody_who_left_opens_nothing(world: World) -> None:
    await world.registered()
    async with world.client("left.long.ago") as client:
        assert (await client.get("/api/v1/complaints")).json()["items"] == []
    response = await world.do("left.long.ago", "complaint.register", project="jinbi-bay")
    assert refusal(response)[:2] == (403, "role.not_allowed")


def test_the_private_key_is_nobody_elses_to_read_and_stays_the_same(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("keys") / "keys"
    private, public = ensure_keys(folder)
    before = private.read_bytes()
    assert private.stat().st_mode & 0o077 == 0
    public.unlink()
    assert ensure_keys(folder) == (private, public)
    assert private.read_bytes() == before
    assert public.exists()


# ---- the page


async def test_the_page_signs_in_with_a_cookie_that_scripts_cannot_read(world: World) -> None:
    async with world.client(Accept="text/html") as client:
        asked = await client.get("/messages/?day=2026-03-02")
        assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=/messages/%3Fday%3D2026-03-02")
        form = {"name": "sun.li", "password": PASSWORD, "next": "/messages/?day=2026-03-02"}
        entered = await client.post("/login", data=form)
        assert (entered.status_code, entered.headers["location"]) == (303, "/messages/?day=2026-03-02")
        cookie = entered.headers["set-cookie"].lower()
        assert "httponly" in cookie
        assert "samesite=lax" in cookie
        page = await client.get("/messages/")
        assert page.status_code == 200
        assert "孙丽" in page.text
        assert (await client.get("/login")).headers["location"] == "/"
        left = await client.post("/logout", data={})
        assert left.headers["location"] == "/login"
        assert (await client.get("/messages/")).status_code == 303


async def test_a_wrong_password_on_the_page_is_told_and_the_name_is_kept(world: World) -> None:
    async with world.client(Accept="text/html") as client:
        page = await client.post("/login", data={"name": '"><b>x', "password": "no", "next": "/messages/"})
    assert page.status_code == 401
    assert "用户名或密码不正确" in page.text
    assert "&#34;&gt;&lt;b&gt;x" in page.text
    assert "<b>x" not in page.text


@pytest.mark.parametrize(
    "target", ["https://evil.example/", "//evil.example/", "/\\evil.example", "javascript:alert(1)", "\r\nx"]
)
async def test_signing_in_never_leads_to_another_site(world: World, target: str) -> None:
    async with world.client() as client:
        entered = await client.post("/login", data={"name": "sun.li", "password": PASSWORD, "next": target})
    assert entered.headers["location"] == "/"


@pytest.mark.parametrize("headers", [{"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}])
async def test_another_site_can_neither_sign_in_nor_act_with_the_cookie(world: World, headers: dict[str, str]) -> None:
    async with world.client() as client:
        assert (await client.post("/login", data={"name": "a", "password": "b"}, headers=headers)).status_code == 403
        client.cookies.set("ccrm_session", world.token("wang.min"))
        body = {"with": {}}
        refused = await client.post("/api/v1/commands/complaint.register", json=body, headers=headers)
        assert refusal(refused) == (403, "forbidden", None)
        same = await client.post(
            "/api/v1/commands/complaint.register", json=body, headers={"Origin": "http://ccrm.test"}
        )
        assert refusal(same)[:2] == (422, "field.missing")
