"""What a bus is: it takes messages with a confirm, and hands each to every room that subscribed to its topic."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Message:
    """An event on its way: `body` is the event's JSON, `topic` names its model (`room.fact.vN`)."""

    event_id: UUID
    topic: str
    body: str
    correlation_id: UUID


class Unconfirmed(Exception):
    """The bus did not confirm: the message may or may not have arrived, and is published again."""


Deliver = Callable[[Message], Awaitable[None]]
"""A room's consumer: one message, one transaction. Raises Poison (dead-letter now) or anything else (try again)."""


class Publisher(Protocol):
    async def publish(self, messages: Sequence[Message]) -> set[UUID]:
        """Publish, confirms in flight together. Returns the ids that were confirmed; never raises for the rest."""
        ...

    async def held(self) -> frozenset[str]:
        """Topics of which nothing would be confirmed now, while others are: what waits must not stand before those."""
        ...


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message a room could not take, with why. `body` is as it came, which may be no JSON at all."""

    id: str
    room: str
    topic: str
    body: str
    reason: str
    dead_at: datetime | None = None
    headers: dict[str, str] = field(default_factory=dict)


class DeadLetters(Protocol):
    """The dead-letter queues of all rooms, for `ccrm dead list|show|replay`."""

    async def list(self, room: str | None = None) -> list[DeadLetter]: ...

    async def replay(self, letter_id: str, room: str | None = None) -> bool:
        """Hand the letter to its room once more; false where no such letter is there (or not any more).

        One event may be dead in several rooms: without a room, in the first of them.
        """
        ...
