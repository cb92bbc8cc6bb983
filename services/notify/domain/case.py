"""What messages need of a case, folded from its facts: the same in whichever order they arrived. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.events.base import Event
from shared.events.dispatch import CaseAct, ComplaintTransferredV1, OrderDispatchedV1, OrderSubmittedV1
from shared.events.intake import (
    ComplaintClassifiedV1,
    ComplaintCorrectedV1,
    ComplaintGuardedV1,
    ComplaintRegisteredV1,
)
from shared.org.confidential import confined_to
from shared.org.liability import CaseStanding
from shared.policy.base import values
from shared.policy.clocks import EventMessage
from shared.policy.model import Policy

CUSTOMER = "customer"

STANDING_FACTS: tuple[type[Event], ...] = (
    ComplaintRegisteredV1,
    ComplaintClassifiedV1,
    ComplaintCorrectedV1,
    ComplaintGuardedV1,
    OrderSubmittedV1,
    OrderDispatchedV1,
    ComplaintTransferredV1,
)
"""The facts that decide who answers for a case, and at which number its customer is reached."""


def stamp(fact: Event) -> tuple[datetime, UUID]:
    """Which of two facts is the later; ids decide within one instant."""
    return fact.recorded_at, fact.event_id


@dataclass(frozen=True, slots=True)
class CaseCopy:
    """A case at one moment."""

    complaint_id: UUID
    number: str
    policy_id: str
    policy_version: str
    phone: str
    standing: CaseStanding
    cooperating: list[str] | None = None
    aspects: Mapping[str, str | None] = field(default_factory=dict)
    fields: Mapping[str, Any] = field(default_factory=dict)


def copy_of(facts: Iterable[Event], until: tuple[datetime, UUID] | None = None) -> CaseCopy | None:
    """The case after its facts up to and including the stamp; None while its registration is unknown."""
    ordered = sorted(facts, key=stamp)
    registered = next((fact for fact in ordered if isinstance(fact, ComplaintRegisteredV1)), None)
    if registered is None:
        return None
    category, severity = registered.category, registered.severity
    kind, validity = registered.kind, registered.validity
    phone, fields = registered.customer.phone, registered.fields
    guardian: str | None = None
    department: str | None = None
    cooperating: list[str] | None = None
    for fact in ordered:
        if until is not None and stamp(fact) > until:
            break
        match fact:
            case ComplaintClassifiedV1():
                category, severity = fact.category, fact.severity
                kind, validity = fact.kind, fact.validity
            case ComplaintCorrectedV1():
                phone, fields = fact.customer.phone, fact.fields
            case ComplaintGuardedV1():
                guardian = fact.guardian
            case OrderSubmittedV1():
                department, cooperating = fact.first_department, fact.cooperating
            case OrderDispatchedV1() | ComplaintTransferredV1():
                department, cooperating = fact.department, None
    return CaseCopy(
        registered.complaint_id,
        registered.number,
        registered.policy_id,
        registered.policy_version,
        phone,
        CaseStanding(registered.project_id, category, severity, registered.officer, department, guardian=guardian),
        cooperating,
        {
            "kind": kind,
            "validity": validity,
            "category": category,
            "severity": severity,
            "channel": registered.channel,
        },
        fields,
    )


def placed(policy: Policy, case: CaseCopy) -> CaseStanding:
    """Who is in charge of the case, and who alone sees it (004§7(二))."""
    return replace(case.standing, confined_to=confined_to(policy, case.aspects, case.fields))


def owed_for(policy: Policy, fact_name: str, fields: Mapping[str, Any]) -> list[EventMessage]:
    """003§19: the messages the policy wants at this fact."""
    return [
        message
        for message in policy.reminder
        if isinstance(message, EventMessage)
        and message.on == fact_name
        and all(_value(fields, name) in values(wanted) for name, wanted in message.when.items())
    ]


def words_of(policy: Policy, fact: Event) -> dict[str, str]:
    """What a text may name besides the complaint's number: the order, and what comes next."""
    number = getattr(fact, "number", None)
    words = {"order": number} if isinstance(fact, CaseAct) and isinstance(number, str) else {}
    if getattr(fact, "closed", False) is True:
        words["closed"] = "yes"
    if "visit.record" in policy.steps:
        words["visit"] = "yes"
    return words


def _value(fields: Mapping[str, Any], dotted: str) -> Any:
    value: Any = fields
    for part in dotted.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value
