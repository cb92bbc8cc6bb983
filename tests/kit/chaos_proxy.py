"""A TCP proxy that misbehaves on demand: between a room and its broker or database."""

import asyncio
import contextlib
import socket
import struct
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from random import Random
from typing import Literal
from urllib.parse import urlsplit, urlunsplit

Direction = Literal["up", "down"]
"""`up` is from the client to the server."""
BOTH: tuple[Direction, ...] = ("up", "down")

_CHUNK = 64 * 1024
_RESET = struct.pack("ii", 1, 0)


@dataclass(eq=False)
class _Flow:
    """One direction of one connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    direction: Direction


@dataclass(eq=False)
class ChaosProxy:
    """Listens on a port of its own and forwards to `host:port`. All times in seconds, `bandwidth` in bytes a second.

    `history` says what was done to it, for the report of a failed test.
    """

    host: str
    port: int
    seed: int = 0
    latency: float = 0.0
    jitter: float = 0.0
    bandwidth: float | None = None
    history: list[str] = field(default_factory=list)
    listening: int = 0
    accepted: int = 0
    _server: asyncio.Server | None = None
    _flows: set[_Flow] = field(default_factory=set)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _open: dict[Direction, asyncio.Event] = field(default_factory=dict)
    _left: dict[Direction, int | None] = field(default_factory=lambda: {"up": None, "down": None})

    def __post_init__(self) -> None:
        self._random = Random(self.seed)
        for direction in BOTH:
            self._open[direction] = asyncio.Event()
            self._open[direction].set()

    async def start(self) -> "ChaosProxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.listening)
        self.listening = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        await self._deaf()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def through(self, url: str) -> str:
        """The URL with this proxy in the place of the server."""
        parts = urlsplit(url)
        login = parts.netloc.rpartition("@")[0]
        return urlunsplit(parts._replace(netloc=f"{login}{'@' if login else ''}127.0.0.1:{self.listening}"))

    @property
    def connections(self) -> int:
        return len({flow.writer for flow in self._flows if flow.direction == "up"})

    # ---- faults

    async def cut(self) -> None:
        """The server is gone: all connections end in order, new ones are refused."""
        self.history.append("cut")
        await self._deaf()
        for flow in list(self._flows):
            flow.writer.close()

    def reset(self) -> None:
        """Every connection breaks at once, with what was under way; new ones go through."""
        self.history.append("reset")
        for flow in list(self._flows):
            _break(flow.writer)

    def blackhole(self) -> None:
        """Connections stand and are accepted, and nothing passes: a network that drops every packet."""
        self.mute(*BOTH)

    def mute(self, *directions: Direction) -> None:
        """Half-open: nothing passes in these directions. What is sent meanwhile arrives after `heal`, as TCP has it."""
        self.history.append(f"mute {' '.join(directions)}")
        for direction in directions:
            self._open[direction].clear()

    def truncate(self, after: int, direction: Direction = "up") -> None:
        """So many bytes still pass, then every connection breaks: most often in the midst of a frame."""
        self.history.append(f"truncate {direction} after {after}")
        self._left[direction] = after

    def slow(self, latency: float = 0.0, jitter: float = 0.0, bandwidth: float | None = None) -> None:
        self.history.append(f"slow latency={latency} jitter={jitter} bandwidth={bandwidth}")
        self.latency, self.jitter, self.bandwidth = latency, jitter, bandwidth

    async def heal(self) -> None:
        """All well again, on the same port."""
        self.history.append("heal")
        self.latency, self.jitter, self.bandwidth = 0.0, 0.0, None
        for direction in BOTH:
            self._left[direction] = None
            self._open[direction].set()
        if self._server is None:
            await self.start()

    # ---- forwarding

    async def _deaf(self) -> None:
        server, self._server = self._server, None
        if server is not None:
            server.close()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.accepted += 1
        try:
            there = await asyncio.open_connection(self.host, self.port)
        except OSError:
            _break(writer)
            return
        for flow in (_Flow(reader, there[1], "up"), _Flow(there[0], writer, "down")):
            self._flows.add(flow)
            task = asyncio.create_task(self._forward(flow))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _forward(self, flow: _Flow) -> None:
        try:
            with contextlib.suppress(OSError):
                while data := await flow.reader.read(_CHUNK):
                    await self._pass(flow, data)
        finally:
            self._flows.discard(flow)
            with contextlib.suppress(OSError, RuntimeError):
                flow.writer.close()

    async def _pass(self, flow: _Flow, data: bytes) -> None:
        pause = self.latency + self._random.random() * self.jitter
        if self.bandwidth:
            pause += len(data) / self.bandwidth
        if pause:
            await asyncio.sleep(pause)
        await self._open[flow.direction].wait()
        left = self._left[flow.direction]
        if left is not None:
            data, self._left[flow.direction] = data[:left], max(left - len(data), 0)
        flow.writer.write(data)
        await flow.writer.drain()
        if self._left[flow.direction] == 0:
            self._left[flow.direction] = None
            self.history.append("truncated")
            for each in list(self._flows):
                _break(each.writer)


def _break(writer: asyncio.StreamWriter) -> None:
    """RST instead of FIN: what was not read yet is lost on both sides."""
    link = writer.get_extra_info("socket")
    if link is not None:
        with contextlib.suppress(OSError):
            link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
    writer.transport.abort()


@contextlib.asynccontextmanager
async def proxy_to(url: str, seed: int = 0, default_port: int = 0) -> AsyncIterator[ChaosProxy]:
    """A proxy before the server of a URL."""
    parts = urlsplit(url)
    proxy = await ChaosProxy(parts.hostname or "127.0.0.1", parts.port or default_port, seed).start()
    try:
        yield proxy
    finally:
        await proxy.close()
