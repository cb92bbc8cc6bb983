"""What notify publishes."""

from typing import ClassVar
from uuid import UUID

from shared.events.base import Event


class MessageSentV1(Event):
    """A gateway took a message. `key` is its unique key; the text stays in notify."""

    topic: ClassVar[str] = "notify.message_sent.v1"
    key: str
    template: str
    channel: str
    recipient: str
    complaints: list[UUID]
