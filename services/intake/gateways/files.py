"""Where files are kept: a local directory, or a bucket (S3). The key is the SHA-256 of the content."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from obstore.store import ObjectStore

CHUNK = 256 * 1024


class FileStore:
    """What is kept under a key never changes, so keeping it twice does no harm."""

    def __init__(self, store: "ObjectStore") -> None:
        self._store = store

    async def put(self, sha256: str, source: Path) -> None:
        """Keeps the file whole or not at all."""
        import obstore

        if not await self.has(sha256):
            await obstore.put_async(self._store, _path(sha256), source)

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

        return pieces()

    async def delete(self, sha256: str) -> None:
        import obstore

        try:
            await obstore.delete_async(self._store, _path(sha256))
        except FileNotFoundError:
            return


def open_store(place: str) -> FileStore:
    """The store at `file:///DIRECTORY`, made where it is missing, or at `s3://BUCKET/PREFIX`, whose keys and address
    come from the usual AWS_… environment. Raises ValueError for anything else.
    """
    from obstore.store import LocalStore, S3Store

    if place.startswith("file://"):
        return FileStore(LocalStore(Path(place.removeprefix("file://")), mkdir=True))
    if place.startswith("s3://"):
        return FileStore(S3Store.from_url(place))
    raise ValueError("files are kept at file:///DIRECTORY or s3://BUCKET/PREFIX")


def _path(sha256: str) -> str:
    return f"{sha256[:2]}/{sha256}"
