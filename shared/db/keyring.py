"""The data keys: they seal personal data at rest, and make the blind index by which sealed values are still found.

The first key of a ring is the current one; the others open what was sealed before. A sealed value names its key and is
bound to its place (table and column): it opens nowhere else.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
import time
import unicodedata
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from shared.kernel.errors import Transient

KEY_BYTES = 32
NONCE = 12
TAG = 16
LOOK = 1.0
"""Seconds: so often at most the file is asked whether it has changed."""

_ID = r"[a-z0-9]{1,16}"
_SEALED = re.compile(rf"v1:({_ID}):([A-Za-z0-9+/]{{38,}}={{0,2}})")
_BEGINNING = re.compile(rf"v1:({_ID}):")
_SEALED_BYTES = re.compile(rb"v1:([a-z0-9]{1,16}):")
_LINE = re.compile(rf"({_ID})\s+([A-Za-z0-9+/]+={{0,2}})")


class CannotOpen(Transient):
    """A sealed value that this process cannot open now. It stays as it is, and opens when what is missing is there."""


class UnknownKey(CannotOpen):
    def __init__(self, key_id: str, place: str) -> None:
        super().__init__(
            f"{place} is sealed with the data key {key_id}, which is not in the key ring (CCRM_DATA_KEYS_FILE): "
            "put that key back into the file; nothing is lost until then"
        )
        self.key_id = key_id


@dataclass(frozen=True, slots=True)
class DataKey:
    id: str
    secret: bytes = field(repr=False)

    def line(self) -> str:
        """As it stands in the file of keys."""
        return f"{self.id} {base64.b64encode(self.secret).decode()}"


def new_key() -> DataKey:
    return DataKey(f"k{secrets.token_hex(4)}", secrets.token_bytes(KEY_BYTES))


def read_keys(text: str) -> tuple[DataKey, ...]:
    """The keys of a file: `ID BASE64` a line, the current one first. Raises ValueError, never naming a key."""
    keys: list[DataKey] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _LINE.fullmatch(line.strip())
        try:
            secret = base64.b64decode(found[2], validate=True) if found else b""
        except binascii.Error:
            secret = b""
        if found is None or len(secret) != KEY_BYTES:
            raise ValueError(f"no data key in line {number}")
        if found[1] in (key.id for key in keys):
            raise ValueError(f"two data keys named {found[1]}")
        keys.append(DataKey(found[1], secret))
    if not keys:
        raise ValueError("no data key")
    return tuple(keys)


class _Opened:
    """A key as it is used: for each purpose another one is derived from it."""

    __slots__ = ("_key", "_purposes", "aead")

    def __init__(self, key: DataKey) -> None:
        self._key = key.secret
        self.aead = AESGCM(_derived(key.secret, "seal"))
        self._purposes: dict[str, bytes] = {}

    def blind(self, value: str, purpose: str) -> str:
        key = self._purposes.get(purpose)
        if key is None:
            key = self._purposes[purpose] = _derived(self._key, f"find {purpose}")
        normal = unicodedata.normalize("NFKC", value).strip().casefold()
        return hmac.digest(key, normal.encode("utf-8", "replace"), hashlib.sha256).hex()[:32]

    def blind_words(self, words: Sequence[str], purpose: str) -> list[str]:
        return [self.blind(word, purpose)[:12] for word in words]


class KeyRing:
    """`seals=False` opens what is sealed and writes plain text, until its database says otherwise: see `sealing`.

    `reread` fetches the file again: asked when a value names a key that came into the file since. `stamp` tells, at
    little cost, whether the file is another: asked before something is looked for under every key.
    """

    def __init__(
        self,
        keys: Sequence[DataKey],
        *,
        seals: bool = True,
        reread: Callable[[], Sequence[DataKey]] | None = None,
        stamp: Callable[[], object] | None = None,
    ) -> None:
        self.seals = seals
        self._reread = reread
        self._stamp = stamp
        self._seen: object = None
        self._looked = -LOOK
        self._held: tuple[dict[str, _Opened], str] = ({}, "")
        """All keys and the name of the current one, exchanged together: another thread may be sealing a file."""
        self._take(keys)

    @property
    def current(self) -> str:
        """The id of the key that seals."""
        return self._held[1]

    def has(self, key_id: str) -> bool:
        return key_id in self._held[0] or self._found_since(key_id) is not None

    def seal(self, plain: str, place: str) -> str:
        keys, current = self._held
        nonce = secrets.token_bytes(NONCE)
        sealed = keys[current].aead.encrypt(nonce, plain.encode("utf-8", "surrogatepass"), place.encode())
        return f"v1:{current}:{base64.b64encode(nonce + sealed).decode()}"

    def open(self, sealed: str, place: str) -> str:
        """Text that is not sealed, which a version before this one wrote, is what it is. Raises CannotOpen."""
        found = _SEALED.fullmatch(sealed)
        if found is None:
            return sealed
        try:
            raw = base64.b64decode(found[2], validate=True)
        except binascii.Error:
            raise CannotOpen(f"{place}, sealed with the data key {found[1]}, was cut off") from None
        return self._open(found[1], raw, place).decode("utf-8", "surrogatepass")

    def seal_bytes(self, plain: bytes, place: str) -> bytes:
        keys, current = self._held
        nonce = secrets.token_bytes(NONCE)
        return f"v1:{current}:".encode() + nonce + keys[current].aead.encrypt(nonce, plain, place.encode())

    def open_bytes(self, sealed: bytes, place: str) -> bytes:
        """Bytes that are not sealed are what they are. Raises CannotOpen."""
        found = _SEALED_BYTES.match(sealed)
        if found is None:
            return sealed
        return self._open(found[1].decode(), sealed[found.end() :], place)

    def blind(self, value: str, purpose: str) -> str:
        """What stands in the index for the value under the current key."""
        keys, current = self._held
        return f"{current}:{keys[current].blind(value, purpose)}"

    def blinds(self, value: str, purpose: str) -> list[str]:
        """What may stand in the index for the value, under each key of the ring."""
        return [f"{key_id}:{key.blind(value, purpose)}" for key_id, key in self._all().items()]

    def blind_words(self, words: Sequence[str], purpose: str) -> tuple[str, list[str]]:
        """Short ones under the current key, which is named, for an index of many words a row."""
        keys, current = self._held
        return current, keys[current].blind_words(words, purpose)

    def all_blind_words(self, words: Sequence[str], purpose: str) -> list[list[str]]:
        """The same under each key of the ring."""
        return [key.blind_words(words, purpose) for key in self._all().values()]

    def seal_piece(self, key_id: str, nonce: bytes, plain: bytes, place: str) -> bytes:
        """For what is sealed in pieces: whoever asks makes sure that no nonce is used twice."""
        return self._held[0][key_id].aead.encrypt(nonce, plain, place.encode())

    def open_piece(self, key_id: str, nonce: bytes, sealed: bytes, place: str) -> bytes:
        """Raises CannotOpen."""
        key = self._held[0].get(key_id) or self._found_since(key_id)
        if key is None:
            raise UnknownKey(key_id, place)
        try:
            return key.aead.decrypt(nonce, sealed, place.encode())
        except (InvalidTag, ValueError):
            raise CannotOpen(
                f"{place} does not open with the data key {key_id}: it was changed, belongs elsewhere, or was sealed "
                "with another key of that name"
            ) from None

    def _open(self, key_id: str, sealed: bytes, place: str) -> bytes:
        return self.open_piece(key_id, sealed[:NONCE], sealed[NONCE:], place)

    def _found_since(self, key_id: str) -> _Opened | None:
        if self._reread is None:
            return None
        try:
            self._take(self._reread())
        except (OSError, ValueError):
            return None
        return self._held[0].get(key_id)

    def _all(self) -> dict[str, _Opened]:
        """Also those that came into the file since: what stands under a key unknown here would not be found, and nobody
        would notice.
        """
        now = time.monotonic()
        if self._reread is not None and self._stamp is not None and now - self._looked >= LOOK:
            self._looked = now
            with suppress(OSError, ValueError):
                stamp = self._stamp()
                if stamp != self._seen:
                    self._take(self._reread())
                    self._seen = stamp
        return self._held[0]

    def _take(self, keys: Sequence[DataKey]) -> None:
        """A key that is held is never lost by it, nor exchanged for another of its name."""
        held = self._held[0]
        self._held = ({key.id: held.get(key.id) or _Opened(key) for key in keys} | held, keys[0].id)


def is_sealed(value: str) -> bool:
    return _SEALED.fullmatch(value) is not None


def sealed_with(value: str | bytes) -> str | None:
    """The id of the key; None for what is not sealed."""
    if isinstance(value, bytes):
        begun = _SEALED_BYTES.match(value)
        return begun[1].decode() if begun else None
    found = _SEALED.fullmatch(value)
    return found[1] if found else None


def key_named_at(beginning: str) -> str | None:
    """The id of the key, where only the beginning of a value was read."""
    found = _BEGINNING.match(beginning)
    return found[1] if found else None


def _derived(secret: bytes, purpose: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=f"ccrm v1 {purpose}".encode()).derive(secret)
