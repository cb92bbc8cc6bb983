"""A case as it is shown: names beside ids, local times, and personal data only to those who handle it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from services.dispatch.domain.masking import handles, mask_customer, mask_text
from services.dispatch.repository import company_name, standing_of
from services.dispatch.tables import Complaint
from shared.kernel.money import Fen, yuan
from shared.org.liability import holder
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.room.room import Actor

SUMMARY_LENGTH = 80
OUTSIDERS = {"customer": "客户", "system": "系统"}


@dataclass(frozen=True)
class Shown:
    """One case for one viewer at one moment."""

    case: Complaint
    policy: Policy
    directory: Directory
    viewer: Actor
    now: datetime

    @property
    def zone(self) -> ZoneInfo:
        return self.directory.zone(self.case.project_id)

    @property
    def masked(self) -> bool:
        if self.viewer.kind != "person":
            return False
        case, person = self.case, self.viewer.person or ""
        return not handles(self.policy, self.directory, standing_of(case), case.cooperating, person, self.now)

    def time(self, value: datetime | None) -> str | None:
        return value.astimezone(self.zone).isoformat() if value else None

    def name(self, person: str | None) -> str | None:
        return OUTSIDERS.get(person or "") or (self.directory.name_of(person) if person else None)

    def holder(self, post: str) -> str | None:
        """Who answers for the case now, or did when it was closed."""
        return holder(post, self.policy, self.directory, standing_of(self.case), self.case.closed_at or self.now)

    def department_name(self, unit: str | None) -> str | None:
        project = self.directory.project(self.case.project_id)
        places = (project.company, project.property_company) if project else ()
        for place in reversed(places) if self.case.responsible == "property" else places:
            company = self.directory.company(place)
            for department in company.departments if company else ():
                if department.id == unit:
                    return department.name
        return unit

    def customer(self) -> dict[str, Any]:
        return mask_customer(self.case.customer) if self.masked else dict(self.case.customer)

    def text(self, value: str) -> str:
        return mask_text(value) if self.masked else value

    def summary(self) -> dict[str, Any]:
        case, policy = self.case, self.policy
        project = self.directory.project(case.project_id)
        category = policy.categories.get(case.category or "")
        severities = {one.id: one.name for one in policy.record.severities}
        kinds = {one.id: one.name for one in policy.record.kinds}
        company_id, company = company_name(policy, self.directory, case)
        liable, leader = self.holder("liable"), self.holder("leader")
        content = self.text(case.content)
        return {
            "complaint_id": str(case.complaint_id),
            "number": case.number,
            "version": case.version,
            "state": case.state,
            "state_name": policy.state_names.get(case.state, case.state),
            "state_since": self.time(case.state_since),
            "project": case.project_id,
            "project_name": project.name if project else case.project_id,
            "company": company_id,
            "company_name": company,
            "kind": case.kind,
            "kind_name": kinds.get(case.kind, case.kind),
            "category": case.category,
            "category_name": category.name if category else None,
            "severity": case.severity,
            "severity_name": severities.get(case.severity, case.severity),
            "severity_tone": "" if case.severity == policy.record.default_severity else "bad",
            "first_department": case.first_department,
            "first_department_name": self.department_name(case.first_department),
            "officer": case.officer,
            "officer_name": self.name(case.officer),
            "liable": liable,
            "liable_name": self.name(liable),
            "leader": leader,
            "leader_name": self.name(leader),
            "registered_at": self.time(case.registered_at),
            "required_by": self.time(case.required_by),
            "agreed_completion_at": self.time(case.agreed_completion_at),
            "extended_until": self.time(case.extended_until),
            "closed_at": self.time(case.closed_at),
            "customer": self.customer(),
            "summary": content if len(content) <= SUMMARY_LENGTH else content[: SUMMARY_LENGTH - 1] + "…",
            "masked": self.masked,
        }

    def full(self) -> dict[str, Any]:
        case, policy = self.case, self.policy
        chairman = self.holder("chairman")
        validities = {one.id: one.name for one in policy.record.validities}
        return self.summary() | {
            "policy": policy.id,
            "policy_name": policy.name,
            "policy_version": policy.version,
            "validity": case.validity,
            "validity_name": validities.get(case.validity or ""),
            "severity_reason": case.severity_reason,
            "channel": case.channel,
            "contact_ended_at": self.time(case.contact_ended_at),
            "content": self.text(case.content),
            "fields": case.extra,
            "extreme": case.extreme,
            "guardian": case.guardian,
            "guardian_name": self.name(case.guardian),
            "confidential": case.confined_to is not None,
            "signed": case.signed,
            "on_the_spot": case.on_the_spot,
            "closed_ground": case.closed_ground,
            "merged_into": case.merged_into,
            "cooperating": case.cooperating,
            "cooperating_names": [self.department_name(unit) for unit in case.cooperating],
            "chairman": chairman,
            "chairman_name": self.name(chairman),
            "handed_over_at": self.time(case.handed_over_at),
            "visited_at": self.time(case.visited_at),
            "visit_outcome": case.visit_outcome,
            "planned": case.planned,
        }

    def data(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """What was said with an act; a signature is told, not shown, and money is in yuan."""
        shown: dict[str, Any] = {}
        for key, value in data.items():
            if key == "signature":
                shown["signed"] = True
            elif key == "amount":
                shown[key] = yuan(Fen(value))
            elif value not in (None, [], {}):
                shown[key] = self._plain(value)
        return shown

    def _plain(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self._plain(item) for item in value]
        if isinstance(value, dict):
            return {key: self._plain(item) for key, item in value.items()}
        return value
