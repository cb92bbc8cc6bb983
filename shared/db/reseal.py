"""What is plain, or sealed with an older key, is sealed with the current one: in batches, while the rooms run.

A batch holds rows that nobody else has locked, so it waits for nobody, and two at once share the work. What it was
stopped at is gone on with: what is done already is not looked for again.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    MetaData,
    Row,
    Table,
    Text,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB

from shared.db.database import Database
from shared.db.keyring import KeyRing
from shared.db.sealed import Blind, BlindTerms, SealedBytes, SealedJson, SealedText
from shared.db.statements import fetch, run

BATCH = 200
ROUNDS = 20
PAUSE = 0.2
"""Seconds between the rounds for rows that were locked: whoever has one has it for a moment."""

Sealed = (SealedText, SealedJson, SealedBytes)


async def reseal(db: Database, metadata: MetaData) -> tuple[int, int]:
    """Returns how many rows were written, and how many are left because they were locked all the time. Raises
    CannotOpen where a key is missing: what was done stays done, what cannot be opened stays as it is.
    """
    keys = db.keys
    if keys is None or not keys.seals:
        raise ValueError("this process does not seal")
    done = left = 0
    for table in metadata.sorted_tables:
        columns = [column for column in table.c if isinstance(column.type, Sealed)]
        if not columns:
            continue
        for _ in range(ROUNDS):
            done += await _once(db, table, columns, keys)
            remaining = await _count(db, table, columns, keys)
            if not remaining:
                break
            await asyncio.sleep(PAUSE)
        left += remaining
    return done, left


async def forget_plain(db: Database) -> None:
    """SQLite: what was overwritten does not stay on in free pages and in the write-ahead log. PostgreSQL's own VACUUM
    sees to that there, in its time.
    """
    if not db.is_sqlite:
        return
    async with db.engine.connect() as connection:
        # Past SQLAlchemy, which would begin a transaction: no space is given back within one.
        driver: Any = (await connection.get_raw_connection()).driver_connection
        for statement in (f"VACUUM {db.room}", f"PRAGMA {db.room}.wal_checkpoint(TRUNCATE)"):
            await (await driver.execute(statement)).close()


async def _once(db: Database, table: Table, columns: Sequence[Any], keys: KeyRing) -> int:
    """Over the table once, in the order of its key."""
    done, after = 0, None
    identity = list(table.primary_key.columns)
    blinds = [column for column in table.c if isinstance(column.type, Blind | BlindTerms)]
    while True:
        wanted = select(*identity, *columns).where(_stale(table, columns, keys, db.is_sqlite))
        if after is not None:
            wanted = wanted.where(tuple_(*identity) > tuple_(*(literal(v, c.type) for v, c in after)))
        async with db.begin() as session:
            rows = await fetch(
                session, wanted.order_by(*identity).limit(BATCH).with_for_update(skip_locked=True, of=table)
            )
            for row in rows:
                mine = and_(*(column == row._mapping[column] for column in identity))
                await run(session, update(table).where(mine).values(_values(row, columns, blinds)))
        done += len(rows)
        if len(rows) < BATCH:
            return done
        after = [(rows[-1]._mapping[column], column) for column in identity]


def _values(row: Row[Any], columns: Sequence[Any], blinds: Sequence[Any]) -> dict[str, Any]:
    values = {column.name: row._mapping[column] for column in columns}
    for blind in blinds:
        of = blind.type.of
        values[blind.name] = values[of] if isinstance(blind.type, Blind) else tuple(values[name] for name in of)
    return values


async def _count(db: Database, table: Table, columns: Sequence[Any], keys: KeyRing) -> int:
    async with db.read() as session:
        stale = _stale(table, columns, keys, db.is_sqlite)
        ((found,),) = await fetch(session, select(func.count()).select_from(table).where(stale))
    return int(found)


def _stale(table: Table, columns: Sequence[Any], keys: KeyRing, is_sqlite: bool) -> ColumnElement[bool]:
    """Something in the row is not sealed with the current key, or not to be found by it."""
    wanted = [_not_current(column, keys.current, is_sqlite) for column in columns]
    for column in table.c:
        if isinstance(column.type, Blind):
            # Nothing stands for an empty value; for one that is plain, the sealed column is stale itself.
            wanted.append(type_coerce(column, Text).not_like(f"{keys.current}:%"))
        elif isinstance(column.type, BlindTerms):
            raw = type_coerce(column, Text)
            wanted.append(or_(raw.is_(None), raw.not_like(f"{keys.current}:%")))
    return or_(*wanted)


def _not_current(column: Any, key_id: str, is_sqlite: bool) -> ColumnElement[bool]:
    prefix = f"v1:{key_id}:"
    if isinstance(column.type, SealedBytes):
        begun = func.substr(type_coerce(column, LargeBinary), 1, len(prefix))
        return begun != literal(prefix.encode(), LargeBinary)
    if isinstance(column.type, SealedJson):
        raw = type_coerce(column, Text) if is_sqlite else cast(type_coerce(column, JSONB), Text)
        return and_(raw.not_like(f'"{prefix}%'), raw != "null")
    return type_coerce(column, Text).not_like(f"{prefix}%")
