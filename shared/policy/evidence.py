"""Which files the document expects a case to have, as data. Pure."""

from typing import Literal

from pydantic import Field

from shared.policy.base import Frozen


class Evidence(Frozen):
    """E3: files of the kind, one at least in each phase. Shown to those who handle the case, never in their way.

    With `category` only cases of those are expected to have it.
    """

    id: str
    name: str
    clause: str
    kind: Literal["letter", "fax", "photo", "recording", "plan", "material", "signature", "other"]
    phases: list[Literal["before", "during", "after"]] = []
    category: list[str] | None = Field(None, min_length=1)
