"""What intake does by itself: forgets the files that were handed in for a case that never came."""

from services.intake.usecases.forget_files import forget_loose, next_forgetting
from shared.room.room import Room

__all__ = ["next_forgetting", "tick"]


async def tick(room: Room) -> None:
    while await forget_loose(room):
        pass
