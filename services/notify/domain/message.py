"""A message, where it is, and what a gateway says of it."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from services.notify.domain.wording import Wording


class Status(StrEnum):
    """Where a message is. `sending`: handed to a gateway whose answer is not yet known; `sent`: the gateway took it;
    `delivered`: the gateway says that it arrived; `uncertain`: taken or not, nobody knows; `expired`: its day was over.
    """

    queued = "queued"
    sending = "sending"
    sent = "sent"
    delivered = "delivered"
    failed = "failed"
    uncertain = "uncertain"
    expired = "expired"


STATUS_LABELS: dict[Status, str] = {
    Status.queued: "待发送",
    Status.sending: "发送中",
    Status.sent: "已发送",
    Status.delivered: "已送达",
    Status.failed: "发送失败",
    Status.uncertain: "结果未知",
    Status.expired: "过期未发",
}


@dataclass(frozen=True, slots=True)
class Message:
    """One text for one address. `key` is the same at every try; `name` is the recipient's on screen.

    `wording` is the provider's approved template, for gateways that send nothing else.
    """

    id: UUID
    key: str
    channel: str
    template: str
    recipient: str
    address: str | None
    text: str
    name: str = ""
    wording: Wording | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """What a gateway is asked about afterwards. `reference` is null where its answer was lost. `at`: the last call."""

    id: UUID
    address: str
    reference: str | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """What became of it: `sent`, `delivered`, `failed` (refused for good) or `uncertain` (nobody knows)."""

    status: Status
    reference: str | None = None
    detail: str | None = None
