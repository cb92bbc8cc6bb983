"""What this room's working pages have in common: the case as its viewer sees it, and lists that waits fill."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from fastapi import Depends, Request

from services.dispatch.domain.cooperation import ASKED
from services.dispatch.domain.due import Due, Moments, due_of
from services.dispatch.domain.duties import HELP
from services.dispatch.pages.words import files, told
from services.dispatch.usecases import reads
from shared.policy.calls import owes_calls
from shared.policy.library import DEFAULT_POLICY
from shared.policy.model import Policy
from shared.room.room import Room
from shared.web import listing
from shared.web.console import Viewer, console
from shared.web.edge import room_named
from shared.web.listing import PER_PAGE
from shared.web.pages import Pages

pages = Pages("services.dispatch")

Dispatch = Annotated[Room, Depends(room_named("dispatch"))]
Viewing = Annotated[Viewer, Depends(console("dispatch"))]

MOST_PAGES = 1000
ISSUE = "order.issue"


@dataclass(frozen=True)
class Queue:
    """A page of a list that is in order of due times: `first` counts from 0, `total` are all."""

    path: str
    rows: Sequence[Mapping[str, Any]]
    first: int
    total: int
    limit: int = PER_PAGE
    chosen: str = ""

    @property
    def here(self) -> str:
        asked = [*([f"case={self.chosen}"] if self.chosen else []), *([f"first={self.first}"] if self.first else [])]
        return f"{self.path}?{'&'.join(asked)}" if asked else self.path


def first_of(request: Request) -> int:
    """Where the page begins; what is no number begins at the beginning."""
    return min(listing.first_of(request.query_params.get("first")), MOST_PAGES * PER_PAGE)


async def case_of(room: Room, viewer: Viewer, complaint_id: UUID) -> tuple[dict[str, Any], Policy]:
    """The case and its policy. Raises Refused(not_found) where there is none, or none that the viewer sees."""
    case = await reads.case(room, viewer.actor, complaint_id)
    policy = room.policies.get(case["policy"], case["policy_version"])
    case["tasks"] = [_with_due(policy, viewer, case, task) for task in case["tasks"]]
    return case, policy


def _with_due(policy: Policy, viewer: Viewer, case: Mapping[str, Any], task: dict[str, Any]) -> dict[str, Any]:
    order = case["order"] or {}
    moments = Moments(
        contact_ended_at=datetime.fromisoformat(case["contact_ended_at"]),
        returned_at=_at(order.get("returned_at")),
        submitted_at=_at(order.get("submitted_at")),
        handed_over_at=_at(case["handed_over_at"]),
        state_since=_at(case["state_since"]),
        required_by=_at(case["required_by"]),
        agreed_at=_at(case["agreed_completion_at"]),
    )
    due = due_of(policy, task["command"], moments, _at(task["since"]))
    if task["command"] == HELP:
        asked = [_at(one["due_at"]) for one in case["cooperation"] if one["state"] == ASKED and one["due_at"]]
        due = Due("", task["name"], min(filter(None, asked), default=None), "")
    return task | {
        "names": [viewer.directory.name_of(person) for person in task["people"]],
        "clock": due.clock if due else None,
        "due_at": due.at.isoformat() if due and due.at else None,
        "rule": due.rule if due else "",
    }


def _at(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def story_of(policy: Policy, viewer: Viewer, case: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The acts in the order in which they were entered, each with its words and its files."""
    return [
        {**act, "told": list(told(policy, viewer, act["data"])), "files": files(act["data"])} for act in case["acts"]
    ]


def calls_due(room: Room, viewer: Viewer) -> bool:
    """Whether a policy of his projects sets a time for calls: the ledger then lists those that he owes."""
    own = set(viewer.projects)
    bound = {one.policy or DEFAULT_POLICY for one in viewer.directory.projects if one.id in own}
    return any(owes_calls(policy) for policy in room.policies.all() if policy.id in bound)


def has_order(policy: Policy) -> bool:
    return ISSUE in policy.steps
