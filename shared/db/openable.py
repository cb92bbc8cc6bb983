"""Work goes on past a row that cannot be opened: it stays as it is, until what is missing is there."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeVar

import structlog
from sqlalchemy import Select
from sqlmodel.ext.asyncio.session import AsyncSession

from shared.db.keyring import CannotOpen
from shared.db.statements import fetch

T = TypeVar("T")

log = structlog.get_logger(__name__)

_TOLD: set[str] = set()
"""Each is told once a process: it is met again at every poll."""


async def openable(
    session: AsyncSession, statement: Select[Any], key: Any, load: Callable[[Select[Any]], Awaitable[Sequence[T]]]
) -> Sequence[T]:
    """What `load` makes of the statement, which is in the order of `key`, without the rows that cannot be opened."""
    while True:
        try:
            return await load(statement)
        except CannotOpen:
            numbers = [number for (number,) in await fetch(session, statement.with_only_columns(key))]
        found: list[T] = []
        for number in numbers:
            try:
                found += await load(statement.where(key == number))
            except CannotOpen as error:
                if str(number) not in _TOLD:
                    _TOLD.add(str(number))
                    log.error("row.passed_over", key=str(number), error=str(error))
        if found or not numbers:
            return found
        statement = statement.where(key > numbers[-1])
