"""A7: who may act on a case, and who may see it. Asked of the directory as of a moment."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime

from shared.kernel.errors import Code, Refused
from shared.org.acting import acting_for, acts_as, posts_for
from shared.org.confidential import confidants, in_confidence, require_confidence
from shared.org.liability import PLAIN_GROUP_POSTS, CaseStanding, company_of, cooperating_head, holder
from shared.org.model import POST_LABELS, Directory, Post
from shared.policy.model import Policy

KIND_OF_POST: dict[str, frozenset[Post]] = {
    "officer": frozenset({Post.service_officer}),
    "first_department_head": frozenset({Post.department_head}),
    "liable": frozenset({Post.department_head, Post.chairman}),
    "leader": frozenset({Post.supervising_leader, Post.project_general_manager, Post.chairman}),
    "chairman": frozenset({Post.chairman}),
    "project_general_manager": frozenset({Post.project_general_manager}),
    "cooperating_head": frozenset({Post.department_head, Post.chairman}),
    **{name: frozenset({post}) for name, post in PLAIN_GROUP_POSTS.items()},
}
"""Who holds one of these posts, but not for this case, is refused by scope and not by role."""


_WORDS = {
    "customer": "客户",
    "employee": "员工",
    "officer": "客服专员",
    "first_department_head": "第一责任部门负责人",
    "liable": "责任人",
    "leader": "分管领导",
    "chairman": "董事长",
    "project_general_manager": "项目总经理",
    "cooperating_head": "配合部门负责人",
    **{name: POST_LABELS[post] for name, post in PLAIN_GROUP_POSTS.items()},
}


def in_words(by: Collection[str]) -> str:
    """The posts of a step as people call them."""
    return "、".join(_WORDS.get(post, post) for post in by)


def require_authority(
    command: str, by: list[str], policy: Policy, directory: Directory, case: CaseStanding, person: str, at: datetime
) -> str | None:
    """For whom he acts: the absent holder, or None where he acts in his own right.

    Raises Refused unless he, or one for whom he acts, holds one of the posts `by` for this case at the instant:
    `scope.not_allowed` where he holds such a post elsewhere, else `role.not_allowed`. In a confidential case they who
    see it take every step, and nobody else learns of it (`not_found`).
    """
    if case.confined_to:
        require_confidence(policy, directory, case, person, at)
        return None
    if "employee" in by and directory.person(person):
        return None
    entitled = acts_as(directory, person, holders_of(by, policy, directory, case, at), at)
    if entitled is not None:
        return None if entitled == person else entitled
    held = {assignment.post for assignment in posts_for(directory, person, at)}
    if held & frozenset().union(*(KIND_OF_POST.get(post, frozenset()) for post in by)):
        raise Refused(Code.scope_not_allowed, f"{command}: {directory.name_of(person)}不在本案的职责范围内")
    raise Refused(Code.role_not_allowed, f"{command}: 只允许{in_words(by)}操作")


def holders_of(
    posts: Collection[str], policy: Policy, directory: Directory, case: CaseStanding, at: datetime
) -> set[str | None]:
    """Everybody who holds one of these posts for the case; every officer of its project counts as its officer."""
    people = {holder(post, policy, directory, case, at) for post in posts}
    if "officer" in posts:
        people.update(directory.holders(Post.service_officer, case.project_id, None, at))
    if "cooperating_head" in posts:
        people.update(cooperating_head(policy, directory, case, unit, at) for unit in case.cooperating)
    return people - {None}


def who_may(by: list[str], policy: Policy, directory: Directory, case: CaseStanding, at: datetime) -> list[str]:
    """Whose task a step of a case is now, each once: the holders of its posts, or who acts for them."""
    if case.confined_to:
        return confidants(policy, directory, case, at)
    people: dict[str, None] = {}
    for post in by:
        found = holder(post, policy, directory, case, at)
        if found:
            people[acting_for(directory, found, at)] = None
    return list(people)


@dataclass(frozen=True, slots=True)
class Scope:
    """The part of the organisation a person sees. `departments` are (company, department) pairs. `person` and `at`:
    who asks and when; without them no confidential case is seen.
    """

    everything: bool = False
    companies: frozenset[str] = field(default_factory=frozenset)
    projects: frozenset[str] = field(default_factory=frozenset)
    departments: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    person: str = ""
    at: datetime | None = None

    def covers(self, policy: Policy, directory: Directory, case: CaseStanding, cooperating: list[str]) -> bool:
        """Whether a case lies in this scope: by group, company, project, or its first or cooperating department; or
        because he was named to accompany it. A confidential case, only where he is one of those who see it.
        """
        if case.confined_to:
            return self.at is not None and in_confidence(policy, directory, case, self.person, self.at)
        if self.at is not None and acts_as(directory, self.person, (case.guardian,), self.at) is not None:
            return True
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
            return Scope(everything=True, person=person, at=at)
        if held.post in (Post.chairman, Post.supervising_leader):
            companies.add(held.scope)
        elif held.post is Post.department_head and held.unit:
            departments.add((held.scope, held.unit))
        else:
            projects.add(held.scope)
    return Scope(False, frozenset(companies), frozenset(projects), frozenset(departments), person, at)
