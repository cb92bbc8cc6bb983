"""The sla room: facts in, ledger out; reminders of the day."""

from services.sla.tables import COMMON, METADATA
from services.sla.usecases.appeal_penalty import appeal_penalty
from services.sla.usecases.decide_proposal import decide_proposal
from services.sla.usecases.reads import outcome
from services.sla.usecases.record_finding import record_finding
from services.sla.usecases.set_bonus_bases import set_bonus_bases
from services.sla.usecases.take_directory import take_directory
from services.sla.usecases.take_fact import take_fact
from services.sla.usecases.tick import next_wake, tick
from services.sla.usecases.waive_penalty import waive_penalty
from shared.db.database import Database
from shared.events import dispatch, intake  # noqa: F401 - their topics
from shared.events.base import REGISTRY, CaseFact
from shared.events.dispatch import DirectoryPublishedV1
from shared.kernel.clock import Clock
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary
from shared.room.room import Room

NAMES = {"bonus.set": "提供月度综合奖金基数"}
"""Of the commands that no policy names."""


def build(db: Database, clock: Clock, ids: Ids, policies: PolicyLibrary) -> Room:
    """The room over its database; nothing is started."""
    facts = [topic for topic, event in REGISTRY.items() if issubclass(event, CaseFact) and not topic.startswith("sla.")]
    return Room(
        name="sla",
        db=db,
        metadata=METADATA,
        tables=COMMON,
        clock=clock,
        ids=ids,
        policies=policies,
        commands={
            "finding.record": record_finding,
            "penalty.appeal": appeal_penalty,
            "penalty.waive": waive_penalty,
            "proposal.decide": decide_proposal,
            "bonus.set": set_bonus_bases,
        },
        consumers={DirectoryPublishedV1.topic: take_directory, **dict.fromkeys(facts, take_fact)},
        tick=tick,
        next_wake=next_wake,
        outcome=outcome,
        extra={"command_names": NAMES},
    )


def open_edge(room: Room) -> Room:
    """Adds the HTTP reads and pages. Imported here: what serves nobody, as a replay, need not load them."""
    from services.sla import api

    room.routers.append(api.router)
    return room
