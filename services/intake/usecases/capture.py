"""B1, B2: what the form of a registration asks for at one project: its policy's channels, categories and fields."""

from datetime import datetime
from typing import Any, Literal

from services.intake.domain.centre import property_head, require_open
from services.intake.domain.first_clock import FirstClock, first_clock
from services.intake.domain.places import department_name
from services.intake.usecases.addresses import hotline_of
from services.intake.usecases.register import OWN_CHANNELS
from shared.kernel.errors import Refused
from shared.org.liability import CaseStanding, holder
from shared.org.model import Directory, Post, Project
from shared.policy.library import DEFAULT_POLICY
from shared.policy.model import Category, Policy, RecordField
from shared.policy.names import CHANNEL_NAMES
from shared.room.room import Room

Whose = Literal["officer", "employee", "customer"]

OWN_FIELDS = frozenset({"required_by", "customer.name", "customer.phone", "customer.room", "customer.address"})
"""Of the fields that a policy names, those for which every form has a place of its own."""

GUARDIAN = "fields.guardian"
ISSUE = "order.issue"


async def capture_form(room: Room, project_id: str, whose: Whose) -> dict[str, Any] | None:
    """None where there is no such project. `closed` says why nothing can be registered there today."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        project = directory.project(project_id)
        if project is None:
            return None
        hotline = await hotline_of(session, project_id)
    today = now.astimezone(directory.zone(project.id)).date()
    policy = room.policies.in_force(project.policy or DEFAULT_POLICY, today)
    if policy is None:
        return {
            "project": project,
            "policy": None,
            "closed": f"{project.name}目前没有生效的投诉处理制度",
            "hotline": hotline,
        }
    channels = [one for one in policy.record.channels if whose != "customer" or one in OWN_CHANNELS]
    record = policy.record
    return {
        "project": project,
        "policy": policy,
        "closed": _closed(policy, directory, project, now) or (None if channels else _no_channel(project, hotline)),
        "hotline": hotline,
        "channels": [(one, CHANNEL_NAMES.get(one, one)) for one in channels],
        "kinds": [(one.id, one.name) for one in record.kinds],
        "validities": [(one.id, one.name) for one in record.validities],
        "categories": [_category(policy, directory, project, one, now) for one in policy.category],
        "fields": [one for one in record.fields if _asked(one, whose, policy)],
        "options": {one.id: [(option.id, option.name) for option in one.options] for one in record.fields},
        "names": {one.id: one.name for one in record.fields},
        "required": frozenset(name for name in record.required if "|" not in name),
        "either": [name.split("|") for name in record.required if "|" in name],
        "asks_address": any("customer.address" in name for name in [*record.required, *(f.id for f in record.fields)]),
        "people": [(one.id, one.name) for one in directory.people] if _names_guardian(policy, whose) else [],
        "clock": new_clock(policy),
        "orders": ISSUE in policy.steps,
    }


def new_clock(policy: Policy) -> FirstClock | None:
    """The clock of a complaint about which nothing has been judged yet."""
    record = policy.record
    fresh = {
        "kind": record.default_kind,
        "validity": None,
        "category": record.default_category,
        "severity": record.default_severity,
        "channel": None,
    }
    return first_clock(policy, fresh, {})


def _closed(policy: Policy, directory: Directory, project: Project, now: datetime) -> str | None:
    today = now.astimezone(directory.zone(project.id)).date()
    head = property_head(policy, directory, project, now)
    try:
        require_open(project, directory, today, policy.record.open_months_after_handover, head)
    except Refused as refused:
        return refused.detail
    return None


def _no_channel(project: Project, hotline: str | None) -> str:
    ring = f"，请致电 {hotline}" if hotline else "，请致电或前往项目客服"
    return f"{project.name}不办理网上登记{ring}"


def _asked(field: RecordField, whose: Whose, policy: Policy) -> bool:
    """A customer and an employee are asked for what the policy requires; the officer sees all there is."""
    if field.id in OWN_FIELDS:
        return False
    return whose == "officer" or field.id in policy.record.required


def _names_guardian(policy: Policy, whose: Whose) -> bool:
    return whose == "officer" and "complaint.guard" in policy.steps


def _category(
    policy: Policy, directory: Directory, project: Project, category: Category, now: datetime
) -> dict[str, Any]:
    """003§20: its first department with the head who answers for it, and who helps."""
    case = CaseStanding(project.id, category.id, policy.record.default_severity, None)
    head = holder("first_department_head", policy, directory, case, now)
    return {
        "id": category.id,
        "name": category.name,
        "clause": category.clause,
        "first": department_name(directory, project.id, category.first),
        "head": directory.name_of(head) if head else "",
        "with": "、".join(department_name(directory, project.id, unit) for unit in category.cooperating),
    }


def open_projects(directory: Directory, only: list[str] | None = None) -> list[tuple[str, str]]:
    """(id, name) of the projects a form offers; whether a centre takes complaints today the form itself says."""
    return [(one.id, one.name) for one in directory.projects if only is None or one.id in only]


def own_projects(directory: Directory, person: str, at: datetime) -> list[str]:
    """The projects whose service officer he is now, his own first."""
    return [one.id for one in directory.projects if person in directory.holders(Post.service_officer, one.id, None, at)]
