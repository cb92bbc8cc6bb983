"""A file sealed piece by piece opens whole or not at all."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.db.keyring import TAG, CannotOpen, KeyRing, UnknownKey
from shared.db.sealed_files import PIECE, SALT, open_pieces, seal_file
from tests.kit.data_keys import NEW, OLD

RING = KeyRing([NEW, OLD])
BEGIN = len("v1:new:") + SALT


def sealed(content: bytes, folder: Path, place: str = "a") -> bytes:
    (folder / "plain").write_bytes(content)
    seal_file(RING, place, folder / "plain", folder / "sealed")
    return (folder / "sealed").read_bytes()


async def opened(stored: bytes, place: str = "a", keys: KeyRing | None = RING, chunk: int = 100_000) -> bytes:
    async def pieces() -> AsyncIterator[bytes]:
        for at in range(0, len(stored), chunk):
            yield stored[at : at + chunk]

    return b"".join([piece async for piece in await open_pieces(keys, place, pieces())])


@pytest.mark.parametrize("size", [0, 1, 63, 64, PIECE - 1, PIECE, PIECE + 1, 3 * PIECE, 3 * PIECE + 5])
@pytest.mark.parametrize("chunk", [1000, PIECE, PIECE + TAG, 10 * PIECE])
async def test_a_file_of_any_size_opens_to_the_same_however_it_comes(tmp_path: Path, size: int, chunk: int) -> None:
    content = bytes(range(256)) * (size // 256) + bytes(size % 256)
    stored = sealed(content, tmp_path)
    assert stored.startswith(b"v1:new:")
    assert len(stored) == BEGIN + size + TAG * max(1, -(-size // PIECE))
    assert size < 10 or content[:10] not in stored
    assert await opened(stored, chunk=chunk) == content


async def test_what_was_kept_before_there_were_keys_comes_as_it_is() -> None:
    for content in (b"", b"x", b"\x89PNG" * 100_000, b"v1:no key"):
        assert await opened(content) == content
        assert await opened(content, keys=None) == content


async def test_pieces_cannot_be_changed_exchanged_left_out_or_cut_off(tmp_path: Path) -> None:
    stored = sealed(b"".join(bytes([n]) * PIECE for n in range(3)), tmp_path)
    begin, body, size = stored[:BEGIN], stored[BEGIN:], PIECE + TAG
    one, two, three = body[:size], body[size : 2 * size], body[2 * size :]
    for wrong in (
        begin + two + one + three,
        begin + one + three,
        begin + one + two,
        begin + one + two + three[:-1],
        begin + one + two + three + three,
        begin,
        begin[:-1],
        begin + one[:-1] + b"\x00" + two + three,
    ):
        with pytest.raises(CannotOpen):
            await opened(wrong)


async def test_a_file_opens_under_its_own_name_only_and_with_its_key(tmp_path: Path) -> None:
    stored = sealed(b"content", tmp_path)
    with pytest.raises(CannotOpen, match=r"^b does not open with the data key new"):
        await opened(stored, place="b")
    for keys in (None, KeyRing([OLD])):
        with pytest.raises(UnknownKey, match=r"^a is sealed with the data key new"):
            await opened(stored, keys=keys)
