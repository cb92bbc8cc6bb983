"""The proxy does to a connection what it says."""

import asyncio
from collections.abc import AsyncIterator
from time import monotonic

import pytest

from tests.kit.chaos_proxy import ChaosProxy


@pytest.fixture
async def proxy() -> AsyncIterator[ChaosProxy]:
    """Before a server that gives back what it gets."""

    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(1000):
            writer.write(data)
        writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    made = await ChaosProxy("127.0.0.1", server.sockets[0].getsockname()[1], seed=1).start()
    yield made
    await made.close()
    server.close()


class Link:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    async def answer(self, text: bytes, seconds: float = 1.0) -> bytes | None:
        """None where nothing came in time; b"" where the connection ended, in whatever way."""
        self.writer.write(text)
        try:
            return await asyncio.wait_for(self.reader.read(1000), seconds)
        except TimeoutError:
            return None
        except ConnectionError:
            return b""


async def link(proxy: ChaosProxy) -> Link:
    return Link(*await asyncio.open_connection("127.0.0.1", proxy.listening))


async def test_when_all_is_well_everything_passes(proxy: ChaosProxy) -> None:
    made = await link(proxy)
    assert await made.answer(b"one") == b"one"
    assert (proxy.connections, proxy.accepted) == (1, 1)


async def test_a_cut_ends_connections_and_refuses_new_ones_until_healed(proxy: ChaosProxy) -> None:
    made = await link(proxy)
    await made.answer(b"one")
    await proxy.cut()
    assert await made.answer(b"two") == b""
    with pytest.raises(ConnectionRefusedError):
        await link(proxy)
    await proxy.heal()
    assert await (await link(proxy)).answer(b"three") == b"three"
    assert proxy.history == ["cut", "heal"]


async def test_a_reset_is_an_error_not_an_end(proxy: ChaosProxy) -> None:
    made = await link(proxy)
    await made.answer(b"one")
    proxy.reset()
    with pytest.raises(ConnectionResetError):
        await made.reader.read(10)


async def test_a_black_hole_takes_connections_and_gives_nothing_until_healed(proxy: ChaosProxy) -> None:
    made = await link(proxy)
    proxy.blackhole()
    assert await made.answer(b"one", 0.2) is None
    assert await (await link(proxy)).answer(b"two", 0.2) is None
    await proxy.heal()
    assert await made.answer(b"", 1) == b"one"


async def test_half_open_lets_one_direction_through(proxy: ChaosProxy) -> None:
    made = await link(proxy)
    await made.answer(b"one")
    proxy.mute("down")
    assert await made.answer(b"two", 0.2) is None
    await proxy.heal()
    assert await made.answer(b"", 1) == b"two"


async def test_truncation_breaks_in_the_midst(proxy: ChaosProxy) -> None:
    made = await link(proxy)
    proxy.truncate(4, "down")
    made.writer.write(b"abcdefgh")
    with pytest.raises(ConnectionResetError):
        await made.reader.read(-1)
    assert proxy.history[-1] == "truncated"
    assert await (await link(proxy)).answer(b"again") == b"again"


@pytest.mark.parametrize("how", [{"latency": 0.1}, {"bandwidth": 10_000.0}])
async def test_slow_is_slow(proxy: ChaosProxy, how: dict[str, float]) -> None:
    made = await link(proxy)
    proxy.slow(**how)
    began = monotonic()
    assert await made.answer(b"x" * 1000, 5) == b"x" * 1000
    assert monotonic() - began >= 0.2  # there and back
