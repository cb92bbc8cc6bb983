"""Where files are kept: a local directory, or a bucket (S3). The key is the SHA-256 of the content, which is sealed."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

from shared.db.keyring import KeyRing, sealed_with
from shared.db.sealed_files import HEAD, open_pieces, seal_file

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CHUNK = 256 * 1024


class FileStore:
    """What is kept under a key never changes, so keeping it twice does no harm. What was kept before there were data
    keys is plain, and reads as it is.
    """

    def __init__(self, store: "ObjectStore", keys: KeyRing | None = None) -> None:
        self._store = store
        self._keys = keys

    async def put(self, sha256: str, source: Path) -> None:
        """Keeps the file whole or not at all."""
        if not await self.has(sha256):
            await self.replace(sha256, source)

    async def replace(self, sha256: str, source: Path) -> None:
        """The same for what is there already: sealed anew."""
        import obstore

        if self._keys is None or not (self._keys.seals or await asyncio.to_thread(_looks_sealed, source)):
            await obstore.put_async(self._store, _path(sha256), source)
            return
        sealed = source.with_name(f"{source.name}.sealed")
        try:
            await asyncio.to_thread(seal_file, self._keys, _place(sha256), source, sealed)
            await obstore.put_async(self._store, _path(sha256), sealed)
        finally:
            sealed.unlink(missing_ok=True)

    async def sealed_with(self, sha256: str) -> str | None:
        """The id of the data key; None for what is plain. Raises FileNotFoundError."""
        import obstore

        return sealed_with(bytes(await obstore.get_range_async(self._store, _path(sha256), start=0, length=HEAD)))

    async def has(self, sha256: str) -> bool:
        import obstore

        try:
            await obstore.head_async(self._store, _path(sha256))
        except FileNotFoundError:
            return False
        return True

    async def get(self, sha256: str) -> AsyncIterator[bytes]:
        """The content, piece by piece. Raises FileNotFoundError at once where it is not there."""
        import obstore

        found = await obstore.get_async(self._store, _path(sha256))

        async def pieces() -> AsyncIterator[bytes]:
            async for piece in found.stream(min_chunk_size=CHUNK):
                yield bytes(piece)

        return await open_pieces(self._keys, _place(sha256), pieces())

    async def delete(self, sha256: str) -> None:
        import obstore

        try:
            await obstore.delete_async(self._store, _path(sha256))
        except FileNotFoundError:
            return


def open_store(place: str, keys: KeyRing | None = None) -> FileStore:
    """The store at `file:///DIRECTORY`, made where it is missing, or at `s3://BUCKET/PREFIX`, whose keys and address
    come from the usual AWS_… environment. Raises ValueError for anything else.
    """
    from obstore.store import LocalStore, S3Store

    if place.startswith("file://"):
        return FileStore(LocalStore(Path(place.removeprefix("file://")), mkdir=True), keys)
    if place.startswith("s3://"):
        return FileStore(S3Store.from_url(place), keys)
    raise ValueError("files are kept at file:///DIRECTORY or s3://BUCKET/PREFIX")


def _place(sha256: str) -> str:
    return f"the file {sha256}"


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"


def _looks_sealed(source: Path) -> bool:
    """Whose bytes only look so: plain, it could not be read again."""
    with source.open("rb") as file:
        return sealed_with(file.read(HEAD)) is not None
