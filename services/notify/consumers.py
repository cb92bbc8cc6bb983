"""What notify listens to: the directory, due reminders, and every fact that a loaded policy wants somebody told of."""

from collections.abc import Mapping

from services.notify.domain.case import STANDING_FACTS
from services.notify.usecases.remind import remind
from services.notify.usecases.tell import tell
from services.notify.usecases.tell_referral import tell_referral
from shared.events import dispatch, intake, sla  # noqa: F401 - the registry knows the events of loaded modules
from shared.events.base import REGISTRY, CaseFact, fact_name
from shared.events.dispatch import DirectoryPublishedV1, SessionsEndedV1
from shared.events.intake import ComplaintReferredV1
from shared.events.sla import ReminderDueV1
from shared.policy.clocks import EventMessage
from shared.policy.library import PolicyLibrary
from shared.room.consume import keep_directory
from shared.room.room import Consumer
from shared.room.sessions import keep_ended


def consumers(policies: PolicyLibrary) -> Mapping[str, Consumer]:
    named = {
        message.on for policy in policies.all() for message in policy.reminder if isinstance(message, EventMessage)
    }
    topics = {topic for topic, event in REGISTRY.items() if issubclass(event, CaseFact) and fact_name(topic) in named}
    topics |= {event.topic for event in STANDING_FACTS}
    return {
        DirectoryPublishedV1.topic: keep_directory,
        SessionsEndedV1.topic: keep_ended,
        ReminderDueV1.topic: remind,
        ComplaintReferredV1.topic: tell_referral,
        **dict.fromkeys(sorted(topics), tell),
    }
