"""003§5,20,21: who answers for a case, asked as of a moment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from shared.org.model import Directory, Post
from shared.policy.model import LiableRule, Policy

PLAIN_GROUP_POSTS = {
    post.value: post
    for post in (
        Post.deputy_general_manager, Post.general_manager, Post.vice_president, Post.auditor, Post.hr_centre,
        Post.finance_centre,
    )
}  # fmt: skip


_GROUP = ("deputy_general_manager", "general_manager", "vice_president")

NEXT_HIGHER: Mapping[str, tuple[str, ...]] = {
    "officer": ("project_general_manager", "supervising_leader", *_GROUP),
    "first_department_head": ("supervising_leader", "chairman", *_GROUP),
    "project_general_manager": ("supervising_leader", "chairman", *_GROUP),
    "supervising_leader": ("chairman", *_GROUP),
    "chairman": ("vice_president", "general_manager", "deputy_general_manager"),
    "deputy_general_manager": ("general_manager", "vice_president"),
    "general_manager": ("vice_president", "deputy_general_manager"),
    "vice_president": ("general_manager", "deputy_general_manager"),
}
"""Our reading: who stands in while a post is vacant, the first who is in post. He acts, is told, and answers for what
falls in the gap; neither he who had left nor he who had not come yet is charged for it. The auditor and the HR and
finance centres are not in it: nobody audits or receives money lists because his post lies higher.
"""


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """What of a case decides who answers for it, at one moment.

    `confined_to`: the posts that alone see it (004§7(二)); `guardian`: the person named to accompany it (004§5(二)).
    """

    project_id: str
    category: str | None
    severity: str
    officer: str | None
    first_department: str | None = None
    cooperating: tuple[str, ...] = ()
    confined_to: tuple[str, ...] = ()
    guardian: str | None = None


def first_department(policy: Policy, case: CaseStanding) -> str | None:
    """003§20: the department the order names, else that of the category."""
    category = policy.categories.get(case.category or "")
    return case.first_department or (category.first if category else None)


def company_of(policy: Policy, directory: Directory, case: CaseStanding) -> str | None:
    """The property company in the property company's matters, else the regional company."""
    project = directory.project(case.project_id)
    if project is None:
        return None
    department = first_department(policy, case)
    return project.property_company if department in policy.property_departments else project.company


def holder(post: str, policy: Policy, directory: Directory, case: CaseStanding, at: datetime) -> str | None:
    """The person who holds a policy's post for this case at the instant, or stands in while it is vacant.

    None only where the whole chain above is vacant, and for a post that nobody stands in for.
    """
    if post == "liable":
        return _by_rules(policy.liable, policy, directory, case, at)
    if post == "leader":
        return _by_rules(policy.leader, policy, directory, case, at)
    if post == "guardian":
        return case.guardian
    for each in (post, *NEXT_HIGHER.get(post, ())):
        found = in_post(each, policy, directory, case, at)
        if found is not None:
            return found
    return None


def in_post(post: str, policy: Policy, directory: Directory, case: CaseStanding, at: datetime) -> str | None:
    """Who was appointed to the post and holds it at the instant; None while it is vacant."""
    if post == "officer":
        return _officer(directory, case, at)
    if post in PLAIN_GROUP_POSTS:
        return directory.holder(PLAIN_GROUP_POSTS[post], directory.group, None, at)
    if post == "project_general_manager":
        return directory.holder(Post.project_general_manager, case.project_id, None, at)
    company = company_of(policy, directory, case)
    if company is None:
        return None
    if post == "chairman":
        return directory.holder(Post.chairman, company, None, at)
    if post == "first_department_head":
        return directory.holder(Post.department_head, company, first_department(policy, case), at)
    if post == "supervising_leader":
        return directory.holder(Post.supervising_leader, company, _field(policy, case), at)
    return None


def cooperating_head(policy: Policy, directory: Directory, case: CaseStanding, unit: str, at: datetime) -> str | None:
    """003§20: the head of a cooperating department, while it has none the chairman of its company.

    Our reading: it is the department of the company whose matter the case is, where that has one of this name, else
    that of the project's other company. None where neither has it.
    """
    project = directory.project(case.project_id)
    own = company_of(policy, directory, case)
    places = [own, project.company, project.property_company] if project else []
    for place in places:
        company = directory.company(place or "")
        if company is not None and any(one.id == unit for one in company.departments):
            head = directory.holder(Post.department_head, company.id, unit, at)
            return head or directory.holder(Post.chairman, company.id, None, at)
    return None


def _by_rules(
    rules: list[LiableRule], policy: Policy, directory: Directory, case: CaseStanding, at: datetime
) -> str | None:
    project = directory.project(case.project_id)
    company = directory.company(company_of(policy, directory, case) or "")
    if project is None or company is None:
        return None
    for rule in rules:
        if (
            (rule.severity is None or case.severity in rule.severity)
            and (rule.company is None or rule.company == company.kind)
            and (rule.city_tier is None or rule.city_tier == project.city_tier)
        ):
            return holder(rule.post, policy, directory, case, at)
    return None


def _officer(directory: Directory, case: CaseStanding, at: datetime) -> str | None:
    """The officer who took the case while he is in post, else whoever came after him at the project."""
    officers = directory.holders(Post.service_officer, case.project_id, None, at)
    if case.officer in officers:
        return case.officer
    return officers[0] if officers else None


def _field(policy: Policy, case: CaseStanding) -> str | None:
    """The field whose leader supervises: the category's, unless the order named another department."""
    category = policy.categories.get(case.category or "")
    if category and case.first_department in (None, category.first):
        return category.field
    return case.first_department
