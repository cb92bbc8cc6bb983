"""The published contract between rooms says what the code does."""

from collections.abc import Iterator
from typing import Any

import yaml

from services.__main__ import ROOMS
from shared.events import asyncapi
from tests.web.world import World


async def published(world: World) -> dict[str, Any]:
    async with world.client() as client:
        response = await client.get("/asyncapi.json")
    assert response.status_code == 200
    return dict(response.json())


def refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        if isinstance(part.get("$ref"), str):
            yield part["$ref"]
        for each in part.values():
            yield from refs(each)
    elif isinstance(part, list):
        for each in part:
            yield from refs(each)


def resolved(document: dict[str, Any], ref: str) -> Any:
    """Raises KeyError where the reference leads nowhere."""
    assert ref.startswith("#/")
    found: Any = document
    for key in ref[2:].split("/"):
        found = found[key]
    return found


async def test_every_event_stands_in_it_with_the_schema_of_its_payload(world: World) -> None:
    document = await published(world)
    assert document["asyncapi"] == "3.0.0"
    assert document["info"]["title"]
    assert set(document["channels"]) == set(asyncapi.events())
    assert len(document["channels"]) > 20
    for topic, channel in document["channels"].items():
        assert channel["address"] == topic
        (message,) = [resolved(document, each["$ref"]) for each in channel["messages"].values()]
        schema = resolved(document, message["payload"]["$ref"])
        assert schema["type"] == "object"
        assert {"event_id", "occurred_at", "recorded_at", "correlation_id"} <= set(schema["required"]), topic


async def test_every_reference_leads_somewhere(world: World) -> None:
    document = await published(world)
    found = set(refs(document))
    assert len(found) > 50
    for ref in found:
        assert resolved(document, ref), ref


async def test_each_topic_has_one_sender_and_says_who_hears_it(world: World) -> None:
    document = await published(world)
    operations = document["operations"]
    for topic in document["channels"]:
        senders = [n for n, o in operations.items() if o["action"] == "send" and n.endswith(f".sends.{topic}")]
        assert senders == [f"{topic.split('.')[0]}.sends.{topic}"]
        assert topic.split(".")[0] in ROOMS
    told = {name for name, operation in operations.items() if operation["action"] == "receive"}
    assert told == {f"{n}.hears.{topic}" for n, room in world.running.rooms.items() for topic in room.consumers}
    for name, operation in operations.items():
        assert resolved(document, operation["channel"]["$ref"])["address"] in name


async def test_a_process_of_one_room_tells_of_all(world: World) -> None:
    world.app.state.edge.hears = {"sla": ["dispatch.order_issued.v1"], "notify": []}
    operations = (await published(world))["operations"]
    assert [n for n, o in operations.items() if o["action"] == "receive"] == ["sla.hears.dispatch.order_issued.v1"]


async def test_the_same_is_there_as_yaml(world: World) -> None:
    async with world.client() as client:
        text = (await client.get("/asyncapi.yaml")).text
    assert yaml.safe_load(text) == await published(world)
