"""A case's page while dispatch is away: another room gives its frame."""

import httpx
import pytest

from shared.web.app import rooms_app
from tests.web.world import World

CASE = "01a20209-3d57-7cc5-9728-e8c8b62123f2"
PAGE = {"Accept": "text/html"}


async def _asked(world: World, room: str, person: str | None, path: str = f"/cases/{CASE}") -> httpx.Response:
    app = rooms_app([world.running.rooms[room]], world.app.state.edge)
    headers = PAGE | ({"Authorization": f"Bearer {world.token(person)}"} if person else {})
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://ccrm.test") as client:
        return await client.get(path, headers=headers)


@pytest.mark.parametrize("room", ["intake", "sla", "notify"])
async def test_each_other_room_gives_the_frame_that_every_rooms_card_comes_into(world: World, room: str) -> None:
    frame = await _asked(world, room, "wang.min")
    assert (frame.status_code, frame.headers["retry-after"]) == (503, "5")
    assert "王敏" in frame.text
    for card in ("/intake/cards", "/ledger/cards", "/messages/cards", "/orders/cards"):
        assert f'hx-get="{card}/{CASE}' in frame.text


async def test_it_becomes_whole_by_itself_where_the_page_of_dispatch_does(world: World) -> None:
    case = await world.issued()
    frame = (await _asked(world, "intake", "wang.min", f"/cases/{case}")).text
    whole = (await _asked(world, "dispatch", "wang.min", f"/cases/{case}")).text
    for page in (frame, whole):
        assert f'<div id="case-head" data-live hx-get="/cases/{case}"' in page
        assert 'hx-select-oob="#case-body"' in page
        assert '<div id="case-body">' in page


async def test_nobody_sees_it_without_signing_in_and_it_tells_nothing_of_the_case(world: World) -> None:
    case = await world.issued()
    asked = await _asked(world, "intake", None, f"/cases/{case}")
    assert (asked.status_code, asked.headers["location"]) == (303, f"/login?next=/cases/{case}")
    frame = await _asked(world, "intake", "wang.min", f"/cases/{case}")
    assert "张先生" not in frame.text


async def test_in_one_process_with_dispatch_there_is_only_its_own_page(world: World) -> None:
    async with world.client("wang.min", **PAGE) as client:
        assert (await client.get(f"/cases/{CASE}")).status_code == 404
