"""Serves an application until a signal, and lets what is in hand finish."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator

import structlog
import uvicorn
from fastapi import FastAPI

from shared.run.settings import BadSettings
from shared.run.timely import Timely

log = structlog.get_logger(__name__)

GRACE_SECONDS = 3
"""For answers under way; what comes after it, the loops and the bus, must fit into ten seconds as well."""

LAST_SECONDS = 9.0
"""So long after the signal the process ends whatever still hangs: all that matters is committed or rolled back by then
in the database, and what is in nobody's hand is taken up by the next process."""


class _Server(uvicorn.Server):
    _last: threading.Timer | None = None

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Uvicorn would raise the signal again once it has stopped serving, before anything else can be closed."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for each in signals:
            loop.add_signal_handler(each, self._end, each)
        try:
            yield
        finally:
            for each in signals:
                loop.remove_signal_handler(each)

    def _end(self, number: signal.Signals) -> None:
        log.info("process.stopping", signal=number.name)
        self.force_exit = self.should_exit and number is signal.SIGINT
        self.should_exit = True
        if self._last is None:
            self._last = threading.Timer(LAST_SECONDS, _cut_short)
            self._last.daemon = True
            self._last.start()


def _cut_short() -> None:
    log.error("process.end_cut_short", seconds=LAST_SECONDS)
    os._exit(1)


def bound(host: str, port: int) -> socket.socket:
    """A listening socket; bound before anything is started, so that a port in use is said at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # With the protocol named, or asyncio leaves Nagle's delay on and every answer costs 40 ms more.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BadSettings(f"port {port} on {host} cannot be used: {error.strerror}") from None
    return listener


async def serve(app: FastAPI, listener: socket.socket, *, trusted_proxies: str | None = None) -> None:
    """Returns after SIGTERM or SIGINT, when the answers under way are given or their time is up."""
    config = uvicorn.Config(
        app,
        http=Timely,
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        proxy_headers=trusted_proxies is not None,
        forwarded_allow_ips=trusted_proxies,
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=15,
        h11_max_incomplete_event_size=64 * 1024,
    )
    await _Server(config).serve([listener])
