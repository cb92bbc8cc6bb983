"""What a message is on the wire: properties and headers, and how a message becomes a retry or a dead letter."""

import hashlib
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import aio_pika
from aio_pika.abc import AbstractIncomingMessage, DeliveryMode

from shared.bus.port import DeadLetter, Message
from shared.bus.topology import Topology
from shared.kernel.errors import Poison
from shared.obs.correlation import traceparent

ATTEMPT = "x-ccrm-attempt"
"""How many times the room has tried and failed."""
RETURNS = "x-ccrm-returns"
"""How many times it came back because the room's database went away with it in hand."""
TRACE = "traceparent"
"""W3C Trace Context. The rooms themselves need only the correlation id, which is the trace id."""
REASON = "x-ccrm-reason"
DEAD_AT = "x-ccrm-dead-at"

# What the broker adds when it dead-letters. Sent back to it, x-death would make a second round look like a cycle, which
# RabbitMQ drops.
_BROKER_HEADERS = (
    "x-death",
    "x-first-death-",
    "x-last-death-",
    "x-delivery-count",
    "x-acquired-count",
    "x-opt-",
    "deaths",
)
_REASON_LENGTH = 2000

FORGED = "not said by its room: "
"""So begins the reason of a letter that came in where nobody may say it: it is no fact, whoever replays it."""


def outgoing(message: Message) -> aio_pika.Message:
    return aio_pika.Message(
        message.body.encode(),
        headers={TRACE: traceparent(message.correlation_id, message.event_id)},
        content_type="application/json",
        delivery_mode=DeliveryMode.PERSISTENT,
        message_id=str(message.event_id),
        correlation_id=str(message.correlation_id),
        type=message.topic,
    )


def incoming(raw: AbstractIncomingMessage) -> Message:
    """Raises Poison for what cannot be an event, before any handler sees it."""
    try:
        event_id = UUID(raw.message_id or "")
    except ValueError:
        raise Poison(f"the message id {(raw.message_id or '')[:100]!r} is no UUID") from None
    try:
        correlation_id = UUID(raw.correlation_id or "")
    except ValueError:
        correlation_id = event_id
    try:
        body = raw.body.decode()
    except UnicodeDecodeError as error:
        raise Poison(f"the body is no UTF-8: {error.reason} at byte {error.start}") from None
    return Message(event_id=event_id, topic=topic_of(raw), body=body, correlation_id=correlation_id)


def attempts(raw: AbstractIncomingMessage) -> int:
    return _count(raw, ATTEMPT)


def returns(raw: AbstractIncomingMessage) -> int:
    return _count(raw, RETURNS)


def _count(raw: AbstractIncomingMessage, name: str) -> int:
    value = raw.headers.get(name)
    return value if isinstance(value, int) and value >= 0 else 0


def topic_of(raw: AbstractIncomingMessage) -> str:
    """`type`, because the routing key is the queue's name after a retry; a foreign publisher may have set neither."""
    return raw.type or _first_death(raw.headers).get("routing-keys", [""])[0] or raw.routing_key or ""


def forged(raw: AbstractIncomingMessage, topology: Topology) -> bool:
    """Whether a room found it so, or the broker buried it before a room saw it and its deaths say so.

    All of them count, for the sender may have written older ones. One he wrote of the same queue and reason even stands
    in place of the true one; but what a room says never expires in the queue it is sent to, only in those for retries.
    """
    if str(raw.headers.get(REASON, "")).startswith(FORGED):
        return True
    sent_to = {topology.queue(room) for room in topology.rooms}
    return any(
        not topology.may_say(str(death.get("exchange", "")), topic_of(raw))
        or (death.get("reason") == "expired" and death.get("queue") in sent_to)
        for death in _deaths(raw.headers)
    )


def letter_id(raw: AbstractIncomingMessage) -> str:
    return raw.message_id or "sha256-" + hashlib.sha256(raw.body).hexdigest()[:32]


def again(raw: AbstractIncomingMessage, headers: Mapping[str, int | str] | None = None) -> aio_pika.Message:
    """The same message once more, byte for byte, with our own headers replaced by these."""
    kept = {
        name: value
        for name, value in raw.headers.items()
        if not name.startswith(_BROKER_HEADERS) and name not in (ATTEMPT, RETURNS, REASON, DEAD_AT)
    }
    return aio_pika.Message(
        raw.body,
        headers={**kept, **(headers or {})},
        content_type=raw.content_type,
        content_encoding=raw.content_encoding,
        delivery_mode=DeliveryMode.PERSISTENT,
        # Without one the client library would invent a UUID, and a message that never had an id would pass.
        message_id=letter_id(raw),
        correlation_id=raw.correlation_id,
        timestamp=raw.timestamp,
        type=topic_of(raw),
        app_id=raw.app_id,
    )


def retried(raw: AbstractIncomingMessage, attempt: int) -> aio_pika.Message:
    return again(raw, {ATTEMPT: attempt, RETURNS: returns(raw)})


def returned(raw: AbstractIncomingMessage, tried: bool) -> aio_pika.Message:
    """With its attempts as they were; `tried` where it had been begun with."""
    return again(raw, {ATTEMPT: attempts(raw), RETURNS: returns(raw) + tried})


def buried(raw: AbstractIncomingMessage, attempt: int, reason: str, now: datetime) -> aio_pika.Message:
    return again(raw, {ATTEMPT: attempt, REASON: reason[:_REASON_LENGTH], DEAD_AT: now.isoformat()})


def letter(raw: AbstractIncomingMessage, room: str) -> DeadLetter:
    death = _first_death(raw.headers)
    reason = raw.headers.get(REASON)
    if reason is None:
        # The broker buried it: the consumer died, or was stopped, again and again with this message in hand.
        reason = f"the broker gave it up: {death.get('reason', 'unknown')}"
    return DeadLetter(
        id=letter_id(raw),
        room=room,
        topic=topic_of(raw),
        body=raw.body.decode(errors="backslashreplace"),
        reason=str(reason),
        dead_at=_dead_at(raw.headers, death),
        headers={name: str(value) for name, value in raw.headers.items()},
    )


def _deaths(headers: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The latest first."""
    deaths = headers.get("x-death")
    return [each for each in deaths if isinstance(each, dict)] if isinstance(deaths, list) else []


def _first_death(headers: Mapping[str, Any]) -> dict[str, Any]:
    return next(iter(_deaths(headers)), {})


def _dead_at(headers: Mapping[str, Any], death: dict[str, Any]) -> datetime | None:
    text = headers.get(DEAD_AT)
    if isinstance(text, str):
        try:
            return datetime.fromisoformat(text)
        except ValueError:
            return None
    time = death.get("time")
    if isinstance(time, datetime):
        return time if time.tzinfo is not None else time.replace(tzinfo=UTC)
    return None
