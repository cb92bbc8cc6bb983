"""Facts of other rooms, as notify hears them."""

from datetime import date
from typing import Any
from uuid import UUID

from shared.events.dispatch import CaseClosedV1, OrderIssuedV1, OrderSubmittedV1
from shared.events.intake import ComplaintClassifiedV1, ComplaintCorrectedV1, ComplaintRegisteredV1, Customer
from shared.events.sla import ReminderDueV1
from tests.kit.desk import MORNING, Desk

POLICY = {"policy_id": "group-after-sales", "policy_version": "2020-01-01"}


def registered(desk: Desk, case: UUID, **changed: Any) -> ComplaintRegisteredV1:
    said: dict[str, Any] = {
        "project_id": "jinbi-bay", "by": "wang.min", "number": "TS20260302-0001", **POLICY, "channel": "phone",
        "contact_ended_at": MORNING, "officer": "wang.min", "handed_in": False, "kind": "complaint", "validity": None,
        "category": "property_service", "severity": "general", "severity_reason": "一般投诉", "required_by": None,
        "customer": Customer(name="张先生", phone="+8613800000001"), "content": "渗水", "on_the_spot": False,
        "signed": False, "closed": False, **changed,
    }  # fmt: skip
    made: ComplaintRegisteredV1 = desk.fact(ComplaintRegisteredV1, complaint_id=case, **said)
    return made


def classified(desk: Desk, case: UUID, **changed: Any) -> ComplaintClassifiedV1:
    said: dict[str, Any] = {
        "project_id": "jinbi-bay", "by": "wang.min", "kind": "complaint", "validity": None,
        "category": "property_service", "severity": "general", "severity_reason": "x", "reason": None, **changed,
    }  # fmt: skip
    made: ComplaintClassifiedV1 = desk.fact(ComplaintClassifiedV1, complaint_id=case, **said)
    return made


def corrected(desk: Desk, case: UUID, **changed: Any) -> ComplaintCorrectedV1:
    said: dict[str, Any] = {
        "project_id": "jinbi-bay", "by": "wang.min", "customer": Customer(name="张先生", phone="+8613900000009"),
        "content": "渗水", "contact_ended_at": MORNING, "changed": ["customer.phone"], "reason": "误录", **changed,
    }  # fmt: skip
    made: ComplaintCorrectedV1 = desk.fact(ComplaintCorrectedV1, complaint_id=case, **said)
    return made


def _act(desk: Desk, case: UUID, **said: Any) -> dict[str, Any]:
    return {
        "complaint_id": case,
        "project_id": "jinbi-bay",
        "by": "gao.feng",
        "state_before": "x",
        "state": "y",
        **said,
    }


def submitted(desk: Desk, case: UUID, **changed: Any) -> OrderSubmittedV1:
    said = {"order_id": desk.other_ids.new(), "version": 1, "first_department": "property", "required_by": None}
    made: OrderSubmittedV1 = desk.fact(OrderSubmittedV1, **_act(desk, case, **said | changed))
    return made


def issued(desk: Desk, case: UUID, **changed: Any) -> OrderIssuedV1:
    said = {
        "order_id": desk.other_ids.new(), "version": 1, "number": "DB20260302-0001", "liable": "wu.gang",
        "leader": "ma.chao", "chairman": "lin.fang",
    }  # fmt: skip
    made: OrderIssuedV1 = desk.fact(OrderIssuedV1, **_act(desk, case, **said | changed))
    return made


def closed(desk: Desk, case: UUID) -> CaseClosedV1:
    made: CaseClosedV1 = desk.fact(CaseClosedV1, **_act(desk, case, ground="approved"))
    return made


def due(desk: Desk, key: str = "reminder.daily:wu.gang:2026-03-03", **changed: Any) -> ReminderDueV1:
    said: dict[str, Any] = {
        "template": "reminder.daily", "channel": "sms", "recipient": "wu.gang", "local_date": date(2026, 3, 3),
        "complaints": [], "numbers": [], **changed,
    }  # fmt: skip
    made: ReminderDueV1 = desk.fact(ReminderDueV1, key=key, **said)
    return made
