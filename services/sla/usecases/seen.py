"""A7: which cases a viewer's lists and rates are about, as conditions on the table `case`; and where a page goes on."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_

from services.sla.repository import CASE
from shared.kernel.errors import Code, Refused
from shared.org.authority import Scope, scope_of
from shared.org.model import Directory
from shared.room.room import Actor

FILTERS = ("project", "company", "department", "liable", "officer", "category", "severity")
MOST_DAYS = 1100


def place_of(directory: Directory, viewer: Actor, at: datetime) -> Scope:
    """What the viewer sees. Raises Refused(role.not_allowed) for who holds no post, and customers."""
    if viewer.kind == "system":
        return Scope(everything=True)
    scope = scope_of(directory, viewer.person, at) if viewer.person else Scope()
    if not (scope.everything or scope.companies or scope.projects or scope.departments):
        raise Refused(Code.role_not_allowed, "清单与统计只对集团、公司、部门及项目的任职人员开放")
    return scope


def within(directory: Directory, scope: Scope) -> list[ColumnElement[bool]]:
    """As conditions. A department sees the cases it answers for; a confidential one is in nobody's list (004§7(二))."""
    open_to_all = CASE.c.confined_to.is_(None)
    if scope.everything:
        return [open_to_all]
    projects = set(scope.projects) | {
        project.id for project in directory.projects if {project.company, project.property_company} & scope.companies
    }
    ways: list[ColumnElement[bool]] = [CASE.c.project_id.in_(sorted(projects))] if projects else []
    ways += [and_(CASE.c.company == company, CASE.c.department == unit) for company, unit in sorted(scope.departments)]
    return [open_to_all, or_(*ways) if ways else false()]


def chosen(filters: Mapping[str, str | None]) -> list[ColumnElement[bool]]:
    """Equality on what is given of `FILTERS`."""
    names = {"project": "project_id"}
    return [CASE.c[names.get(name, name)] == filters[name] for name in FILTERS if filters.get(name) is not None]


def days_between(first: str, last: str) -> tuple[date, date]:
    """Two local days, the last one included. Raises Refused(field.invalid)."""
    found: list[date] = []
    for name, text in (("from", first), ("to", last)):
        try:
            if len(text) != 10:
                raise ValueError
            found.append(date.fromisoformat(text))
        except ValueError:
            raise Refused(Code.field_invalid, f"{name}: 应为 2026-03-01 这样的日期", field=name) from None
    if not 0 <= (found[1] - found[0]).days < MOST_DAYS:
        raise Refused(Code.field_invalid, f"to: 应不早于 from，且相距不超过 {MOST_DAYS} 天", field="to")
    return found[0], found[1]


def after(column: Any, cursor: str | None, *, kind: type[datetime] | type[date]) -> list[ColumnElement[bool]]:
    """What stands after the cursor "value~id" in the order of (column, case). Raises Refused(field.invalid)."""
    if cursor is None:
        return []
    value, _, case = cursor.partition("~")
    try:
        place = kind.fromisoformat(value), UUID(case)
        if isinstance(place[0], datetime) and place[0].tzinfo is None:
            raise ValueError
    except ValueError:
        raise Refused(Code.field_invalid, "cursor: 不是本接口给出的游标", field="cursor") from None
    return [or_(column > place[0], and_(column == place[0], CASE.c.complaint_id > place[1]))]


def cursor_of(value: date, complaint_id: UUID) -> str:
    return f"{value.isoformat()}~{complaint_id}"
