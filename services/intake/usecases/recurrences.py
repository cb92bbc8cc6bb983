"""C6: what recurs is proposed as a common problem, and a person decides; the system never classifies by it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from services.intake import repository
from services.intake.domain.text import OptionalParagraph, Paragraph, missing
from services.intake.tables import Complaint, Recurrence
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.org.liability import CaseStanding, company_of
from shared.org.model import Directory, Post
from shared.policy.model import Policy
from shared.room.commands import carry_out, parse
from shared.room.room import Actor, Command, Room, Tx

OPEN, CONFIRMED, DISMISSED = "open", "confirmed", "dismissed"
STATES = (OPEN, CONFIRMED, DISMISSED)
DISMISS = "recurrence.dismiss"
DECIDERS = frozenset({Post.deputy_general_manager, Post.general_manager})
MOST = 500
NO_SUCH = "没有这条共性问题提示"


class DismissData(CommandData):
    reason: Paragraph
    note: OptionalParagraph = None


@dataclass(frozen=True, slots=True)
class Place:
    """Where alike complaints are counted together: one project, or the projects of one company."""

    scope: str
    id: str
    projects: tuple[str, ...]


def place_of(policy: Policy, directory: Directory, project_id: str, category: str) -> Place | None:
    if policy.recurrence.scope == "project":
        return Place("project", project_id, (project_id,))
    company = company_of(policy, directory, CaseStanding(project_id, category, policy.record.default_severity, None))
    return _company(directory, company) if company else None


def _company(directory: Directory, company: str) -> Place:
    projects = tuple(one.id for one in directory.projects if company in (one.company, one.property_company))
    return Place("company", company, projects)


async def propose(tx: Tx, policy: Policy, directory: Directory, project_id: str, category: str | None) -> None:
    """003§33: after a registration; there is one open proposal for a policy, category and place, whoever finds it.

    Registrations of a day come one after another (they draw its numbers), so the last of them sees all the others.
    After a decision the counting begins anew.
    """
    rule = policy.recurrence
    place = place_of(policy, directory, project_id, category) if rule.count is not None and category else None
    if rule.count is None or place is None or category is None:
        return
    key = {"policy_id": policy.id, "category": category, "scope": place.scope, "place": place.id}
    decided, is_open = await repository.recurrence_standing(tx.session, key)
    if is_open:
        return
    since = max(tx.now - timedelta(days=rule.days), decided or tx.now - timedelta(days=rule.days))
    alike = await repository.alike(tx.session, policy.id, category, place.projects, since, tx.now, rule.count)
    if len(alike) < rule.count:
        return
    row = {
        "id": tx.new_id(),
        **key,
        "clause": rule.clause,
        "threshold": rule.count,
        "days": rule.days,
        "severity": rule.severity,
        "since": since,
        "proposed_at": tx.now,
        "state": OPEN,
    }
    await repository.add_new(tx.session, Recurrence, row)


async def confirm(
    tx: Tx, policy: Policy, record: Complaint, after: Mapping[str, Any], *, by: str, reason: str | None
) -> None:
    """A person has classified a case as the common problem that was proposed."""
    severity = policy.recurrence.severity
    if severity is None or after["severity"] != severity or after["category"] is None:
        return
    place = place_of(policy, await tx.directory(), record.project_id, after["category"])
    if place is not None:
        key = {"policy_id": policy.id, "category": after["category"], "scope": place.scope, "place": place.id}
        decision = {"state": CONFIRMED, "decided_at": tx.now, "decided_by": by, "reason": reason}
        await repository.decide_open(tx.session, key, **decision)


async def dismiss(room: Room, viewer: Actor, recurrence_id: UUID, data: Mapping[str, Any]) -> dict[str, Any]:
    """Decided by the group's service centre alone, with reason; accepted or refused, it is in the audit log."""

    async def handler(tx: Tx, command: Command) -> dict[str, Any]:
        directory = await tx.directory()
        found = await repository.recurrence(tx.session, recurrence_id, lock=True)
        if found is None or not _sees(directory, viewer, found, tx.now):
            raise Refused(Code.not_found, NO_SUCH)
        if not DECIDERS & {held.post for held in directory.posts_of(viewer.person or "", tx.now)}:
            raise Refused(Code.role_not_allowed, "只有集团售后服务中心副总经理或总经理可以不采纳共性问题提示")
        if found.state != OPEN:
            raise Refused(Code.state_not_allowed, "该提示已有处理结果")
        if missing(data, ["reason"]):
            raise Refused(Code.field_missing, "缺少必填项 reason", field="reason")
        reason = parse(DismissData, data).reason
        decision = {"state": DISMISSED, "decided_at": tx.now, "decided_by": command.actor.id, "reason": reason}
        await repository.decide(tx.session, recurrence_id, **decision)
        return {"recurrence": str(recurrence_id), "state": DISMISSED, "reason": reason}

    said = {**data, "recurrence": str(recurrence_id)}
    return await carry_out(room, Command(DISMISS, viewer, None, said), handler)


async def recurrences(room: Room, viewer: Actor, state: str = OPEN) -> list[dict[str, Any]]:
    """The proposals the viewer may see, the latest first, each with the complaints it rests on."""
    if state not in STATES:
        raise Refused(Code.field_invalid, f"state 须为 {'、'.join(STATES)} 之一", field="state")
    now = room.clock.now()
    told = []
    async with room.db.read() as session:
        directory = await room.directory(session)
        for found in await repository.recurrences(session, state, MOST):
            if not _sees(directory, viewer, found, now):
                continue
            place = _place(directory, found)
            until = found.decided_at or now
            alike = await repository.alike(
                session, found.policy_id, found.category, place.projects, found.since, until, MOST
            )
            told.append(_told(room, directory, found, alike))
    return told


def _place(directory: Directory, found: Recurrence) -> Place:
    return (
        Place("project", found.place, (found.place,)) if found.scope == "project" else _company(directory, found.place)
    )


def _sees(directory: Directory, viewer: Actor, found: Recurrence, at: datetime) -> bool:
    """The group's posts see all, an officer those of his project."""
    if viewer.kind != "person":
        return viewer.kind == "system"
    projects = _place(directory, found).projects
    return any(
        held.scope == directory.group or (held.post is Post.service_officer and held.scope in projects)
        for held in directory.posts_of(viewer.person or "", at)
    )


def _told(room: Room, directory: Directory, found: Recurrence, alike: list[tuple[UUID, str]]) -> dict[str, Any]:
    policy = room.policies.versions(found.policy_id)[-1]
    category = policy.categories.get(found.category)
    project, company = directory.project(found.place), directory.company(found.place)
    named = project if found.scope == "project" else company
    severities = {one.id: one.name for one in policy.record.severities}
    return {
        "recurrence": str(found.id),
        "state": found.state,
        "policy": found.policy_id,
        "clause": found.clause,
        "category": found.category,
        "category_name": category.name if category else found.category,
        "scope": found.scope,
        "place": found.place,
        "place_name": named.name if named else found.place,
        "severity": found.severity,
        "severity_name": severities.get(found.severity, found.severity),
        "threshold": found.threshold,
        "days": found.days,
        "since": found.since.isoformat(),
        "proposed_at": found.proposed_at.isoformat(),
        "count": len(alike),
        "complaints": [str(complaint_id) for complaint_id, _ in alike],
        "numbers": [number for _, number in alike],
        "decided_at": found.decided_at.isoformat() if found.decided_at else None,
        "decided_by": found.decided_by,
        "decided_by_name": directory.name_of(found.decided_by) if found.decided_by else None,
        "reason": found.reason,
    }
