"""Whether a room's database is one where personal data is sealed: the database itself says so.

A new one is, from its first row. In one that a version without keys has filled, plain is written until `ccrm keys
reseal` has sealed its directory: a replica of that version, which runs beside this one for a while, reads and sends on
what it finds.
"""

from sqlalchemy import Integer, Table, Text, column, func, or_, select, table, type_coerce
from sqlalchemy.exc import OperationalError, ProgrammingError
from sqlalchemy.sql.selectable import TableClause
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.keyring import key_named_at
from shared.db.statements import fetch

NOTICED = 1.0
"""Seconds: so often a process that writes plain looks whether that is over."""

BEGINNING = 32
"""Characters: more than the name of a key has."""


async def is_sealed_room(session: AsyncSession, room: str) -> bool:
    """Asked of the oldest and the newest version of the directory, which every room has; of its outbox before one has
    come. False where there are no tables yet.
    """
    directory = table("directory", column("version", Integer), column("body", Text), schema=room)
    outbox = table("outbox", column("seq", Integer), column("body", Text), schema=room)
    try:
        found = await outermost(session, directory, "version") or await outermost(session, outbox, "seq")
    except (ProgrammingError, OperationalError) as error:
        if isinstance(error, OperationalError) and "no such table" not in str(error.orig):
            raise
        return False
    return not found or any(key_named_at(begun) is not None for _, begun in found)


async def outermost(session: AsyncSession, of: Table | TableClause, number: str) -> list[tuple[int, str]]:
    """The newest and the oldest row, or the only one, or none: the number of each, and how its body begins."""
    at = of.c[number]
    first, last = (select(edge(at)).select_from(of).scalar_subquery() for edge in (func.min, func.max))
    begun = func.substr(type_coerce(of.c.body, Text), 1, BEGINNING)
    wanted = select(at.label("at"), begun.label("begun")).where(or_(at == first, at == last))
    rows = await fetch(session, wanted.order_by(at.desc()))
    return [(int(row.at), str(row.begun)) for row in rows]
