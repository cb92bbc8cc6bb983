"""What sla publishes: reminders that are due, and findings and appeals on record."""

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from pydantic import AwareDatetime

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
