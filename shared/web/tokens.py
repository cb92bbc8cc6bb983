"""Signed tokens (JWT, Ed25519): dispatch signs with the private key, every room checks with the public one."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import UUID

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

LIFETIME = timedelta(hours=12)
_ALGORITHM: Final = "Ed25519"
_ISSUER = "ccrm"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a token says its bearer is, and until when; `session` is the sign-in it belongs to, where it has one."""

    person: str
    expires_at: datetime
    session: UUID | None = None
    issued_at: datetime | None = None


class Verifier:
    """Raises ValueError for what is no key."""

    def __init__(self, public_pem: bytes) -> None:
        self._key = _key(public_pem)

    def identity(self, token: str, now: datetime) -> Identity | None:
        """None for whatever is not a token of ours that is in force."""
        try:
            claims = jwt.decode(token, self._key, algorithms=[_ALGORITHM]).claims
            person, expires = claims["sub"], datetime.fromtimestamp(claims["exp"], UTC)
            issued = datetime.fromtimestamp(claims["iat"], UTC)
            session = UUID(claims["sid"]) if "sid" in claims else None
        except (JoseError, ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError, AttributeError):
            return None
        if claims.get("iss") != _ISSUER or not isinstance(person, str) or not person or expires <= now:
            return None
        return Identity(person, expires, session, issued)


class Signer:
    """Raises ValueError for what is no private key."""

    def __init__(self, private_pem: bytes) -> None:
        self._key = _key(private_pem)
        if not self._key.is_private:
            raise ValueError("no private key")

    def token(self, person: str, now: datetime, session: UUID | None = None) -> tuple[str, Identity]:
        expires = (now + LIFETIME).replace(microsecond=0)
        claims: dict[str, str | int] = {"iss": _ISSUER, "sub": person}
        claims |= {"iat": int(now.timestamp()), "exp": int(expires.timestamp())}
        if session is not None:
            claims["sid"] = str(session)
        signed = jwt.encode({"alg": _ALGORITHM}, claims, self._key, algorithms=[_ALGORITHM])
        return signed, Identity(person, expires, session, now.replace(microsecond=0))


def ensure_keys(folder: Path) -> tuple[Path, Path]:
    """The private and the public key file of an installation, made at first. Returns their paths."""
    private, public = folder / "token-private.pem", folder / "token-public.pem"
    if not private.exists():
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write(private, OKPKey.generate_key(_ALGORITHM).as_pem(private=True))
    key = _key(private.read_bytes())
    if not public.exists():
        _write(public, key.as_pem(private=False))
    return private, public


def _key(pem: bytes) -> OKPKey:
    try:
        key = OKPKey.import_key(pem)
    except (JoseError, ValueError, TypeError):
        raise ValueError("no Ed25519 key in PEM form") from None
    if key.curve_name != _ALGORITHM:
        raise ValueError(f"a key of the curve {key.curve_name}, not {_ALGORITHM}")
    return key


def _write(path: Path, content: bytes) -> None:
    """Whole or not at all, and never readable by others."""
    part = path.with_suffix(".part")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.rename(path)
