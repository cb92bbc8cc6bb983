"""The numbers of complaints, for who reads a list of messages."""

from collections.abc import Iterable
from uuid import UUID

from sqlmodel import col, select

from services.notify.tables import CaseFactRow
from shared.events.intake import ComplaintRegisteredV1
from shared.room.room import Room


async def numbers(room: Room, complaints: Iterable[str]) -> dict[str, str]:
    """By complaint id; one that is not known here yet is left out."""
    wanted = {UUID(each) for each in complaints}
    statement = select(CaseFactRow).where(CaseFactRow.topic == ComplaintRegisteredV1.topic)
    async with room.db.read() as session:
        found = (await session.exec(statement.where(col(CaseFactRow.complaint_id).in_(wanted)))).all()
    return {str(fact.complaint_id): str(fact.body["number"]) for fact in found}
