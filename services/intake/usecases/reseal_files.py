"""The files that are plain, or sealed with an older data key, are sealed with the current one."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.intake import repository
from services.intake.usecases.file_access import store_of
from services.intake.usecases.forget_files import discard
from shared.db.keyring import CannotOpen
from shared.room.room import Room

BATCH = 500


async def reseal_files(room: Room) -> tuple[int, list[str]]:
    """How many were written, and of each that cannot be opened, why; a file that is not there is passed over."""
    done, after = 0, ""
    unopened: list[str] = []
    while True:
        async with room.db.read() as session:
            found: Sequence[str] = await repository.blobs(session, after, BATCH)
        for sha256 in found:
            try:
                done += await _reseal(room, sha256)
            except CannotOpen as error:
                unopened.append(str(error))
        if len(found) < BATCH:
            return done, unopened
        after = found[-1]


async def _reseal(room: Room, sha256: str) -> bool:
    """Nobody waits for a file on its way: the room's transactions go on. Of two at once both write the same content."""
    store, keys = store_of(room), room.db.keys
    try:
        if keys is None or await store.sealed_with(sha256) == keys.current:
            return False
        with tempfile.TemporaryDirectory() as folder:
            plain = Path(folder) / sha256
            with plain.open("wb") as file:
                async for piece in await store.get(sha256):
                    file.write(piece)
            await store.replace(sha256, plain)
    except FileNotFoundError:
        return False
    async with room.begin() as tx:
        kept = await repository.lock_blob(tx.session, sha256)
    if not kept:
        await discard(room, [sha256])  # it was removed on the way, and has just been put there again
    return kept
