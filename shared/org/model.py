"""The directory (A1): group, companies, departments, projects, people, and who holds which post over which period."""

from datetime import date, datetime, time
from enum import StrEnum
from functools import cache, cached_property
from itertools import pairwise
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, field_validator


class Post(StrEnum):
    """A post of the directory. `scope` says where it is held: the group, a company or a project."""

    deputy_general_manager = "deputy_general_manager"
    general_manager = "general_manager"
    vice_president = "vice_president"
    auditor = "auditor"
    hr_centre = "hr_centre"
    finance_centre = "finance_centre"
    chairman = "chairman"
    department_head = "department_head"
    supervising_leader = "supervising_leader"
    project_general_manager = "project_general_manager"
    service_officer = "service_officer"


POST_LABELS: dict[Post, str] = {
    Post.deputy_general_manager: "集团售后服务中心副总经理",
    Post.general_manager: "集团售后服务中心总经理",
    Post.vice_president: "集团副总裁",
    Post.auditor: "集团稽核",
    Post.hr_centre: "人力资源中心",
    Post.finance_centre: "财务中心",
    Post.chairman: "董事长",
    Post.department_head: "部门一把手",
    Post.supervising_leader: "分管领导",
    Post.project_general_manager: "三线项目总经理",
    Post.service_officer: "客服专员",
}


Sessions = tuple[tuple[time, time], ...]


@cache
def sessions_in(text: str) -> Sessions:
    """Working hours as they are written: 08:30-12:00, 14:00-17:30. Raises ValueError for none, or what overlaps."""
    found = []
    for part in filter(None, (part.strip() for part in text.replace("，", ",").replace("–", "-").split(","))):
        start, _, end = part.partition("-")
        try:
            found.append((time.fromisoformat(start.strip()), time.fromisoformat(end.strip())))
        except ValueError:
            raise ValueError(f"working hours are written 08:30-12:00, 14:00-17:30, not {part!r}") from None
    edges = [edge for session in found for edge in session]
    if any(later <= earlier for earlier, later in pairwise(edges)):
        raise ValueError(f"working hours must follow one another, each ending after it starts: {text!r}")
    return tuple(found)


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Department(_Frozen):
    id: str
    name: str


class Company(_Frozen):
    id: str
    name: str
    kind: Literal["regional", "property"]
    departments: list[Department]


class Project(_Frozen):
    """A project (楼盘). `timezone`, where given, replaces the directory's. `policy` is the id it is bound to.

    `working_hours`, where given, replace the policy's (G1): 08:30-12:00, 14:00-17:30, local time.
    """

    id: str
    name: str
    company: str
    property_company: str
    city: str = ""
    city_tier: Literal["provincial_capital", "third_tier"] = "provincial_capital"
    opened_on: date | None = None
    last_handover_on: date | None = None
    timezone: str | None = None
    policy: str | None = None
    working_hours: str | None = None

    @field_validator("working_hours")
    @classmethod
    def _hours(cls, value: str | None) -> str | None:
        sessions_in(value or "")
        return value or None


class Person(_Frozen):
    id: str
    name: str
    mobile: str | None = None
    email: str | None = Field(None, pattern=r"^[^@\s]+@[^@\s]+$", max_length=200)


class Assignment(_Frozen):
    """`person` holds `post` in [since, until). `unit` is the department or the supervised field."""

    post: Post
    scope: str
    unit: str | None = None
    person: str
    since: AwareDatetime | None = None
    until: AwareDatetime | None = None

    def covers(self, at: datetime) -> bool:
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


class Absence(_Frozen):
    """`person` is away in [since, until); `delegate` acts for him meanwhile."""

    person: str
    delegate: str
    since: AwareDatetime
    until: AwareDatetime | None = None

    def covers(self, at: datetime) -> bool:
        return self.since <= at and (self.until is None or at < self.until)


class Directory(_Frozen):
    """The whole organisation at every moment: a post's holder is always asked as of an instant."""

    group: str
    group_name: str
    timezone: str = "Asia/Shanghai"
    companies: list[Company]
    projects: list[Project]
    people: list[Person]
    assignments: list[Assignment]
    absences: list[Absence] = []

    @cached_property
    def _by_post(self) -> dict[tuple[Post, str, str | None], list[Assignment]]:
        index: dict[tuple[Post, str, str | None], list[Assignment]] = {}
        for assignment in self.assignments:
            index.setdefault((assignment.post, assignment.scope, assignment.unit), []).append(assignment)
        return index

    @cached_property
    def _by_person(self) -> dict[str, list[Assignment]]:
        index: dict[str, list[Assignment]] = {}
        for assignment in self.assignments:
            index.setdefault(assignment.person, []).append(assignment)
        return index

    @cached_property
    def _changes(self) -> dict[str, set[datetime]]:
        index: dict[str, set[datetime]] = {}
        for assignment in self.assignments:
            known = index.setdefault(assignment.scope, set())
            known.update(at for at in (assignment.since, assignment.until) if at is not None)
        return index

    @cached_property
    def _absences(self) -> dict[str, list[Absence]]:
        index: dict[str, list[Absence]] = {}
        for absence in self.absences:
            index.setdefault(absence.person, []).append(absence)
        return index

    @cached_property
    def _people(self) -> dict[str, Person]:
        return {person.id: person for person in self.people}

    @cached_property
    def _projects(self) -> dict[str, Project]:
        return {project.id: project for project in self.projects}

    @cached_property
    def _companies(self) -> dict[str, Company]:
        return {company.id: company for company in self.companies}

    def with_changes(self, **changes: Any) -> "Directory":
        """A directory that differs in the given fields. (`model_copy` would carry the old indexes along.)"""
        return Directory(**{**{name: getattr(self, name) for name in Directory.model_fields}, **changes})

    def project(self, project_id: str) -> Project | None:
        return self._projects.get(project_id)

    def company(self, company_id: str) -> Company | None:
        return self._companies.get(company_id)

    def person(self, person_id: str) -> Person | None:
        return self._people.get(person_id)

    def name_of(self, person_id: str | None) -> str:
        """The person's name on screen; the id where none is known, `—` for nobody."""
        person = self._people.get(person_id or "")
        return person.name if person else (person_id or "—")

    def sessions(self, project_id: str) -> Sessions:
        """The project's own working hours; empty where the policy's hold."""
        project = self._projects.get(project_id)
        return sessions_in(project.working_hours or "") if project else ()

    def zone(self, project_id: str) -> ZoneInfo:
        project = self._projects.get(project_id)
        return ZoneInfo(project.timezone if project and project.timezone else self.timezone)

    def holders(self, post: Post, scope: str, unit: str | None, at: datetime) -> list[str]:
        """Who holds the post at the instant, in the directory's order."""
        return [a.person for a in self._by_post.get((post, scope, unit), ()) if a.covers(at)]

    def holder(self, post: Post, scope: str, unit: str | None, at: datetime) -> str | None:
        held = self.holders(post, scope, unit, at)
        return held[0] if held else None

    def posts_of(self, person_id: str, at: datetime) -> list[Assignment]:
        return [a for a in self._by_person.get(person_id, ()) if a.covers(at)]

    def changes(self, project_id: str) -> set[datetime]:
        """Every instant at which a post changes hands that answers for the project's cases."""
        project = self._projects.get(project_id)
        places = (project.id, project.company, project.property_company) if project else ()
        return {at for scope in (self.group, *places) for at in self._changes.get(scope, ())}

    def absence_of(self, person_id: str, at: datetime) -> Absence | None:
        """The absence he is in at the instant; of several the one that began last."""
        covering = (absence for absence in self._absences.get(person_id, ()) if absence.covers(at))
        return max(covering, key=lambda absence: absence.since, default=None)

    def absent(self, at: datetime) -> list[str]:
        """Everybody who is away at the instant, in the directory's order."""
        return [person for person, absences in self._absences.items() if any(one.covers(at) for one in absences)]
