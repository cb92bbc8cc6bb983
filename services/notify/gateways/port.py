"""How messages leave: the seam behind which a provider stands."""

from typing import Protocol

from services.notify.domain.message import Message, Receipt


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
