"""What the HTTP edge of a process needs beside its rooms."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from shared.bus.port import DeadLetters
from shared.kernel.clock import Clock
from shared.room.room import Room
from shared.web.oidc import OidcClient
from shared.web.peers import Peers
from shared.web.rates import Rates
from shared.web.tokens import Signer, Verifier

CustomerOf = Callable[[Room, str], Awaitable[tuple[UUID, str] | None]]
"""The case a customer's key opens, and which of his keys it is. A room that knows customers puts it into its `extra`
as `customer_of`.
"""

Knows = Callable[[Room, UUID], Awaitable[bool]]
"""Whether a case has arrived. A room that learns of cases from events puts it into its `extra` as `knows`."""


async def _nothing() -> None:
    return None


@dataclass
class Edge:
    """`settle` waits until what was committed has reached the other rooms (one process; elsewhere it does nothing).

    `patience` is how long a command waits for a case that its room has not been told of yet. `checks` say by name
    what readiness depends on; each returns True, or False or raises; without the `optional` ones the process works on,
    degraded. `measures` set gauges for /metrics, which asks for the `metrics_token` where there is one. `hears` says
    what every room listens to, where not all of them are in the process. Only dispatch has a `signer`, and `oidc` where
    the company has an identity provider of its own; `public_address` is how browsers reach it. `letters` are what the
    rooms could not take; `rates` how often somebody may ask.
    """

    clock: Clock
    verifier: Verifier
    signer: Signer | None = None
    settle: Callable[[], Awaitable[None]] = _nothing
    patience: timedelta = timedelta(0)
    peers: Peers = field(default_factory=lambda: Peers({}))
    checks: Mapping[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()
    measures: Sequence[Callable[[], Awaitable[None]]] = ()
    metrics_token: str | None = None
    oidc: OidcClient | None = None
    public_address: str | None = None
    hears: Mapping[str, Collection[str]] = field(default_factory=dict)
    letters: DeadLetters | None = None
    rates: Rates = field(default_factory=Rates)


def edge_of(request: Request) -> Edge:
    edge: Edge = request.app.state.edge
    return edge


def room_named(name: str) -> Callable[[Request], Room]:
    """A dependency: the room of this name in the process that serves the request."""

    def room(request: Request) -> Room:
        found: Room = request.app.state.rooms[name]
        return found

    return room


TheEdge = Annotated[Edge, Depends(edge_of)]
