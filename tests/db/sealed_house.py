"""A case's whole life in all four rooms, and all that they have put on the disk by then."""

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text

from services.dispatch.app import build as dispatch
from services.intake.app import build as intake
from services.intake.gateways.files import open_store
from services.notify.app import build as notify
from services.sla.app import build as sla
from shared.bus.port import Message
from shared.db.keyring import KeyRing
from shared.kernel.clock import ManualClock
from shared.kernel.errors import Refused
from shared.room.commands import execute
from shared.room.consume import bury
from shared.room.room import Command, Room
from tests.kit.desk import COMPLAINT, MORNING, customer, person
from tests.kit.rooms import House, open_house

NAME, PHONE, PLACE = "张三丰", "13800012345", "7-3-2502"
SAID: dict[str, Any] = {
    **COMPLAINT,
    "customer": {"name": NAME, "phone": PHONE, "room": PLACE, "address": "滨海大道九号"},
}
SECRETS = (NAME, PHONE, PLACE, "滨海大道九号", "13900054321", "李四光")
FILE = f"{NAME}（{PHONE}）的房产证".encode()
SHA = "5e" * 32


@dataclass
class Place:
    """Where the rooms are: a folder of SQLite files, or one PostgreSQL database."""

    folder: Path
    url: str | None
    opened: int = 0

    def open(self, keys: KeyRing | None) -> AbstractAsyncContextManager[House]:
        """Each time on another day."""
        clock = ManualClock(MORNING + timedelta(days=self.opened))
        self.opened += 1
        return open_house(
            self.folder, notify, sla, intake, dispatch, clock=clock, keys=keys, url=self.url, seed=10 * self.opened
        )

    def database(self, room: str) -> str:
        return self.url or f"sqlite:///{self.folder}/{room}.db"

    @property
    def files(self) -> Path:
        return self.folder / "files"


async def whole_life(house: House, place: Place) -> str:
    """Registered, refused, corrected, issued, told, called, worked on, closed, rated; and a letter that failed."""
    intake_room = house.rooms["intake"]
    sent = Command("complaint.register", person("wang.min"), None, SAID)
    case = str((await execute(intake_room, sent, idempotency_key="one"))["complaint"])
    await house.bus.pump()
    for wrong in ({"project": "nowhere"}, {"customer": {"name": NAME, "phone": f"{PHONE}x"}}):
        with pytest.raises(Refused):
            await house.do("complaint.register", "wang.min", **SAID | wrong)
    await house.do("complaint.sign", customer(case), case, signature=NAME)
    await house.do("complaint.correct", "wang.min", case, reason=f"{NAME}本人来电", customer={"phone": "13900054321"})
    await house.do("complaint.correct", "wang.min", case, reason="又改回", customer={"phone": PHONE})
    house.clock.advance(timedelta(hours=2))
    for command, who, data in (
        ("order.submit", "wang.min", {}),
        ("order.review", "sun.li", {"decision": "approve"}),
        ("order.issue", "gao.feng", {"decision": "return", "reason": f"{NAME}的电话请再核对"}),
        ("order.submit", "wang.min", {}),
        ("order.review", "sun.li", {"decision": "approve"}),
        ("order.issue", "gao.feng", {"decision": "approve"}),
        ("visit.record", "wu.gang", {"outcome": "agreed", "plan": f"李四光上门为{NAME}更换防水层"}),
        ("progress.enter", "wu.gang", {"text": f"已联系 {PHONE}"}),
        ("closure.apply", "wu.gang", {"signature": NAME}),
        ("closure.verify", "wang.min", {"decision": "approve", "satisfaction": 5}),
        ("closure.review", "sun.li", {"decision": "approve"}),
        ("closure.approve", "gao.feng", {"decision": "approve"}),
    ):
        await house.do(command, who, case, **data)
    await house.run(timedelta(hours=1))
    letter = Message(UUID(int=9), "intake.nothing.v1", json.dumps(SAID, ensure_ascii=False), UUID(int=9))
    await bury(house.rooms["notify"], letter, f"cannot be understood: {NAME}")
    source = place.folder / "source"
    source.write_bytes(FILE)
    await open_store(f"file://{place.files}", intake_room.db.keys).put(SHA, source)
    source.unlink()
    return case


async def on_the_disk(house: House, place: Place) -> list[tuple[str, str]]:
    """Every row of every table as the database has it, and every file, as (where, text)."""
    found = [(str(path), _readable(path.read_bytes())) for path in place.files.rglob("*") if path.is_file()]
    for room in house.rooms.values():
        async with room.db.read() as session:
            for table in room.metadata.tables.values():
                found += [(table.fullname, row) for row in await _raw(room, session, table.name)]
    return found


async def _raw(room: Room, session: Any, table: str) -> list[str]:
    connection = await session.connection()
    if not room.db.is_sqlite:
        rows = await connection.execute(text(f'SELECT t::text FROM "{room.name}"."{table}" t'))
        return [_unescaped(row[0]) for row in rows]
    rows = await connection.exec_driver_sql(f'SELECT * FROM "{room.name}"."{table}"')
    return [" | ".join(_readable(v) if isinstance(v, bytes) else _unescaped(str(v)) for v in row) for row in rows]


def _unescaped(value: str) -> str:
    """JSON may have a character as itself or as its number."""
    return value + value.encode("ascii", "backslashreplace").decode("unicode_escape", "replace")


def _readable(value: bytes) -> str:
    return value.decode("utf-8", "replace")


def told_in(found: list[tuple[str, str]]) -> set[str]:
    """Where one of the secrets can be read."""
    return {where for where, row in found if any(secret in row for secret in SECRETS)}
