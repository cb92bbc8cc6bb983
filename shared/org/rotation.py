"""A5, 003§43: service officers change project at regular times: who is due, and when to remind of it. Pure."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from shared.kernel.months import add_months
from shared.org.model import Assignment, Directory, Post, Project
from shared.policy.library import DEFAULT_POLICY, PolicyLibrary
from shared.policy.model import Policy, Rotation


@dataclass(frozen=True, slots=True)
class Due:
    """An officer's time at a project: over on `due_on`, and to be reminded of from `remind_at` on."""

    project: Project
    term: Assignment
    policy: Policy
    rule: Rotation
    due_on: date
    remind_at: datetime

    @property
    def begins_at(self) -> datetime:
        """From when on it is to be reminded of: not before he is in post."""
        return max(self.remind_at, self.term.since or self.remind_at)

    def is_due(self, at: datetime) -> bool:
        return self.remind_at <= at and self.term.covers(at)

    @property
    def key(self) -> str:
        """Unique for good: one term of one officer."""
        return f"rotation.due:{self.project.id}:{self.term.person}:{self.due_on}"


def rotations(directory: Directory, policies: PolicyLibrary, at: datetime) -> list[Due]:
    """The terms that are over or soon will be at the instant, the first due first."""
    return [due for due in terms(directory, policies, at) if due.is_due(at)]


def terms(directory: Directory, policies: PolicyLibrary, at: datetime) -> list[Due]:
    """Every officer's term that lasts until it is due, under the rules in force at the instant, the first due first.

    A term without a known beginning is never due.
    """
    found: list[Due] = []
    projects = {project.id: project for project in directory.projects}
    for term in directory.assignments:
        project = projects.get(term.scope)
        if term.post is not Post.service_officer or project is None or term.since is None:
            continue
        zone = directory.zone(project.id)
        policy = policies.in_force(project.policy or DEFAULT_POLICY, at.astimezone(zone).date())
        if policy is None or policy.rotation is None:
            continue
        rule = policy.rotation
        due_on = add_months(term.since.astimezone(zone).date(), rule.months)
        remind_at = datetime.combine(due_on - timedelta(days=rule.remind_days), rule.at, zone)
        if term.until is None or term.until.astimezone(zone).date() > due_on:
            found.append(Due(project, term, policy, rule, due_on, remind_at))
    return sorted(found, key=lambda due: (due.remind_at, due.key))
