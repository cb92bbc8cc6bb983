"""Signing in by the company's identity provider: only what it has signed for this very sign-in lets anybody in."""

import base64
import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest
from joserfc import jwt
from joserfc.jwk import RSAKey

from shared.web.oidc import OidcClient
from tests.web.world import World

ISSUER = "https://id.example"
CALLBACK = "http://ccrm.test/login/oidc/callback"
KEY = RSAKey.generate_key(2048, {"kid": "one"})
ANOTHER = RSAKey.generate_key(2048, {"kid": "one"})


@dataclass
class Provider:
    """A provider as a program sees it; `claims` and `key` may be bent to see what is refused."""

    world: World
    claims: dict[str, Any] = field(default_factory=dict)
    key: RSAKey = field(default_factory=lambda: KEY)
    asked: dict[str, str] = field(default_factory=dict)
    status: int = 200
    exchanged: list[dict[str, list[str]]] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if self.status != 200:
            return httpx.Response(self.status, text="busy")
        if request.url.path == "/.well-known/openid-configuration":
            about = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/keys", "token_endpoint": f"{ISSUER}/token"}
            return httpx.Response(200, json=about | {"authorization_endpoint": f"{ISSUER}/authorize"})
        if request.url.path == "/keys":
            return httpx.Response(200, json={"keys": [KEY.as_dict(private=False)]})
        given = parse_qs(request.content.decode())
        self.exchanged.append(given)
        challenge = hashlib.sha256(given["code_verifier"][0].encode()).digest()
        assert base64.urlsafe_b64encode(challenge).rstrip(b"=").decode() == self.asked["code_challenge"]
        now = int(self.world.clock.now().timestamp())
        claims = {"iss": ISSUER, "aud": "ccrm", "exp": now + 300, "nonce": self.asked["nonce"], "sub": "42"}
        token = jwt.encode({"alg": "RS256", "kid": "one"}, claims | self.claims, self.key)
        return httpx.Response(200, json={"id_token": token, "access_token": "x"})


@pytest.fixture
def provider(world: World) -> Provider:
    made = Provider(world, {"preferred_username": "wang.min"})
    edge = world.app.state.edge
    edge.oidc = OidcClient(ISSUER, "ccrm", "s3cret", world.clock, transport=httpx.MockTransport(made))
    return made


async def begun(client: httpx.AsyncClient, provider: Provider, target: str = "/cases") -> str:
    """The state with which the provider sends the browser back."""
    sent = await client.get("/login/oidc", params={"next": target})
    assert sent.status_code == 303, sent.text
    where = urlsplit(sent.headers["location"])
    assert f"{where.scheme}://{where.netloc}{where.path}" == f"{ISSUER}/authorize"
    provider.asked = {key: value[0] for key, value in parse_qs(where.query).items()}
    assert provider.asked["redirect_uri"] == CALLBACK
    assert provider.asked["code_challenge_method"] == "S256"
    return provider.asked["state"]


async def came_back(client: httpx.AsyncClient, **query: str) -> httpx.Response:
    return await client.get("/login/oidc/callback", params=query)


async def test_who_is_known_there_and_here_comes_in(world: World, provider: Provider) -> None:
    async with world.client(Accept="text/html") as client:
        state = await begun(client, provider)
        entered = await came_back(client, code="c0de", state=state)
        assert (entered.status_code, entered.headers["location"]) == (303, "/cases")
        me = await client.get("/api/v1/me")
        assert me.json()["person"] == "wang.min"
        assert provider.exchanged[0]["client_secret"] == ["s3cret"]
        await client.post("/logout", data={})
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_who_has_to_sign_in_again_beside_his_form_does_so_there_and_comes_back(
    world: World, provider: Provider
) -> None:
    async with world.client(Accept="text/html") as client:
        assert (await client.get("/login/back")).headers["location"] == "/login?next=/login/back"
        offered = await client.get("/login", params={"again": "wang.min", "next": "/login/back"})
        assert 'href="/login/oidc?next=/login/back"' in offered.text
        entered = await came_back(client, code="c", state=await begun(client, provider, "/login/back"))
        assert entered.headers["location"] == "/login/back"
        told = await client.get("/login/back")
        assert told.status_code == 200
        assert "data-signed-in" in told.text
        page = await client.get("/account")
        assert 'href="/login?again=wang.min&amp;next=/login/back" target="_blank"' in page.text
        # Who is signed in already is no help to somebody else's form.
        assert (await client.get("/login", params={"again": "wang.min", "next": "/login/back"})).status_code == 303
        assert (await client.get("/login", params={"again": "sun.li", "next": "/login/back"})).status_code == 200


async def test_a_verified_address_names_the_account_too(world: World, provider: Provider) -> None:
    async with world.client(Accept="text/html") as client:
        provider.claims = {"preferred_username": "somebody", "email": "wang.min"}
        assert (await came_back(client, code="c", state=await begun(client, provider))).status_code == 303
        provider.claims |= {"email_verified": False}
        assert (await came_back(client, code="c", state=await begun(client, provider))).status_code == 401


BENT: list[tuple[str, Callable[[Provider], None]]] = [
    ("another audience", lambda p: p.claims.update(aud="other")),
    ("for another party", lambda p: p.claims.update(aud=["ccrm", "other"], azp="other")),
    ("another issuer", lambda p: p.claims.update(iss="https://evil.example")),
    ("another nonce", lambda p: p.claims.update(nonce="replayed")),
    ("expired", lambda p: p.claims.update(exp=1)),
    ("without an end", lambda p: p.claims.update(exp=None)),
    ("another key", lambda p: setattr(p, "key", ANOTHER)),
    ("nobody's account", lambda p: p.claims.update(preferred_username="nobody")),
    ("no name at all", lambda p: p.claims.update(preferred_username=None)),
    ("a name that cannot be", lambda p: p.claims.update(preferred_username="a\x00b")),
]


@pytest.mark.parametrize("bend", [one for _, one in BENT], ids=[name for name, _ in BENT])
async def test_what_proves_nothing_lets_nobody_in(
    world: World, provider: Provider, bend: Callable[[Provider], None]
) -> None:
    bend(provider)
    async with world.client(Accept="text/html") as client:
        refused = await came_back(client, code="c", state=await begun(client, provider))
        assert refused.status_code == 401
        assert "ccrm_session" not in client.cookies
        assert (await client.get("/api/v1/me")).status_code == 401


async def test_an_answer_to_no_question_of_this_browser_is_refused(world: World, provider: Provider) -> None:
    async with world.client(Accept="text/html") as client:
        assert (await came_back(client, code="c", state="s")).status_code == 401
        state = await begun(client, provider)
        assert (await came_back(client, code="c", state=state[::-1])).status_code == 401
        assert (await came_back(client, code="c", state=state)).status_code == 401, "once only"
        assert (await came_back(client, error="access_denied", state=await begun(client, provider))).status_code == 401
    assert provider.exchanged == []


async def test_a_provider_that_is_away_is_told_as_such(world: World, provider: Provider) -> None:
    provider.status = 503
    async with world.client(Accept="text/html") as client:
        assert (await client.get("/login/oidc")).status_code == 503


async def test_afterwards_nobody_is_sent_to_another_site(world: World, provider: Provider) -> None:
    async with world.client(Accept="text/html") as client:
        state = await begun(client, provider, "https://evil.example/")
        assert (await came_back(client, code="c", state=state)).headers["location"] == "/"


async def test_the_page_offers_it_only_where_it_is_set(world: World, provider: Provider) -> None:
    async with world.client(Accept="text/html") as client:
        assert "/login/oidc" in (await client.get("/login")).text
        world.app.state.edge.oidc = None
        assert "/login/oidc" not in (await client.get("/login")).text
        assert (await client.get("/login/oidc")).status_code == 404
