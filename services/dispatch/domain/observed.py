"""A case of a region as the group sees it: its acts, in whatever order they arrive, as one picture."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from shared.events.dispatch import (
    CaseAct,
    CaseClosedV1,
    ClaimDecidedV1,
    ClaimFiledV1,
    ClaimRaisedV1,
    ClaimReportedV1,
    ClosureAppliedV1,
    ClosureReturnedV1,
    ClosureReviewedV1,
    ClosureVerifiedV1,
    ComplaintRepliedV1,
    ComplaintTransferredV1,
    CooperationAskedV1,
    CooperationDoneV1,
    CooperationRefusedV1,
    CooperationReportedV1,
    CustomerCalledV1,
    ExtensionGrantedV1,
    MeetingHeldV1,
    MeetingMinutedV1,
    OrderDispatchedV1,
    OrderIssuedV1,
    OrderReturnedV1,
    OrderReviewedV1,
    OrderSubmittedV1,
    PlanEnteredV1,
    ProgressEnteredV1,
    VisitMaterialEnteredV1,
    VisitRecordedV1,
)

COMMANDS: dict[type[CaseAct], str] = {
    ComplaintRepliedV1: "complaint.reply",
    ComplaintTransferredV1: "complaint.transfer",
    OrderSubmittedV1: "order.submit",
    OrderReviewedV1: "order.review",
    OrderReturnedV1: "order.review",
    OrderIssuedV1: "order.issue",
    OrderDispatchedV1: "order.dispatch",
    VisitRecordedV1: "visit.record",
    VisitMaterialEnteredV1: "visit.material",
    CustomerCalledV1: "customer.call",
    PlanEnteredV1: "plan.enter",
    ProgressEnteredV1: "progress.enter",
    ClosureAppliedV1: "closure.apply",
    ClosureVerifiedV1: "closure.verify",
    ClosureReviewedV1: "closure.review",
    ClosureReturnedV1: "closure.review",
    CaseClosedV1: "closure.close",
    ExtensionGrantedV1: "extension.grant",
    ClaimRaisedV1: "claim.raise",
    ClaimReportedV1: "claim.report",
    ClaimDecidedV1: "claim.decide",
    ClaimFiledV1: "claim.file",
    MeetingHeldV1: "meeting.hold",
    MeetingMinutedV1: "meeting.minutes",
    CooperationAskedV1: "cooperation.ask",
    CooperationDoneV1: "cooperation.done",
    CooperationRefusedV1: "cooperation.refuse",
    CooperationReportedV1: "cooperation.report",
}
"""The command behind each act; what is returned names its stage itself."""


@dataclass(frozen=True, slots=True)
class Observed:
    """`case` and `order` are columns as the acts leave them; no order where none was submitted."""

    acts: list[CaseAct]
    case: dict[str, Any] = field(default_factory=dict)
    order: dict[str, Any] = field(default_factory=dict)


def observed(acts: Iterable[CaseAct]) -> Observed:
    """In the order in which the region recorded them."""
    ordered = sorted(acts, key=lambda act: (act.recorded_at, act.event_id))
    found = Observed(ordered)
    for act in ordered:
        if act.state != found.case.get("state", act.state_before):
            found.case["state_since"] = act.recorded_at
        found.case["state"] = act.state
        _case(found.case, act)
        _order(found.order, act)
    return found


def command_of(act: CaseAct) -> str:
    return f"closure.{act.stage}" if isinstance(act, ClosureReturnedV1) else COMMANDS[type(act)]


def _case(case: dict[str, Any], act: CaseAct) -> None:
    match act:
        case OrderSubmittedV1():
            case |= {"order_department": act.first_department, "first_department": act.first_department}
            case |= {"cooperating": act.cooperating, "required_by": act.required_by}
        case OrderIssuedV1():
            case["handed_over_at"] = act.recorded_at
        case VisitRecordedV1():
            case |= {"visited_at": act.occurred_at, "visit_outcome": act.outcome}
            case["planned"] = case.get("planned", False) or act.has_plan or act.plan is not None
        case VisitMaterialEnteredV1():
            case["material_entered"] = True
        case PlanEnteredV1():
            case["planned"] = True
        case ExtensionGrantedV1():
            case["extended_until"] = act.until
        case CaseClosedV1():
            case |= {"closed_at": act.occurred_at, "closed_ground": act.ground, "asked": []}
    agreed = getattr(act, "agreed_completion_at", None)
    if agreed is not None:
        case["agreed_completion_at"] = agreed


def _order(order: dict[str, Any], act: CaseAct) -> None:
    match act:
        case OrderSubmittedV1():
            order |= {"id": act.order_id, "version": act.version, "first_department": act.first_department}
            order |= {"named": True, "cooperating": act.cooperating, "required_by": act.required_by}
            order |= {"submitted_at": act.recorded_at, "submitted_by": act.by}
            order |= {"reviewed_at": None, "reviewed_by": None}
        case OrderReviewedV1():
            order |= {"reviewed_at": act.recorded_at, "reviewed_by": act.by}
        case OrderReturnedV1():
            order |= {"returned_at": act.recorded_at, "return_reason": act.reason}
        case OrderIssuedV1():
            order |= {"number": act.number, "issued_at": act.recorded_at, "issued_by": act.by}
            order |= {"liable": act.liable, "leader": act.leader, "chairman": act.chairman}
