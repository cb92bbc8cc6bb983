"""Whether a process has the keys of the database it was given: it is told at its start, not by the first customer."""

from weakref import WeakKeyDictionary

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from shared.db.database import Database
from shared.db.keyring import key_named_at
from shared.db.sealing import outermost
from shared.db.statements import fetch
from shared.db.tables import CommonTables

_PROVEN: WeakKeyDictionary[Database, set[str]] = WeakKeyDictionary()
"""The keys that have opened something of the database: a ring never loses one."""


async def require_keys(db: Database, tables: CommonTables) -> bool:
    """With every key by which the oldest and the newest rows of directory and outbox are sealed, one of them is opened:
    another key may bear the same name. Raises CannotOpen, naming the key. True also where there is nothing yet, or no
    database to be asked: others tell of that.
    """
    proven = _PROVEN.setdefault(db, set())
    try:
        async with db.read() as session:
            for table, number in ((tables.directory, "version"), (tables.outbox, "seq")):
                for at, begun in await outermost(session, table, number):
                    key_id = key_named_at(begun)
                    if key_id is not None and key_id not in proven:
                        await fetch(session, select(table.c.body).where(table.c[number] == at))
                        proven.add(key_id)
    except (SQLAlchemyError, OSError):
        return True
    return True
