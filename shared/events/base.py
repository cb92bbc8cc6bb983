"""The contract between rooms: past-tense facts, frozen, each published by exactly one room."""

import json
from datetime import datetime
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from shared.kernel.errors import Poison

E = TypeVar("E", bound="Event")
REGISTRY: dict[str, type["Event"]] = {}


class Event(BaseModel):
    """A fact on the wire. `topic` is `room.fact.vN`; consumers ignore fields they do not know.

    `occurred_at` is the instant the fact is dated (aware, UTC on the wire); `recorded_at` when it was entered.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")
    topic: ClassVar[str]
    keys: ClassVar[frozenset[str]] = frozenset()
    """The fields that open something to whoever holds them: no room that hears of the fact keeps them."""

    event_id: UUID
    occurred_at: AwareDatetime
    recorded_at: AwareDatetime
    correlation_id: UUID

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        topic = cls.__dict__.get("topic")
        if topic is not None:
            if topic in REGISTRY:
                raise ValueError(f"two events named {topic}")
            REGISTRY[topic] = cls


class CaseFact(Event):
    """A fact about one complaint. `by` is a person id, `customer` or `system`."""

    complaint_id: UUID
    project_id: str
    by: str


def fact_name(topic: str) -> str:
    """`dispatch.order_issued.v1` -> `order_issued`: the name policies use."""
    return topic.split(".")[1]


def encode(event: Event) -> str:
    return event.model_dump_json()


def decode(topic: str, body: str | bytes) -> Event:
    """The event of a message. Raises Poison when the topic is unknown or the body does not fit it."""
    model = REGISTRY.get(topic)
    if model is None:
        raise Poison(f"no event is named {topic}")
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        raise Poison(f"{topic}: {'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from None


def keepable(event: E) -> E:
    """The event as whoever hears it may store it: without keys."""
    return event.model_copy(update=dict.fromkeys(event.keys)) if event.keys else event


def payload(event: Event) -> dict[str, Any]:
    """The event's own fields as plain JSON values."""
    return dict(json.loads(encode(event)))


def instant(value: str | datetime) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)
