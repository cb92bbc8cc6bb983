"""What the HTTP edge of a process needs beside its rooms."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request

from shared.kernel.clock import Clock
from shared.room.room import Room
from shared.web.guard import LoginGuard
from shared.web.peers import Peers
from shared.web.tokens import Signer, Verifier

CustomerOf = Callable[[Room, str], Awaitable[UUID | None]]
"""The case a tracking token opens. A room that knows customers puts it into its `extra` as `customer_of`."""

Knows = Callable[[Room, UUID], Awaitable[bool]]
"""Whether a case has arrived. A room that learns of cases from events puts it into its `extra` as `knows`."""


async def _nothing() -> None:
    return None


@dataclass
class Edge:
    """`settle` waits until what was committed has reached the other rooms (one process; elsewhere it does nothing).

    `patience` is how long a command waits for a case that its room has not been told of yet. `checks` say by name
    what readiness depends on; each returns True, or False or raises. Only dispatch has a `signer`.
    """

    clock: Clock
    verifier: Verifier
    signer: Signer | None = None
    settle: Callable[[], Awaitable[None]] = _nothing
    patience: timedelta = timedelta(0)
    peers: Peers = field(default_factory=lambda: Peers({}))
    checks: Mapping[str, Callable[[], Awaitable[bool]]] = field(default_factory=dict)
    guard: LoginGuard = field(init=False)

    def __post_init__(self) -> None:
        self.guard = LoginGuard(self.clock)


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
