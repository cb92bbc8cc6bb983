import asyncio
from typing import Any
from uuid import UUID

import pytest

from services.dispatch.usecases import reads as dispatch_reads
from services.intake.usecases import reads as intake_reads
from services.notify.usecases import reads as notify_reads
from services.sla.usecases import reads as sla_reads
from shared.kernel.errors import Code, Refused
from tests.web.world import World, refusal

PARTS = {
    "intake": (intake_reads, "record"),
    "sla": (sla_reads, "ledger"),
    "notify": (notify_reads, "messages"),
}


async def _whole(world: World, case: str) -> dict[str, Any]:
    async with world.client("wang.min") as client:
        response = await client.get(f"/api/v1/complaints/{case}")
    assert response.status_code == 200, response.text
    return dict(response.json())


async def test_a_case_is_told_whole_with_the_trail_of_all_rooms(world: World) -> None:
    case = await world.issued()
    whole = await _whole(world, case)
    assert (whole["record"]["complaint"], whole["case"]["complaint_id"]) == (case, case)
    assert {clock["clock"] for clock in whole["clocks"]} >= {"order.submit", "order.issue", "visit", "completion"}
    assert {message["template"] for message in whole["messages"]} == {"customer.registered", "order.issued"}
    assert [(entry["room"], entry["command"]) for entry in whole["audit"]] == [
        ("intake", "complaint.register"),
        ("dispatch", "order.submit"),
        ("dispatch", "order.review"),
        ("dispatch", "order.issue"),
    ]
    assert (whole["unavailable"], whole["pending"], whole["withheld"]) == ([], [], [])


@pytest.mark.parametrize("room", PARTS)
async def test_a_room_that_fails_is_named_and_the_rest_is_told(
    world: World, monkeypatch: pytest.MonkeyPatch, room: str
) -> None:
    case = await world.issued()

    async def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("down")

    monkeypatch.setattr(*PARTS[room], broken)
    whole = await _whole(world, case)
    assert whole["unavailable"] == [room]
    assert whole["case"]["state"] == "handling"
    assert (whole["record"] is None) == (room == "intake")


async def test_a_room_that_does_not_answer_costs_no_more_than_the_time_out(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await world.issued()

    async def hanging(*_: Any, **__: Any) -> Any:
        await asyncio.sleep(60)

    monkeypatch.setattr(sla_reads, "ledger", hanging)
    monkeypatch.setattr(world.app.state.edge.peers, "_timeout", 1.5)
    async with asyncio.timeout(10):
        assert (await _whole(world, case))["unavailable"] == ["sla"]


async def test_a_case_that_dispatch_has_not_heard_of_yet_is_told_as_far_as_it_is_known(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = await world.issued()

    async def unheard(*_: Any, **__: Any) -> Any:
        raise Refused(Code.not_found, "not yet")

    monkeypatch.setattr(dispatch_reads, "case", unheard)
    whole = await _whole(world, case)
    assert (whole["case"], whole["pending"]) == (None, ["dispatch"])
    assert whole["record"]["complaint"] == case


async def test_another_projects_officer_does_not_find_the_case(world: World) -> None:
    case = await world.issued()
    async with world.client("sun.yue") as client:
        assert refusal(await client.get(f"/api/v1/complaints/{case}")) == (404, "not_found", None)
        for room in world.running.rooms:
            response = await client.get(f"/api/v1/parts/{room}/complaints/{case}")
            if response.status_code == 200:  # notify: no message about it is his
                assert response.json()["messages"] == []
                continue
            assert refusal(response) == (404, "not_found", None)


async def test_every_read_wants_a_token(world: World) -> None:
    paths = ["/api/v1/me", "/api/v1/complaints", "/api/v1/tasks", "/api/v1/penalties", "/api/v1/messages"]
    paths += [f"/api/v1/complaints/{UUID(int=7)}", "/api/v1/parts/intake/earlier?project=jinbi-bay"]
    paths += [f"/api/v1/parts/{room}/complaints/{UUID(int=7)}" for room in world.running.rooms]
    async with world.client() as client:
        for path in paths:
            assert refusal(await client.get(path)) == (401, "unauthenticated", None), path


async def test_every_addressed_read_answers_on_a_settled_case(world: World) -> None:
    case = await world.issued()
    async with world.client("sun.li") as client:
        for path in ("penalties", "messages"):
            page = (await client.get(f"/api/v1/{path}", params={"complaint": case, "limit": 1})).json()
            assert set(page) == {"items", "next_cursor"}
        first = (await client.get("/api/v1/messages", params={"limit": 1})).json()
        rest = (await client.get("/api/v1/messages", params={"cursor": first["next_cursor"]})).json()
        assert len(first["items"]) + len(rest["items"]) == 2
