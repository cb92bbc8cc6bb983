"""Signing in by an OpenID provider of the company: authorization code with PKCE, state and nonce."""

import base64
import hashlib
import hmac
import secrets
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import httpx
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from shared.kernel.clock import Clock
from shared.kernel.errors import Transient

SCOPE = "openid profile email"
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "ES256", "ES384", "EdDSA", "Ed25519"]
"""Signatures by a key pair only: a shared secret, or none, says nothing about who signed."""

LEEWAY = 60
"""Seconds that the provider's clock may differ."""

TIMEOUT = 10.0


class NotProven(Exception):
    """What came back does not show who somebody is."""


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in under way, kept in the browser that began it."""

    state: str
    nonce: str
    verifier: str


class OidcClient:
    """One provider. What it publishes about itself is asked for once; its keys again when an unknown one signed."""

    def __init__(
        self,
        issuer: str,
        client_id: str,
        client_secret: str | None,
        clock: Clock,
        *,
        transport: httpx.AsyncBaseTransport | None = None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self._issuer, self._id, self._secret = issuer.rstrip("/"), client_id, client_secret
        self._clock = clock
        self._http = httpx.AsyncClient(transport=transport, verify=tls or True, timeout=TIMEOUT, follow_redirects=False)
        self._about: dict[str, Any] | None = None
        self._keys: KeySet | None = None

    async def close(self) -> None:
        await self._http.aclose()

    async def begin(self, redirect_uri: str) -> tuple[str, Pending]:
        """Where to send the browser. Raises Transient while the provider does not answer."""
        pending = Pending(*(secrets.token_urlsafe(32) for _ in range(3)))
        challenge = base64.urlsafe_b64encode(hashlib.sha256(pending.verifier.encode()).digest()).rstrip(b"=").decode()
        asked = {
            "response_type": "code",
            "client_id": self._id,
            "redirect_uri": redirect_uri,
            "scope": SCOPE,
            "state": pending.state,
            "nonce": pending.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        address = str((await self._provider())["authorization_endpoint"])
        return f"{address}{'&' if '?' in address else '?'}{urlencode(asked)}", pending

    async def finish(self, pending: Pending, state: str, code: str, redirect_uri: str) -> dict[str, Any]:
        """The claims of who signed in there. Raises NotProven, or Transient while the provider does not answer."""
        if not hmac.compare_digest(pending.state.encode(), state.encode()):
            raise NotProven("the answer belongs to another sign-in")
        given = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": redirect_uri,
            "client_id": self._id,
            "code_verifier": pending.verifier,
        }
        if self._secret is not None:
            given["client_secret"] = self._secret
        answer = await self._ask("POST", str((await self._provider())["token_endpoint"]), data=given)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise NotProven("no id_token")
        return self._checked(await self._decoded(token), pending.nonce)

    def _checked(self, claims: dict[str, Any], nonce: str) -> dict[str, Any]:
        now = self._clock.now().timestamp()
        audience = claims.get("aud")
        audiences = audience if isinstance(audience, list) else [audience]
        expires = claims.get("exp")
        if claims.get("iss") != (self._about or {}).get("issuer"):
            raise NotProven("another issuer")
        if self._id not in audiences or claims.get("azp", self._id) != self._id:
            raise NotProven("another audience")
        if not isinstance(expires, int | float) or expires + LEEWAY <= now:
            raise NotProven("expired")
        if not hmac.compare_digest(str(claims.get("nonce")).encode(), nonce.encode()):
            raise NotProven("another nonce")
        return claims

    async def _decoded(self, token: str) -> dict[str, Any]:
        for again in (False, True):
            try:
                return dict(jwt.decode(token, await self._key_set(again=again), algorithms=ALGORITHMS).claims)
            except (JoseError, ValueError, TypeError, KeyError):
                if again:
                    raise NotProven("not signed by the provider") from None
        raise NotProven("not signed by the provider")

    async def _provider(self) -> dict[str, Any]:
        if self._about is None:
            about = await self._ask("GET", f"{self._issuer}/.well-known/openid-configuration")
            if str(about.get("issuer")).rstrip("/") != self._issuer:
                raise NotProven("the provider calls itself otherwise")
            self._about = about
        return self._about

    async def _key_set(self, *, again: bool) -> KeySet:
        if self._keys is None or again:
            keys: Any = await self._ask("GET", str((await self._provider())["jwks_uri"]))
            self._keys = KeySet.import_key_set(keys)
        return self._keys

    async def _ask(self, method: str, url: str, data: Mapping[str, str] | None = None) -> dict[str, Any]:
        try:
            response = await self._http.request(method, url, data=data)
        except httpx.HTTPError as error:
            raise Transient("the identity provider does not answer") from error
        if response.status_code >= 500:
            raise Transient("the identity provider does not answer")
        try:
            found = response.json()
        except ValueError:
            found = None
        if response.status_code != 200 or not isinstance(found, dict):
            raise NotProven(f"the provider answered {response.status_code}")
        return found
