"""Settings from the environment (`CCRM_…`). The embedded mode needs none; the deployed mode has no default secret."""

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar
from urllib.parse import parse_qs, quote, urlsplit

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.db.keyfile import ensure_keys, key_ring
from shared.db.keyring import KeyRing
from shared.kernel import tls
from shared.kernel.clock import Clock
from shared.obs import tracing
from shared.web.oidc import OidcClient
from shared.web.rates import PERSON, PUBLIC, Rates
from shared.web.tokens import Signer, Verifier

K = TypeVar("K")


class BadSettings(Exception):
    """The process cannot start like this; the text is one sentence that says what to set."""


class Settings(BaseSettings):
    """`data_dir` holds the embedded databases, keys and demo logins. `*_url` of a room is where its peers reach it.

    `files_url` is where files are kept: s3://BUCKET/PREFIX or file:///DIRECTORY; without it, `data_dir`/files.

    `trusted_proxies` are the addresses (comma-separated, networks allowed) whose X-Forwarded headers are believed:
    behind a gateway, without them, all clients look like one.
    `rate_public` and `rate_person`: how many requests a minute an address may make without signing in, and a person to
    change something; 0 for any number.
    `oidc_*`: the company's own identity provider, as another way to sign in.
    `public_url` is what customers' links begin with. `metrics_token` is what /metrics asks for;
    `otlp_endpoint` the collector that traces are sent to.
    `region` is the region of a group whose installation this is; `observe`: this is the installation of the group
    itself. `upstreams` (NAME=amqps://… separated by spaces) are the brokers that are listened to, `federation_password`
    is what they come in with here: see `ccrm federation`. `keep_sent_days`: so long events that were
    sent can be sent again (`ccrm resend`).
    `data_keys_file` holds the keys that seal what names a customer (`ccrm keys`).
    `database_ca_file` and `rabbitmq_ca_file` hold the authorities that their certificates must be signed by: with one,
    plain connections are not made. `ca_file`: authorities believed beside the machine's by what this process asks over
    https. `broker_users` (NAME=PASSWORD separated by spaces) are the rooms' own users: see `ccrm broker`.
    """

    model_config = SettingsConfigDict(env_prefix="CCRM_", extra="ignore")

    mode: Literal["embedded", "deployed"] = "embedded"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    data_dir: Path = Path("var")
    policy_dir: Path | None = None
    public_url: str | None = Field(None, pattern=r"^https?://[^\s?#]+$", max_length=200)
    files_url: str | None = Field(None, pattern=r"^(s3://[^/]+|file:///.)")
    trusted_proxies: str | None = None
    rate_public: int = Field(PUBLIC, ge=0)
    rate_person: int = Field(PERSON, ge=0)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    region: str | None = Field(None, pattern=r"^[a-z][a-z0-9]{0,11}$")
    observe: bool = False
    upstreams: str | None = None
    federation_password: str | None = Field(None, min_length=8)
    keep_sent_days: int = Field(90, ge=1, le=3650)
    database_url: str | None = None
    database_pool: int = Field(10, ge=1, le=200)
    data_keys_file: Path | None = None
    database_ca_file: Path | None = None
    rabbitmq_url: str | None = None
    rabbitmq_ca_file: Path | None = None
    ca_file: Path | None = None
    broker_users: str | None = None
    rabbitmq_prefix: str = Field("ccrm", pattern=r"^[a-z0-9._-]{1,50}$")
    prefetch: int = Field(20, ge=1, le=1000)
    otlp_endpoint: str | None = None
    metrics_token: str | None = Field(None, min_length=16)
    oidc_issuer: str | None = Field(None, pattern=r"^https?://[^\s?#]+$")
    oidc_client_id: str | None = None
    oidc_client_secret: str | None = None
    oidc_client_secret_file: Path | None = None
    token_private_key_file: Path | None = None
    token_public_key_file: Path | None = None
    intake_url: str | None = None
    dispatch_url: str | None = None
    sla_url: str | None = None
    notify_url: str | None = None

    @property
    def public_address(self) -> str | None:
        """Where customers reach the pages: as set, else this process's own address when embedded; None: no links."""
        if self.public_url is not None:
            return self.public_url.rstrip("/")
        if self.mode == "deployed" or self.port == 0:
            return None
        return f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    def peers(self, room: str) -> dict[str, str]:
        """The addresses of the other rooms that were given."""
        given = {
            "intake": self.intake_url,
            "dispatch": self.dispatch_url,
            "sla": self.sla_url,
            "notify": self.notify_url,
        }
        return {name: url for name, url in given.items() if url and name != room}

    def embedded_database(self, room: str) -> str:
        return f"sqlite:///{self.data_dir / f'{room}.db'}"

    def room_database(self, room: str) -> str:
        """The URL of a room's database. Raises BadSettings where the deployed mode was not told."""
        if self.mode == "embedded":
            return self.embedded_database(room)
        url = _given("CCRM_DATABASE_URL", self.database_url)
        if not url.startswith("postgresql+asyncpg://"):
            raise BadSettings("CCRM_DATABASE_URL must begin with postgresql+asyncpg://")
        if self.database_ca_file is None:
            return url
        if {"ssl", "sslmode", "sslrootcert"} & _query(url).keys():
            raise BadSettings("CCRM_DATABASE_CA_FILE is set: CCRM_DATABASE_URL must say nothing about ssl beside it")
        _believed("CCRM_DATABASE_CA_FILE", self.database_ca_file)
        return _with(url, f"sslmode=verify-full&sslrootcert={quote(str(self.database_ca_file))}")

    def files(self) -> str:
        """Where files are kept, as a URL."""
        return self.files_url or f"file://{(self.data_dir / 'files').absolute()}"

    def keys_file(self) -> Path:
        """The file of data keys, made at first where it is the embedded mode's own. Raises BadSettings."""
        if self.data_keys_file is not None or self.mode == "deployed":
            return Path(_given("CCRM_DATA_KEYS_FILE", str(self.data_keys_file or "")))
        try:
            return ensure_keys(self.data_dir / "keys" / "data.keys")
        except OSError as error:
            raise BadSettings(f"{self.data_dir / 'keys'} cannot be written: {error.strerror}") from None

    def data_keys(self) -> KeyRing:
        """What opens personal data, and seals it where its database says so: a ring a room. Raises BadSettings."""
        file = self.keys_file()
        try:
            return key_ring(file, seals=False)
        except OSError as error:
            raise BadSettings(f"CCRM_DATA_KEYS_FILE: {file} cannot be read ({error.strerror})") from None
        except ValueError as error:
            raise BadSettings(f"CCRM_DATA_KEYS_FILE: {file} holds {error}") from None

    def rates(self) -> Rates:
        return Rates(self.rate_public, self.rate_person)

    def broker(self) -> str:
        """The URL of the broker. Raises BadSettings, also for one over which a certificate would not be verified."""
        url = _given("CCRM_RABBITMQ_URL", self.rabbitmq_url)
        query = _query(url)
        if not url.startswith(("amqp://", "amqps://")):
            raise BadSettings("CCRM_RABBITMQ_URL must begin with amqps:// or amqp://")
        if "no_verify_ssl" in query:
            raise BadSettings("CCRM_RABBITMQ_URL: no_verify_ssl is not accepted; name the authority instead")
        if self.rabbitmq_ca_file is None:
            return url
        if not url.startswith("amqps://") or "cafile" in query:
            raise BadSettings(
                "CCRM_RABBITMQ_CA_FILE is set: CCRM_RABBITMQ_URL must begin with amqps://, without cafile"
            )
        _believed("CCRM_RABBITMQ_CA_FILE", self.rabbitmq_ca_file)
        return _with(url, f"cafile={quote(str(self.rabbitmq_ca_file))}")

    def https(self) -> ssl.SSLContext | None:
        """How this process asks others over https; None: as the client library does. Raises BadSettings."""
        return None if self.ca_file is None else _believed("CCRM_CA_FILE", self.ca_file, tls.trusting_also)

    def verifier(self) -> Verifier:
        return _key("CCRM_TOKEN_PUBLIC_KEY_FILE", self.token_public_key_file, Verifier)

    def signer(self) -> Signer:
        return _key("CCRM_TOKEN_PRIVATE_KEY_FILE", self.token_private_key_file, Signer)


def oidc_client(settings: Settings, clock: Clock) -> OidcClient | None:
    """The company's identity provider; None where none is set. Raises BadSettings for half of one."""
    if settings.oidc_issuer is None:
        return None
    client_id = _given("CCRM_OIDC_CLIENT_ID", settings.oidc_client_id)
    secret = settings.oidc_client_secret
    if settings.oidc_client_secret_file is not None:
        file = settings.oidc_client_secret_file
        try:
            secret = file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError):
            raise BadSettings(f"CCRM_OIDC_CLIENT_SECRET_FILE: {file} cannot be read") from None
    return OidcClient(settings.oidc_issuer, client_id, secret or None, clock, tls=settings.https())


def load(**given: object) -> Settings:
    """The settings, `given` before the environment. Raises BadSettings."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(f"CCRM_{name}: {first['msg']}") from None


def traced(settings: Settings, service: str) -> None:
    """Begins tracing where a collector is named. Raises BadSettings where the packages for it are missing."""
    if settings.otlp_endpoint:
        try:
            tracing.start(settings.otlp_endpoint, service)
        except tracing.NotInstalled as error:
            raise BadSettings(f"CCRM_OTLP_ENDPOINT is set, but {error}") from None


def _query(url: str) -> dict[str, list[str]]:
    return parse_qs(urlsplit(url).query, keep_blank_values=True)


def _with(url: str, more: str) -> str:
    return f"{url}{'&' if urlsplit(url).query else '?'}{more}"


def _believed(name: str, file: Path, how: Callable[[Path], ssl.SSLContext] = tls.trusting) -> ssl.SSLContext:
    try:
        return how(file)
    except tls.BadAuthority as error:
        raise BadSettings(f"{name}: {error}") from None


def _given(name: str, value: str | None) -> str:
    if not value:
        raise BadSettings(f"{name} is not set: the deployed mode has no default for it")
    return value


def _key(name: str, path: Path | None, kind: Callable[[bytes], K]) -> K:
    file = Path(_given(name, None if path is None else str(path)))
    try:
        return kind(file.read_bytes())
    except OSError as error:
        raise BadSettings(f"{name}: {file} cannot be read ({error.strerror})") from None
    except ValueError as error:
        raise BadSettings(f"{name}: {file} holds {error}") from None
