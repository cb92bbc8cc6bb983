"""UUIDv7 ids (RFC 9562): sortable by the instant they were made, from an injected clock and random source."""

from base64 import urlsafe_b64encode
from random import Random, SystemRandom
from uuid import UUID

from shared.kernel.clock import Clock


class Ids:
    """Makes UUIDv7 ids that strictly grow within one process, also inside one millisecond."""

    def __init__(self, clock: Clock, random: Random | None = None) -> None:
        self._clock = clock
        self._random = random or SystemRandom()
        self._last = 0

    def new(self) -> UUID:
        millisecond = int(self._clock.now().timestamp() * 1000)
        # 74 random bits; a clock that stands still or steps back must not repeat or reorder ids.
        value = millisecond << 74 | self._random.getrandbits(74)
        if value <= self._last:
            value = self._last + 1 + self._random.getrandbits(16)
        self._last = value
        high, low = value >> 62, value & (1 << 62) - 1
        return UUID(int=(high >> 12) << 80 | 7 << 76 | (high & 0xFFF) << 64 | 2 << 62 | low)

    def secret(self) -> str:
        """An unguessable text of 192 bits for a link, safe in a URL; repeatable where the random source is."""
        return urlsafe_b64encode(self._random.getrandbits(192).to_bytes(24)).decode()
