"""Whether a process has the keys of the database it was given: it is told at its start, not by the first customer."""

from sqlalchemy import Table, Text, func, select, type_coerce
from sqlalchemy.exc import SQLAlchemyError

from shared.db.database import Database
from shared.db.keyring import UnknownKey, key_named_at
from shared.db.statements import fetch

_BEGINNING = 32


async def require_keys(db: Database, directory: Table) -> bool:
    """Of the directory, which every room has, the latest version is looked at. Raises UnknownKey, naming the key. True
    also where there is none yet, or no database to be asked: others tell of that.
    """
    begun = func.substr(type_coerce(directory.c.body, Text), 1, _BEGINNING)
    try:
        async with db.read() as session:
            rows = await fetch(session, select(begun).order_by(directory.c.version.desc()).limit(1))
    except (SQLAlchemyError, OSError):
        return True
    key_id = key_named_at(rows[0][0]) if rows else None
    if key_id is not None and (db.keys is None or not db.keys.has(key_id)):
        raise UnknownKey(key_id, f"{db.room}.directory.body")
    return True
