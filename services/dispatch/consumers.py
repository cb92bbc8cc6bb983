"""What dispatch listens to: everything intake says about a case."""

from collections.abc import Mapping

from services.dispatch.usecases.take_fact import take_fact
from shared.events.intake import (
    ComplaintClassifiedV1,
    ComplaintLinkedV1,
    ComplaintRegisteredV1,
    ComplaintSignedV1,
)
from shared.room.room import Consumer

CONSUMERS: Mapping[str, Consumer] = {
    event.topic: take_fact
    for event in (ComplaintRegisteredV1, ComplaintSignedV1, ComplaintClassifiedV1, ComplaintLinkedV1)
}
