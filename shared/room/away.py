"""When a room's database cannot be used now: no connection, no space, read-only, not migrated yet."""

from collections.abc import Iterator

import sqlalchemy.exc as sql
from sqlalchemy import text

from shared.db.database import Database
from shared.db.statements import fetch
from shared.kernel.errors import Transient

# PostgreSQL's classes: connection, authorisation, no such database, resources (disk, memory, connections), operator
# intervention (shutdown, starting up), system error; and "read-only transaction".
_AWAY = ("08", "28", "3D", "53", "57P", "58", "25006")
_PASSING = ("40", "55P03", "57014")
"""Deadlock, serialisation, a lock not had, a statement cancelled: the next attempt may go through."""

_SQLITE_AWAY = ("disk i/o", "disk is full", "unable to open", "readonly database")
_SQLITE_PASSING = ("database is locked", "database is busy", "table is locked")
_NOT_THE_NETWORK = (FileNotFoundError, FileExistsError, PermissionError, IsADirectoryError, NotADirectoryError)


def away(error: BaseException) -> bool:
    """True where the error says that the database itself cannot be used now."""
    return any(_away(each) for each in _chain(error))


def passing(error: BaseException) -> bool:
    """True where nothing is wrong with what was asked: the same may go through at the next attempt."""
    return any(
        isinstance(each, Transient)
        or _state(each).startswith(_PASSING)
        or (isinstance(each, sql.OperationalError) and _says(each, _SQLITE_PASSING))
        for each in _chain(error)
    )


async def usable(db: Database) -> bool:
    """True when the database answers and lets us write. Raises, as the driver does, when it does not answer."""
    if db.is_sqlite:
        return await db.ping()
    async with db.read() as session:
        ((read_only,),) = await fetch(session, text("SELECT current_setting('transaction_read_only')"))
    return str(read_only) == "off"


def _away(error: BaseException) -> bool:
    if _state(error).startswith(_AWAY):
        return True
    match error:
        case sql.TimeoutError():  # no connection to be had from the pool
            return True
        case sql.DBAPIError():
            return error.connection_invalidated or _says(error, _SQLITE_AWAY)
        case OSError():  # TimeoutError and every failed connection are
            return not isinstance(error, _NOT_THE_NETWORK)
    return False


def _state(error: BaseException) -> str:
    """asyncpg's own errors and SQLAlchemy's form of them alike carry the five characters."""
    state = getattr(error, "sqlstate", None)
    return state if isinstance(state, str) else ""


def _says(error: sql.DBAPIError, words: tuple[str, ...]) -> bool:
    said = str(error.orig).lower()
    return any(each in said for each in words)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop()
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        origin = getattr(each, "orig", None)
        left += [each.__cause__, origin if isinstance(origin, BaseException) else None]
        if isinstance(each, BaseExceptionGroup):
            left += each.exceptions
