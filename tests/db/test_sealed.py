"""Personal data at rest: whoever has the disk and not the keys reads nobody's name or number; the rooms find all."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import insert, select

from services.dispatch.tables import COMPLAINT
from services.dispatch.usecases.reads import case as read_case
from services.dispatch.usecases.reads import cases
from services.intake import repository
from services.intake.gateways.files import open_store
from services.intake.usecases.reads import earlier, linkable
from services.intake.usecases.reseal_files import reseal_files
from shared.db.database import Database
from shared.db.keycheck import require_keys
from shared.db.keyring import KeyRing, UnknownKey
from shared.db.migrations import rooms_with_tables
from shared.db.reseal import forget_plain, reseal
from shared.db.statements import fetch, run
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
            done, left = await reseal(room.db, room.metadata)
            assert (done > 0, left) == (True, 0)
            assert await reseal(room.db, room.metadata) == (0, 0)
        room = house.rooms["intake"]
        room.extra["files"] = f"file://{place.files}"
        async with room.begin() as tx:
            await repository.hold_blob(tx.session, SHA, tx.now)
        assert [await reseal_files(room), await reseal_files(room)] == [1, 0]
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
        with pytest.raises(UnknownKey, match="data key old"):
            await reseal(room.db, room.metadata)
    async with place.open(KeyRing([OLD])) as house:
        assert sorted(await on_the_disk(house, place)) == sorted(before)
        assert await found(house, NAME) == 1


async def test_a_process_without_the_keys_of_its_database_is_told_so_before_it_is_used(place: Place) -> None:
    async with place.open(KeyRing([OLD])) as house:
        directory = house.rooms["dispatch"].tables.directory
        assert await require_keys(house.rooms["dispatch"].db, directory)
    for keys in (KeyRing([NEW]), None):
        db = Database(place.database("dispatch"), "dispatch", keys=keys)
        with pytest.raises(UnknownKey, match=r"^dispatch\.directory\.body is sealed with the data key old"):
            await require_keys(db, directory)
        await db.close()
    empty = Database(f"sqlite:///{place.folder}/none.db", "dispatch", keys=KeyRing([NEW]))
    assert await require_keys(empty, directory), "that there are no tables is told by another check"
    await empty.close()


async def test_while_a_version_before_still_runs_everything_is_read_and_written_plain(place: Place) -> None:
    async with place.open(BOTH) as house:
        case = await whole_life(house, place)
    async with place.open(KeyRing([NEW, OLD], seals=False)) as house:
        await still_finds(house, case)
        told = told_in(await on_the_disk(house, place))
    assert {"intake.complaint", "dispatch.complaint", "notify.case_fact"} <= told


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
        assert [left for _, left in results] == [0, 0]
        assert await reseal(one, metadata) == (0, 0)
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
        assert await held == (3, 0)
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
