"""The version before there were data keys: what it wrote is carried over, and it runs beside this one for a while."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import LargeBinary, MetaData, String, Table, Text, insert, select, type_coerce

from services.intake import repository
from services.intake.tables import Complaint
from shared.db.database import Database
from shared.db.keyring import KeyRing
from shared.db.migrations import Migrations, rooms_with_tables
from shared.db.reseal import reseal
from shared.db.sealed import Blind, BlindTerms, Keyed, SealedBytes, SealedJson, SealedText
from shared.db.sealing import NOTICED
from shared.db.statements import fetch, run
from shared.db.types import Json
from tests.kit.data_keys import KEYS, NEW, OLD
from tests.kit.desk import MORNING

ID, LATER = UUID(int=1), UUID(int=2)
WHO = {"name": "张三丰", "phone": "+8613800012345", "room": "7-3-2502"}
ROW: dict[str, Any] = {
    "id": ID, "number": "TS-1", "project_id": "jinbi-bay", "policy_id": "p", "policy_version": "1", "channel": "phone",
    "contact_ended_at": MORNING, "registered_at": MORNING, "registered_by": "wang.min", "officer": "wang.min",
    "handed_in": False, "kind": "complaint", "severity": "general", "severity_reason": "",
    "computed_severity": "general", "computed_reason": "", "lawsuit": False, "media": False, "customer": WHO,
    "phone": WHO["phone"], "room": WHO["room"], "content": "渗水", "on_the_spot": False, "signed": False,
    "closed": False, "fields": {"a": None}, "tracking": "t" * 32, "version": 1,
}  # fmt: skip
DIRECTORY: dict[str, Any] = {"version": 1, "body": '{"a": 1}', "received_at": MORNING}
PLAIN: list[tuple[type, Callable[[Any], Any]]] = [
    (SealedText, lambda found: String(found.length) if found.length else String() if found.varchar else Text()),
    (SealedJson, lambda _: Json),
    (SealedBytes, lambda _: LargeBinary()),
    (Keyed, lambda _: String(64)),
]


def tables_before(room: str) -> MetaData:
    """As that version had them: the same columns, with nothing sealed and nothing to find it by."""
    before, now = MetaData(schema=room), rooms_with_tables()[room]
    for table in now.tables.values():
        copied = [column for column in table.columns if not isinstance(column.type, Blind | BlindTerms)]
        made = Table(table.name, before, *(column._copy() for column in copied))
        for column in made.columns:
            for kind, plain in PLAIN:
                if isinstance(column.type, kind):
                    column.type = plain(column.type)
    return before


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path, fresh_database: Callable[[], str]) -> str:
    return fresh_database() if request.param == "postgres" else f"sqlite:///{tmp_path}/intake.db"


async def found_by_both(db: Database) -> tuple[list[UUID], list[UUID]]:
    async with db.read() as session:
        by_phone = await repository.earlier(session, "jinbi-bay", None, WHO["phone"], 9)
        by_room = await repository.earlier(session, "jinbi-bay", WHO["room"], None, 9)
        for one in by_phone:
            assert (one.customer, one.phone, one.room, one.fields) == (WHO, WHO["phone"], WHO["room"], {"a": None})
            assert await repository.by_tracking(session, one.tracking) == one.id
        return sorted(one.id for one in by_phone), sorted(one.id for one in by_room)


async def test_rows_of_before_are_carried_over_found_and_sealed(url: str) -> None:
    metadata, old = rooms_with_tables()["intake"], tables_before("intake").tables["intake.complaint"]
    migrations = Migrations("intake", metadata)
    before, now = Database(url, "intake"), Database(url, "intake", keys=KEYS)
    try:
        await migrations.upgrade(before, "0002")
        async with before.begin() as session:
            await run(session, insert(old), ROW)
        await migrations.upgrade(before)
        assert await found_by_both(now) == ([ID], [ID])
        assert await reseal(now, metadata) == (1, 0, [])
        assert await found_by_both(now) == ([ID], [ID])
        async with before.read() as session:
            (raw,) = await fetch(session, select(old.c.phone, old.c.room, old.c.customer, old.c.tracking, old.c.fields))
        assert all(str(value).startswith("v1:new:") for value in raw)
    finally:
        await before.close()
        await now.close()


async def test_it_runs_beside_this_version_as_long_as_nothing_is_sealed(url: str) -> None:
    metadata, old = rooms_with_tables()["intake"], tables_before("intake").tables["intake.complaint"]
    before = Database(url, "intake")
    now = Database(url, "intake", keys=KeyRing([NEW, OLD], seals=False))
    try:
        await Migrations("intake", metadata).upgrade(before)
        blinds = {"phone_blind": WHO["phone"], "room_blind": WHO["room"], "tracking_blind": "u" * 32}
        mine = ROW | {"id": LATER, "number": "TS-2", "tracking": "u" * 32}
        async with before.begin() as session:
            await run(session, insert(metadata.tables["intake.directory"]), DIRECTORY)
            await run(session, insert(old), ROW)
        async with now.begin() as session:
            await repository.add(session, Complaint, mine | blinds)
        async with before.begin() as session:
            await run(session, old.update().values(room="7-3-2502", note=WHO["name"]))
            rows = await fetch(session, select(old).order_by(old.c.id))
        for row, given in zip(rows, (ROW, mine), strict=True):
            assert {name: row._mapping[name] for name in given} == given
        assert await found_by_both(now) == ([ID, LATER], [ID, LATER])
    finally:
        await before.close()
        await now.close()


async def test_a_room_seals_from_its_first_resealing_on_and_the_processes_that_run_notice(url: str) -> None:
    metadata = rooms_with_tables()["intake"]
    directory, outbox = metadata.tables["intake.directory"], metadata.tables["intake.outbox"]
    before = Database(url, "intake")
    running, command = (Database(url, "intake", keys=KeyRing([NEW], seals=False)) for _ in range(2))

    async def said(number: int) -> str:
        """What a relay of the version before would send on."""
        said = {"event_id": UUID(int=number), "topic": "t", "body": "{}", "correlation_id": ID, "created_at": MORNING}
        async with running.begin() as session:
            await run(session, insert(outbox), said)
        async with before.read() as session:
            rows = await fetch(
                session, select(type_coerce(outbox.c.body, Text)).where(outbox.c.event_id == UUID(int=number))
            )
        return str(rows[0][0])

    try:
        await before.create(metadata)
        async with before.begin() as session:
            await run(session, insert(directory), [DIRECTORY, DIRECTORY | {"version": 2}])
        assert await said(1) == "{}"
        assert await reseal(command, metadata) == (3, 0, [])
        assert (await said(2)).startswith("v1:new:")
        async with before.begin() as session:
            await run(session, insert(directory), DIRECTORY | {"version": 3})
        later = Database(url, "intake", keys=KeyRing([NEW], seals=False))
        await later.learn()
        assert later.keys is not None
        assert later.keys.seals, "somebody who had not noticed yet does not turn it back"
        await later.close()
    finally:
        for db in (before, running, command):
            await db.close()


async def test_a_new_room_seals_from_its_first_row(url: str) -> None:
    metadata = rooms_with_tables()["intake"]
    directory = metadata.tables["intake.directory"]
    raw, new = Database(url, "intake"), Database(url, "intake", keys=KeyRing([NEW], seals=False))
    try:
        await new.learn()
        await raw.create(metadata)
        await asyncio.sleep(NOTICED)
        async with new.begin() as session:
            await run(session, insert(directory), DIRECTORY)
        async with raw.read() as session:
            ((body,),) = await fetch(session, select(type_coerce(directory.c.body, Text)))
        assert body.startswith("v1:new:")
    finally:
        await raw.close()
        await new.close()
