"""UUIDv7 ids (RFC 9562): sortable by the instant they were made, from an injected clock and random source."""

from base64 import urlsafe_b64encode
from random import Random, SystemRandom
from uuid import UUID

from shared.kernel.clock import Clock

SPOKEN = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Digits and letters that are not taken for one another: no I, L, O, U."""

_CODE = 16
_HEARD = str.maketrans("ILO", "110", " -")


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

    def code(self) -> str:
        """An unguessable text of 80 bits that people can read out: 7K3M-Q9XT-2BHW-5A8R."""
        bits = self._random.getrandbits(5 * _CODE)
        return _in_fours("".join(SPOKEN[bits >> 5 * place & 31] for place in range(_CODE)))


def spoken(text: str) -> str | None:
    """The code somebody meant: small letters, spaces, missing dashes, O for 0 and I or L for 1 do not matter."""
    meant = text[:100].upper().translate(_HEARD)
    return _in_fours(meant) if len(meant) == _CODE and set(meant) <= set(SPOKEN) else None


def _in_fours(text: str) -> str:
    return "-".join(text[place : place + 4] for place in range(0, len(text), 4))
