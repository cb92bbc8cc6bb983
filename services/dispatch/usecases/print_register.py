"""J7: a policy's register of one project over a period."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.dispatch.domain.forms import register_paper
from services.dispatch.domain.sheet import Sheet
from services.dispatch.repository import rows_of
from services.dispatch.tables import ACT, COMPLAINT, ORDER, Act, Complaint, SupervisionOrder
from services.dispatch.usecases import story
from services.dispatch.usecases.acting import policy_of
from services.dispatch.usecases.confiding import confided
from services.dispatch.usecases.print_papers import form_named
from services.dispatch.usecases.sheets import sheet_of, written
from services.dispatch.usecases.shown import Shown
from services.dispatch.usecases.viewing import seen_by
from shared.kernel.errors import Code, Refused
from shared.org.authority import scope_of
from shared.org.model import Directory, Project
from shared.paper.model import Paper
from shared.policy.model import Policy
from shared.room.room import Actor, Room

MOST_DAYS = 366
MOST_ROWS = {"pdf": 1_000, "docx": 300, "xlsx": 20_000}
"""Cases in one register: what can be made while somebody waits for it, in a quarter of a gigabyte."""
A_TIME = 400


async def register_on_paper(
    room: Room, viewer: Actor, policy_id: str, form_id: str, project_id: str, first: date, last: date, kind: str
) -> Paper:
    """The cases of the project registered from `first` to `last` (local days, both included), as far as he sees them.

    Raises Refused for an unknown policy, form or project, one out of the viewer's scope, and a period too long.
    """
    if not first <= last or (last - first).days >= MOST_DAYS:
        raise Refused(Code.field_invalid, f"from、to: 应为先后两天，最多相隔 {MOST_DAYS} 天", field="from")
    now = room.clock.now()
    policy = room.policies.in_force(policy_id, now.date())
    if policy is None:
        raise Refused(Code.not_found, f"没有制度 {policy_id[:50]}")
    form = form_named(policy, form_id)
    async with room.db.read() as session:
        directory = await room.directory(session)
        project = _project(directory, viewer, project_id, now)
        own = await confided(room, session, directory, viewer)
        zone, c = directory.zone(project.id), COMPLAINT.c
        begins = datetime.combine(first, datetime.min.time(), zone)
        ends = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
        found = await rows_of(
            session,
            Complaint,
            select(COMPLAINT)
            .where(
                c.project_id == project.id, c.policy_id == policy.id, c.registered_at >= begins, c.registered_at < ends,
                seen_by(directory, viewer, now, own),
            )
            .order_by(c.registered_at, c.complaint_id)
            .limit(MOST_ROWS[kind] + 1),
        )  # fmt: skip
        if len(found) > MOST_ROWS[kind]:
            raise Refused(
                Code.field_invalid, f"from、to: 超过 {MOST_ROWS[kind]} 件，请缩短期间或导出 Excel", field="from"
            )
        sheets = [
            sheet
            for start in range(0, len(found), A_TIME)
            for sheet in await _sheets(room, session, directory, viewer, found[start : start + A_TIME])
        ]
    period = f"{first:%Y-%m-%d} 至 {last:%Y-%m-%d}"
    printed = written(now.astimezone(zone).isoformat())
    return register_paper(form, sheets, f"{directory.group_name}　{project.name}", period, printed)


def _project(directory: Directory, viewer: Actor, project_id: str, now: datetime) -> Project:
    project = directory.project(project_id)
    if project is None:
        raise Refused(Code.field_invalid, f"project: 没有项目 {project_id[:50]}", field="project")
    scope, places = scope_of(directory, viewer.person or "", now), {project.company, project.property_company}
    if viewer.kind != "system" and not (
        scope.everything
        or project.id in scope.projects
        or scope.companies & places
        or any(company in places for company, _ in scope.departments)
    ):
        raise Refused(Code.scope_not_allowed, f"项目 {project.name} 不在您的职责范围内")
    return project


async def _sheets(
    room: Room, session: AsyncSession, directory: Directory, viewer: Actor, cases: list[Complaint]
) -> list[Sheet]:
    ids = [case.complaint_id for case in cases]
    acts: dict[UUID, list[Act]] = _by_case(
        await rows_of(session, Act, select(ACT).where(ACT.c.complaint_id.in_(ids)).order_by(ACT.c.version, ACT.c.id))
    )
    orders: dict[UUID, list[SupervisionOrder]] = _by_case(
        await rows_of(session, SupervisionOrder, select(ORDER).where(ORDER.c.complaint_id.in_(ids)))
    )
    sheets, policies = [], dict[tuple[str, str], Policy]()
    for case in cases:
        version = case.policy_id, case.policy_version
        policy = policies.setdefault(version, policies.get(version) or policy_of(room, case))
        shown = Shown(case, policy, directory, viewer, room.clock.now())
        told = story.story(shown, (), acts.get(case.complaint_id, ()))
        order = next((story.order(shown, row) for row in orders.get(case.complaint_id, ())), None)
        sheets.append(sheet_of(shown, shown.summary(), told, order))
    return sheets


def _by_case(rows: Iterable[Any]) -> dict[UUID, list[Any]]:
    found: dict[UUID, list[Any]] = {}
    for row in rows:
        found.setdefault(row.complaint_id, []).append(row)
    return found
