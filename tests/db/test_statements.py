"""Statements that both databases take."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, Uuid, bindparam, select

from shared.db.database import Database
from shared.db.statements import UuidList, among, insert_rows, run

NUMBERED = Table("numbered", MetaData(schema="room"), Column("id", Uuid, primary_key=True), Column("n", Integer))
AMONG = select(NUMBERED.c.n).where(among(NUMBERED.c.id, bindparam("ids", type_=UuidList))).order_by(NUMBERED.c.n)


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
async def test_rows_are_found_by_many_ids_in_one_parameter(
    kind: str, tmp_path: Path, fresh_database: Callable[[], str]
) -> None:
    url = f"sqlite:///{tmp_path}/room.db" if kind == "sqlite" else fresh_database()
    db, ids = Database(url, "room"), [uuid4() for _ in range(700)]
    try:
        await db.create(NUMBERED.metadata)
        async with db.begin() as session:
            await insert_rows(session, NUMBERED, [{"id": each, "n": n} for n, each in enumerate(ids)])
        async with db.read() as session:
            for wanted in (ids[:3], [*ids[600:], uuid4()], []):
                found = (await run(session, AMONG, {"ids": wanted})).scalars().all()
                assert list(found) == [n for n, each in enumerate(ids) if each in wanted]
    finally:
        await db.close()
