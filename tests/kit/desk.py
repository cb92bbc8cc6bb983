"""One room at a standing clock, as a test talks to it: commands in, refusals checked, events in and out."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from random import Random
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from services.dispatch.domain.demo import demo_directory
from shared.bus.port import Message
from shared.db.statements import fetch
from shared.events.base import Event, decode, encode
from shared.kernel.clock import ManualClock
from shared.kernel.errors import Code, Refused
from shared.kernel.ids import Ids
from shared.org.model import Directory, Project
from shared.room.commands import execute
from shared.room.consume import deliver
from shared.room.keepable import keepable
from shared.room.room import Actor, Command, Room

MORNING = datetime(2026, 3, 2, 1, 40, tzinfo=UTC)
"""Monday 2026-03-02, 09:40 in Shanghai."""

CUSTOMER = {"name": "张先生", "phone": "13800000001", "room": "3-2-1201"}
COMPLAINT = {
    "project": "jinbi-bay",
    "channel": "phone",
    "contact_ended_at": "2026-03-02T09:30:00+08:00",
    "category": "property_service",
    "customer": CUSTOMER,
    "content": "卫生间渗水",
    "required_by": "2026-03-06T18:00:00+08:00",
}


def demo() -> Directory:
    """The demo directory and a project whose sale opens tomorrow."""
    tomorrow = Project(
        id="new-town",
        name="新城里",
        company="north",
        property_company="property-north",
        opened_on=date(2026, 3, 3),
    )
    found = demo_directory()
    return found.with_changes(projects=[*found.projects, tomorrow])


def person(name: str) -> Actor:
    return Actor("person", name)


def customer(complaint: UUID | str | None = None) -> Actor:
    return Actor("customer", None, UUID(str(complaint)) if complaint else None)


SYSTEM = Actor("system")


LEFT_BY = {Code.centre_closed: ("referral", "outbox")}
"""What a refusal leaves behind besides its audit row: a closed centre hands over to the property company."""


@dataclass
class Desk:
    """The room as a test talks to it."""

    room: Room
    clock: ManualClock
    other_ids: Ids = field(init=False)

    def __post_init__(self) -> None:
        self.other_ids = Ids(self.clock, Random(2))

    async def do(
        self,
        name: str,
        actor: Actor | str,
        complaint: UUID | str | None = None,
        *,
        version: int | None = None,
        key: str | None = None,
        **data: Any,
    ) -> dict[str, Any]:
        acting = person(actor) if isinstance(actor, str) else actor
        target = UUID(str(complaint)) if complaint else None
        return await execute(self.room, Command(name, acting, target, data, version), idempotency_key=key)

    async def register(self, actor: Actor | str = "wang.min", **changed: Any) -> dict[str, Any]:
        data = {**COMPLAINT, **changed}
        return await self.do("complaint.register", actor, **{k: v for k, v in data.items() if v is not ...})

    async def refused(self, code: Code, name: str, actor: Actor | str, *args: Any, **data: Any) -> Refused:
        """The command is refused with the code: nothing was changed, and the refusal is on record."""
        before = await self.counts()
        with pytest.raises(Refused) as caught:
            await (self.register(actor, **data) if name == "register" else self.do(name, actor, *args, **data))
        assert caught.value.code is code, caught.value.detail
        after = await self.counts()
        assert after.pop("audit") == before.pop("audit") + 1
        for table in LEFT_BY.get(code, ()):
            after.pop(table), before.pop(table)
        assert after == before
        last = (await self.rows("audit"))[-1]
        assert (last.code, last.detail) == (code.value, keepable(caught.value.detail))
        return caught.value

    async def rows(self, table: str) -> list[Any]:
        found = self.room.metadata.tables[f"{self.room.name}.{table}"]
        async with self.room.db.read() as session:
            return list(await fetch(session, select(found).order_by(*found.primary_key)))

    async def counts(self) -> dict[str, int]:
        return {name.split(".")[1]: len(await self.rows(name.split(".")[1])) for name in self.room.metadata.tables}

    async def events(self) -> list[Event]:
        return [decode(row.topic, row.body) for row in await self.rows("outbox")]

    async def hears(self, event: Event) -> None:
        await deliver(self.room, Message(event.event_id, event.topic, encode(event), event.correlation_id))

    def fact(self, kind: type[Event], /, *, at: datetime | None = None, **fields: Any) -> Any:
        now = at or self.clock.now()
        return kind(
            event_id=self.other_ids.new(),
            occurred_at=now,
            recorded_at=now,
            correlation_id=self.other_ids.new(),
            **fields,
        )
