"""Accounts for the people of the directory: the login is the person's id."""

import asyncio
from collections.abc import Callable

from sqlalchemy import select

from services.dispatch.repository import store
from services.dispatch.tables import ACCOUNT
from services.dispatch.usecases.passwords import Hasher
from shared.db.statements import fetch
from shared.room.room import Tx


async def open_accounts(
    tx: Tx, passwords: Callable[[], str], hasher: Hasher | None = None, *, must_change: bool = False
) -> list[tuple[str, str]]:
    """Opens an account for everyone who has none. Returns (login, password) of the new ones: they are kept nowhere."""
    hasher = hasher or Hasher()
    directory = await tx.directory()
    known = {row.person_id for row in await fetch(tx.session, select(ACCOUNT.c.person_id))}
    opened = [(person.id, passwords()) for person in directory.people if person.id not in known]
    hashes = await asyncio.gather(*(hasher.hash(password) for _, password in opened))
    if opened:
        rows = [
            {
                "login": login,
                "person_id": login,
                "password_hash": hashed,
                "created_at": tx.now,
                "must_change": must_change,
            }
            for (login, _), hashed in zip(opened, hashes, strict=True)
        ]
        await store(tx, ACCOUNT, rows)
    return opened
