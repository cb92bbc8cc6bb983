"""The contract between rooms as an AsyncAPI 3.0 document, made from the event models themselves."""

import importlib
import pkgutil
from collections.abc import Collection, Mapping
from typing import Any

from pydantic.json_schema import models_json_schema

import shared.events
from shared.events.base import REGISTRY, Event

_ABOUT = (
    "各服务之间的事实：过去时、不可变，"
    "由一个服务发布。topic 形如 room.fact.vN；message_id 即 event_id，重复到达无副作用。"
    "消费者忽略不认识的字段；新字段必有缺省值。"
)


def events() -> dict[str, type[Event]]:
    """Every event of the contract by its topic, in order."""
    for module in pkgutil.iter_modules(shared.events.__path__):
        importlib.import_module(f"shared.events.{module.name}")
    ours = {topic: model for topic, model in REGISTRY.items() if model.__module__.startswith("shared.events.")}
    return dict(sorted(ours.items()))


def describe(
    hears: Mapping[str, Collection[str]], title: str, version: str, exchange: str = "ccrm.events"
) -> dict[str, Any]:
    """`hears` says by room which topics it takes."""
    known = events()
    _, schemas = models_json_schema(
        [(model, "serialization") for model in known.values()], ref_template="#/components/schemas/{model}"
    )
    channels: dict[str, Any] = {}
    operations: dict[str, Any] = {}
    messages: dict[str, Any] = {}
    for topic, model in known.items():
        name = model.__name__
        messages[name] = _message(topic, model)
        channels[topic] = {
            "address": topic,
            "messages": {name: {"$ref": f"#/components/messages/{name}"}},
            "bindings": {
                "amqp": {
                    "is": "routingKey",
                    "exchange": {"name": exchange, "type": "topic", "durable": True},
                    "bindingVersion": "0.3.0",
                }
            },
        }
        publisher = topic.split(".")[0]
        operations[f"{publisher}.sends.{topic}"] = _operation("send", topic, name, publisher)
        for room in sorted(room for room, topics in hears.items() if topic in topics):
            operations[f"{room}.hears.{topic}"] = _operation("receive", topic, name, room)
    return {
        "asyncapi": "3.0.0",
        "info": {"title": title, "version": version, "description": _ABOUT},
        "defaultContentType": "application/json",
        "channels": channels,
        "operations": operations,
        "components": {"messages": messages, "schemas": schemas["$defs"]},
    }


def _message(topic: str, model: type[Event]) -> dict[str, Any]:
    return {
        "name": model.__name__,
        "title": topic,
        "summary": (model.__doc__ or "").strip().splitlines()[0] if model.__doc__ else topic,
        "contentType": "application/json",
        "payload": {"$ref": f"#/components/schemas/{model.__name__}"},
        "headers": {
            "type": "object",
            "properties": {"traceparent": {"type": "string", "description": "W3C Trace Context"}},
        },
        "correlationId": {"location": "$message.payload#/correlation_id"},
        "bindings": {"amqp": {"messageType": topic, "bindingVersion": "0.3.0"}},
    }


def _operation(action: str, topic: str, message: str, room: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic}"},
        "messages": [{"$ref": f"#/channels/{topic}/messages/{message}"}],
        "tags": [{"name": room}],
    }
