"""How messages leave: the seam behind which a provider stands."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from services.notify.domain.message import Asked, Message, Receipt
from shared.kernel.errors import Transient


class Gateway(Protocol):
    """Takes messages of one channel or of all.

    `local`: sending touches nothing outside the room's own transaction, so it is done in it.
    `deduplicates`: a second call with the same key sends nothing, so an uncertain message may be tried again.
    """

    name: str
    local: bool
    deduplicates: bool

    async def send(self, message: Message) -> Receipt:
        """Raises Transient where the message was certainly not taken and may be tried again."""
        ...


class GatewayAway(Transient):
    """The gateway takes nothing now, whichever message it is: they wait, and the wait counts as no try."""

    def __init__(self, reason: str, wait: timedelta | None = None) -> None:
        super().__init__(reason)
        self.wait = wait


@runtime_checkable
class Askable(Protocol):
    """A gateway that says afterwards what became of a message.

    `absence_after`: so long after the call, that it knows nothing of the message proves that it never took it;
    None where it proves nothing, as the provider lists only what has arrived.
    """

    absence_after: timedelta | None

    async def receipt_of(self, asked: Asked) -> Receipt | None:
        """None where it knows nothing of it. Raises Transient."""
        ...


@runtime_checkable
class Reporting(Protocol):
    """A gateway that calls us with receipts."""

    def reports(self, body: bytes) -> "list[Report]":
        """What the body says; raises ValueError where it is none of its own."""
        ...

    def thanks(self) -> dict[str, object]:
        """The answer by which the provider knows that it need not call again."""
        ...


@dataclass(frozen=True, slots=True)
class Report:
    """One receipt that came by itself, about a message by its id, or by the gateway's own reference."""

    receipt: Receipt
    message_id: str | None = None
    reference: str | None = None


@runtime_checkable
class Closing(Protocol):
    """A gateway that holds connections while there is something to send."""

    async def close(self) -> None: ...
