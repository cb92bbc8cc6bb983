"""The shape every command's data has in common."""

from pydantic import BaseModel, ConfigDict


class CommandData(BaseModel):
    """The base of every command's data: an unknown field is an error, so that nothing said is silently lost."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_max_length=20_000)
    reason: str | None = None
    note: str | None = None
