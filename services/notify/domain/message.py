"""A message, where it is, and what a gateway says of it."""

from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID


class Status(StrEnum):
    """Where a message is. `sending`: handed to a gateway whose answer is not yet known; `expired`: its day was over."""

    queued = "queued"
    sending = "sending"
    sent = "sent"
    failed = "failed"
    uncertain = "uncertain"
    expired = "expired"


STATUS_LABELS: dict[Status, str] = {
    Status.queued: "待发送",
    Status.sending: "发送中",
    Status.sent: "已发送",
    Status.failed: "发送失败",
    Status.uncertain: "结果未知",
    Status.expired: "过期未发",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One text for one address. `key` is the same at every try."""

    id: UUID
    key: str
    channel: str
    template: str
    recipient: str
    address: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of it: `sent`, `failed` (refused for good) or `uncertain` (taken or not, nobody knows)."""

    status: Status
    reference: str | None = None
    detail: str | None = None
