"""The sla room: facts in, ledger out; reminders of the day."""

from services.sla.tables import COMMON, METADATA
from services.sla.usecases.amend_calendar import amend_calendar
from services.sla.usecases.appeal_penalty import appeal_penalty
from services.sla.usecases.decide_proposal import decide_proposal
from services.sla.usecases.observe import number_of, observe_decision, observe_statement
from services.sla.usecases.reads import outcome
from services.sla.usecases.record_finding import record_finding
from services.sla.usecases.registers import answer_register, enter_register, register_item_done
from services.sla.usecases.set_bonus_bases import set_bonus_bases
from services.sla.usecases.take_directory import take_directory
from services.sla.usecases.take_fact import take_fact
from services.sla.usecases.tick import next_change, next_wake, recompute, tick
from services.sla.usecases.uphold_penalty import uphold_penalty
from services.sla.usecases.waive_penalty import waive_penalty
from services.sla.usecases.working_groups import end_working_group, form_working_group
from shared.db.database import Database
from shared.events import dispatch, intake, sla  # noqa: F401 - their topics
from shared.events.base import REGISTRY, CaseFact
from shared.events.dispatch import DirectoryPublishedV1, SessionsEndedV1
from shared.events.sla import RankingDecidedV1, StatementFrozenV1
from shared.kernel.clock import Clock
from shared.kernel.ids import Ids
from shared.policy.library import PolicyLibrary
from shared.room.room import Consumer, Observing, Room
from shared.room.sessions import keep_ended

NAMES = {
    "penalty.uphold": "维持扣罚",
    "bonus.set": "提供月度综合奖金基数",
    "calendar.load": "更改工作日历",
    "register.enter": "登记台账",
    "register.answer": "答复台账",
    "register.done": "整改完成",
}
"""Of the commands that no policy names."""


def build(db: Database, clock: Clock, ids: Ids, policies: PolicyLibrary) -> Room:
    """The room over its database; nothing is started."""
    every = [topic for topic, event in REGISTRY.items() if issubclass(event, CaseFact)]
    facts = [topic for topic in every if not topic.startswith("sla.")]
    people: dict[str, Consumer] = {DirectoryPublishedV1.topic: take_directory, SessionsEndedV1.topic: keep_ended}
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
            "penalty.uphold": uphold_penalty,
            "proposal.decide": decide_proposal,
            "bonus.set": set_bonus_bases,
            "calendar.load": amend_calendar,
            "working_group.form": form_working_group,
            "working_group.end": end_working_group,
            "register.enter": enter_register,
            "register.answer": answer_register,
            "register.done": register_item_done,
        },
        consumers={**people, **dict.fromkeys(facts, take_fact)},
        tick=tick,
        next_wake=next_wake,
        outcome=outcome,
        observing=Observing(
            {
                **people,
                **dict.fromkeys(every, take_fact),
                StatementFrozenV1.topic: observe_statement,
                RankingDecidedV1.topic: observe_decision,
            },
            number_of,
            frozenset({"bonus.set", "calendar.load"}),
            recompute,
            next_change,
        ),
        extra={"command_names": NAMES},
    )


def open_edge(room: Room) -> Room:
    """Adds the HTTP reads and pages. Imported here: what serves nobody, as a replay, need not load them."""
    from services.sla import api, pages

    room.routers += [api.router, pages.router]
    return room
