"""The gateway alone, between a browser and rooms that are played: what it sends twice, hides, and says itself."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import yaml

from services.__main__ import ROOMS
from tests.kit.gateway import FILES, Gateway, nginx, values_named
from tests.kit.servers import NoServer, free_port

DEPLOY = FILES.parent
MB = 1024 * 1024
PAGE = {"Accept": "text/html,application/xhtml+xml"}


class Played:
    """A room that answers with what it was asked; `breaks`: it takes a request and dies of it."""

    def __init__(self, *, breaks: bool = False) -> None:
        self.port = free_port()
        self.heard: list[dict[str, str]] = []
        """Each request: its line under "", its headers by name."""

        self._breaks = breaks
        self._writers: list[asyncio.StreamWriter] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.port}"

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        while line := await reader.readline():
            told = {"": line.decode().rpartition(" ")[0]}
            while (header := (await reader.readline()).decode().strip()) != "":
                name, _, value = header.partition(":")
                told[name.lower()] = value.strip()
            await reader.readexactly(int(told.get("content-length", "0")))
            self.heard.append(told)
            if self._breaks:
                break
            body = json.dumps({"port": self.port}).encode()
            head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\nX-Correlation-Id: of-the-room\r\n\r\n"
            writer.write(head.encode() + body)
            await writer.drain()
        writer.close()

    def hang_up(self) -> None:
        for writer in self._writers:
            writer.close()


@asynccontextmanager
async def playing(*rooms: Played) -> AsyncIterator[None]:
    async with AsyncExitStack() as stack:
        for room in rooms:
            await stack.enter_async_context(await asyncio.start_server(room.talk, "127.0.0.1", room.port))
            stack.callback(room.hang_up)
        yield


@pytest.fixture
def gateway_over(tmp_path: Path) -> Callable[..., Gateway]:
    def over(intake: str, **values: str) -> Gateway:
        nobody = f"127.0.0.1:{free_port()}"
        return Gateway(tmp_path / "nginx", dict.fromkeys(ROOMS, nobody) | {"intake": intake}, **values)

    try:
        nginx()
    except NoServer as error:
        pytest.fail(str(error), pytrace=False)
    return over


Over = Callable[..., Gateway]


async def _asked(gateway: Gateway, method: str, path: str, **asked: object) -> httpx.Response:
    async with httpx.AsyncClient(base_url=gateway.url, timeout=20) as client:
        return await client.request(method, path, **asked)  # type: ignore[arg-type]


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_where_a_replica_is_gone_the_other_is_asked_once(gateway_over: Over, method: str) -> None:
    room, gone = Played(), Played()
    with gateway_over(f"{gone.address}; server {room.address}") as gateway:
        async with playing(room):
            answers = [await _asked(gateway, method, "/intake/new") for _ in range(6)]
    assert [answer.status_code for answer in answers] == [200] * 6
    assert len(room.heard) == 6


async def test_what_may_have_arrived_is_never_sent_twice_unless_it_only_reads(gateway_over: Over) -> None:
    room, dying = Played(), Played(breaks=True)
    with gateway_over(f"{room.address}; server {dying.address} max_fails=0") as gateway:
        async with playing(room, dying):
            posted = [await _asked(gateway, "POST", "/api/v1/commands/complaint.register", json={}) for _ in range(6)]
            read = [await _asked(gateway, "GET", "/intake/new") for _ in range(6)]
    assert sorted(answer.status_code for answer in posted) == [200] * 3 + [502] * 3
    lines = [told[""] for told in room.heard + dying.heard]
    assert sum(line.startswith("POST") for line in lines) == 6
    assert [answer.status_code for answer in read] == [200] * 6


async def test_a_room_that_comes_back_is_asked_at_once(gateway_over: Over) -> None:
    room = Played()
    with gateway_over(room.address) as gateway:
        for _ in range(3):
            assert (await _asked(gateway, "GET", "/intake/new")).status_code == 502
            async with playing(room):
                assert (await _asked(gateway, "GET", "/intake/new")).status_code == 200


async def test_a_browser_is_told_in_a_page_and_a_program_by_a_problem_that_nobody_answers(gateway_over: Over) -> None:
    with gateway_over(f"127.0.0.1:{free_port()}") as gateway:
        page = await _asked(gateway, "GET", "/intake/new", headers=PAGE)
        case = await _asked(gateway, "GET", f"/cases/{uuid4()}", headers=PAGE)
        told = [
            await _asked(gateway, "GET", "/intake/cards/1"),
            await _asked(gateway, "GET", "/api/v1/complaints", headers=PAGE),
            await _asked(gateway, "POST", "/api/v1/commands/complaint.register", json={}),
        ]
    for each in (page, case):
        assert (each.status_code, each.headers["content-type"]) == (502, "text/html; charset=utf-8")
        assert "暂时没有答复" in each.text
    assert 'href="/intake/new"' not in page.text, "for who is signed in"
    for answer in (page, case, *told):
        assert (answer.headers["retry-after"], answer.headers["cache-control"]) == ("5", "no-store")
        assert "nginx" not in answer.text
    for answer in told:
        assert answer.headers["content-type"] == "application/problem+json"
        body = answer.json()
        assert (answer.status_code, body["status"], body["code"]) == (502, 502, "unavailable")
        assert set(body) == {"type", "title", "status", "detail", "code", "field"}


async def test_who_is_signed_in_is_shown_the_way_to_capture(gateway_over: Over) -> None:
    with gateway_over(f"127.0.0.1:{free_port()}") as gateway:
        page = await _asked(gateway, "GET", "/orders/desk", headers=PAGE | {"Cookie": "ccrm_session=x"})
    assert 'href="/intake/new"' in page.text


@pytest.mark.parametrize(("path", "most"), [("/api/v1/attachments", 25), ("/api/v1/commands/complaint.register", 4)])
async def test_what_is_too_large_is_refused_by_a_problem_that_says_so(gateway_over: Over, path: str, most: int) -> None:
    room = Played()
    with gateway_over(room.address) as gateway:
        async with playing(room):
            assert (await _asked(gateway, "POST", path, content=b"x" * most * MB)).status_code == 200
            refused = await _asked(gateway, "POST", path, content=b"x" * (most * MB + 1))
    assert (refused.status_code, refused.json()["code"]) == (413, "too_large")
    assert "最多" in refused.json()["detail"]
    assert len(room.heard) == 1


async def test_nobody_reads_the_operators_figures_and_the_gateway_lives_without_a_room(gateway_over: Over) -> None:
    with gateway_over(f"127.0.0.1:{free_port()}") as gateway:
        answers = {path: await _asked(gateway, "GET", path) for path in ("/metrics", "/readyz", "/livez")}
    assert {path: answer.status_code for path, answer in answers.items()} == {
        "/metrics": 404,
        "/readyz": 404,
        "/livez": 200,
    }


@pytest.mark.parametrize(
    ("front", "scheme", "told"),
    [("unix:", "$scheme", ("127.0.0.1", "http")), ("127.0.0.0/8", "$http_x_forwarded_proto", ("6.7.8.9", "https"))],
    ids=["nothing stands before it", "a load balancer stands before it"],
)
async def test_a_room_is_told_who_asks_by_whoever_may_say_so(
    gateway_over: Over, front: str, scheme: str, told: tuple[str, str]
) -> None:
    room = Played()
    said = {"X-Forwarded-For": "1.1.1.1, 6.7.8.9", "X-Forwarded-Proto": "https", "Host": "ccrm.example"}
    with gateway_over(room.address, FRONT=front, SCHEME=scheme) as gateway:
        async with playing(room):
            await _asked(gateway, "GET", "/intake/new", headers=said)
    (heard,) = room.heard
    assert (heard["x-forwarded-for"], heard["x-forwarded-proto"], heard["host"]) == (*told, "ccrm.example")


async def test_what_a_client_says_of_himself_before_the_load_balancer_is_not_believed(gateway_over: Over) -> None:
    """The client's own network is among the fronts'; what it wrote stands before the address the front saw."""
    room = Played()
    with gateway_over(room.address, FRONT="127.0.0.0/8") as gateway:
        async with playing(room):
            await _asked(gateway, "GET", "/intake/new", headers={"X-Forwarded-For": "9.9.9.9, 127.0.0.5"})
    assert room.heard[0]["x-forwarded-for"] == "127.0.0.5"


async def test_neither_a_key_nor_what_is_searched_for_is_logged(gateway_over: Over) -> None:
    room = Played()
    with gateway_over(room.address) as gateway:
        async with playing(room):
            for path in ("/t/secret-key/rate?x=1", "/intake/linkable?q=13800000001", "/verify/ABCD"):
                await _asked(gateway, "GET", path)
            await _asked(gateway, "POST", "/api/v1/receipts/aliyun/secret-token")
        room.hang_up()
        await _asked(gateway, "GET", "/t/secret-key")
        errors = (gateway.home / "error.log").read_text(encoding="utf-8")
        lines = gateway.log.splitlines()
    asked = [" ".join(line.split()[2:5]) for line in lines if "/livez" not in line]
    assert asked == [
        "GET /t/*** 200",
        "GET /intake/linkable 200",
        "GET /verify/*** 502",
        "POST /api/v1/receipts/aliyun/*** 502",
        "GET /t/*** 502",
    ]
    assert "secret" not in errors
    assert "correlation_id=of-the-room" in lines[1]


def test_what_runs_the_gateway_fills_in_all_that_it_names() -> None:
    compose = yaml.safe_load((DEPLOY / "compose.yaml").read_text(encoding="utf-8"))
    pods = yaml.safe_load_all((DEPLOY / "kubernetes" / "gateway.yaml").read_text(encoding="utf-8"))
    (deployment,) = (each for each in pods if each["kind"] == "Deployment")
    (container,) = deployment["spec"]["template"]["spec"]["containers"]
    for given in (compose["services"]["gateway"]["environment"], {each["name"] for each in container["env"]}):
        # The image makes the one of the other.
        made = {"NGINX_LOCAL_RESOLVERS"} if "NGINX_ENTRYPOINT_LOCAL_RESOLVERS" in given else set()
        assert values_named() <= {*given} | made
