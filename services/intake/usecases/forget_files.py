"""What was handed in for a case that never came is forgotten. What belongs to a case never is (F7)."""

from collections.abc import Sequence
from datetime import datetime

from services.intake import repository
from services.intake.domain.files import LOOSE_FOR
from services.intake.usecases.file_access import store_of
from shared.room.room import Room

BATCH = 100


async def forget_loose(room: Room) -> int:
    """Removes the files that have waited too long. How many contents went."""
    due = await next_forgetting(room)
    if due is None or due > room.clock.now():
        return 0
    async with room.begin() as tx:
        contents = await repository.drop_loose(tx.session, tx.now - LOOSE_FOR, BATCH)
    return await discard(room, contents)


async def next_forgetting(room: Room) -> datetime | None:
    async with room.db.read() as session:
        oldest = await repository.oldest_loose(session)
    return None if oldest is None else oldest + LOOSE_FOR


async def discard(room: Room, contents: Sequence[str]) -> int:
    """Removes from the store what no attachment has. A crash in between leaves a content that nobody refers to."""
    gone = 0
    for sha256 in contents:
        async with room.begin() as tx:
            await repository.hold_blob(tx.session, sha256, tx.now)
            if not await repository.is_used(tx.session, sha256):
                await store_of(room).delete(sha256)
                await repository.drop_blob(tx.session, sha256)
                gone += 1
    return gone
