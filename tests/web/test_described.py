"""What the description of each room promises, tried with data made from it: no answer fails, each is of a kind told.

The data are always the same: a seed of its own would let a change pass today and fail tomorrow.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import schemathesis
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.transport import Response
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import content_type_conformance

from shared.web.app import rooms_app
from shared.web.rates import Rates
from tests.web.conftest import opened_world
from tests.web.world import World

ROOMS = ["intake", "dispatch", "sla", "notify"]
EXAMPLES = 8
PEOPLE = ["gao.feng", "wang.min", "wu.gang"]
"""Who hand in the data, by turns: what one may not do at all, another is asked about in detail."""
SELDOM = {"/api/v1/logout", "/api/v1/login"}
"""What ends the session of the test itself, or is slow on purpose."""

TRIED = settings(
    max_examples=EXAMPLES, derandomize=True, database=None, deadline=None, phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


class Called:
    """A world in a loop of its own thread: the data are made by code that knows no loop."""

    def __init__(self, portal: BlockingPortal, world: World) -> None:
        self.portal, self.world = portal, world
        world.app.state.edge.rates = Rates(0, 0)
        self.case = portal.call(world.issued)
        self.turn = 0

    def app(self, room: str) -> FastAPI:
        return rooms_app([self.world.running.rooms[room]], self.world.app.state.edge)

    def get(self, app: FastAPI, path: str) -> httpx.Response:
        return self.portal.call(self._ask, app, {"method": "GET", "url": path})

    def ask(self, app: FastAPI, case: Any) -> httpx.Response:
        asked = case.as_transport_kwargs(base_url="http://ccrm.test")
        kept = {name: asked[name] for name in ("method", "url", "json", "params", "data", "cookies") if asked.get(name)}
        if "data" in kept and isinstance(kept["data"], str | bytes):
            kept["content"] = kept.pop("data")
        if isinstance(kept.get("json"), dict) and "complaint" in kept["json"]:
            kept["json"]["complaint"] = self.case
        self.turn += 1
        headers = {str(name): str(value) for name, value in (asked.get("headers") or {}).items()}
        headers["Authorization"] = f"Bearer {self.world.token(PEOPLE[self.turn % len(PEOPLE)])}"
        kept["headers"] = {name: value.encode("latin-1", "replace") for name, value in headers.items()}
        kept.pop("cookies", None)
        return self.portal.call(self._ask, app, kept)

    async def _ask(self, app: FastAPI, asked: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app, raise_app_exceptions=False, client=("10.0.0.7", 5000))
        async with httpx.AsyncClient(transport=transport, base_url="http://ccrm.test") as client:
            return await client.request(**asked)


@pytest.fixture(scope="module")
def called(made_world: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Called]:
    with start_blocking_portal() as portal:
        opened = opened_world(made_world, tmp_path_factory.mktemp("described") / "var")
        with portal.wrap_async_context_manager(opened) as world:
            yield Called(portal, world)


def _operations(called: Called, room: str) -> list[Any]:
    described = json.loads(called.get(called.app(room), "/openapi.json").content)
    schema = schemathesis.openapi.from_dict(described)
    found = [result.ok() for result in schema.get_all_operations()]
    return [one for one in found if one.path not in SELDOM]


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
@pytest.mark.parametrize("room", ROOMS)
def test_every_operation_answers_as_described(called: Called, room: str, mode: GenerationMode) -> None:
    app, wrong, answers = called.app(room), [], 0
    for operation in _operations(called, room):

        @TRIED
        @given(case=operation.as_strategy(generation_mode=mode))
        def tried(case: Any) -> None:
            nonlocal answers
            answers += 1
            answer = called.ask(app, case)
            case.validate_response(
                Response.from_httpx(answer, verify=False), checks=[not_a_server_error, content_type_conformance]
            )

        try:
            tried()
        except Exception as error:
            wrong.append(f"{operation.label}: {str(error)[:600]}")
    assert wrong == []
    assert answers > 0
