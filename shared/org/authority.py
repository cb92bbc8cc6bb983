"""A7: who may act on a case, and who may see it. Asked of the directory as of a moment."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from shared.kernel.errors import Code, Refused
from shared.org.acting import acting_for, acts_as, posts_for
from shared.org.liability import PLAIN_GROUP_POSTS, CaseStanding, company_of, holder
from shared.org.model import Directory, Post
from shared.policy.model import Policy

KIND_OF_POST: dict[str, frozenset[Post]] = {
    "officer": frozenset({Post.service_officer}),
    "first_department_head": frozenset({Post.department_head}),
    "liable": frozenset({Post.department_head, Post.chairman}),
    "leader": frozenset({Post.supervising_leader, Post.project_general_manager, Post.chairman}),
    "chairman": frozenset({Post.chairman}),
    "project_general_manager": frozenset({Post.project_general_manager}),
    **{name: frozenset({post}) for name, post in PLAIN_GROUP_POSTS.items()},
}
"""Who holds one of these posts, but not for this case, is refused by scope and not by role."""


def require_authority(
    command: str, by: list[str], policy: Policy, directory: Directory, case: CaseStanding, person: str, at: datetime
) -> str | None:
    """For whom he acts: the absent holder, or None where he acts in his own right.

    Raises Refused unless he, or one for whom he acts, holds one of the posts `by` for this case at the instant:
    `scope.not_allowed` where he holds such a post elsewhere, else `role.not_allowed`.
    """
    if "employee" in by and directory.person(person):
        return None
    entitled = acts_as(directory, person, holders_of(by, policy, directory, case, at), at)
    if entitled is not None:
        return None if entitled == person else entitled
    held = {assignment.post for assignment in posts_for(directory, person, at)}
    if held & frozenset().union(*(KIND_OF_POST.get(post, frozenset()) for post in by)):
        raise Refused(Code.scope_not_allowed, f"{command}: {directory.name_of(person)}不在本案的职责范围内")
    raise Refused(Code.role_not_allowed, f"{command}: 只允许 {'、'.join(by)} 操作")


def holders_of(
    posts: Collection[str], policy: Policy, directory: Directory, case: CaseStanding, at: datetime
) -> set[str | None]:
    """Everybody who holds one of these posts for the case; every officer of its project counts as its officer."""
    people = {holder(post, policy, directory, case, at) for post in posts}
    if "officer" in posts:
        people.update(directory.holders(Post.service_officer, case.project_id, None, at))
    return people - {None}


def who_may(by: list[str], policy: Policy, directory: Directory, case: CaseStanding, at: datetime) -> list[str]:
    """Whose task a step of a case is now, each once: the holders of its posts, or who acts for them."""
    people: dict[str, None] = {}
    for post in by:
        found = holder(post, policy, directory, case, at)
        if found:
            people[acting_for(directory, found, at)] = None
    return list(people)


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the organisation a person sees. `departments` are (company, department) pairs."""

    everything: bool = False
    companies: frozenset[str] = field(default_factory=frozenset)
    projects: frozenset[str] = field(default_factory=frozenset)
    departments: frozenset[tuple[str, str]] = field(default_factory=frozenset)

    def covers(self, policy: Policy, directory: Directory, case: CaseStanding, cooperating: list[str]) -> bool:
        """Whether a case lies in this scope: by group, company, project, or its first or cooperating department."""
        project = directory.project(case.project_id)
        if project is None:
            return False
        if self.everything or project.id in self.projects:
            return True
        if self.companies & {project.company, project.property_company}:
            return True
        company = company_of(policy, directory, case) or ""
        if case.first_department and (company, case.first_department) in self.departments:
            return True
        places = (project.company, project.property_company)
        return any((place, unit) in self.departments for place in places for unit in cooperating)


def scope_of(directory: Directory, person: str, at: datetime) -> Scope:
    """Group posts see the group; chairmen and supervising leaders their company; heads the cases of their department;
    officers and project general managers their project; a delegate besides what they see for whom he acts;
    everybody else nothing.
    """
    companies: set[str] = set()
    projects: set[str] = set()
    departments: set[tuple[str, str]] = set()
    for held in posts_for(directory, person, at):
        if held.scope == directory.group:
            return Scope(everything=True)
        if held.post in (Post.chairman, Post.supervising_leader):
            companies.add(held.scope)
        elif held.post is Post.department_head and held.unit:
            departments.add((held.scope, held.unit))
        else:
            projects.add(held.scope)
    return Scope(False, frozenset(companies), frozenset(projects), frozenset(departments))
