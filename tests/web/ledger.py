"""How the tests of the ledger's pages look at them, and the cases that stand behind them."""

from datetime import UTC, datetime, timedelta

import httpx

from services.sla.usecases.tick import tick
from tests.web.world import World

EVIL = '<script>alert("x")</script>'
ESCAPED = "&lt;script&gt;"


async def page(world: World, who: str | None, path: str, /, **query: str) -> httpx.Response:
    async with world.client(who, Accept="text/html") as client:
        return await client.get(path, params=query)


async def text(world: World, who: str, path: str, /, **query: str) -> str:
    response = await page(world, who, path, **query)
    assert response.status_code == 200, response.text
    return response.text


async def sent(world: World, who: str, name: str, case: str | None, /, **data: object) -> httpx.Response:
    async with world.client(who) as client:
        body = {"with": data} | ({"complaint": case} if case else {})
        return await client.post(f"/api/v1/commands/{name}", json=body)


async def done(world: World, who: str, name: str, case: str | None = None, /, **data: object) -> None:
    response = await sent(world, who, name, case, **data)
    assert response.status_code == 200, response.text
    await ticked(world)


async def ticked(world: World) -> None:
    await world.running.settled()
    await tick(world.running.rooms["sla"])


async def late_order(world: World, minutes: int = 40) -> str:
    """Submitted 40 minutes after it was registered, with 20 allowed from the end of the contact: the officer owes."""
    case = str((await world.registered())["complaint"])
    world.clock.advance(timedelta(minutes=minutes))
    await done(world, "wang.min", "order.submit", case)
    return case


async def issued(world: World) -> str:
    case = await world.issued()
    await ticked(world)
    return case


async def overdue_order(world: World) -> str:
    """Issued, and ten days past its completion."""
    case = await issued(world)
    world.clock.move_to(datetime(2026, 3, 16, 12, tzinfo=UTC))
    await ticked(world)
    return case
