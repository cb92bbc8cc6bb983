"""Everything that decides how a message leaves, as it was set up."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from services.notify.domain.limits import Limits
from services.notify.domain.quiet import Quiet
from services.notify.domain.wording import TemplateMap
from services.notify.gateways.breaker import Breaker

DELIVERY = "delivery"
"""Under this name the room has its Delivery, where one is set up."""


@dataclass
class Delivery:
    """`fallbacks` are the channels after the one a message names, in order. `needs_template` are the channels that
    send approved templates only; `templates` says which.

    `receipt_token` is the secret part of the address to which gateways report; None: they do not.
    """

    fallbacks: Sequence[str] = ()
    templates: TemplateMap = field(default_factory=lambda: TemplateMap({}))
    needs_template: frozenset[str] = frozenset()
    limits: Mapping[str, Limits] = field(default_factory=dict)
    quiet: Quiet | None = None
    concurrency: int = 20
    receipt_token: str | None = None
    breakers: dict[str, Breaker] = field(default_factory=dict)
    lanes: dict[str, asyncio.Semaphore] = field(default_factory=dict)

    def breaker(self, gateway: str) -> Breaker:
        return self.breakers.setdefault(gateway, Breaker())

    def lane(self, gateway: str) -> asyncio.Semaphore:
        """So many calls to one gateway at once."""
        return self.lanes.setdefault(gateway, asyncio.Semaphore(self.concurrency))

    def limits_of(self, channel: str) -> Limits:
        return self.limits.get(channel) or Limits()
