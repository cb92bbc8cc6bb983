"""The case's ledger as its page shows it: what runs and what comes next, what is owed by whom, and what one may do."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.sla.domain.confidence import placed
from services.sla.domain.counters import APPEALED, upheld
from services.sla.domain.facts import Fact
from services.sla.domain.ledger import Ledger
from services.sla.domain.working_groups import groups_of, shown_group
from services.sla.repository import calendars, facts_of, ledger_of
from services.sla.usecases.answers import answer_of
from services.sla.usecases.authorise import step_of
from services.sla.usecases.due import running
from services.sla.usecases.reads import may_see, shown
from shared.kernel.errors import Code, Refused
from shared.org.authority import require_authority
from shared.org.model import Directory
from shared.room.room import Actor, Room

ACTS = (
    "penalty.appeal", "penalty.waive", "penalty.uphold", "proposal.decide", "finding.record", "working_group.form",
    "working_group.end",
)  # fmt: skip

Key = tuple[str, str | None]
"""(rule, person)"""


async def card(room: Room, viewer: Actor, complaint_id: UUID) -> dict[str, Any]:
    """What reads.ledger shows, to the same people, and besides: the sentence of each running clock, what is left of
    each charge, each person's sum, the open appeals with their reasons, and the commands the viewer may give here.
    """
    now = room.clock.now()
    async with room.db.read() as session:
        facts = await facts_of(session, complaint_id)
        directory = await room.directory(session)
        working = await calendars(room, session)
    found = ledger_of(room.policies, directory, facts, now, working)
    if found is None or not may_see(directory, viewer, found, now):
        raise Refused(Code.not_found, "没有这宗投诉")
    told = {(one["clock"], one["due_at"]): one for item in await running(room, viewer, [complaint_id])
            for one in item["clocks"]}  # fmt: skip
    base = shown(found, now)
    left = _left(base["penalties"])
    turned_down = upheld(facts)
    return {
        "complaint": str(complaint_id),
        "project": found.case.project_id,
        "policy": found.office.policy.name,
        "clocks": [clock | {"next": told.get((clock["clock"], clock["due_at"]))} for clock in base["clocks"]],
        "penalties": [
            row
            | {
                "left": left.get((row["rule"], row["person"]), 0) > 0 and row["state"] != "waived",
                "upheld": answer_of(turned_down.get((row["rule"], row["person"] or "")), directory),
            }
            for row in base["penalties"]
        ],
        "totals": _totals(base["penalties"]),
        "proposals": base["proposals"],
        "appeals": appeals_of(facts, found.appeals, directory),
        "working_groups": [shown_group(group, directory, found.case.project_id) for group in groups_of(facts)],
        "acts": [command for command in ACTS if _may(command, found, directory, viewer, now)],
    }


def _may(command: str, found: Ledger, directory: Directory, viewer: Actor, now: datetime) -> bool:
    policy = found.office.policy
    step = step_of(policy, command)
    if step is None or viewer.person is None:
        return False
    try:
        require_authority(command, step.by, policy, directory, placed(found), viewer.person, now)
    except Refused:
        return False
    return True


def _left(rows: Iterable[Mapping[str, Any]]) -> dict[Key, Decimal]:
    """What is still owed under each key, in yuan or percent: waivers are negative rows beside what they waive."""
    left: dict[Key, Decimal] = {}
    for row in rows:
        key = row["rule"], row["person"]
        left[key] = left.get(key, Decimal(0)) + Decimal(row["amount"] or row["percent"] or 0)
    return left


def _totals(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Each person's sum in yuan, and his percentages, the highest first."""
    sums: dict[str | None, dict[str, Any]] = {}
    for row in rows:
        total = sums.setdefault(
            row["person"], {"person": row["person"], "name": row["person_name"], "amount": Decimal(0), "percent": 0}
        )
        total["amount"] += Decimal(row["amount"] or 0)
        total["percent"] += row["percent"] or 0
    return sorted(sums.values(), key=lambda total: (-total["amount"], str(total["person"])))


def appeals_of(facts: Iterable[Fact], still: frozenset[tuple[str, str]], directory: Directory) -> list[dict[str, Any]]:
    """The last appeal of each charge that is under appeal."""
    last = {
        (fact.data["rule"], fact.data["person"]): fact
        for fact in facts
        if fact.name == APPEALED and (fact.data["rule"], fact.data["person"]) in still
    }
    return [
        {"rule": rule, "person": person, "person_name": directory.name_of(person), "at": fact.at,
         "reason": fact.data.get("reason")}
        for (rule, person), fact in last.items()
    ]  # fmt: skip
