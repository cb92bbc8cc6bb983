"""What sla publishes: reminders that are due, and findings and appeals on record."""

from datetime import date
from typing import Any, ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict

from shared.events.base import CaseFact, Event


class ReminderDueV1(Event):
    """003§19,26,30: one message is owed. `key` is unique for good: a second event with it changes nothing.

    `local_date` is the recipient's local day; `numbers` are the complaint numbers in the text. From `expires_at` on it
    must not go out any more: a reminder is never a day late. `on_behalf_of` are the absent people for whom he acts.
    """

    topic: ClassVar[str] = "sla.reminder_due.v1"
    key: str
    template: str
    channel: str
    recipient: str
    local_date: date
    complaints: list[UUID]
    numbers: list[str]
    on_behalf_of: list[str] = []
    expires_at: AwareDatetime | None = None


class FindingRecordedV1(CaseFact):
    """003§17,35,37: the auditor found `kind` against `person`."""

    topic: ClassVar[str] = "sla.finding_recorded.v1"
    kind: str
    person: str
    evidence: str | None = None


class ProposalDecidedV1(CaseFact):
    """H4: a person decided about a disciplinary proposal, with reason."""

    topic: ClassVar[str] = "sla.proposal_decided.v1"
    rule: str
    person: str
    decision: Literal["impose", "dismiss"]
    measure: str | None = None
    reason: str


class RankingDecidedV1(Event):
    """H4, 003§16: a person decided about a proposal that rests on the officers' ranking and belongs to no case.

    `period` is the last of the months it rests on.
    """

    topic: ClassVar[str] = "sla.ranking_decided.v1"
    proposal: UUID
    rule: str
    person: str
    period: str
    decision: Literal["impose", "dismiss"]
    measure: str | None = None
    reason: str
    by: str


class PenaltyAppealedV1(CaseFact):
    """H6: the person concerned appeals against what `rule` charges him in this case."""

    topic: ClassVar[str] = "sla.penalty_appealed.v1"
    rule: str
    person: str
    reason: str | None = None


class PenaltyWaivedV1(CaseFact):
    """H6: an authorised person waived a charge as it stood then; the row becomes a counter-entry."""

    topic: ClassVar[str] = "sla.penalty_waived.v1"
    rule: str
    person: str
    name: str
    clause: str
    units: int
    amount_fen: int | None
    percent: int | None
    of: str | None
    reason: str


class PenaltyUpheldV1(CaseFact):
    """H6: an authorised person found an appeal not borne out: the charge stands, and no money moves."""

    topic: ClassVar[str] = "sla.penalty_upheld.v1"
    rule: str
    person: str
    reason: str


class WorkingGroupFormedV1(CaseFact):
    """003§27,33.3: the general manager sends a working group to the spot; the case's `number`th, from 1."""

    topic: ClassVar[str] = "sla.working_group_formed.v1"
    number: int
    members: list[str]
    reason: str
    task: str = ""


class WorkingGroupEndedV1(CaseFact):
    """003§27,33.3: what the working group achieved."""

    topic: ClassVar[str] = "sla.working_group_ended.v1"
    number: int
    result: str


class PersonSum(BaseModel):
    """What a person owes for a month; `pending` are the percentages whose base HR has not given."""

    model_config = ConfigDict(frozen=True, extra="ignore")
    person: str
    entries: int
    total_fen: int
    pending: list[dict[str, Any]] = []
    sha256: str


class StatementFrozenV1(Event):
    """H5: the statement of a month and time zone was made and will not change. For HR's and finance's own systems.

    `sha256` covers everybody's hash: the same stands on the printed statement.
    """

    topic: ClassVar[str] = "sla.statement_frozen.v1"
    month: str
    zone: str
    cut_off_at: AwareDatetime
    people: list[PersonSum]
    entries: int
    total_fen: int
    sha256: str
