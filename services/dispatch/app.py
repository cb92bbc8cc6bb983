"""dispatch: the directory, orders and their approval, visits, plans, progress, closure, claims and meetings."""

from collections.abc import Mapping

from services.dispatch.consumers import CONSUMERS, OBSERVED
from services.dispatch.tables import COMMON, METADATA
from services.dispatch.usecases.apply_closure import apply_closure
from services.dispatch.usecases.approve_closure import approve_closure
from services.dispatch.usecases.ask_cooperation import ask_cooperation
from services.dispatch.usecases.call_customer import call_customer
from services.dispatch.usecases.close_case import close_case
from services.dispatch.usecases.decide_claim import decide_claim
from services.dispatch.usecases.delegate import delegate
from services.dispatch.usecases.dispatch_order import dispatch_order
from services.dispatch.usecases.enter_plan import enter_plan
from services.dispatch.usecases.enter_progress import enter_progress
from services.dispatch.usecases.enter_visit_material import enter_visit_material
from services.dispatch.usecases.file_claim import file_claim
from services.dispatch.usecases.file_minutes import file_minutes
from services.dispatch.usecases.finish_cooperation import finish_cooperation
from services.dispatch.usecases.grant_extension import grant_extension
from services.dispatch.usecases.hand_over import hand_over
from services.dispatch.usecases.hold_meeting import hold_meeting
from services.dispatch.usecases.issue_order import issue_order
from services.dispatch.usecases.observe import number_of
from services.dispatch.usecases.outcome import outcome
from services.dispatch.usecases.raise_claim import raise_claim
from services.dispatch.usecases.record_visit import record_visit
from services.dispatch.usecases.refuse_cooperation import refuse_cooperation
from services.dispatch.usecases.reply_complaint import reply_complaint
from services.dispatch.usecases.report_claim import report_claim
from services.dispatch.usecases.report_cooperation import report_cooperation
from services.dispatch.usecases.review_closure import review_closure
from services.dispatch.usecases.review_order import review_order
from services.dispatch.usecases.submit_order import submit_order
from services.dispatch.usecases.transfer_complaint import transfer_complaint
from services.dispatch.usecases.verify_closure import verify_closure
from shared.db.database import Database
from shared.events.dispatch import DirectoryPublishedV1
from shared.kernel.clock import Clock
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary
from shared.room.consume import keep_directory
from shared.room.room import CommandHandler, Observing, Room

COMMANDS: Mapping[str, CommandHandler] = {
    "complaint.reply": reply_complaint,
    "complaint.transfer": transfer_complaint,
    "order.submit": submit_order,
    "order.review": review_order,
    "order.issue": issue_order,
    "order.dispatch": dispatch_order,
    "visit.record": record_visit,
    "visit.material": enter_visit_material,
    "customer.call": call_customer,
    "plan.enter": enter_plan,
    "progress.enter": enter_progress,
    "closure.apply": apply_closure,
    "closure.verify": verify_closure,
    "closure.review": review_closure,
    "closure.approve": approve_closure,
    "closure.close": close_case,
    "extension.grant": grant_extension,
    "claim.raise": raise_claim,
    "claim.report": report_claim,
    "claim.decide": decide_claim,
    "claim.file": file_claim,
    "meeting.hold": hold_meeting,
    "meeting.minutes": file_minutes,
    "cooperation.ask": ask_cooperation,
    "cooperation.done": finish_cooperation,
    "cooperation.refuse": refuse_cooperation,
    "cooperation.report": report_cooperation,
}

PEOPLE: Mapping[str, CommandHandler] = {
    "directory.hand_over": hand_over,
    "absence.enter": delegate,
}
"""What is done to the directory and not to a case: no policy says who may, the use cases do."""


def build(db: Database, clock: Clock, ids: Ids, policies: PolicyLibrary) -> Room:
    return Room(
        name="dispatch",
        db=db,
        metadata=METADATA,
        tables=COMMON,
        clock=clock,
        ids=ids,
        policies=policies,
        commands={**COMMANDS, **PEOPLE},
        consumers=CONSUMERS,
        outcome=outcome,
        observing=Observing(OBSERVED, number_of, frozenset(PEOPLE)),
        directed={DirectoryPublishedV1.topic: keep_directory},
    )


def open_edge(room: Room) -> Room:
    """Adds the HTTP reads and pages. Imported here: what serves nobody, as a replay, need not load them."""
    from services.dispatch import api, api_directory, pages
    from services.dispatch.pages import papers
    from services.dispatch.usecases.known import knows

    room.routers += [api.router, api_directory.router, papers.router, pages.router]
    room.extra["streamed"] = api_directory.STREAMED
    room.extra["knows"] = knows
    room.extra["command_names"] = {"directory.hand_over": "岗位交接", "absence.enter": "请假与代理"}
    return room
