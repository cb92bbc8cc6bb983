"""A2: when a project's service centre takes complaints."""

from datetime import date, datetime

from shared.kernel.errors import Code, Refused
from shared.kernel.months import add_months
from shared.org.liability import CaseStanding, holder
from shared.org.model import Directory, Post, Project
from shared.policy.model import Policy


def last_day(project: Project, months: int | None) -> date | None:
    if project.last_handover_on is None or months is None:
        return None
    return add_months(project.last_handover_on, months)


def property_department(policy: Policy) -> str | None:
    """The department that is the property company itself (003: 物业公司)."""
    return policy.property_departments[0] if policy.property_departments else None


def property_head(policy: Policy, directory: Directory, project: Project, at: datetime) -> str | None:
    """Whom to turn to where the centre takes no complaints: the property company's head, else its chairman."""
    department = property_department(policy)
    if department is None:
        return directory.holder(Post.chairman, project.property_company, None, at)
    case = CaseStanding(project.id, None, policy.record.default_severity, None, department)
    return holder("first_department_head", policy, directory, case, at)


def require_open(
    project: Project, directory: Directory, today: date, months: int | None, head: str | None = None
) -> None:
    """003§7: open from the start of sales to so many months after the last handover, that day included.

    The refusal says whom to turn to: the property company, and its head where he is given.
    """
    company = directory.company(project.property_company)
    named = f"（负责人 {directory.name_of(head)}）" if head else ""
    turn_to = f"，请转 {company.name if company else project.property_company}{named}受理"
    if project.opened_on is not None and today < project.opened_on:
        raise Refused(
            Code.centre_closed, f"{project.name}售后服务中心自 {project.opened_on} 开盘起受理{turn_to}", field="project"
        )
    last = last_day(project, months)
    if last is not None and today > last:
        raise Refused(Code.centre_closed, f"{project.name}售后服务中心已于 {last} 后停止受理{turn_to}", field="project")
