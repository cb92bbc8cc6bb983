"""What dispatch listens to: everything intake says about a case."""

from collections.abc import Mapping

from services.dispatch.usecases.observe import observe
from services.dispatch.usecases.take_fact import take_fact
from shared.events.dispatch import CaseAct
from shared.events.intake import (
    ComplaintClassifiedV1,
    ComplaintCorrectedV1,
    ComplaintGuardedV1,
    ComplaintLinkedV1,
    ComplaintRegisteredV1,
    ComplaintSignedV1,
)
from shared.room.room import Consumer

CONSUMERS: Mapping[str, Consumer] = {
    event.topic: take_fact
    for event in (
        ComplaintRegisteredV1,
        ComplaintSignedV1,
        ComplaintClassifiedV1,
        ComplaintCorrectedV1,
        ComplaintGuardedV1,
        ComplaintLinkedV1,
    )
}

OBSERVED: Mapping[str, Consumer] = dict.fromkeys(
    (*CONSUMERS, *(act.topic for act in CaseAct.__subclasses__())), observe
)
"""What the group's dispatch hears of the regions: what the customers said, and every act there."""
