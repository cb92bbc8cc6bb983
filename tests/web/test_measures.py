"""What /metrics says, to whom, and that it names nobody."""

import re

from shared.events.dispatch import DirectoryPublishedV1
from shared.web import measures
from tests.web.world import World


async def scraped(world: World, **headers: str) -> str:
    async with world.client(**headers) as client:
        response = await client.get("/metrics")
    assert response.status_code == 200, response.text
    assert response.headers["content-type"].startswith("text/plain")
    return response.text


def value(text: str, name: str, **labels: str) -> float:
    """The sum of the samples that carry these labels."""
    total, seen = 0.0, False
    for line in text.splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found[1] == name:
            given = dict(re.findall(r'(\w+)="([^"]*)"', found[2] or ""))
            if labels.items() <= given.items():
                total, seen = total + float(found[3]), True
    assert seen, f"{name} {labels} is not there"
    return total


async def test_a_case_leaves_its_numbers_and_nobodys_name(world: World) -> None:
    case = await world.issued()
    await world.do("wang.min", "no.such.command")
    async with world.client() as client:
        await client.get(f"/nowhere/{case}")
        await client.request("BREW", "/livez")
    text = await scraped(world)
    assert value(text, "ccrm_capture_seconds_count", outcome="accepted") >= 1
    route = "/api/v1/commands/order.submit"
    assert value(text, "ccrm_http_request_seconds_count", route=route, status="200", method="POST") >= 1
    assert value(text, "ccrm_http_request_seconds_count", route="none", status="404") >= 1
    assert value(text, "ccrm_http_request_seconds_count", method="OTHER") >= 1
    assert value(text, "ccrm_event_lag_seconds_count", room="sla", topic="dispatch.order_issued.v1") >= 1
    assert value(text, "ccrm_events_recorded_total", room="notify", topic="notify.message_sent.v1") >= 1
    assert value(text, "ccrm_outbox_unsent", room="intake") == 0
    assert value(text, "ccrm_outbox_oldest_seconds", room="intake") == 0
    assert value(text, "ccrm_tick_lateness_seconds", room="sla") >= 0
    assert value(text, "ccrm_stored_dead_letters", room="sla") == 0
    for personal in (case, "wang.min", "13800000001", "张先生", "卫生间"):
        assert personal not in text


async def test_a_backlog_is_counted_with_its_age(world: World) -> None:
    await world.running.loops.stop()
    room = world.running.rooms["dispatch"]
    before = world.clock.now()
    async with room.begin() as tx:
        directory = await tx.directory()
        tx.emit(DirectoryPublishedV1, version=99, directory=directory)
    world.clock.move_to(before.replace(hour=before.hour + 1))
    text = await scraped(world)
    assert value(text, "ccrm_outbox_unsent", room="dispatch") == 1
    assert value(text, "ccrm_outbox_oldest_seconds", room="dispatch") == 3600


async def test_the_databases_are_asked_once_in_a_few_seconds(world: World) -> None:
    first = await scraped(world)
    await world.registered()
    assert value(await scraped(world), "ccrm_outbox_unsent", room="intake") == value(
        first, "ccrm_outbox_unsent", room="intake"
    )


async def test_a_room_whose_database_is_away_is_unknown_and_the_rest_is_told(world: World) -> None:
    room = world.running.rooms["notify"]
    await world.running.loops.stop()

    async def away(_: object) -> None:
        raise ConnectionRefusedError

    room.next_wake = away  # type: ignore[assignment]
    text = await scraped(world)
    assert re.search(r'ccrm_outbox_unsent\{room="notify"\} NaN', text)
    assert value(text, "ccrm_outbox_unsent", room="sla") == 0


async def test_through_a_gateway_it_is_not_there_and_with_a_token_only_for_who_shows_it(world: World) -> None:
    async with world.client(**{"X-Forwarded-For": "203.0.113.9"}) as client:
        assert (await client.get("/metrics")).status_code == 404
    world.app.state.edge.metrics_token = "a-long-enough-token"
    async with world.client() as client:
        assert (await client.get("/metrics")).status_code == 404
    async with world.client(Authorization="Bearer wrong-token-wrong") as client:
        assert (await client.get("/metrics")).status_code == 404
    assert await scraped(world, Authorization="Bearer a-long-enough-token", **{"X-Forwarded-For": "203.0.113.9"})


def test_gauges_are_kept_for_seconds_not_minutes() -> None:
    assert 1 <= measures.KEPT_SECONDS <= 15
