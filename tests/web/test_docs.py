import re
from typing import Any

from tests.web.world import World


async def _openapi(world: World) -> dict[str, Any]:
    async with world.client() as client:
        return dict((await client.get("/openapi.json")).json())


async def test_every_command_of_every_room_is_described_with_its_own_request(world: World) -> None:
    made = await _openapi(world)
    for room in world.running.rooms.values():
        for name in room.commands:
            operation = made["paths"][f"/api/v1/commands/{name}"]["post"]
            schema = operation["requestBody"]["content"]["application/json"]["schema"]
            assert re.search(r"[\u4e00-\u9fff]", operation["summary"]), name
            assert schema["title"].endswith("Request")
            assert schema["properties"]["with"]["properties"], f"{name}: its data is not described"
            assert ("complaint" in schema["properties"]) == (name != "complaint.register")


async def test_every_reference_in_the_description_leads_somewhere(world: World) -> None:
    made = await _openapi(world)
    wanted = set(re.findall(r"'\$ref': '#/components/schemas/([^']+)'", str(made)))
    assert wanted <= set(made["components"]["schemas"])
    assert "Problem" in wanted


async def test_every_operation_but_signing_in_wants_a_token(world: World) -> None:
    made = await _openapi(world)
    for path, methods in made["paths"].items():
        for operation in methods.values():
            assert ("security" in operation) == (path != "/api/v1/login"), path


async def test_the_documentation_comes_from_this_server(world: World) -> None:
    async with world.client() as client:
        page = await client.get("/docs")
        assert page.status_code == 200
        for path in re.findall(r'(?:src|href)="(/[^"]+)"', page.text):
            asset = await client.get(path)
            assert asset.status_code == 200, path
            assert "max-age" in asset.headers["cache-control"]


async def test_readiness_tells_what_fails(world: World) -> None:
    async def fails() -> bool:
        raise ConnectionError

    async with world.client() as client:
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["status"]) == (200, "ready")
        world.app.state.edge.checks = {**world.app.state.edge.checks, "bus": fails}
        unready = await client.get("/readyz")
        assert (unready.status_code, unready.json()["checks"]["bus"]) == (503, "failed")
        assert (await client.get("/livez")).status_code == 200
