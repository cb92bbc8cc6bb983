"""Readiness tells what the process can do without what is missing."""

import asyncio
from time import perf_counter

import pytest

from shared.web import health
from tests.web.world import World


async def fails() -> bool:
    raise ConnectionError


async def test_without_what_is_optional_a_room_is_degraded_and_still_asked(world: World) -> None:
    edge = world.app.state.edge
    edge.checks, edge.optional = {**edge.checks, "publisher": fails}, frozenset({"publisher"})
    async with world.client() as client:
        response = await client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (200, "degraded")
    assert [name for name, how in response.json()["checks"].items() if how == "failed"] == ["publisher"]


async def test_without_its_database_it_is_not_ready_whatever_else_is_missing(world: World) -> None:
    edge = world.app.state.edge
    edge.checks, edge.optional = {"database": fails, "publisher": fails}, frozenset({"publisher"})
    async with world.client() as client:
        response = await client.get("/readyz")
    assert (response.status_code, response.json()["status"]) == (503, "not_ready")


async def test_a_check_that_hangs_has_failed_in_time(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def hangs() -> bool:
        await asyncio.sleep(60)
        return True

    monkeypatch.setattr(health, "_SECONDS", 0.1)
    world.app.state.edge.checks = {"database": hangs}
    began = perf_counter()
    async with world.client() as client:
        assert (await client.get("/readyz")).status_code == 503
    assert perf_counter() - began < 2
