"""Real connections that send the head of a request too slowly, or in good time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from shared.run.timely import Timely

WHOLE = b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n"
PATIENCE = 0.3


async def _app(scope: Any, receive: Any, send: Any) -> None:
    while (await receive()).get("more_body"):
        pass
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
    await send({"type": "http.response.body", "body": b"ok"})


@pytest.fixture
async def port(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[int]:
    monkeypatch.setattr(Timely, "patience", PATIENCE)
    config = uvicorn.Config(_app, lifespan="off", log_config=None, access_log=False)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(lambda: Timely(config, state, {}), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def _ended(reader: asyncio.StreamReader) -> bool:
    async with asyncio.timeout(5):
        return await reader.read() == b""


@pytest.mark.parametrize("sent", [b"", b"POST / HT", WHOLE[:-2]])
async def test_a_head_that_does_not_come_ends_the_connection(port: int, sent: bytes) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(sent)
    assert await _ended(reader)
    writer.close()


async def test_a_head_in_drops_is_not_waited_for_either(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    began = asyncio.get_running_loop().time()
    ending = asyncio.create_task(_ended(reader))
    for number in range(100):
        if ending.done():
            break
        writer.write(WHOLE[number : number + 1])
        await asyncio.sleep(PATIENCE / 6)
    assert await ending
    assert asyncio.get_running_loop().time() - began < PATIENCE * 10
    writer.close()


async def test_a_slow_body_and_another_request_after_it_are_served(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(WHOLE + b"ab")
        await asyncio.sleep(PATIENCE * 2)
        writer.write(b"cd")
        async with asyncio.timeout(5):
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(PATIENCE / 2)
    writer.close()


async def test_a_connection_kept_after_an_answer_may_rest_longer_than_a_head_may_take(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for _ in range(2):
        writer.write(WHOLE + b"abcd")
        async with asyncio.timeout(5):
            assert (await reader.readuntil(b"ok")).startswith(b"HTTP/1.1 200")
        await asyncio.sleep(PATIENCE * 3)
    writer.close()
