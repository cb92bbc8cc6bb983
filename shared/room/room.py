"""A room at run time: its database, its clock, what it may be asked and what it listens to."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from typing import Any, Literal, TypeVar
from uuid import UUID

from fastapi import APIRouter
from sqlalchemy import MetaData, Select, Table, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.database import COMMITTED, Database
from shared.db.statements import fetch, insert_rows
from shared.db.tables import CommonTables
from shared.events.base import Event, encode
from shared.events.dispatch import DirectoryPublishedV1, SessionsEndedV1
from shared.kernel.clock import Clock
from shared.kernel.errors import Code, Refused, Transient
from shared.kernel.ids import Ids
from shared.obs import correlation, metrics, tracing
from shared.org.model import Directory
from shared.policy.library import PolicyLibrary

E = TypeVar("E", bound=Event)

KEEP_FOR = timedelta(seconds=1)

GROUPS_OWN = frozenset({DirectoryPublishedV1.topic, SessionsEndedV1.topic})
"""What the rooms of a group's installation tell themselves."""


@dataclass(frozen=True, slots=True)
class Came:
    """How a customer came in: by which of his keys, from which network, and `beside` whose signing in, where somebody
    was signed in in the same browser.
    """

    way: str
    network: str
    beside: str | None = None


@dataclass(frozen=True, slots=True)
class Actor:
    """Who acts: a person of the directory, the customer of one case (`came`: over HTTP), or the system."""

    kind: Literal["person", "customer", "system"]
    person: str | None = None
    complaint_id: UUID | None = None
    came: Came | None = None

    @property
    def id(self) -> str:
        return self.person if self.kind == "person" and self.person else self.kind


@dataclass(frozen=True, slots=True)
class Command:
    """An act as it was asked for. `data` is the `with:` of the command contract, not yet validated."""

    name: str
    actor: Actor
    complaint_id: UUID | None
    data: Mapping[str, Any]
    expected_version: int | None = None


class Tx:
    """One transaction of a room. Events given to `emit` are stored with its rows, or not at all."""

    def __init__(self, room: "Room", session: AsyncSession, correlation_id: UUID | None = None) -> None:
        self.room = room
        self.session = session
        self.now: datetime = room.clock.now()
        self.correlation_id = correlation_id or correlation.current() or room.ids.new()
        self.events: list[Event] = []
        self.noted: dict[str, Any] = {}
        """What the audit row says besides the command's data: `on_behalf_of`, where a delegate acts."""

    def new_id(self) -> UUID:
        return self.room.ids.new()

    def emit(self, event: type[E], *, occurred_at: datetime | None = None, **fields: Any) -> E:
        """Records an event of now (or dated `occurred_at`), to be published after the commit."""
        made = event(
            event_id=self.room.ids.new(),
            occurred_at=occurred_at or self.now,
            recorded_at=self.now,
            correlation_id=self.correlation_id,
            **fields,
        )
        self.room.require_may_say(made.topic)
        self.events.append(made)
        return made

    async def directory(self) -> Directory:
        """The room's copy of the directory. Raises Transient while none has arrived."""
        return await self.room.directory(self.session)

    def forget(self, what: str) -> None:
        """What the room keeps under the name is changed by this transaction: it is asked for anew from here on, and
        again after the commit, for whoever has read what was there before.
        """
        self.room.forget(what)
        self.session.info.setdefault(COMMITTED, []).append(partial(self.room.forget, what))

    async def flush_events(self) -> None:
        if self.events:
            rows = [
                {
                    "event_id": event.event_id,
                    "topic": event.topic,
                    "body": encode(event),
                    "correlation_id": event.correlation_id,
                    "created_at": self.now,
                }
                for event in self.events
            ]
            await insert_rows(self.session, self.room.tables.outbox, rows)


@cache
def _latest_version(table: Table) -> Select[Any]:
    return select(func.max(table.c.version))


CommandHandler = Callable[[Tx, Command], Awaitable[dict[str, Any]]]
Consumer = Callable[[Tx, Any], Awaitable[None]]
Refusal = Callable[[Tx, Command, Refused], Awaitable[None]]
Tick = Callable[["Room"], Awaitable[None]]
NextWake = Callable[["Room"], Awaitable[datetime | None]]
Outcome = Callable[["Room"], Awaitable[dict[str, list[dict[str, Any]]]]]
NumberOf = Callable[[AsyncSession, UUID], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class Observing:
    """What a room does in the installation of a group, over what happens in its regions: it takes their events,
    computes, and answers reads. `commands` are those it takes all the same: none is about a case.

    `number_of` tells the number of a case, whose prefix names its region.
    """

    consumers: Mapping[str, Consumer]
    number_of: NumberOf
    commands: frozenset[str] = frozenset()
    tick: Tick | None = None
    next_wake: NextWake | None = None


@dataclass
class Room:
    """`commands` by name, `consumers` by topic, `tick` does what is due, `next_wake` says when something will be.
    `refusals` say by code what a refused command leaves behind besides its audit row.

    `outcome` gives the room's part of a replay's outcome; `routers` its HTTP reads and pages. `failpoint` is called
    by name at each step where a crash must do no harm, and does nothing unless a fault test says so.

    `region` is the region whose installation this is, `observes` true in that of the group over several: see
    `shared.room.regions`, which sets them. `observing`: what the room does there; without it, it is not run there.
    `directed`: what it listens to besides where the directory comes from the group.
    """

    name: str
    db: Database
    metadata: MetaData
    tables: CommonTables
    clock: Clock
    ids: Ids
    policies: PolicyLibrary
    commands: Mapping[str, CommandHandler] = field(default_factory=dict)
    consumers: Mapping[str, Consumer] = field(default_factory=dict)
    refusals: Mapping[Code, Refusal] = field(default_factory=dict)
    tick: Tick | None = None
    next_wake: NextWake | None = None
    outcome: Outcome | None = None
    routers: list[APIRouter] = field(default_factory=list)
    failpoint: Callable[[str], None] = lambda name: None
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    extra: dict[str, Any] = field(default_factory=dict)
    region: str | None = None
    observes: bool = False
    observing: Observing | None = None
    directed: Mapping[str, Consumer] = field(default_factory=dict)
    _directory: tuple[int, Directory] | None = None
    _kept: dict[str, tuple[datetime, Any]] = field(default_factory=dict)
    _asked: dict[str, int] = field(default_factory=dict)
    _forgotten: dict[str, int] = field(default_factory=dict)

    @asynccontextmanager
    async def begin(self, correlation_id: UUID | None = None) -> AsyncIterator[Tx]:
        """A writing transaction with its outbox; the relay is woken after the commit."""
        async with self.db.begin() as session:
            tx = Tx(self, session, correlation_id)
            yield tx
            await tx.flush_events()
            self.failpoint(f"{self.name}.before_commit")
        if tx.events:
            self.wake.set()
            for each in tx.events:
                tracing.mark(
                    f"record {each.topic}", "producer", each.correlation_id, each.event_id, {"room": self.name}
                )
                metrics.recorded(self.name, each.topic, str(getattr(each, "template", "")))

    def require_may_say(self, topic: str) -> None:
        """Of each fact there is one source: a case's is its region, the directory's is the group. Raises Refused."""
        if self.observes and topic not in GROUPS_OWN:
            raise Refused(Code.region_elsewhere, "集团系统只汇总各区域的案件，请在受理该案件的区域系统中办理")
        if self.region is not None and topic == DirectoryPublishedV1.topic:
            raise Refused(Code.region_elsewhere, "组织机构由集团统一维护，请在集团系统中更改")

    async def directory(self, session: AsyncSession) -> Directory:
        """The latest copy, parsed once a version, looked for once a second. Raises Transient while there is none."""
        if self._directory is not None and self.kept("directory") is not None:
            return self._directory[1]
        table = self.tables.directory
        ((version,),) = await fetch(session, _latest_version(table))
        if version is None:
            raise Transient("the directory has not arrived yet")
        if self._directory is None or self._directory[0] != version:
            ((body,),) = await fetch(session, select(table.c.body).where(table.c.version == version))
            self._directory = (version, Directory.model_validate_json(body))
        self.keep("directory", True)
        return self._directory[1]

    def kept(self, what: str) -> Any:
        """What was kept under the name less than a second ago, else None. For what seldom changes and is asked often;
        whoever changes it in this process says `forget`, another process's change is seen within the second.
        """
        found = self._kept.get(what)
        now = self.clock.now()
        if found is not None and timedelta(0) <= now - found[0] < KEEP_FOR:
            return found[1]
        self._asked[what] = self._forgotten.get(what, 0)
        return None

    def keep(self, what: str, value: Any) -> None:
        """Unless it was changed since it was found missing: what was read meanwhile may be what was there before."""
        if self._asked.get(what, 0) == self._forgotten.get(what, 0):
            self._kept[what] = (self.clock.now(), value)

    def forget(self, what: str) -> None:
        self._kept.pop(what, None)
        self._forgotten[what] = self._forgotten.get(what, 0) + 1
