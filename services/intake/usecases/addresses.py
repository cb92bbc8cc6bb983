"""B13: the register of a project's public hotline, mailbox and owners' forum addresses, and who checked them when."""

from typing import Any, Literal
from uuid import UUID

from sqlalchemy import insert, or_, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from services.intake.domain.addresses import FOUND_LABELS, KIND_LABELS, next_check, overdue
from services.intake.domain.text import Line, OptionalParagraph
from services.intake.repository import table_of
from services.intake.tables import Address, AddressCheck
from shared.db.statements import fetch, run
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.org.acting import posts_for
from shared.org.authority import scope_of
from shared.org.model import Directory, Post, Project
from shared.policy.library import DEFAULT_POLICY
from shared.policy.model import Policy
from shared.room.commands import parse
from shared.room.room import Actor, Command, Room, Tx

ADDRESS, CHECK = table_of(Address), table_of(AddressCheck)
MOST = 500
MOST_CHECKS = 20


class ChannelEnter(CommandData):
    project: Line
    kind: Literal["hotline", "mailbox", "forum"]
    address: Line
    note: OptionalParagraph = None


class ChannelCheck(CommandData):
    channel: UUID
    found: Literal["correct", "wrong", "unreachable"]
    note: OptionalParagraph = None


class ChannelEnd(CommandData):
    channel: UUID
    reason: OptionalParagraph = None
    note: OptionalParagraph = None


async def enter_address(tx: Tx, command: Command) -> dict[str, Any]:
    """000§二: by an officer of the project. The same address twice at once is refused."""
    data = parse(ChannelEnter, command.data)
    directory = await tx.directory()
    project = directory.project(data.project)
    if project is None:
        raise Refused(Code.field_invalid, "没有这个项目", field="project")
    _require_officer(directory, command, project.id, tx)
    same = ADDRESS.c.project_id == project.id, ADDRESS.c.kind == data.kind, ADDRESS.c.address == data.address
    if await fetch(tx.session, select(ADDRESS.c.id).where(*same, ADDRESS.c.ended_at.is_(None))):
        raise Refused(Code.field_invalid, f"该{KIND_LABELS[data.kind]}已登记", field="address")
    row = {
        "id": tx.new_id(),
        "project_id": project.id,
        "kind": data.kind,
        "address": data.address,
        "note": data.note,
        "entered_at": tx.now,
        "entered_by": command.actor.id,
    }
    await run(tx.session, insert(ADDRESS), row)
    return {"channel": str(row["id"]), "project": project.id, "kind": data.kind, "address": data.address}


async def check_address(tx: Tx, command: Command) -> dict[str, Any]:
    """000§二: an officer of the project says what he found; every check stays on record."""
    data = parse(ChannelCheck, command.data)
    found = await _locked(tx, command, data.channel)
    said = {"found": data.found, "note": data.note}
    await run(
        tx.session,
        insert(CHECK),
        {"id": tx.new_id(), "channel_id": found.id, "at": tx.now, "by": command.actor.id, **said},
    )
    checked = {"checked_at": tx.now, "checked_by": command.actor.id, "found": data.found}
    await run(tx.session, update(ADDRESS).where(ADDRESS.c.id == found.id).values(**checked))
    return {"channel": str(found.id), "found": data.found, "checked_at": tx.now.isoformat()}


async def end_address(tx: Tx, command: Command) -> dict[str, Any]:
    """The address is used no more; what was recorded of it stays."""
    data = parse(ChannelEnd, command.data)
    found = await _locked(tx, command, data.channel)
    ended = {"ended_at": tx.now, "ended_by": command.actor.id}
    await run(tx.session, update(ADDRESS).where(ADDRESS.c.id == found.id).values(**ended))
    return {"channel": str(found.id), "ended_at": tx.now.isoformat()}


async def addresses(room: Room, viewer: Actor, project: str | None = None, *, ended: bool = False) -> dict[str, Any]:
    """The register of the projects in the viewer's scope (all for the group's posts), with each one's checks."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        seen = [one.id for one in _projects_seen(directory, viewer, now) if project in (None, one.id)]
        wanted = select(ADDRESS).where(ADDRESS.c.project_id.in_(seen))
        if not ended:
            wanted = wanted.where(ADDRESS.c.ended_at.is_(None))
        order = wanted.order_by(ADDRESS.c.project_id, ADDRESS.c.kind, ADDRESS.c.entered_at, ADDRESS.c.id)
        rows = await fetch(session, order.limit(MOST))
        checks = await _checks(session, directory, [row.id for row in rows])
    policies = {one: _policy(room, directory, one, now) for one in {row.project_id for row in rows}}
    return {"items": [_told(directory, row, policies[row.project_id], checks.get(row.id, []), now) for row in rows]}


async def hotline_of(session: AsyncSession, project_id: str) -> str | None:
    """The number a customer may ring: the project's first hotline in use that was not found wrong."""
    rows = await fetch(
        session,
        select(ADDRESS.c.address)
        .where(
            ADDRESS.c.project_id == project_id,
            ADDRESS.c.kind == "hotline",
            ADDRESS.c.ended_at.is_(None),
            or_(ADDRESS.c.found.is_(None), ADDRESS.c.found == "correct"),
        )
        .order_by(ADDRESS.c.entered_at, ADDRESS.c.id)
        .limit(1),
    )
    return str(rows[0].address) if rows else None


def _require_officer(directory: Directory, command: Command, project_id: str, tx: Tx) -> None:
    actor = command.actor
    held = posts_for(directory, actor.person, tx.now) if actor.kind == "person" and actor.person else []
    officer = [one for one in held if one.post is Post.service_officer]
    own = [one.person for one in officer if one.scope == project_id]
    if not own:
        code = Code.scope_not_allowed if officer else Code.role_not_allowed
        raise Refused(code, f"{command.name}: 只有本项目的客服专员可以登记和核对投诉渠道")
    if actor.person not in own:
        tx.noted["on_behalf_of"] = own[0]


async def _locked(tx: Tx, command: Command, channel: UUID) -> Any:
    rows = await fetch(tx.session, select(ADDRESS).where(ADDRESS.c.id == channel).with_for_update())
    if not rows:
        raise Refused(Code.not_found, "没有登记这个投诉渠道")
    _require_officer(await tx.directory(), command, rows[0].project_id, tx)
    if rows[0].ended_at is not None:
        raise Refused(Code.state_not_allowed, "该投诉渠道已停用")
    return rows[0]


def _projects_seen(directory: Directory, viewer: Actor, at: Any) -> list[Project]:
    if viewer.kind != "person":
        return list(directory.projects) if viewer.kind == "system" else []
    scope = scope_of(directory, viewer.person or "", at)
    return [
        one
        for one in directory.projects
        if scope.everything or one.id in scope.projects or scope.companies & {one.company, one.property_company}
    ]


def _policy(room: Room, directory: Directory, project_id: str, at: Any) -> Policy | None:
    project = directory.project(project_id)
    today = at.astimezone(directory.zone(project_id)).date()
    return room.policies.in_force((project.policy if project else None) or DEFAULT_POLICY, today)


async def _checks(session: AsyncSession, directory: Directory, ids: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    wanted = select(CHECK).where(CHECK.c.channel_id.in_(ids)).order_by(CHECK.c.at.desc(), CHECK.c.id)
    rows = await fetch(session, wanted)
    found: dict[UUID, list[dict[str, Any]]] = {}
    for row in rows:
        told = {"at": row.at.isoformat(), "by": row.by, "by_name": directory.name_of(row.by), "found": row.found}
        found.setdefault(row.channel_id, []).append(told | {"note": row.note})
    return {one: checks[:MOST_CHECKS] for one, checks in found.items()}


def _told(
    directory: Directory, row: Any, policy: Policy | None, checks: list[dict[str, Any]], now: Any
) -> dict[str, Any]:
    project = directory.project(row.project_id)
    due = next_check(policy, row.entered_at, row.checked_at)
    in_use = row.ended_at is None
    return {
        "channel": str(row.id),
        "project": row.project_id,
        "project_name": project.name if project else row.project_id,
        "kind": row.kind,
        "kind_name": KIND_LABELS[row.kind],
        "address": row.address,
        "note": row.note,
        "entered_at": row.entered_at.isoformat(),
        "entered_by": row.entered_by,
        "entered_by_name": directory.name_of(row.entered_by),
        "checked_at": row.checked_at.isoformat() if row.checked_at else None,
        "checked_by": row.checked_by,
        "checked_by_name": directory.name_of(row.checked_by) if row.checked_by else None,
        "found": row.found,
        "found_name": FOUND_LABELS.get(row.found),
        "check_by": due.isoformat() if due and in_use else None,
        "overdue": in_use and overdue(policy, row.entered_at, row.checked_at, now),
        "clause": policy.channels.clause if policy and policy.channels else None,
        "ended_at": row.ended_at.isoformat() if row.ended_at else None,
        "checks": checks,
    }
