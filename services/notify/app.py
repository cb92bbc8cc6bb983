"""The notify room: who is told, in which words, over which gateway, with proof."""

from services.notify.consumers import consumers
from services.notify.jobs import next_due, send_all
from services.notify.tables import COMMON, METADATA
from services.notify.usecases.reads import outcome
from shared.db.database import Database
from shared.kernel.clock import Clock
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary
from shared.room.room import Room


def build(db: Database, clock: Clock, ids: Ids, policies: PolicyLibrary) -> Room:
    return Room(
        name="notify",
        db=db,
        metadata=METADATA,
        tables=COMMON,
        clock=clock,
        ids=ids,
        policies=policies,
        consumers=consumers(policies),
        tick=send_all,
        next_wake=next_due,
        outcome=outcome,
    )


def open_edge(room: Room) -> Room:
    """Adds the HTTP reads and pages, and the gateways that the environment names. Imported here: what serves nobody,
    as a replay, need not load them. Raises BadSettings.
    """
    from services.notify import api, pages
    from services.notify.gateways.delivery import DELIVERY
    from services.notify.gateways.settings import opened, settings_of_environment
    from services.notify.usecases.send import GATEWAYS

    room.extra[GATEWAYS], room.extra[DELIVERY] = opened(settings_of_environment(), room.clock)
    room.routers += [api.router, pages.router]
    return room
