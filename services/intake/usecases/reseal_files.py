"""The files that are plain, or sealed with an older data key, are sealed with the current one."""

import tempfile
from collections.abc import Sequence
from pathlib import Path

from services.intake import repository
from services.intake.usecases.file_access import store_of
from shared.room.room import Room

BATCH = 500


async def reseal_files(room: Room) -> int:
    """How many were written. Raises CannotOpen where a key is missing; a file that is not there is passed over."""
    done, after = 0, ""
    while True:
        async with room.db.read() as session:
            found: Sequence[str] = await repository.blobs(session, after, BATCH)
        for sha256 in found:
            done += await _reseal(room, sha256)
        if len(found) < BATCH:
            return done
        after = found[-1]


async def _reseal(room: Room, sha256: str) -> bool:
    store, keys = store_of(room), room.db.keys
    try:
        if keys is None or await store.sealed_with(sha256) == keys.current:
            return False
        # Nobody removes it meanwhile, and of two at once the second finds it done.
        async with room.begin() as tx:
            if not await repository.lock_blob(tx.session, sha256) or await store.sealed_with(sha256) == keys.current:
                return False
            with tempfile.TemporaryDirectory() as folder:
                plain = Path(folder) / sha256
                with plain.open("wb") as file:
                    async for piece in await store.get(sha256):
                        file.write(piece)
                await store.replace(sha256, plain)
    except FileNotFoundError:
        return False
    return True
