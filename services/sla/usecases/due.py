"""What runs on several cases at once, for lists of other rooms: each clock, its due time and what it has cost."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from services.sla.domain.clocks import ClockState, Run
from services.sla.domain.ledger import Ledger
from services.sla.repository import calendars, facts_of_all, ledger_of
from services.sla.usecases.reads import may_see
from shared.kernel.errors import Code, Refused
from shared.kernel.money import Fen, yuan
from shared.policy.clocks import DailyClock
from shared.policy.sentences import cost_of_delay
from shared.room.room import Actor, Room

MOST = 50


def ids_of(text: str) -> list[UUID]:
    """Raises Refused for what is no list of ids."""
    try:
        return [UUID(one) for one in text.split(",")]
    except ValueError:
        raise Refused(Code.field_invalid, "complaints: 应为以逗号分隔的投诉 id", field="complaints") from None


async def running(room: Room, viewer: Actor, complaint_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """For each case that the viewer may see, its running and breached, unstopped clocks, what is due first on top.

    `accrued` is what the clock's delay has cost so far, in yuan. Unknown cases and others' are left out.
    """
    if len(complaint_ids) > MOST:
        raise Refused(Code.field_invalid, f"complaints: 一次最多 {MOST} 件", field="complaints")
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        working = await calendars(room, session)
        facts = await facts_of_all(session, list(dict.fromkeys(complaint_ids)))
    found = []
    for complaint_id, told in facts.items():
        ledger = ledger_of(room.policies, directory, told, now, working)
        if ledger is not None and may_see(directory, viewer, ledger, now):
            found.append({"complaint": str(complaint_id), "clocks": _clocks(ledger, now)})
    return found


def _still(run: Run) -> bool:
    """Whether it can still be stopped: a daily duty that was missed is over with its day."""
    return run.state is ClockState.running or (
        run.state is ClockState.breached and not isinstance(run.clock, DailyClock)
    )


def _clocks(found: Ledger, now: datetime) -> list[dict[str, Any]]:
    policy, directory = found.office.policy, found.office.directory
    zone = directory.zone(found.case.project_id)
    rules = {rule.rule: getattr(rule, "clock", None) for rule in policy.penalty}
    open_runs = [run for run in found.runs if run.stopped_at is None and run.due_at is not None and _still(run)]
    latest = {run.clock.id: run for run in sorted(open_runs, key=lambda run: run.started_at)}
    shown = []
    for run in sorted(latest.values(), key=lambda run: run.due_at or now):
        assert run.due_at is not None
        liable = found.liable_of(run, now)
        owed = sum(one.amount or 0 for one in found.charges if one.growing and rules.get(one.rule) == run.clock.id)
        shown.append(
            {
                "clock": run.clock.id,
                "name": run.clock.name,
                "due_at": run.due_at.astimezone(zone),
                "liable": liable,
                "liable_name": directory.name_of(liable),
                "clause": run.clock.clause,
                "rule": cost_of_delay(policy, run.clock.id),
                "accrued": yuan(Fen(owed)).removesuffix(".00") if owed else None,
            }
        )
    return shown
