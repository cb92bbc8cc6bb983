"""Personal data at rest: whoever has the disk and not the keys reads nobody's name or number; the rooms find all."""

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import Table, Text, insert, literal, null, select, update

from services.dispatch.tables import COMPLAINT
from services.dispatch.usecases.reads import case as read_case
from services.dispatch.usecases.reads import cases
from services.intake import repository
from services.intake.gateways.files import FileStore, open_store
from services.intake.usecases.file_access import store_of
from services.intake.usecases.forget_files import discard
from services.intake.usecases.reads import earlier, linkable
from services.intake.usecases.reseal_files import reseal_files
from services.sla.tables import COMMON as sla_tables
from shared.bus.port import Message
from shared.db.database import Database
from shared.db.keycheck import require_keys
from shared.db.keyring import CannotOpen, DataKey, KeyRing, UnknownKey
from shared.db.migrations import rooms_with_tables
from shared.db.reseal import forget_plain, reseal
from shared.db.sealed import SealedBytes
from shared.db.statements import fetch, run
from shared.kernel.clock import ManualClock
from shared.room.outbox import RoomOutbox
from shared.room.relay import relay_batch
from tests.db.sealed_house import FILE, NAME, PHONE, PLACE, SAID, SHA, Place, on_the_disk, told_in, whole_life
from tests.kit.data_keys import NEW, OLD
from tests.kit.desk import MORNING, person
from tests.kit.rooms import House

BOTH = KeyRing([NEW, OLD])


@pytest.fixture(params=["sqlite", "postgres"])
def place(request: pytest.FixtureRequest, tmp_path: Path, fresh_database: Callable[[], str]) -> Place:
    return Place(tmp_path, fresh_database() if request.param == "postgres" else None)


async def found(house: House, q: str, who: str = "wang.min") -> int:
    return len((await cases(house.rooms["dispatch"], person(who), q=q))["items"])


async def still_finds(house: House, case: str) -> None:
    """What an officer looks for, and what intake looks for by itself."""
    for q in (NAME, "三丰", PHONE, f"+86{PHONE}", "2345", PLACE, "2502", "3-2502", "渗水"):
        assert await found(house, q) == 1, q
    for q in ("张三", "张三李", "13800012346", "2346", "7-2502", "张无忌"):
        assert await found(house, q) == int(q == "张三"), q
    assert await found(house, NAME, "chen.wei") == 0, "who does not handle the case does not find it by its customer"
    room, officer = house.rooms["intake"], person("wang.min")
    assert [one["complaint"] for one in await earlier(room, officer, "jinbi-bay", PLACE)] == [case]
    assert [one["complaint"] for one in await earlier(room, officer, "jinbi-bay", None, PHONE)] == [case]
    assert await earlier(room, officer, "jinbi-bay", "7-3-2503", "13800012346") == []
    again = await house.do("complaint.register", "wang.min", **SAID)
    assert [one["complaint"] for one in again["suggestions"]] == [case]
    assert again["suggestions"][0]["why"] == "同一房号、同一电话"
    near = await linkable(room, officer, UUID(again["complaint"]), PLACE)
    assert [one["complaint"] for one in near] == [case]


async def test_no_table_and_no_file_tells_who_complained(place: Place) -> None:
    async with place.open(BOTH) as house:
        case = await whole_life(house, place)
        kept = await on_the_disk(house, place)
        assert told_in(kept) == set()
        async with house.rooms["intake"].db.read() as session:
            record = await repository.complaint(session, UUID(case))
            assert record is not None
            assert await repository.by_tracking(session, record.tracking) == UUID(case)
            assert await repository.by_tracking(session, record.tracking.swapcase()) is None
        assert not [where for where, row in kept if record.tracking in row], "the key that opens the case to anybody"
        assert {where.split(".")[0] for where, _ in kept if "." in where} >= {"intake", "dispatch", "sla", "notify"}
        assert any("卫生间渗水" in row for where, row in kept if where == "dispatch.complaint"), "it is searched"
        shown = await read_case(house.rooms["dispatch"], person("wang.min"), UUID(case))
        assert shown["customer"]["name"] == NAME
        store = open_store(f"file://{place.files}", BOTH)
        assert b"".join([piece async for piece in await store.get(SHA)]) == FILE
        for q, there in ((f"+86 {PHONE}", 1), ("138 0001-2345", 1), ("7栋3单元2502", 0), ("502", 0), ("张", 0)):
            assert await found(house, q) == there, q
        await still_finds(house, case)


async def test_without_keys_they_would_tell_so_the_search_for_it_finds_something(place: Place) -> None:
    async with place.open(None) as house:
        await whole_life(house, place)
        told = told_in(await on_the_disk(house, place))
    assert told >= {
        "intake.complaint", "intake.signature", "intake.correction", "intake.outbox", "intake.audit",
        "dispatch.complaint", "dispatch.fact", "dispatch.act", "dispatch.supervision_order",
        "sla.fact", "notify.message", "notify.case_fact", "notify.dead_letter",
    }  # fmt: skip
    assert any(where.endswith(SHA) for where in told)


async def test_what_a_version_before_wrote_is_found_at_once_and_sealed_by_and_by(place: Place) -> None:
    async with place.open(None) as house:
        case = await whole_life(house, place)
    async with place.open(BOTH) as house:
        await still_finds(house, case)
        assert told_in(await on_the_disk(house, place))
    async with place.open(BOTH) as house:
        for room in house.rooms.values():
            done, left, unopened = await reseal(room.db, room.metadata)
            assert (done > 0, left, unopened) == (True, 0, [])
            assert await reseal(room.db, room.metadata) == (0, 0, [])
        room = house.rooms["intake"]
        room.extra["files"] = f"file://{place.files}"
        async with room.begin() as tx:
            await repository.hold_blob(tx.session, SHA, tx.now)
        assert [await reseal_files(room), await reseal_files(room)] == [(1, []), (0, [])]
        assert told_in(await on_the_disk(house, place)) == set()
        for q in (NAME, PHONE, "2345", PLACE):
            assert await found(house, q) == 2, q
        assert (await read_case(house.rooms["dispatch"], person("wang.min"), UUID(case)))["customer"]["name"] == NAME


async def test_after_a_change_of_keys_all_is_found_and_the_old_key_can_be_taken_away(place: Place) -> None:
    async with place.open(KeyRing([OLD])) as house:
        case = await whole_life(house, place)
    async with place.open(BOTH) as house:
        await still_finds(house, case)
        for room in house.rooms.values():
            assert (await reseal(room.db, room.metadata))[1] == 0
    async with place.open(KeyRing([NEW])) as house:
        assert await found(house, NAME) == 2
        assert (await read_case(house.rooms["dispatch"], person("wang.min"), UUID(case)))["customer"]["phone"] == (
            f"+86{PHONE}"
        )


async def test_a_missing_key_is_named_and_nothing_is_lost(place: Place) -> None:
    async with place.open(KeyRing([OLD])) as house:
        case = await whole_life(house, place)
        before = await on_the_disk(house, place)
    async with place.open(KeyRing([NEW])) as house:
        room = house.rooms["dispatch"]
        with pytest.raises(UnknownKey, match="data key old, which is not in the key ring"):
            await read_case(room, person("wang.min"), UUID(case))
        done, left, unopened = await reseal(room.db, room.metadata)
        assert (done, left) == (0, 0)
        assert all("is sealed with the data key old, which is not in the key ring" in line for line in unopened)
        assert any(line.startswith(f"dispatch.complaint {case}: dispatch.complaint.") for line in unopened)
    async with place.open(KeyRing([OLD])) as house:
        assert sorted(await on_the_disk(house, place)) == sorted(before)
        assert await found(house, NAME) == 1


async def test_a_process_without_the_keys_of_its_database_is_told_so_before_it_is_used(place: Place) -> None:
    async with place.open(KeyRing([OLD])) as house:
        tables = house.rooms["dispatch"].tables
        assert await require_keys(house.rooms["dispatch"].db, tables)
    for keys in (KeyRing([NEW]), None):
        db = Database(place.database("dispatch"), "dispatch", keys=keys)
        with pytest.raises(UnknownKey, match=r"^dispatch\.directory\.body is sealed with the data key old"):
            await require_keys(db, tables)
        await db.close()
    other = Database(place.database("dispatch"), "dispatch", keys=KeyRing([DataKey("old", b"x" * 32)]))
    with pytest.raises(CannotOpen, match=r"does not open with the data key old: .* another key of that name$"):
        await require_keys(other, tables)
    await other.close()
    empty = Database(f"sqlite:///{place.folder}/none.db", "dispatch", keys=KeyRing([NEW]))
    assert await require_keys(empty, tables), "that there are no tables is told by another check"
    await empty.close()


async def test_every_key_by_which_the_newest_and_the_oldest_are_sealed_is_asked_for(tmp_path: Path) -> None:
    metadata = rooms_with_tables()["sla"]
    url, tables = f"sqlite:///{tmp_path}/sla.db", sla_tables
    for number, key in ((1, OLD), (2, NEW)):
        db = Database(url, "sla", keys=KeyRing([key]))
        await db.create(metadata)
        async with db.begin() as session:
            await run(session, insert(tables.directory), {"version": number, "body": "{}", "received_at": MORNING})
        await db.close()
    for ring, missing in ((KeyRing([NEW]), "old"), (KeyRing([OLD]), "new")):
        db = Database(url, "sla", keys=ring)
        with pytest.raises(UnknownKey, match=f"data key {missing}"):
            await require_keys(db, tables)
        await db.close()


async def test_what_only_looks_sealed_is_read_as_it_was_written_also_while_plain_is_written(tmp_path: Path) -> None:
    metadata, typed = rooms_with_tables()["intake"], f"v1:abc:{'A' * 40}"
    db = Database(f"sqlite:///{tmp_path}/intake.db", "intake", keys=KeyRing([NEW], seals=False))
    await db.create(metadata)
    audit, image = metadata.tables["intake.audit"], b"v1:abc:\x89"
    row = {"id": UUID(int=1), "at": MORNING, "actor": "a", "command": "c", "detail": typed, "data": typed}
    drawing = SealedBytes("dispatch.drawing.image")
    try:
        async with db.begin() as session:
            assert db.keys is not None
            db.keys.seals = False
            await run(session, insert(audit), row)
            bound = drawing.process_bind_param(image, db.engine.dialect)
            assert drawing.process_result_value(bound, db.engine.dialect) == image
            assert drawing.process_bind_param(b"\x89", db.engine.dialect) == b"\x89"
        async with db.read() as session:
            (found,) = await fetch(session, select(audit))
        assert (found.detail, found.data) == (typed, typed)
        db.keys.seals = False
        (tmp_path / "source").write_bytes(image)
        store = open_store(f"file://{tmp_path}/files", db.keys)
        await store.put(SHA, tmp_path / "source")
        assert b"".join([piece async for piece in await store.get(SHA)]) == image
    finally:
        await db.close()


async def spoil(db: Database, table: Table, **which: object) -> None:
    """As a disk does it, or somebody who has no key."""
    async with db.begin() as session:
        await run(session, update(table).filter_by(**which).values(body=literal(f"v1:old:{'A' * 60}", Text())))


async def test_what_cannot_be_opened_is_told_and_the_others_are_sealed_anew(place: Place) -> None:
    metadata = rooms_with_tables()["notify"]
    table = metadata.tables["notify.dead_letter"]
    db = Database(place.database("notify"), "notify", keys=KeyRing([OLD]))
    await db.create(metadata)
    row = {"topic": "t", "body": NAME, "reason": NAME, "dead_at": MORNING}
    async with db.begin() as session:
        await run(session, insert(table), [row | {"id": f"{n:03}"} for n in range(250)])
    await spoil(db, table, id="007")
    await db.close()
    db = Database(place.database("notify"), "notify", keys=BOTH)
    why = "notify.dead_letter.body does not open with the data key old"
    try:
        done, left, unopened = await reseal(db, metadata)
        assert (done, left, len(unopened)) == (249, 0, 1)
        assert unopened[0].startswith(f"notify.dead_letter 007: {why}")
    finally:
        await db.close()


async def test_one_event_that_cannot_be_opened_holds_up_none_of_the_others(place: Place) -> None:
    metadata = rooms_with_tables()["sla"]
    db, clock = Database(place.database("sla"), "sla", keys=BOTH), ManualClock(MORNING)
    await db.create(metadata)
    row = {"topic": "t", "body": NAME, "correlation_id": UUID(int=1), "created_at": MORNING}
    async with db.begin() as session:
        await run(session, insert(sla_tables.outbox), [row | {"event_id": UUID(int=n)} for n in range(1, 8)])
    for n in (1, 2, 5):
        await spoil(db, sla_tables.outbox, event_id=UUID(int=n))
    told: list[Message] = []

    class Bus:
        async def publish(self, messages: Sequence[Message]) -> set[UUID]:
            told.extend(messages)
            return {message.event_id for message in messages}

        async def held(self) -> frozenset[str]:
            return frozenset()

    try:
        outbox = RoomOutbox(db, sla_tables, clock)
        assert [message.event_id.int for _, message in await outbox.unsent(0, 2)] == [3, 4]
        for _ in range(3):
            await relay_batch(db, sla_tables, Bus(), clock, batch=2)
        assert [message.event_id.int for message in told] == [3, 4, 6, 7]
    finally:
        await db.close()


async def test_a_file_that_is_removed_while_it_is_sealed_anew_stays_removed(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with place.open(KeyRing([OLD])) as house:
        await whole_life(house, place)
    async with place.open(BOTH) as house:
        room = house.rooms["intake"]
        room.extra["files"] = f"file://{place.files}"
        async with room.begin() as tx:
            await repository.hold_blob(tx.session, SHA, tx.now)
        replace = FileStore.replace

        async def removed_meanwhile(store: FileStore, sha256: str, source: Path) -> None:
            async with asyncio.timeout(5):
                assert await discard(room, [sha256]) == 1
            await replace(store, sha256, source)

        monkeypatch.setattr(FileStore, "replace", removed_meanwhile)
        assert await reseal_files(room) == (0, [])
        assert not await store_of(room).has(SHA)


async def test_a_document_that_is_none_stays_none(place: Place) -> None:
    metadata = rooms_with_tables()["notify"]
    table = metadata.tables["notify.message"]
    async with place.open(KeyRing([OLD])) as house:
        await whole_life(house, place)
        db = house.rooms["notify"].db
        async with db.begin() as session:
            await run(session, update(table).values(said=null()))
    async with place.open(BOTH) as house:
        db = house.rooms["notify"].db
        assert (await reseal(db, metadata)).left == 0
        async with db.read() as session:
            none = await fetch(session, select(table.c.id).where(table.c.said.is_(null())))
            assert len(none) == len(await fetch(session, select(table.c.id))) > 0


async def test_two_who_seal_anew_at_once_share_the_work(place: Place) -> None:
    async with place.open(None) as house:
        await whole_life(house, place)
        room = house.rooms["dispatch"]
        async with room.begin() as tx:
            (row,) = await fetch(tx.session, select(COMPLAINT))
            copies = [dict(row._mapping) | {"complaint_id": UUID(int=n), "number": f"TS-{n}"} for n in range(1, 900)]
            await run(tx.session, insert(COMPLAINT), copies)
    metadata = rooms_with_tables()["dispatch"]
    one, other = (Database(place.database("dispatch"), "dispatch", keys=BOTH) for _ in range(2))
    try:
        results = await asyncio.gather(reseal(one, metadata), reseal(other, metadata))
        assert [each.left for each in results] == [0, 0]
        assert await reseal(one, metadata) == (0, 0, [])
        async with one.read() as session:
            rows = await fetch(session, select(COMPLAINT))
        assert {row.customer_name for row in rows} == {NAME}
        assert len(rows) == 900
    finally:
        await one.close()
        await other.close()


async def test_a_row_that_somebody_holds_is_waited_for_by_nobody(fresh_database: Callable[[], str]) -> None:
    url, metadata = fresh_database(), rooms_with_tables()["notify"]
    table = metadata.tables["notify.dead_letter"]
    plain, sealing = Database(url, "notify"), Database(url, "notify", keys=BOTH)
    await plain.create(metadata)
    row = {"topic": "t", "body": NAME, "reason": NAME, "dead_at": MORNING}
    async with plain.begin() as session:
        await run(session, insert(table), [row | {"id": str(n)} for n in range(3)])
    try:
        async with plain.begin() as session:
            await fetch(session, select(table).where(table.c.id == "1").with_for_update())
            held = asyncio.create_task(reseal(sealing, metadata))
            await asyncio.sleep(0.5)
            assert not held.done(), "it comes back for what was held"
        assert await held == (3, 0, [])
    finally:
        await plain.close()
        await sealing.close()


async def test_what_was_overwritten_is_gone_from_the_files_of_sqlite(tmp_path: Path) -> None:
    place = Place(tmp_path, None)
    async with place.open(None) as house:
        await whole_life(house, place)
    names = ("intake", "dispatch", "sla", "notify")
    assert all(NAME.encode() in (tmp_path / f"{name}.db").read_bytes() for name in ("intake", "dispatch", "notify"))
    for name in names:
        db = Database(place.database(name), name, keys=BOTH)
        await reseal(db, rooms_with_tables()[name])
        await forget_plain(db)
        await db.close()
    left = b"".join((tmp_path / f"{name}.db").read_bytes() for name in names)
    assert not [name for name in names if (tmp_path / f"{name}.db-wal").exists()]
    for secret in (NAME, PHONE, PLACE):
        assert secret.encode() not in left
        assert secret.encode("ascii", "backslashreplace") not in left


def test_a_sealed_column_cannot_be_compared_by_mistake() -> None:
    for compare in (
        lambda: COMPLAINT.c.customer_name == NAME,
        lambda: COMPLAINT.c.customer_name.contains(NAME),
        lambda: COMPLAINT.c.customer["name"],
        lambda: COMPLAINT.c.customer_phone.in_([PHONE]),
        lambda: COMPLAINT.c.customer_name.desc(),
    ):
        with pytest.raises(TypeError, match="is sealed: look for it by its blind column"):
            compare()
    assert str(COMPLAINT.c.customer_room.is_(None))
