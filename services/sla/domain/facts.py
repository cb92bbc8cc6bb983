"""What happened: immutable facts with the instant they happened, and the case as they make it at a moment."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.org.liability import CaseStanding
from shared.policy.base import CaseCondition, Trigger, values

DUPLICATE = "duplicate"
"""The ground on which a case is closed that was merged into another."""


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
    # Nothing happens to a case before it is registered, also where a fast clerk does both in one instant.
    return sorted(
        {fact.id: fact for fact in facts}.values(),
        key=lambda f: (f.at, f.recorded_at, f.name != "complaint_registered", f.id),
    )


CORRECTED = ("contact_ended_at", "fields")
"""What a correction tells in place of the registration, of all that a ledger goes by."""
MOVED = "contact_end_corrected"


def put_right(facts: list[Fact]) -> list[Fact]:
    """004§6: what was recorded wrongly was wrong from the beginning, and all that follows from it follows anew.

    Of facts in order. The facts themselves stay as they came: a ledger of an earlier moment knows no later correction.
    """
    last = next((fact for fact in reversed(facts) if fact.name == "complaint_corrected"), None)
    return facts if last is None else [_corrected(f, last) if f.name == "complaint_registered" else f for f in facts]


def _corrected(registered: Fact, correction: Fact) -> Fact:
    moved = correction.instant("contact_ended_at") != registered.instant("contact_ended_at")
    right = {name: correction.data[name] for name in CORRECTED}
    return replace(registered, data={**registered.data, **right, MOVED: moved})


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
    """The history of what decides about a case: kind, validity, category, severity, first department.

    `merged_at` is when it ended as a duplicate of another; `taken_over` are the links by which it took others over;
    `guardian` is who was named to accompany it.
    """

    def __init__(self, facts: list[Fact]) -> None:
        registered = next(fact for fact in facts if fact.name == "complaint_registered")
        data = registered.data
        self.registered = registered
        self.project_id: str = data["project_id"]
        self.number: str = data["number"]
        self.closed_at: datetime | None = None
        self.merged_at: datetime | None = None
        self.merged_into: str | None = None
        self.taken_over: list[Fact] = []
        self.guardian: str | None = None
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
            else:
                self._take(fact)
                continue
            self.history.append(self._at(fact.at, now, department))

    def _take(self, fact: Fact) -> None:
        """What ends the case, or makes it stand for another too."""
        role = fact.data.get("role") if fact.name == "complaint_linked" else None
        if role == "survivor":
            self.taken_over.append(fact)
        elif role == "merged" or is_merger(fact):
            self.merged_at = self.merged_at or fact.at
            self.merged_into = self.merged_into or fact.data.get("number")
        elif fact.name == "complaint_guarded":
            self.guardian = fact.data.get("guardian")
        elif fact.name == "case_closed":
            self.closed_at = self.closed_at or fact.at

    def inherited(self, field_name: str, until: datetime | None = None) -> datetime | None:
        """The earliest such instant of the cases it took over, by all links or those up to an instant."""
        key = "registered_at" if field_name == "occurred_at" else field_name
        links = [link for link in self.taken_over if link.data.get(key) and (until is None or link.at <= until)]
        return min((link.instant(key) for link in links), default=None)

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


def is_merger(fact: Fact) -> bool:
    """Whether dispatch says by it that the case ended as a duplicate: no work was finished by that."""
    return fact.name == "case_closed" and fact.data.get("ground") == DUPLICATE


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
