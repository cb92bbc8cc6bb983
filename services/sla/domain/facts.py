"""What happened: immutable facts with the instant they happened, and the case as they make it at a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.org.liability import CaseStanding
from shared.policy.base import CaseCondition, Trigger, values


@dataclass(frozen=True, slots=True)
class Fact:
    """`at` is the instant it is dated, `recorded_at` when it was entered; `data` is the event's payload."""

    id: UUID
    name: str
    at: datetime
    recorded_at: datetime
    by: str
    data: Mapping[str, Any]

    def instant(self, field_name: str) -> datetime:
        """`occurred_at`, or an instant the fact carries."""
        if field_name == "occurred_at":
            return self.at
        value = self.data[field_name]
        return value if isinstance(value, datetime) else datetime.fromisoformat(value)

    def fits(self, trigger: Trigger) -> bool:
        return self.name == trigger.on and all(
            self.data.get(key) in values(wanted) for key, wanted in trigger.when.items()
        )


def in_order(facts: Iterable[Fact]) -> list[Fact]:
    """Each fact once, by when it happened; the order of arrival plays no part."""
    return sorted({fact.id: fact for fact in facts}.values(), key=lambda f: (f.at, f.recorded_at, f.id))


@dataclass(frozen=True, slots=True)
class CaseAt:
    """The case from an instant on, until the next change."""

    since: datetime
    standing: CaseStanding
    kind: str
    validity: str | None
    channel: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    severity_reason: str = ""


class Case:
    """The history of what decides about a case: kind, validity, category, severity, first department."""

    def __init__(self, facts: list[Fact]) -> None:
        registered = next(fact for fact in facts if fact.name == "complaint_registered")
        data = registered.data
        self.registered = registered
        self.project_id: str = data["project_id"]
        self.number: str = data["number"]
        self.closed_at: datetime | None = None
        now: dict[str, Any] = {key: data.get(key) for key in ("kind", "validity", "category", "severity")}
        now["reason"] = data.get("severity_reason", "")
        department: str | None = None
        self.history: list[CaseAt] = [self._at(registered.at, now, department)]
        for fact in facts:
            if fact.name == "complaint_classified":
                now = {key: fact.data.get(key) for key in ("kind", "validity", "category", "severity")}
                now["reason"] = fact.data.get("severity_reason", "")
            elif fact.name == "order_submitted":
                department = fact.data.get("first_department")
            elif fact.name in ("order_dispatched", "complaint_transferred"):
                department = fact.data.get("department")
            elif fact.name == "case_closed":
                self.closed_at = self.closed_at or fact.at
                continue
            else:
                continue
            self.history.append(self._at(fact.at, now, department))

    def _at(self, since: datetime, now: Mapping[str, Any], department: str | None) -> CaseAt:
        data = self.registered.data
        standing = CaseStanding(self.project_id, now["category"], now["severity"], data.get("officer"), department)
        return CaseAt(
            since, standing, now["kind"], now["validity"], data["channel"], data.get("fields") or {}, now["reason"]
        )

    def at(self, instant: datetime) -> CaseAt:
        """The case as it was at the instant; before registration, as it was registered."""
        found = self.history[0]
        for entry in self.history:
            if entry.since > instant:
                break
            found = entry
        return found

    def changes(self) -> list[datetime]:
        return [entry.since for entry in self.history[1:]]


def fits_case(condition: CaseCondition, case: CaseAt) -> bool:
    """Whether a rule's condition on the case holds; an absent field counts as false."""
    aspects = {
        "kind": case.kind,
        "validity": case.validity,
        "category": case.standing.category,
        "severity": case.standing.severity,
        "channel": case.channel,
    }
    return condition.holds(aspects, case.fields)
