"""Whoever is refused while he still sends hears the answer."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from starlette.types import Message, Scope

from shared.web.heard import MOST, heard_out


class _Sender:
    """A client that sends pieces, each of so many bytes, and then nothing more."""

    def __init__(self, *pieces: int, ends: bool = True, **headers: Any) -> None:
        self.scope: Scope = {
            "type": "http",
            "headers": [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()],
        }
        self._left = list(pieces)
        self._ends = ends
        self.answered: list[tuple[int, int]] = []
        """Each answer's status, with how many pieces had not been taken by then."""

    async def receive(self) -> Message:
        if not self._left:
            await asyncio.Event().wait()
        size = self._left.pop(0)
        return {"type": "http.request", "body": b"x" * size, "more_body": bool(self._left) or not self._ends}

    async def send(self, message: Message) -> None:
        self.answered.append((message["status"], len(self._left)))

    async def refused(self, status: int = 413, *, after: int = 0, seconds: float = 5.0) -> tuple[int, int]:
        """The application takes so many pieces and refuses."""
        receive, send = heard_out(self.scope, self.receive, self.send, seconds=seconds)
        for _ in range(after):
            await receive()
        await send({"type": "http.response.start", "status": status, "headers": []})
        (only,) = self.answered
        return only


@pytest.mark.parametrize("status", [200, 401, 413, 503])
@pytest.mark.parametrize("after", [0, 1, 3])
async def test_the_answer_comes_when_the_body_has_been_sent(status: int, after: int) -> None:
    assert await _Sender(10, 10, 10, content_length="30").refused(status, after=after) == (status, 0)


@pytest.mark.parametrize(
    "sender",
    [
        lambda: _Sender(),
        lambda: _Sender(content_length="0"),
        lambda: _Sender(content_length="30", expect="100-continue"),
    ],
    ids=["no body", "an empty body", "a body that waits to be asked for"],
)
async def test_where_nothing_comes_the_answer_is_given_at_once(sender: Callable[[], _Sender]) -> None:
    assert await asyncio.wait_for(sender().refused(), 1) == (413, 0)


async def test_who_has_begun_after_100_continue_is_heard_out_too() -> None:
    sender = _Sender(10, 10, content_length="20", expect="100-continue")
    assert await sender.refused(after=1) == (413, 0)


async def test_who_stops_sending_is_answered_after_a_while_and_who_was_too_slow_at_once() -> None:
    stuck = _Sender(10, ends=False, content_length="30")
    assert await asyncio.wait_for(stuck.refused(seconds=0.05), 2) == (413, 0)
    slow = _Sender(10, ends=False, content_length="30")
    assert await asyncio.wait_for(slow.refused(408), 1) == (408, 1)


@pytest.mark.parametrize(
    "headers", [{"content_length": str(MOST + 1)}, {"content_length": "9" * 30}, {"transfer_encoding": "chunked"}]
)
async def test_who_announces_too_much_or_no_end_is_cut_off(headers: dict[str, Any]) -> None:
    assert await _Sender(10, 10, 10, **headers).refused() == (413, 3)
