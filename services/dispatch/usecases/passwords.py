"""Passwords are kept as argon2id hashes, made and checked in a thread, a few at a time: each takes memory and CPU."""

import asyncio

from pwdlib import PasswordHash
from pwdlib.hashers import HasherProtocol
from pwdlib.hashers.argon2 import Argon2Hasher

AT_ONCE = 2
MEMORY_KIB, PASSES, LANES = 19 * 1024, 2, 1
"""OWASP's parameters for argon2id."""


class Hasher:
    """Argon2 unless a cheap one is given (tests)."""

    def __init__(self, hasher: HasherProtocol | None = None) -> None:
        self._hash = PasswordHash([hasher or Argon2Hasher(PASSES, MEMORY_KIB, LANES)])
        self._seats = asyncio.Semaphore(AT_ONCE)
        self._nobody: str | None = None

    async def hash(self, password: str) -> str:
        async with self._seats:
            return await asyncio.to_thread(self._hash.hash, password)

    async def verify(self, password: str, hashed: str | None) -> bool:
        """False for `hashed=None`, at the same cost."""
        async with self._seats:
            if self._nobody is None:
                self._nobody = await asyncio.to_thread(self._hash.hash, "nobody's password")
            try:
                right = await asyncio.to_thread(self._hash.verify, password, hashed or self._nobody)
            except UnicodeEncodeError:
                return False
            return right and hashed is not None
