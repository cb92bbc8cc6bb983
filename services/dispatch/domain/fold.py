"""What intake said about a case, in whatever order it arrived, as one picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from shared.events.base import Event
from shared.events.intake import (
    ComplaintClassifiedV1,
    ComplaintCorrectedV1,
    ComplaintGuardedV1,
    ComplaintLinkedV1,
    ComplaintRegisteredV1,
    ComplaintSignedV1,
)


@dataclass(frozen=True, slots=True)
class Picture:
    registered: ComplaintRegisteredV1
    kind: str
    validity: str | None
    category: str | None
    severity: str
    severity_reason: str
    signed: bool
    solved: ComplaintRegisteredV1 | ComplaintSignedV1 | None
    """The fact by which the case was solved on the spot (003§15)."""
    merged: ComplaintLinkedV1 | None = None
    """The fact by which it went into the case it duplicates (003§33.4)."""
    inherited_required_by: datetime | None = None
    """The earliest required time of the cases that went into this one."""
    extreme: bool = False
    guardian: str | None = None
    corrected: ComplaintCorrectedV1 | None = None
    """The last correction: what it says holds in place of the registration's (004§6)."""

    @property
    def recorded(self) -> ComplaintRegisteredV1 | ComplaintCorrectedV1:
        """Who told customer, content, contact end and the policy's own fields as they are right."""
        return self.corrected or self.registered


def fold(facts: Iterable[Event]) -> Picture | None:
    """None until the registration is among the facts. Their order of arrival changes nothing."""
    ordered = sorted(facts, key=lambda fact: (fact.occurred_at, fact.event_id))
    registered = next((fact for fact in ordered if isinstance(fact, ComplaintRegisteredV1)), None)
    if registered is None:
        return None
    kind, validity, category = registered.kind, registered.validity, registered.category
    severity, reason, signed = registered.severity, registered.severity_reason, registered.signed
    solved: ComplaintRegisteredV1 | ComplaintSignedV1 | None = registered if registered.closed else None
    merged: ComplaintLinkedV1 | None = None
    required: list[datetime] = []
    extreme, guardian = False, None
    corrected: ComplaintCorrectedV1 | None = None
    for fact in ordered:
        match fact:
            case ComplaintClassifiedV1():
                kind, validity, category = fact.kind, fact.validity, fact.category
                severity, reason = fact.severity, fact.severity_reason
            case ComplaintCorrectedV1():
                corrected = fact
            case ComplaintGuardedV1():
                extreme, guardian = fact.extreme, fact.guardian
            case ComplaintSignedV1():
                signed = True
                solved = solved or (fact if fact.closes else None)
            case ComplaintLinkedV1(role="merged"):
                merged = merged or fact
            case ComplaintLinkedV1(role="survivor", required_by=datetime() as required_by):
                required.append(required_by)
            case _:
                continue
    return Picture(
        registered, kind, validity, category, severity, reason, signed, solved, merged, min(required, default=None),
        extreme, guardian, corrected,
    )  # fmt: skip
