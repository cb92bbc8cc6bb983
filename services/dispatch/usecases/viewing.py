"""A7: what a viewer sees, as SQL, so that a page of a list is a page of what he may see."""

from collections.abc import Collection, Iterable, Iterator
from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select, true

from services.dispatch.domain.duties import LEFT_OPEN
from services.dispatch.domain.steps import CASE_WORK
from services.dispatch.tables import COMPLAINT, COOPERATION
from shared.org.acting import posts_for, principals
from shared.org.authority import KIND_OF_POST, Scope, scope_of
from shared.org.liability import PLAIN_GROUP_POSTS
from shared.org.model import Company, Directory, Post
from shared.policy.model import Policy
from shared.room.room import Actor

Clause = ColumnElement[bool]
LIVE: Clause = or_(COMPLAINT.c.closed_at.is_(None), COMPLAINT.c.open_ends)
"""Follows from most conditions that stand beside it; said in the words of the index, so that it is used."""


def seen_by(directory: Directory, viewer: Actor, at: datetime, confided: Collection[UUID] = ()) -> Clause:
    """The cases a viewer sees: by post and place, those he was named to accompany, a customer his own, the system all.
    Of the confidential ones (004§7(二)) only those given as `confided` to him.
    """
    if viewer.kind == "system":
        return true()
    if viewer.kind == "customer":
        return COMPLAINT.c.complaint_id == viewer.complaint_id if viewer.complaint_id else false()
    scope = scope_of(directory, viewer.person or "", at)
    accompanied = COMPLAINT.c.guardian.in_(principals(directory, viewer.person or "", at))
    near = true() if scope.everything else or_(_places(directory, scope), _cooperating(directory, scope), accompanied)
    return or_(and_(COMPLAINT.c.confined_to.is_(None), near), COMPLAINT.c.complaint_id.in_(list(confided)))


def handled_by(directory: Directory, policies: Iterable[Policy], viewer: Actor, at: datetime) -> Clause:
    """The cases whose customers a viewer may look for: surely handled by him. Never more than he sees unmasked.

    Who supervises is told by rules that SQL does not know; supervisors look for numbers and words.
    """
    if viewer.kind != "person":
        return seen_by(directory, viewer, at)
    clauses: list[Clause] = []
    for held in posts_for(directory, viewer.person or "", at):
        company = directory.company(held.scope)
        if held.post in PLAIN_GROUP_POSTS.values():
            clauses += [true()] if held.post.value in _workers(policies) else []
        elif held.post is Post.service_officer:
            clauses.append(COMPLAINT.c.project_id == held.scope)
        elif held.post is Post.chairman and company:
            clauses.append(_matters_of(directory, company))
        elif held.post is Post.department_head:
            scope = Scope(departments=frozenset({(held.scope, held.unit or "")}))
            clauses += [_places(directory, scope), _cooperating(directory, scope)]
    return or_(false(), *clauses)


def _workers(policies: Iterable[Policy]) -> set[str]:
    return {post for policy in policies for step in policy.step if step.command in CASE_WORK for post in step.by}


def _matters_of(directory: Directory, company: Company) -> Clause:
    return and_(
        COMPLAINT.c.responsible == company.kind,
        COMPLAINT.c.project_id.in_(_projects_of(directory, company.id)),
    )


def may_wait(
    directory: Directory,
    policies: Iterable[Policy],
    viewer: Actor,
    at: datetime,
    confided: Collection[UUID] = (),
) -> Clause:
    """Cases in a state, or with an open end, in which something may wait for the viewer: for a holder of his posts, or
    in the place of somebody whose post is vacant.
    """
    known = list(policies)
    kinds = _kinds(directory, viewer, at)
    clauses = [_waits_for(known, kinds), _his_own(directory, viewer, at, confided)]
    for vacant, where in _vacancies(directory, known, viewer, at):
        if not vacant <= kinds:
            clauses.append(and_(where, _waits_for(known, vacant)))
    return and_(LIVE, or_(*clauses))


def _his_own(directory: Directory, viewer: Actor, at: datetime, confided: Collection[UUID]) -> Clause:
    """Open cases that are his by themselves and not by his post."""
    named = COMPLAINT.c.guardian.in_(principals(directory, viewer.person or "", at))
    return and_(COMPLAINT.c.closed_at.is_(None), or_(named, COMPLAINT.c.complaint_id.in_(list(confided))))


def _waits_for(policies: Iterable[Policy], kinds: Collection[str]) -> Clause:
    states: set[str] = set()
    ends = False
    for policy in policies:
        for step in policy.step:
            if step.command in CASE_WORK and not set(step.by).isdisjoint(kinds):
                ends = ends or step.command in LEFT_OPEN
                states |= {state for state in step.states if step.waits_in(state)}
    open_case = and_(COMPLAINT.c.closed_at.is_(None), COMPLAINT.c.state.in_(sorted(states)))
    return or_(open_case, COMPLAINT.c.open_ends) if ends else open_case


def _vacancies(
    directory: Directory, policies: Iterable[Policy], viewer: Actor, at: datetime
) -> Iterator[tuple[set[str], Clause]]:
    """The posts that nobody holds now and in whose place the viewer may stand, each with the cases it is about.

    No more than a first sieve: whether he is the one who stands in is asked of every case.
    """
    held = posts_for(directory, viewer.person or "", at)
    posts, scopes = {one.post for one in held}, {one.scope for one in held}
    if Post.general_manager in posts or Post.vice_president in posts:
        for post in (Post.deputy_general_manager, Post.general_manager):
            if directory.holder(post, directory.group, None, at) is None:
                yield {post.value}, true()
    above = posts & {
        Post.project_general_manager, Post.supervising_leader, Post.chairman, Post.deputy_general_manager,
        Post.general_manager, Post.vice_president,
    }  # fmt: skip
    if not above:
        return
    grouped = directory.group in scopes
    named = {category.first for policy in policies for category in policy.category}
    for company in directory.companies:
        if not grouped and company.id not in scopes:
            continue
        if directory.holder(Post.chairman, company.id, None, at) is None:
            yield {"chairman", "liable", "leader"}, _matters_of(directory, company)
        units = named | {unit.id for unit in company.departments}
        vacant = [u for u in units if directory.holder(Post.department_head, company.id, u, at) is None]
        if vacant:
            where = and_(COMPLAINT.c.first_department.in_(sorted(vacant)), _matters_of(directory, company))
            yield {"first_department_head", "liable"}, where
    near = [one.id for one in directory.projects if grouped or scopes & {one.id, one.company, one.property_company}]
    for post, kind in ((Post.service_officer, "officer"), (Post.project_general_manager, "project_general_manager")):
        empty = [project for project in near if directory.holder(post, project, None, at) is None]
        if empty:
            yield {kind}, COMPLAINT.c.project_id.in_(empty)


def _kinds(directory: Directory, viewer: Actor, at: datetime) -> set[str]:
    """The names by which a policy may mean the viewer."""
    posts = {held.post for held in posts_for(directory, viewer.person or "", at)}
    return {kind for kind, meant in KIND_OF_POST.items() if posts & meant}


def _places(directory: Directory, scope: Scope) -> Clause:
    projects = set(scope.projects)
    for project in directory.projects:
        if scope.companies & {project.company, project.property_company}:
            projects.add(project.id)
    clauses: list[Clause] = [COMPLAINT.c.project_id.in_(sorted(projects))] if projects else []
    for company_id, unit in sorted(scope.departments):
        company = directory.company(company_id)
        if company is not None:
            clauses.append(and_(COMPLAINT.c.first_department == unit, _matters_of(directory, company)))
    return or_(false(), *clauses)


def _cooperating(directory: Directory, scope: Scope) -> Clause:
    clauses: list[Clause] = []
    for company_id, unit in sorted(scope.departments):
        helps = select(COOPERATION.c.complaint_id).where(COOPERATION.c.department == unit)
        clauses.append(
            and_(
                COMPLAINT.c.project_id.in_(_projects_of(directory, company_id)),
                COMPLAINT.c.complaint_id.in_(helps),
            )
        )
    return or_(false(), *clauses)


def _projects_of(directory: Directory, company_id: str) -> list[str]:
    return [one.id for one in directory.projects if company_id in (one.company, one.property_company)]
