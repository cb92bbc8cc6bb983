"""H6: what an appellant is told whose appeal was not borne out."""

from typing import Any

from services.sla.domain.facts import Fact
from shared.org.model import Directory


def answer_of(decision: Fact | None, directory: Directory) -> dict[str, Any] | None:
    """By whom, when and why the charge was upheld; None where it was not."""
    if decision is None:
        return None
    return {"by_name": directory.name_of(decision.by), "at": decision.at, "reason": decision.data["reason"]}
