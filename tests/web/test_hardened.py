"""What every answer says about itself, and what another site can make a browser do: nothing."""

import asyncio
from typing import Any

import pytest

from services.dispatch.usecases import sign_in as entering
from services.intake.usecases import reads
from shared.web import outermost
from shared.web.outermost import SECURITY_HEADERS, Outermost
from tests.kit.pictures import photo
from tests.web.classified import COMMAND, OF_A_CASE, OF_NO_CASE, address_of, routes
from tests.web.secrets_world import Secret, row_counts
from tests.web.world import PASSWORD, World, refusal

LOGIN = "/api/v1/login"
SESSION = "ccrm_session"

ELSEWHERE: list[dict[str, str]] = [
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://ccrm.test.evil.example"},
    {"Origin": "https://ccrm.test:444", "Sec-Fetch-Site": "cross-site"},
]
"""What a browser says of a request that another site has caused."""

COOKIELESS = frozenset({"POST /api/v1/login", "POST /api/v1/receipts/{gateway}/{token}", f"{COMMAND}{{name:path}}"})
"""They take no cookie and set none."""


@pytest.mark.parametrize("headers", ELSEWHERE)
async def test_another_site_changes_nothing_with_the_cookie(world: World, headers: dict[str, str]) -> None:
    case = await world.registered()
    secret = Secret(case["complaint"], case["number"], case["tracking"], [])
    async with world.client() as client:
        entered = await client.post("/login", data={"name": "gao.feng", "password": PASSWORD})
        client.cookies.set(SESSION, entered.cookies[SESSION])
        await world.running.settled()
        await world.running.loops.stop()  # nothing else writes meanwhile
        before = await row_counts(world)
        acting = {route for route in routes(world.app.router) if not route.startswith("GET ")} - COOKIELESS
        assert len(acting) > 60
        for route in sorted(acting):
            data = OF_A_CASE.get(route.removeprefix(COMMAND), OF_NO_CASE.get(route.removeprefix(COMMAND), {}))
            body = {"complaint": case["complaint"], "with": data}
            for more in ({"json": body}, {"data": {"name": "x", "password": "y"}}, {"content": b"x"}):
                path = address_of(route, secret)
                answer = await client.post(path, params={"kind": "photo"}, headers=headers, **more)
                assert answer.status_code == 403, (route, answer.text[:200])
                assert "set-cookie" not in answer.headers, route
        assert await row_counts(world) == before
        assert (await client.get("/api/v1/me")).status_code == 200


async def test_the_cookie_is_only_for_this_site_and_over_tls_only_for_tls(world: World) -> None:
    for scheme, secure in (("http", False), ("https", True)):
        async with world.client() as client:
            client.base_url = f"{scheme}://ccrm.test"
            entered = await client.post("/login", data={"name": "sun.li", "password": PASSWORD})
            said = entered.headers["set-cookie"].lower()
            assert ("httponly" in said, "samesite=lax" in said, "; secure" in said) == (True, True, secure)
            assert "domain=" not in said
            renewed = await client.post("/session/renew", cookies={SESSION: entered.cookies[SESSION]})
            assert ("; secure" in renewed.headers["set-cookie"].lower()) is secure
            assert ("strict-transport-security" in entered.headers) is secure


async def test_a_cookie_that_was_planted_is_not_the_session_that_follows(world: World) -> None:
    async with world.client() as client:
        first = await client.post("/login", data={"name": "sun.li", "password": PASSWORD})
        planted = first.cookies[SESSION]
        second = await client.post("/login", data={"name": "sun.li", "password": PASSWORD}, cookies={SESSION: planted})
        assert second.cookies[SESSION] != planted
        await client.post("/logout", cookies={SESSION: second.cookies[SESSION]})
        ended = await client.get("/api/v1/me", headers={"Authorization": f"Bearer {second.cookies[SESSION]}"})
        assert ended.status_code == 401


@pytest.mark.parametrize(
    "target",
    ["https://evil.example/x", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/%09/evil", "\\\\e"],
)
async def test_no_address_leads_to_another_site(world: World, target: str) -> None:
    async with world.client(Accept="text/html") as client:
        for path, headers in (
            (f"/login?next={target}", {"Cookie": f"{SESSION}={world.token('sun.li')}"}),
            ("/language/zh_TW", {"Referer": target}),
            (f"/verify?code={target}", {}),
        ):
            location = (await client.get(path, headers=headers)).headers.get("location", "/")
            assert location.startswith("/"), (path, location)
            assert not location.startswith(("//", "/\\")), (path, location)


# ---- guessing


async def test_guesses_at_once_are_counted_as_one_after_the_other(world: World) -> None:
    async with world.client() as client:
        answers = await asyncio.gather(
            *(client.post(LOGIN, json={"name": "wang.min", "password": f"no-{number}"}) for number in range(20))
        )
    assert sorted(answer.status_code for answer in answers) == [401] * 5 + [429] * 15
    assert all("retry-after" in answer.headers for answer in answers if answer.status_code == 429)


async def test_an_unknown_name_costs_as_much_as_a_wrong_password(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both are one verification: a clock would only measure how busy the machine is."""
    hasher, asked = entering.HASHER, []
    verify = hasher._hash.verify

    def counted(password: str, hashed: Any) -> bool:
        asked.append(hashed.split("$")[1:4])
        return bool(verify(password, hashed))

    monkeypatch.setattr(hasher._hash, "verify", counted)
    async with world.client() as client:
        for name in ("wang.min", "nobody.here", "a\ud7ff"):
            assert (await client.post(LOGIN, json={"name": name, "password": "no"})).status_code == 401
    assert len(asked) == 3
    assert asked[0] == asked[1] == asked[2]


# ---- what answers say


async def test_every_answer_is_guarded(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    case = await world.registered()
    async with world.client("wang.min") as client:
        sent = await client.post(
            "/api/v1/attachments", params={"kind": "photo", "complaint": case["complaint"]}, content=photo(),
            headers={"Content-Type": "image/jpeg"},
        )  # fmt: skip
        uploaded = sent.json()["url"]
        answers = {
            "upload": sent,
            "file": await client.get(uploaded),
            "page": await client.get(f"/cases/{case['complaint']}"),
            "list as csv": await client.get("/cases?export=csv"),
            "static": await client.get("/static/built/manifest.json"),
            "no static": await client.get("/static/../../etc/passwd"),
            "docs": await client.get("/docs"),
            "redirect": await client.get("/"),
            "nothing": await client.get("/no/such/page"),
            "no page": await client.get("/no/such/page", headers={"Accept": "text/html"}),
            "method": await client.request("TRACE", "/cases"),
            "delete": await client.delete("/api/v1/complaints"),
            "options": await client.options("/api/v1/complaints", headers={"Origin": "https://evil.example"}),
            "invalid": await client.get("/api/v1/complaints?limit=x"),
            "large": await client.post("/api/v1/commands/order.submit", content=b"x" * 2_000_000),
            "NUL": await client.get("/cases?q=%00"),
            "tracked": await client.get(f"/t/{case['tracking']}"),
        }

        async def broken(*_: Any, **__: Any) -> Any:
            raise RuntimeError("secret inside")

        monkeypatch.setattr(reads, "record", broken)
        answers["failed"] = await client.get(f"/api/v1/parts/intake/complaints/{case['complaint']}")
    assert answers["failed"].status_code == 500
    for what, answer in answers.items():
        for name in SECURITY_HEADERS:
            assert name in answer.headers, (what, name)
        assert not {"server", "x-powered-by", "access-control-allow-origin"} & set(answer.headers), what
        assert "Traceback" not in answer.text, what
        assert "secret inside" not in answer.text, what
        policy = answer.headers["content-security-policy"]
        assert what == "docs" or "unsafe" not in policy, what
    assert answers["file"].headers["content-security-policy"].endswith("sandbox")
    assert answers["file"].headers["content-disposition"].startswith("inline; filename*=UTF-8''")
    assert answers["tracked"].headers["referrer-policy"] == "no-referrer"


async def test_what_is_no_picture_is_only_ever_downloaded(world: World) -> None:
    case = await world.registered()
    page = b"%PDF-1.4\n<script>alert(1)</script>\n%%EOF\n"
    async with world.client("wang.min") as client:
        sent = await client.post(
            "/api/v1/attachments", params={"kind": "letter", "complaint": case["complaint"], "name": 'a"\r\nX: 1.pdf'},
            content=page, headers={"Content-Type": "application/pdf"},
        )  # fmt: skip
        assert sent.status_code == 201, sent.text
        file = await client.get(sent.json()["url"])
    assert file.headers["content-disposition"].startswith("attachment; ")
    assert file.headers["content-security-policy"].endswith("sandbox")
    assert "x" not in file.headers


# ---- what is too much


@pytest.mark.parametrize(
    "path",
    [
        "/cases?" + "q=1&" * 15_000,
        "/cases?q=" + "长" * 5_000,
        "/cases?" + "&".join(f"k{number}={number}" for number in range(5_000)),
        "/api/v1/due?" + "complaints=x&" * 4_000,
        "/report?project=" + "%F0%9F%92%A9" * 3_000,
    ],
)
async def test_an_address_of_any_length_is_answered(world: World, path: str) -> None:
    async with world.client("gao.feng", Accept="text/html") as client:
        async with asyncio.timeout(10):
            assert (await client.get(path)).status_code < 500


async def test_a_body_that_does_not_come_is_not_waited_for(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outermost, "BODY_SECONDS", 0.2)

    async def slowly() -> Any:
        yield b'{"name": '
        await asyncio.sleep(30)
        yield b'"x"}'

    async with world.client() as client, asyncio.timeout(5):
        answer = await client.post(LOGIN, content=slowly(), headers={"Content-Type": "application/json"})
    assert refusal(answer) == (408, "too_slow", None)
    assert answer.headers["connection"] == "close"


async def test_an_answer_may_take_longer_than_its_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once the body is there, an application that listens for the client's leaving is not disturbed."""
    monkeypatch.setattr(outermost, "BODY_SECONDS", 0.1)
    guarded = Outermost(lambda *_: None, max_body=10)  # type: ignore[arg-type,return-value]
    waiting = asyncio.Event()
    messages: list[dict[str, Any]] = [{"type": "http.request", "body": b"x", "more_body": False}]

    async def receive() -> dict[str, Any]:
        if messages:
            return messages.pop()
        await waiting.wait()
        return {"type": "http.disconnect"}

    request = outermost.Request({"type": "http", "method": "POST", "path": "/x", "headers": []})
    limited = guarded._limited(request, receive)
    assert (await limited())["body"] == b"x"
    leaving = asyncio.create_task(limited())  # type: ignore[arg-type]
    await asyncio.sleep(0.3)
    assert not leaving.done()
    waiting.set()
    assert (await leaving)["type"] == "http.disconnect"


async def test_the_address_of_a_paper_is_the_public_one_whoever_calls(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    from services.dispatch.pages import papers

    case = await world.issued()
    addresses: list[str] = []
    made = papers.order_on_paper
    monkeypatch.setattr(
        papers, "order_on_paper", lambda found, address: addresses.append(address("CODE")) or made(found, address)
    )
    world.app.state.edge.public_address = "https://tousu.example"
    async with world.client("gao.feng") as client:
        path = f"/orders/{case}/order.pdf"
        assert (await client.get(path, headers={"Host": "evil.example"})).status_code == 200
    assert addresses == ["https://tousu.example/verify/CODE"]


async def test_the_contract_is_made_once(world: World) -> None:
    async with world.client() as client:
        first = await client.get("/asyncapi.json")
        assert first.json()["asyncapi"].startswith("3.")
        assert (await client.get("/asyncapi.json")).content == first.content
