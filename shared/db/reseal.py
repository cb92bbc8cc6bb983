"""What is plain, or sealed with an older key, is sealed with the current one: in batches, while the rooms run.

A batch holds rows that nobody else has locked, so it waits for nobody, and two at once share the work. What it was
stopped at is gone on with: what is done already is not looked for again.
"""

import asyncio
from collections.abc import Sequence
from typing import Any, NamedTuple

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
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.database import Database
from shared.db.keyring import CannotOpen, KeyRing
from shared.db.sealed import Blind, BlindTerms, SealedBytes, SealedJson, SealedText
from shared.db.sealing import NOTICED
from shared.db.statements import fetch, run

BATCH = 200
ROUNDS = 20
PAUSE = 0.2
"""Seconds between the rounds for rows that were locked: whoever has one has it for a moment."""

Sealed = (SealedText, SealedJson, SealedBytes)


class Resealed(NamedTuple):
    """`left` were locked all the time; `unopened` says of each row that cannot be opened which it is, and why."""

    done: int
    left: int
    unopened: list[str]


async def reseal(db: Database, metadata: MetaData) -> Resealed:
    """Begins to seal where that was not done before. What cannot be opened stays as it is, and the others go on."""
    keys = db.keys
    if keys is None:
        raise ValueError("this process has no data keys")
    done = left = 0
    unopened: list[str] = []
    await db.learn()
    if not keys.seals:
        keys.seals = True
        # By these the others see that the room seals now: what they write plain until then is sealed below.
        for name in ("directory", "outbox"):
            done += (await _reseal(db, metadata.tables[f"{db.room}.{name}"], keys, [])).done
        await asyncio.sleep(2 * NOTICED)
    for table in metadata.sorted_tables:
        found = await _reseal(db, table, keys, unopened)
        done, left = done + found.done, left + found.left
    return Resealed(done, left, unopened)


async def _reseal(db: Database, table: Table, keys: KeyRing, unopened: list[str]) -> Resealed:
    columns = [column for column in table.c if isinstance(column.type, Sealed)]
    done = left = 0
    bad: list[str] = []
    for _ in range(ROUNDS if columns else 0):
        bad = []
        done += await _once(db, table, columns, keys, bad)
        left = await _count(db, table, columns, keys) - len(bad)
        if left <= 0:
            break
        await asyncio.sleep(PAUSE)
    unopened += bad
    return Resealed(done, max(left, 0), bad)


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


async def _once(db: Database, table: Table, columns: Sequence[Any], keys: KeyRing, bad: list[str]) -> int:
    """Over the table once, in the order of its key. What cannot be opened is told in `bad`."""
    done, after = 0, None
    identity = list(table.primary_key.columns)
    blinds = [column for column in table.c if isinstance(column.type, Blind | BlindTerms)]
    while True:
        wanted = select(*identity, *columns).where(_stale(table, columns, keys, db.is_sqlite))
        if after is not None:
            wanted = wanted.where(tuple_(*identity) > tuple_(*(literal(v, c.type) for v, c in after)))
        batch = wanted.order_by(*identity).limit(BATCH).with_for_update(skip_locked=True, of=table)
        async with db.begin() as session:
            try:
                rows = ids = await fetch(session, batch)
            except CannotOpen:
                ids = await fetch(session, batch.with_only_columns(*identity))
                rows = [row for each in ids for row in await _opened(session, table, columns, each, bad)]
            for row in rows:
                await run(session, update(table).where(_is(row, identity)).values(_values(row, columns, blinds)))
        done += len(rows)
        if len(ids) < BATCH:
            return done
        after = [(ids[-1]._mapping[column], column) for column in identity]


async def _opened(
    session: AsyncSession, table: Table, columns: Sequence[Any], which: Row[Any], bad: list[str]
) -> Sequence[Row[Any]]:
    identity = list(table.primary_key.columns)
    try:
        return await fetch(session, select(*identity, *columns).where(_is(which, identity)))
    except CannotOpen as error:
        bad.append(f"{table.fullname} {' '.join(str(value) for value in which)}: {error}")
        return []


def _is(row: Row[Any], identity: Sequence[Any]) -> ColumnElement[bool]:
    return and_(*(column == row._mapping[column] for column in identity))


def _values(row: Row[Any], columns: Sequence[Any], blinds: Sequence[Any]) -> dict[str, Any]:
    values = {column.name: row._mapping[column] for column in columns}
    for blind in blinds:
        of = blind.type.of
        values[blind.name] = values[of] if isinstance(blind.type, Blind) else tuple(values[name] for name in of)
    # Nothing is left as it stands: a JSON column would be given JSON's own null instead of none.
    return {name: value for name, value in values.items() if value is not None}


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
