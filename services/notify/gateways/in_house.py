"""What WeCom and DingTalk have alike: answers with an `errcode`, and an access token that is fetched and ends."""

import json
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

from services.notify.gateways.http_call import Caller, Lost
from services.notify.gateways.port import GatewayAway
from shared.kernel.clock import Clock

SPARE = timedelta(minutes=5)
"""So long before its end a token is taken for ended."""


async def called(caller: Caller, method: str, url: str, body: Any) -> dict[str, Any]:
    """What it says, its `errcode` a number. Raises Lost for what cannot be read."""
    content = None if body is None else json.dumps(body, ensure_ascii=False).encode()
    answer = await caller.call(method, url, headers={"Content-Type": "application/json"}, body=content)
    try:
        said = answer.json()
        said["errcode"] = int(said["errcode"])
    except (ValueError, KeyError, TypeError):
        raise Lost(f"HTTP {answer.status} without an answer that can be read") from None
    return said


class AccessToken:
    """`fetch` asks for a new one; `ended` are the codes that say that the one in hand is not good any more."""

    def __init__(self, clock: Clock, fetch: Callable[[], Awaitable[dict[str, Any]]], ended: frozenset[int]) -> None:
        self._clock, self._fetch, self._ended = clock, fetch, ended
        self._held: tuple[str, datetime] | None = None

    async def used(self, call: Callable[[str], Awaitable[dict[str, Any]]]) -> dict[str, Any]:
        """What the call says with a token; one that ended before its time is renewed once. Raises GatewayAway."""
        for _ in range(2):
            said = await call(await self._token())
            if said["errcode"] not in self._ended:
                return said
            self._held = None
        raise GatewayAway("the token is refused")

    async def _token(self) -> str:
        now = self._clock.now()
        if self._held is None or now >= self._held[1]:
            said = await self._fetch()
            if said["errcode"] != 0:
                raise GatewayAway(f"gettoken: {said['errcode']}")
            lives = timedelta(seconds=int(said.get("expires_in", 7200))) - SPARE
            self._held = (str(said["access_token"]), now + lives)
        return self._held[0]
