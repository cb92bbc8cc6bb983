"""The kinds of clock and of money rule a policy may state. The numbers live in the documents, not here."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from shared.policy.base import CaseCondition, Cash, Frozen, Holder, Length, Share, TimeOfDay, Trigger, Yuan


class _Clock(Frozen):
    """`case`: the clock is there while the case is of that kind, as it is judged then; after that it is cancelled."""

    id: str
    name: str
    clause: str
    liable: list[Holder] = Field(min_length=1)
    case: CaseCondition = CaseCondition()


class SpanClock(_Clock):
    """From a start fact to a stop fact within a length. A new start after a stop begins a new run where `repeats`.

    `outlives_case`: closing the case does not cancel it. `early_stop`: what was done before the start is done.
    """

    type: Literal["span"]
    start: list[Trigger] = Field(min_length=1)
    stop: list[Trigger] = Field(min_length=1)
    cancel: list[Trigger] = []
    length: Length
    extended: Length | None = None
    repeats: bool = False
    outlives_case: bool = False
    early_stop: bool = False


class DailyClock(_Clock):
    """A duty on every calendar day after the day of the start, due at `by` local time.

    Any of `entries` on the day up to and including `by` fulfils it. There is no duty on a day on which, at `by`,
    something is pending (a `pending` fact without a later `resumed` one).
    """

    type: Literal["daily"]
    start: list[Trigger] = Field(min_length=1)
    by: TimeOfDay
    entries: list[Trigger] = Field(min_length=1)
    pending: list[str] = []
    resumed: list[str] = []


class AgreedTime(Frozen):
    """Where an agreed completion time may come from; only a signed one counts."""

    on: str
    field: str = "agreed_completion_at"


class DeadlineClock(_Clock):
    """Until the earlier of the required time and the time agreed with the customer.

    `stop` is provisional: a later `unstop` fact undoes it. A newly agreed, signed time replaces the earlier one
    while the deadline in force has not passed. `optional`: without a deadline there is no clock.
    """

    type: Literal["deadline"]
    start: list[Trigger] = Field(min_length=1)
    stop: list[Trigger] = Field(min_length=1)
    unstop: list[str] = []
    required: str = "required_by"
    agreed: list[AgreedTime] = []
    optional: bool = False


Clock = Annotated[SpanClock | DailyClock | DeadlineClock, Field(discriminator="type")]


class _Penalty(Frozen):
    rule: str
    name: str
    clause: str
    clock: str


class IntervalPenalty(_Penalty):
    """A sum for each interval of delay, on who holds the step when the interval completes (`full`) or begins."""

    type: Literal["per_interval"]
    every: Length
    count: Literal["full", "started"] = "full"
    amount: Cash


class BreachPenalty(_Penalty):
    """A sum or a share for each run of the clock that is breached, on who is liable at its due time."""

    type: Literal["per_breach"]
    amount: Cash | Share = Field(discriminator="kind")


class Bracket(Frozen):
    """From day `first` to day `last`: so much a day."""

    first: int = Field(gt=0)
    last: int = Field(gt=0)
    yuan: Yuan


class DailyBracketPenalty(_Penalty):
    """A sum for each started day of delay, by bracket. `marginal`: each day costs its own bracket's rate;
    `whole`: all days cost the rate of the bracket reached. `unless_post`: he who holds that post too pays nothing here.
    """

    type: Literal["per_day"]
    post: str
    unless_post: str | None = None
    method: Literal["marginal", "whole"] = "marginal"
    day: Literal["started", "full"] = "started"
    brackets: list[Bracket] = Field(min_length=1)

    @model_validator(mode="after")
    def _in_order(self) -> "DailyBracketPenalty":
        expected = 1
        for bracket in self.brackets:
            if bracket.first != expected or bracket.last < bracket.first:
                raise ValueError(f"brackets must follow one another without gap or overlap: day {bracket.first}")
            expected = bracket.last + 1
        return self


class FindingPenalty(Frozen):
    """A sum or a share for each finding of the auditor, on the person it names."""

    type: Literal["per_finding"]
    rule: str
    name: str
    clause: str
    findings: list[str] = Field(min_length=1)
    amount: Cash | Share = Field(discriminator="kind")


Penalty = Annotated[IntervalPenalty | BreachPenalty | DailyBracketPenalty | FindingPenalty, Field(discriminator="type")]


class ProposedRange(Frozen):
    """What may be decided for the holder of a post: between `percent_min` and `percent_max` of the bonus, or more."""

    post: str
    percent_min: int = Field(ge=0, le=100)
    percent_max: int = Field(ge=0, le=100)
    also: list[str] = []
    unless_post: str | None = None


class DelayProposal(Frozen):
    """From the given day of delay a disciplinary proposal: a person decides, never the system."""

    type: Literal["delay"]
    rule: str
    name: str
    clause: str
    clock: str
    from_day: int = Field(gt=1)
    for_: list[ProposedRange] = Field(alias="for", min_length=1)


class FindingProposal(Frozen):
    """A finding of the auditor, or a number of them in a calendar month, becomes a proposal."""

    type: Literal["finding"]
    rule: str
    name: str
    clause: str
    findings: list[str] = Field(min_length=1)
    more_than_a_month: int = Field(0, ge=0)
    measure: str


class ReportProposal(Frozen):
    """A fact of the case that names a `person` proposes a measure against him at once: it was reported, not found."""

    type: Literal["report"]
    rule: str
    name: str
    clause: str
    on: str
    measure: str


class RankingProposal(Frozen):
    """Among the last `bottom` of the monthly officer ranking for `months` months running.

    A month counts in which more officers than `bottom` were rated: where all are last, nobody is.
    """

    type: Literal["ranking"]
    rule: str
    name: str
    clause: str
    bottom: int = Field(gt=0)
    months: int = Field(gt=0)
    measure: str


Proposal = Annotated[DelayProposal | FindingProposal | ReportProposal | RankingProposal, Field(discriminator="type")]


class DigestReminder(Frozen):
    """Every day at `at` local time one message a recipient, listing his unfinished cases as of that instant."""

    type: Literal["digest"]
    template: str
    clause: str
    at: TimeOfDay
    channel: str = "sms"
    to: list[str] = Field(min_length=1)
    clock: str


class OverdueReminder(Frozen):
    """Every day at `at` local time one message for each case whose `clock` is late by more than `more_than`."""

    type: Literal["overdue"]
    template: str
    clause: str
    at: TimeOfDay
    channel: str = "sms"
    to: list[str] = Field(min_length=1)
    clock: str
    more_than: Length | None = None


class EventMessage(Frozen):
    """A message at once when a fact happens."""

    type: Literal["event"]
    template: str
    clause: str
    on: str
    when: dict[str, str | bool | int | list[str | bool | int]] = {}
    channel: str = "sms"
    to: list[str] = Field(min_length=1)


Reminder = Annotated[DigestReminder | OverdueReminder | EventMessage, Field(discriminator="type")]


def facts_of(clock: Clock) -> frozenset[str]:
    """The names of all facts that may start, stop, change or end a clock."""
    triggers = [
        *clock.start,
        *getattr(clock, "stop", ()),
        *getattr(clock, "cancel", ()),
        *getattr(clock, "entries", ()),
    ]
    names = {trigger.on for trigger in triggers} | {holder.until for holder in clock.liable if holder.until}
    names |= {agreed.on for agreed in getattr(clock, "agreed", ())}
    names.update(*(getattr(clock, part, ()) for part in ("pending", "resumed", "unstop")))
    if isinstance(clock, DeadlineClock):
        names |= {"complaint_registered", "order_submitted"}
    return frozenset(names | {"case_closed", "extension_granted"})
