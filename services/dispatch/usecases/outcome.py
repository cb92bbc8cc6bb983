"""This room's part of a replay's outcome: every case as it stands, and what waits for whom."""

from typing import Any

from sqlalchemy import select

from services.dispatch.repository import rows_of, standing_of
from services.dispatch.tables import COMPLAINT, Complaint
from services.dispatch.usecases.acting import policy_of
from services.dispatch.usecases.waiting import people_waited_for
from shared.org.liability import holder
from shared.room.room import Room


async def outcome(room: Room) -> dict[str, list[dict[str, Any]]]:
    """Who answers for a case is asked as of now, or of its closing. Sorted by complaint number."""
    now = room.clock.now()
    async with room.db.read() as session:
        cases = await rows_of(session, Complaint, select(COMPLAINT).order_by(COMPLAINT.c.number))
        directory = await room.directory(session) if cases else None
    complaints: list[dict[str, Any]] = []
    tasks: list[dict[str, Any]] = []
    for case in cases:
        assert directory is not None
        policy, at = policy_of(room, case), case.closed_at or now
        complaints.append(
            {
                "complaint_id": str(case.complaint_id),
                "number": case.number,
                "state": case.state,
                "kind": case.kind,
                "validity": case.validity,
                "category": case.category,
                "severity": case.severity,
                "severity_reason": case.severity_reason,
                "first_department": case.first_department,
                "liable": holder("liable", policy, directory, standing_of(case), at),
                "leader": holder("leader", policy, directory, standing_of(case), at),
            }
        )
        tasks += [
            {"person": person, "complaint_id": str(case.complaint_id), "command": duty.command}
            for duty, people in people_waited_for(policy, directory, case, now)
            for person in people
        ]
    return {"complaints": complaints, "tasks": tasks}
