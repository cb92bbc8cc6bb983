"""The intake room: capture, customer, signature, classification, rating."""

from services.intake.consumers import CONSUMERS
from services.intake.tables import COMMON, METADATA
from services.intake.usecases.addresses import check_address, end_address, enter_address
from services.intake.usecases.classify import classify
from services.intake.usecases.correct import correct
from services.intake.usecases.guard import guard
from services.intake.usecases.link import link
from services.intake.usecases.rate_window import rate_window
from services.intake.usecases.refer import refer
from services.intake.usecases.register import register
from services.intake.usecases.sign import sign
from shared.db.database import Database
from shared.kernel.clock import Clock
from shared.kernel.errors import Code
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary
from shared.room.room import Room


def build(db: Database, clock: Clock, ids: Ids, policies: PolicyLibrary) -> Room:
    return Room(
        name="intake",
        db=db,
        metadata=METADATA,
        tables=COMMON,
        clock=clock,
        ids=ids,
        policies=policies,
        commands={
            "complaint.register": register,
            "complaint.sign": sign,
            "complaint.classify": classify,
            "complaint.correct": correct,
            "complaint.link": link,
            "complaint.guard": guard,
            "complaint.rate_window": rate_window,
            "channel.enter": enter_address,
            "channel.check": check_address,
            "channel.end": end_address,
        },
        consumers=CONSUMERS,
        refusals={Code.centre_closed: refer},
    )


def open_edge(room: Room) -> Room:
    """Adds the HTTP reads and pages. Imported here: what serves nobody, as a replay, need not load them."""
    from services.intake import api, jobs, pages
    from services.intake.usecases.reads import opened_by
    from services.intake.usecases.reseal_files import reseal_files

    room.routers += [api.router, api.recurrent, api.referred, api.channels, api.filed, pages.router]
    room.extra["customer_of"] = opened_by
    room.extra["streamed"] = api.STREAMED
    room.extra["keeps_files"] = True
    room.extra["reseal"] = reseal_files
    room.extra["command_names"] = {
        "channel.enter": "登记投诉渠道",
        "channel.check": "核对投诉渠道",
        "channel.end": "停用投诉渠道",
    }
    # What has nobody at its edge is handed no files.
    room.tick, room.next_wake = jobs.tick, jobs.next_forgetting
    return room
