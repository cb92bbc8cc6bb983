"""What dispatch publishes: the directory, and every act on an order."""

from typing import Any, ClassVar
from uuid import UUID

from pydantic import AwareDatetime

from shared.events.base import CaseFact, Event
from shared.org.model import Directory


class DirectoryPublishedV1(Event):
    """The whole directory as of now. The highest `version` counts; an older one changes nothing."""

    topic: ClassVar[str] = "dispatch.directory_published.v1"
    version: int
    directory: Directory


class SessionsEndedV1(Event):
    """These sign-ins are over, for every room: their tokens count no more, although they would until `until`."""

    topic: ClassVar[str] = "dispatch.sessions_ended.v1"
    sessions: list[UUID]
    until: AwareDatetime


class CaseAct(CaseFact):
    """An accepted act: the case went from `state_before` to `state` (equal when the act changes no state).

    `on_behalf_of`: the absent person for whom `by` acted.
    """

    state_before: str
    state: str
    reason: str | None = None
    note: str | None = None
    on_behalf_of: str | None = None


class ComplaintRepliedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.complaint_replied.v1"
    text: str


class ComplaintTransferredV1(CaseAct):
    topic: ClassVar[str] = "dispatch.complaint_transferred.v1"
    department: str


class OrderSubmittedV1(CaseAct):
    """003§14.1: the draft order was completed and submitted."""

    topic: ClassVar[str] = "dispatch.order_submitted.v1"
    order_id: UUID
    version: int
    first_department: str
    cooperating: list[str] = []
    required_by: AwareDatetime | None


class OrderReviewedV1(CaseAct):
    """003§14.1: the deputy general manager approved."""

    topic: ClassVar[str] = "dispatch.order_reviewed.v1"
    order_id: UUID


class OrderReturnedV1(CaseAct):
    """003§14: the order was returned to the officer; the submit clock runs again from here."""

    topic: ClassVar[str] = "dispatch.order_returned.v1"
    order_id: UUID


class OrderIssuedV1(CaseAct):
    """003§14,19: the order is in force. The people are those in post at the instant of issue."""

    topic: ClassVar[str] = "dispatch.order_issued.v1"
    order_id: UUID
    version: int
    number: str
    liable: str | None
    leader: str | None
    chairman: str | None


class OrderDispatchedV1(CaseAct):
    """000§3.3.1: the dispatch order reached the department."""

    topic: ClassVar[str] = "dispatch.order_dispatched.v1"
    department: str
    copies: int | None = None
    signed_by: str | None = None


class VisitRecordedV1(CaseAct):
    """003§22: dated by `visited_at` (= occurred_at). A plan or a signed agreed time may come with it."""

    topic: ClassVar[str] = "dispatch.visit_recorded.v1"
    outcome: str
    plan: str | None = None
    agreed_completion_at: AwareDatetime | None = None
    signed: bool = False
    has_plan: bool = False
    photos: list[str] = []


class VisitMaterialEnteredV1(CaseAct):
    topic: ClassVar[str] = "dispatch.visit_material_entered.v1"


class CustomerCalledV1(CaseAct):
    topic: ClassVar[str] = "dispatch.customer_called.v1"
    purpose: str
    satisfaction: int | None = None
    opinion: str | None = None


class PlanEnteredV1(CaseAct):
    topic: ClassVar[str] = "dispatch.plan_entered.v1"
    plan: str
    agreed_completion_at: AwareDatetime | None = None
    signed: bool = False


class ProgressEnteredV1(CaseAct):
    """003§26; `escalated_to`: an obstacle went up to that level of the policy (001b§1⑥⑦)."""

    topic: ClassVar[str] = "dispatch.progress_entered.v1"
    text: str
    escalated_to: str | None = None


class ClosureAppliedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.closure_applied.v1"
    materials: list[str] = []


class ClosureVerifiedV1(CaseAct):
    """003§29: checked and the customer called."""

    topic: ClassVar[str] = "dispatch.closure_verified.v1"
    satisfaction: int | None = None


class ClosureReviewedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.closure_reviewed.v1"


class ClosureReturnedV1(CaseAct):
    """003§29: back to handling; the clock of the whole order has never stopped. `stage` is who returned it."""

    topic: ClassVar[str] = "dispatch.closure_returned.v1"
    stage: str
    satisfaction: int | None = None


class CaseClosedV1(CaseAct):
    """The case is closed. `ground` is `approved`, `on_the_spot` or the policy's closing ground."""

    topic: ClassVar[str] = "dispatch.case_closed.v1"
    ground: str


class ExtensionGrantedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.extension_granted.v1"
    until: AwareDatetime


class ClaimRaisedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.claim_raised.v1"
    claim_id: UUID
    amount_fen: int | None = None


class ClaimReportedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.claim_reported.v1"
    claim_id: UUID


class ClaimDecidedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.claim_decided.v1"
    claim_id: UUID
    decision: str
    amount_fen: int | None = None


class ClaimFiledV1(CaseAct):
    topic: ClassVar[str] = "dispatch.claim_filed.v1"
    claim_id: UUID


class MeetingHeldV1(CaseAct):
    """003§33.2: dated by the end of the meeting (= occurred_at)."""

    topic: ClassVar[str] = "dispatch.meeting_held.v1"


class MeetingMinutedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.meeting_minuted.v1"
    actions: list[Any] = []


class CooperationAskedV1(CaseAct):
    """003§4,20: `cooperating_head` is, here and below, the head of the cooperating department at that instant.

    `at_issue`: nobody asked in particular, the order that was issued did.
    """

    topic: ClassVar[str] = "dispatch.cooperation_asked.v1"
    department: str
    cooperating_head: str | None
    text: str
    due_at: AwareDatetime | None
    at_issue: bool = False


class CooperationDoneV1(CaseAct):
    topic: ClassVar[str] = "dispatch.cooperation_done.v1"
    department: str
    cooperating_head: str | None


class CooperationRefusedV1(CaseAct):
    topic: ClassVar[str] = "dispatch.cooperation_refused.v1"
    department: str
    cooperating_head: str | None


class CooperationReportedV1(CaseAct):
    """003§4: the first responsible department reports who refused (`ground` refused) or kept silent (overdue)."""

    topic: ClassVar[str] = "dispatch.cooperation_reported.v1"
    department: str
    cooperating_head: str | None
    person: str
    ground: str
    evidence: str
