"""A2: when a project's service centre takes complaints."""

from calendar import monthrange
from datetime import date

from shared.kernel.errors import Code, Refused
from shared.org.model import Directory, Project


def add_months(day: date, months: int) -> date:
    """The same day so many calendar months later, or the last day of a month too short for it."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def last_day(project: Project, months: int | None) -> date | None:
    if project.last_handover_on is None or months is None:
        return None
    return add_months(project.last_handover_on, months)


def require_open(project: Project, directory: Directory, today: date, months: int | None) -> None:
    """003§7: open from the start of sales to so many months after the last handover, that day included."""
    company = directory.company(project.property_company)
    turn_to = f"，请转 {company.name if company else project.property_company} 受理"
    if project.opened_on is not None and today < project.opened_on:
        raise Refused(
            Code.centre_closed, f"{project.name}售后服务中心自 {project.opened_on} 开盘起受理{turn_to}", field="project"
        )
    last = last_day(project, months)
    if last is not None and today > last:
        raise Refused(Code.centre_closed, f"{project.name}售后服务中心已于 {last} 后停止受理{turn_to}", field="project")
