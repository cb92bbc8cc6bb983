"""One HTTP call to a provider, and what its failure means: certainly not taken, or nobody knows."""

import asyncio
import json
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import aiohttp
from yarl import URL

from services.notify.gateways.port import GatewayAway

MAX_ANSWER = 1 << 20
_NOT_TAKEN = frozenset({429, 503})


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: bytes

    def json(self) -> dict[str, Any]:
        """Raises ValueError where it is no JSON object."""
        found = json.loads(self.body)
        if not isinstance(found, dict):
            raise ValueError("the answer is no object")
        return found


class Lost(Exception):
    """The call went out and no answer that says anything came back."""


class Caller:
    """Calls one provider; its connections live while there is something to send, until `close`."""

    def __init__(self, *, seconds: float, most: int, tls: ssl.SSLContext | None = None) -> None:
        self._timeout = aiohttp.ClientTimeout(total=seconds, connect=min(seconds, 5.0))
        self._most, self._tls = most, tls
        self._session: aiohttp.ClientSession | None = None

    async def call(
        self, method: str, url: str, *, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> Answer:
        """Whatever the status below 500. Raises GatewayAway where nothing was taken, Lost where that is not known.

        The URL is sent as it is written: it may have been signed. Redirects are not followed.
        """
        try:
            async with self._opened().request(
                method,
                URL(url, encoded=True),
                headers=dict(headers or {}),
                data=body,
                allow_redirects=False,
            ) as response:
                answer = Answer(response.status, await response.content.read(MAX_ANSWER))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
            raise GatewayAway(f"not reached: {type(error).__name__}") from None
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Lost(type(error).__name__) from None
        if answer.status in _NOT_TAKEN:
            raise GatewayAway(f"HTTP {answer.status}", _retry_after(response.headers.get("Retry-After")))
        return answer

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None or self._session.closed:
            self._session = aiohttp.ClientSession(
                timeout=self._timeout,
                connector=aiohttp.TCPConnector(limit=self._most, ssl=self._tls or True),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=True,
            )
        return self._session

    async def close(self) -> None:
        session, self._session = self._session, None
        if session is not None:
            await session.close()
            await asyncio.sleep(0)


def _retry_after(text: str | None) -> timedelta | None:
    return timedelta(seconds=min(int(text), 3600)) if text and text.isdecimal() and len(text) < 7 else None
