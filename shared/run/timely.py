"""HTTP/1.1 as uvicorn speaks it, for clients that finish a request's head in time.

Uvicorn waits for ever for the rest of a head, and who sends a letter a minute on a thousand connections holds them all.
"""

import asyncio
from typing import cast

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 15.0
"""From the connection, or from the first byte of another request on it, until the head is there."""


class Timely(H11Protocol):
    _head: asyncio.TimerHandle | None = None
    patience = HEAD_SECONDS

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(cast(asyncio.Transport, transport))
        self._expect_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._expect_head()
        else:
            self._head_came()

    def connection_lost(self, exc: Exception | None) -> None:
        self._head_came()
        super().connection_lost(exc)

    def _expect_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(self.patience, self._give_up)

    def _head_came(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _give_up(self) -> None:
        self._head = None
        # Its own answer may still be under way: then the keep-alive's time runs after it.
        if self.conn.their_state is h11.IDLE and not self.transport.is_closing():
            self.transport.close()
