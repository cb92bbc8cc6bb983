"""Whether intake's word of a case has arrived."""

from uuid import UUID

from services.dispatch.repository import complaint_of
from shared.room.room import Room


async def knows(room: Room, complaint_id: UUID) -> bool:
    async with room.db.read() as session:
        return await complaint_of(session, complaint_id) is not None
