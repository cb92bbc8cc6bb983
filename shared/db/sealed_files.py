"""Files sealed piece by piece, so that none is ever held in memory whole.

`v1:KEY:`, a random salt, then pieces of AES-256-GCM: the nonce of each is the salt, its number, and whether it is the
last. So pieces cannot be exchanged, left out or cut off unnoticed; `place` binds them to the name of the file.
"""

import secrets
from collections.abc import AsyncIterator
from pathlib import Path

from shared.db.keyring import TAG, CannotOpen, KeyRing, UnknownKey, sealed_with

PIECE = 256 * 1024
SALT = 7
HEAD = 64
"""Bytes: more than any beginning has."""


def seal_file(keys: KeyRing, place: str, source: Path, target: Path) -> None:
    key_id, salt, number = keys.current, secrets.token_bytes(SALT), 0
    with source.open("rb") as plain, target.open("wb") as sealed:
        sealed.write(f"v1:{key_id}:".encode() + salt)
        piece = plain.read(PIECE)
        while True:
            following = plain.read(PIECE)
            sealed.write(keys.seal_piece(key_id, _nonce(salt, number, not following), piece, place))
            if not following:
                return
            piece, number = following, number + 1


async def open_pieces(keys: KeyRing | None, place: str, stored: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The content of what is stored; a file that is not sealed comes as it is. Raises CannotOpen at once where the key
    is missing, and on the way where the file was changed.
    """
    held = b""
    async for piece in stored:
        held += bytes(piece)
        if len(held) >= HEAD:
            break
    key_id = sealed_with(held[:HEAD])
    if key_id is None:
        return _plain(held, stored)
    if keys is None or not keys.has(key_id):
        raise UnknownKey(key_id, place)
    return _opened(keys, key_id, place, held[len(f"v1:{key_id}:") :], stored)


async def _plain(held: bytes, stored: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    if held:
        yield held
    async for piece in stored:
        yield bytes(piece)


async def _opened(
    keys: KeyRing, key_id: str, place: str, held: bytes, stored: AsyncIterator[bytes]
) -> AsyncIterator[bytes]:
    number, salt, size = 0, held[:SALT], PIECE + TAG
    if len(salt) < SALT:
        raise CannotOpen(f"{place} was cut off")
    waiting = bytearray()
    async for piece in _plain(held[SALT:], stored):
        waiting += piece
        while len(waiting) > size:
            yield keys.open_piece(key_id, _nonce(salt, number, False), bytes(waiting[:size]), place)
            del waiting[:size]
            number += 1
    yield keys.open_piece(key_id, _nonce(salt, number, True), bytes(waiting), place)


def _nonce(salt: bytes, number: int, last: bool) -> bytes:
    return salt + number.to_bytes(4) + bytes([last])
