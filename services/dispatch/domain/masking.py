"""A6: personal data for those who handle the case only; everybody else sees enough to tell two customers apart."""

import re
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from services.dispatch.domain.steps import CASE_WORK
from shared.org.acting import acts_as, posts_for
from shared.org.authority import holders_of
from shared.org.confidential import in_confidence
from shared.org.liability import CaseStanding
from shared.org.model import Directory, Post
from shared.policy.model import Policy

_NUMBER = re.compile(r"(?<!\d)(1\d{2})\d{4}(\d{4})(?!\d)")


def mask_name(name: str) -> str:
    """王小明 -> 王*明, 张三 -> 张*."""
    if len(name) <= 2:
        return name[:1] + "*"
    return name[0] + "*" * (len(name) - 2) + name[-1]


def mask_phone(phone: str) -> str:
    """+8613800008000 -> 138****8000."""
    number = phone.removeprefix("+86")
    return f"{number[:3]}****{number[-4:]}" if len(number) > 7 else f"{number[:2]}****"


def mask_text(text: str) -> str:
    """Mobile numbers inside a text."""
    return _NUMBER.sub(r"\1****\2", text)


def mask_customer(customer: Mapping[str, Any]) -> dict[str, Any]:
    """What says who the customer is, masked; where he lives and the rest is left out."""
    return {
        "name": mask_name(str(customer.get("name") or "")),
        "phone": mask_phone(str(customer.get("phone") or "")),
    }


def handles(
    policy: Policy, directory: Directory, case: CaseStanding, cooperating: Collection[str], person: str, at: datetime
) -> bool:
    """Whether the policy gives the person work on this case, or his department helps with it."""
    if case.confined_to:  # who sees a confidential case works on it
        return in_confidence(policy, directory, case, person, at)
    if acts_as(directory, person, (case.guardian,), at) is not None:
        return True
    posts = {"officer", *(post for step in policy.step if step.command in CASE_WORK for post in step.by)}
    if acts_as(directory, person, holders_of(posts, policy, directory, case, at), at) is not None:
        return True
    project = directory.project(case.project_id)
    places = (project.company, project.property_company) if project else ()
    return any(
        held.post is Post.department_head and held.scope in places and held.unit in cooperating
        for held in posts_for(directory, person, at)
    )
