"""What a room could not take: shown with why, handed over once more, on record."""

from datetime import timedelta

import httpx
import pytest

from shared.bus.port import Message
from shared.events.base import encode
from shared.events.dispatch import SessionsEndedV1
from shared.room.consume import bury
from tests.web.world import World, refusal

PLACES = {"dispatch": "/admin/dead", "intake": "/intake/dead", "sla": "/ledger/dead", "notify": "/messages/dead"}
EVIL = "<script>alert(1)</script>"


def letter(world: World) -> Message:
    room = world.running.rooms["dispatch"]
    ids, now = room.ids, world.clock.now()
    event = SessionsEndedV1(
        event_id=ids.new(), occurred_at=now, recorded_at=now, correlation_id=ids.new(), sessions=[ids.new()],
        until=now + timedelta(hours=1),
    )  # fmt: skip
    return Message(event.event_id, event.topic, encode(event), event.correlation_id)


async def page(world: World, person: str, path: str) -> httpx.Response:
    async with world.client(person, Accept="text/html") as client:
        return await client.get(path)


async def replay(world: World, person: str, path: str, **headers: str) -> httpx.Response:
    async with world.client(person) as client:
        return await client.post(f"{path}/replay", json={}, headers=headers)


@pytest.mark.parametrize("path", PLACES.values())
async def test_the_list_is_for_the_office_and_says_when_there_is_nothing(world: World, path: str) -> None:
    text = (await page(world, "sun.li", path)).text
    assert "没有未送达的事件" in text
    assert [f'href="{each}"' in text for each in PLACES.values()] == [True] * 4
    for person in ("qian.hui", "wang.min", "tang.bo"):
        assert (await page(world, person, path)).status_code == 403
        assert (await page(world, person, f"{path}/x")).status_code == 403


@pytest.mark.parametrize("name", ["intake", "sla", "notify"])
async def test_a_letter_is_shown_in_its_room_and_taken_once_more(world: World, name: str) -> None:
    room, message, path = world.running.rooms[name], letter(world), PLACES[name]
    await bury(room, message, f"KeyError: {EVIL} 13800000001\ntraceback")
    listed = (await page(world, "sun.li", path)).text
    assert message.topic in listed
    assert EVIL not in listed
    assert "13800000001" not in listed
    others = [each for other, each in PLACES.items() if other != name]
    for each in others:
        assert str(message.event_id) not in (await page(world, "sun.li", each)).text
    shown = (await page(world, "sun.li", f"{path}/{message.event_id}")).text
    assert ("&#34;sessions&#34;" in shown, "traceback" in shown, EVIL in shown) == (True, True, False)
    assert (await replay(world, "sun.li", f"{path}/{message.event_id}", **{"Idempotency-Key": "k"})).json() == {
        "letter": str(message.event_id)
    }
    assert str(message.event_id) not in (await page(world, "sun.li", path)).text
    again = await replay(world, "sun.li", f"{path}/{message.event_id}", **{"Idempotency-Key": "k"})
    assert again.status_code == 200
    assert refusal(await replay(world, "sun.li", f"{path}/{message.event_id}"))[:2] == (404, "not_found")
    log = (await page(world, "qian.hui", f"{path.replace('dead', 'audit')}?command=letter.replay")).text
    assert (log.count("已受理</span>"), log.count("没有找到</span>")) == (1, 1)


async def test_a_letter_that_is_dead_in_two_rooms_is_replayed_in_the_one_asked_for(world: World) -> None:
    message = letter(world)
    for name in ("intake", "notify"):
        await bury(world.running.rooms[name], message, "why")
    assert (await replay(world, "sun.li", f"/messages/dead/{message.event_id}")).status_code == 200
    assert str(message.event_id) in (await page(world, "sun.li", "/intake/dead")).text
    assert str(message.event_id) not in (await page(world, "sun.li", "/messages/dead")).text


async def test_what_fails_again_stays_and_is_on_record(world: World) -> None:
    room, message = world.running.rooms["intake"], letter(world)
    broken = Message(message.event_id, message.topic, '{"customer": {"name": "张先生"}}', message.correlation_id)
    await bury(room, broken, "not readable")
    shown = (await page(world, "sun.li", f"/intake/dead/{message.event_id}")).text
    assert "张先生" not in shown
    assert refusal(await replay(world, "sun.li", f"/intake/dead/{message.event_id}"))[:2] == (409, "state.not_allowed")
    assert str(message.event_id) in (await page(world, "sun.li", "/intake/dead")).text
    assert "仍未能处理" in (await page(world, "qian.hui", "/intake/audit?result=refused")).text


async def test_nobody_else_replays_and_his_try_is_on_record(world: World) -> None:
    message = letter(world)
    await bury(world.running.rooms["intake"], message, "why")
    answer = await replay(world, "qian.hui", f"/intake/dead/{message.event_id}")
    assert refusal(answer)[:2] == (403, "role.not_allowed")
    assert str(message.event_id) in (await page(world, "sun.li", "/intake/dead")).text
    assert "重新处理事件" in (await page(world, "qian.hui", "/intake/audit?result=refused")).text
    async with world.client("sun.li", **{"Sec-Fetch-Site": "cross-site"}) as client:
        assert (await client.post(f"/intake/dead/{message.event_id}/replay", json={})).status_code == 403
