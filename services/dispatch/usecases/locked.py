"""Which accounts must wait before anybody looks at another password for them."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select

from services.dispatch.domain.lockout import WINDOW, Failure, wait_for
from services.dispatch.tables import SIGN_IN_FAILURE
from shared.db.statements import fetch
from shared.room.room import Room


async def locked_until(room: Room) -> dict[str, datetime]:
    """By login, in small letters: until when it is locked, from one address at least."""
    c, now = SIGN_IN_FAILURE.c, room.clock.now()
    async with room.db.read() as session:
        rows = await fetch(session, select(c.name, c.address, c.at).where(c.at > now - WINDOW))
    failures: dict[str, list[Failure]] = defaultdict(list)
    for row in rows:
        failures[row.name].append((row.name, row.address, row.at))
    until: dict[str, datetime] = {}
    for name, of_name in failures.items():
        for address in {where for _, where, _ in of_name}:
            wait = wait_for(of_name, name, address, now)
            if wait is not None:
                until[name] = max(until.get(name, now), now + wait)
    return until
