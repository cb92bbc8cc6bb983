"""What intake listens to."""

from collections.abc import Mapping

from services.intake.usecases.hear import hear
from shared.events.dispatch import CaseAct, DirectoryPublishedV1, SessionsEndedV1
from shared.room.consume import keep_directory
from shared.room.room import Consumer
from shared.room.sessions import keep_ended

CONSUMERS: Mapping[str, Consumer] = {
    DirectoryPublishedV1.topic: keep_directory,
    SessionsEndedV1.topic: keep_ended,
    **{act.topic: hear for act in CaseAct.__subclasses__()},
}
