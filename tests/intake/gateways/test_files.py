import hashlib
from pathlib import Path

import pytest

from services.intake.gateways.files import FileStore, open_store
from shared.db.keyring import KeyRing, UnknownKey
from tests.kit.data_keys import KEYS

CONTENT = bytes(range(256)) * 5000
KEY = hashlib.sha256(CONTENT).hexdigest()


async def check(store: FileStore, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    assert not await store.has(KEY)
    await store.put(KEY, source)
    await store.put(KEY, source)
    assert await store.has(KEY)
    assert b"".join([piece async for piece in await store.get(KEY)]) == CONTENT
    await store.delete(KEY)
    await store.delete(KEY)
    assert not await store.has(KEY)
    with pytest.raises(FileNotFoundError):
        await store.get(KEY)


@pytest.mark.parametrize("keys", [None, KEYS])
async def test_a_directory_keeps_files_by_their_digest(tmp_path: Path, keys: KeyRing | None) -> None:
    place = tmp_path / "文件 夹" / "files"
    await check(open_store(f"file://{place}", keys), tmp_path)
    assert not [path for path in place.rglob("*") if path.is_file()]


@pytest.mark.parametrize("place", ["ftp://host/files", "/var/files", "", "gs://bucket"])
def test_no_other_place_is_taken(place: str) -> None:
    with pytest.raises(ValueError):
        open_store(place)


@pytest.mark.parametrize("keys", [None, KEYS])
async def test_a_bucket_keeps_them_under_its_prefix(bucket: str, tmp_path: Path, keys: KeyRing | None) -> None:
    await check(open_store(f"{bucket}/some/prefix", keys), tmp_path)


async def test_a_file_is_sealed_and_one_of_before_is_sealed_when_it_is_put_again(bucket: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(b"short")
    for place in (f"file://{tmp_path}/files", f"{bucket}/sealed"):
        plain, sealing = open_store(place), open_store(place, KEYS)
        await plain.put(KEY, source)
        assert await sealing.sealed_with(KEY) is None
        assert b"".join([piece async for piece in await sealing.get(KEY)]) == b"short"
        await sealing.replace(KEY, source)
        assert await sealing.sealed_with(KEY) == KEYS.current
        assert b"".join([piece async for piece in await sealing.get(KEY)]) == b"short"
        with pytest.raises(UnknownKey, match=f"data key {KEYS.current}"):
            await plain.get(KEY)
    assert not (tmp_path / "source.sealed").exists()
