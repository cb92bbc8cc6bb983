"""The client that does the people's work over HTTP and keeps its own books of what it was told."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from time import perf_counter
from typing import Any
from uuid import uuid4

import httpx

from shared.kernel.clock import Clock
from shared.web.tokens import Signer

PATIENCE = 120.0
"""So many seconds an answer that did not come is asked for again, with the same key."""


@dataclass(frozen=True, slots=True)
class Acknowledged:
    key: str
    person: str
    command: str
    case: str
    data: Mapping[str, Any]
    answer: Mapping[str, Any]


@dataclass
class Books:
    """`unknown` are commands whose fate was never learnt; `surprises` refusals nobody expected."""

    acknowledged: list[Acknowledged] = field(default_factory=list)
    unknown: list[tuple[str, str, str]] = field(default_factory=list)
    surprises: list[str] = field(default_factory=list)
    tries: Counter[str] = field(default_factory=Counter)
    """How answers came: 2xx, 4xx, 5xx, or lost."""
    malformed: Counter[int] = field(default_factory=Counter)
    done_at: list[float] = field(default_factory=list)
    """When each was acknowledged, by the machine's monotonic clock."""

    def of(self, command: str) -> list[Acknowledged]:
        return [each for each in self.acknowledged if each.command == command]


class Client:
    """`address` tells where a command's room is served now."""

    def __init__(self, address: Callable[[str], str], signer: Signer, clock: Clock, books: Books) -> None:
        self._address, self._signer, self._clock = address, signer, clock
        self.books = books
        self._http = httpx.AsyncClient(
            timeout=httpx.Timeout(5.0, connect=1.0), limits=httpx.Limits(max_connections=200)
        )

    async def close(self) -> None:
        await self._http.aclose()

    def headers(self, person: str, key: str | None = None) -> dict[str, str]:
        token, _ = self._signer.token(person, self._clock.now())
        return {"Authorization": f"Bearer {token}"} | ({"Idempotency-Key": key} if key else {})

    async def act(
        self,
        person: str,
        command: str,
        case: str | None = None,
        *,
        awaits: tuple[str, ...] = (),
        expects: tuple[str, ...] = (),
        **data: Any,
    ) -> Acknowledged | None:
        """Until it is known what became of it. `awaits`: refusals that pass when another room has heard of the case;
        `expects`: refusals that surprise nobody.
        """
        books, key = self.books, str(uuid4())
        body = {"with": data} | ({"complaint": case} if case else {})
        end = perf_counter() + PATIENCE
        while perf_counter() < end:
            try:
                url = f"{self._address(command)}/api/v1/commands/{command}"
                response = await self._http.post(url, json=body, headers=self.headers(person, key))
            except httpx.HTTPError:
                books.tries["lost"] += 1
                await asyncio.sleep(0.2)
                continue
            books.tries[f"{response.status_code // 100}xx"] += 1
            if response.is_success:
                answer = response.json()
                told = Acknowledged(key, person, command, case or answer["complaint"], data, answer)
                books.acknowledged.append(told)
                books.done_at.append(perf_counter())
                return told
            if response.status_code == 401:
                continue  # the clocks have moved on, and the token with them: signed in again
            if response.status_code < 500 and response.status_code != 429:
                problem = response.json()
                if problem["code"] in expects:
                    return None
                if problem["code"] not in awaits:
                    books.surprises.append(f"{command} by {person}: {problem['code']} {problem['detail']}")
                    return None
            await asyncio.sleep(0.1)
        books.unknown.append((key, command, case or ""))
        return None

    async def read(self, person: str, room: str, path: str) -> httpx.Response:
        return await self._http.get(f"{self._address(room)}{path}", headers=self.headers(person))

    async def malformed(self, body: bytes, command: str = "complaint.register") -> None:
        """What no program of ours would send: answered, but never with a 5xx."""
        headers = {**self.headers("wang.min"), "Content-Type": "application/json"}
        try:
            response = await self._http.post(
                f"{self._address(command)}/api/v1/commands/{command}", content=body, headers=headers
            )
        except httpx.HTTPError:
            return
        self.books.malformed[response.status_code] += 1
