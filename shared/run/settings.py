"""Settings from the environment (`CCRM_…`). The embedded mode needs none; the deployed mode has no default secret."""

from collections.abc import Callable
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.web.tokens import Signer, Verifier

K = TypeVar("K")


class BadSettings(Exception):
    """The process cannot start like this; the text is one sentence that says what to set."""


class Settings(BaseSettings):
    """`data_dir` holds the embedded databases, keys and demo logins. `*_url` of a room is where its peers reach it.

    `trusted_proxies` are the addresses (comma-separated, networks allowed) whose X-Forwarded headers are believed:
    behind a gateway, without them, all clients look like one.
    """

    model_config = SettingsConfigDict(env_prefix="CCRM_", extra="ignore")

    mode: Literal["embedded", "deployed"] = "embedded"
    host: str = "127.0.0.1"
    port: int = Field(8000, ge=0, le=65535)
    data_dir: Path = Path("var")
    policy_dir: Path | None = None
    trusted_proxies: str | None = None
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    database_url: str | None = None
    database_pool: int = Field(10, ge=1, le=200)
    rabbitmq_url: str | None = None
    rabbitmq_prefix: str = Field("ccrm", pattern=r"^[a-z0-9._-]{1,50}$")
    prefetch: int = Field(20, ge=1, le=1000)
    token_private_key_file: Path | None = None
    token_public_key_file: Path | None = None
    intake_url: str | None = None
    dispatch_url: str | None = None
    sla_url: str | None = None
    notify_url: str | None = None

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
        return url

    def broker(self) -> str:
        return _given("CCRM_RABBITMQ_URL", self.rabbitmq_url)

    def verifier(self) -> Verifier:
        return _key("CCRM_TOKEN_PUBLIC_KEY_FILE", self.token_public_key_file, Verifier)

    def signer(self) -> Signer:
        return _key("CCRM_TOKEN_PRIVATE_KEY_FILE", self.token_private_key_file, Signer)


def load(**given: object) -> Settings:
    """The settings, `given` before the environment. Raises BadSettings."""
    try:
        return Settings(**{name: value for name, value in given.items() if value is not None})  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        name = "_".join(str(part) for part in first["loc"]).upper()
        raise BadSettings(f"CCRM_{name}: {first['msg']}") from None


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
