"""J4-J6, 003§31,32,40,42,44,45: the group's registers: what is entered, rectified by items, and answered in time."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import Field
from sqlalchemy import ColumnElement, Row, and_, false, or_, select, update

from services.sla.repository import REGISTER
from services.sla.usecases.seen import place_of
from shared.db.statements import fetch, insert_rows, run
from shared.events.sla import ReminderDueV1
from shared.kernel.data import CommandData
from shared.kernel.errors import Code, Refused
from shared.org.acting import acting_for, acts_as
from shared.org.authority import Scope, holders_of, in_words
from shared.org.liability import CaseStanding
from shared.org.model import Directory, Post
from shared.policy.library import DEFAULT_POLICY
from shared.policy.model import Policy
from shared.policy.reports import Register
from shared.room.commands import parse
from shared.room.room import Actor, Command, Room, Tx

PERIODS = {
    "week": (re.compile(r"20\d\d-W(0[1-9]|[1-4]\d|5[0-3])"), "2026-W10"),
    "month": (re.compile(r"20\d\d-(0[1-9]|1[0-2])"), "2026-03"),
    "quarter": (re.compile(r"20\d\d-Q[1-4]"), "2026-Q1"),
    "year": (re.compile(r"20\d\d"), "2026"),
}
NEEDED = {"group": (), "company": ("company",), "department": ("company", "department"), "project": ("project",)}


class Item(CommandData):
    text: str = Field(min_length=1, max_length=2000)
    due: date | None = None
    who: str | None = Field(None, max_length=200)


class EnterRegister(CommandData):
    kind: str
    period: str
    text: str = Field(min_length=1)
    policy: str | None = None
    company: str | None = None
    department: str | None = None
    project: str | None = None
    items: list[Item] = Field([], max_length=200)


class AnswerRegister(CommandData):
    entry: UUID
    text: str = Field(min_length=1)


class RegisterItemDone(CommandData):
    """`item` counts from 1."""

    entry: UUID
    item: int = Field(ge=1)


async def enter_register(tx: Tx, command: Command) -> dict[str, Any]:
    """Refused for a kind no policy knows, a period or place that does not fit it, or a post that may not enter it."""
    data = parse(EnterRegister, command.data)
    directory = await tx.directory()
    policy, kind = _kind(tx.room, directory, data)
    _fits(kind, directory, data)
    entitled = _enterers(policy, kind, directory, data.project, tx)
    if command.actor.person is None or acts_as(directory, command.actor.person, entitled, tx.now) is None:
        raise Refused(Code.role_not_allowed, f"{kind.name}: 只允许{in_words(kind.by)}登记")
    entry = tx.new_id()
    due = tx.now + timedelta(days=kind.answer_days) if kind.answer_days else None
    items = [{"text": each.text, "due": each.due and str(each.due), "who": each.who, "done_at": None, "done_by": None,
              "note": each.note} for each in data.items]  # fmt: skip
    row = {
        "id": entry, "policy_id": policy.id, "kind": kind.id, "period": data.period, "company": data.company,
        "department": data.department, "project_id": data.project, "text": data.text, "items": items,
        "entered_by": command.actor.id, "entered_at": tx.now, "due_at": due,
    }  # fmt: skip
    await insert_rows(tx.session, REGISTER, row)
    if kind.answer_days or items:
        _tell(tx, directory, kind, data, entry)
    return {"entry": str(entry), "due_at": due.isoformat() if due else None}


def _tell(tx: Tx, directory: Directory, kind: Register, data: EnterRegister, entry: UUID) -> None:
    people = answerers(directory, data.company, data.department, data.project, tx.now)[:1]
    people += [each.who for each in data.items if each.who is not None]
    for person in dict.fromkeys(acting_for(directory, one, tx.now) for one in people):
        tx.emit(
            ReminderDueV1,
            key=f"register.entered:{entry}:{person}",
            template="register.entered",
            channel="sms",
            recipient=person,
            local_date=tx.now.astimezone(directory.zone(data.project or "")).date(),
            complaints=[],
            numbers=[kind.name, data.period],
        )


async def answer_register(tx: Tx, command: Command) -> dict[str, Any]:
    """003§42: the department's measures, once. Refused where none is asked for or one was given."""
    data = parse(AnswerRegister, command.data)
    row, directory = await _entry(tx, data.entry), await tx.directory()
    if row.due_at is None:
        raise Refused(Code.policy_not_allowed, "这项登记不需要答复")
    if row.answered_at is not None:
        raise Refused(Code.state_not_allowed, "这项登记已经答复")
    _require(directory, command, answerers(directory, row.company, row.department, row.project_id, tx.now), tx)
    values = {"answer": data.text, "answered_by": command.actor.id, "answered_at": tx.now}
    await run(tx.session, update(REGISTER).where(REGISTER.c.id == row.id).values(**values))
    return {"entry": str(row.id), "late": tx.now > row.due_at}


async def register_item_done(tx: Tx, command: Command) -> dict[str, Any]:
    """003§40: an item is rectified, once; by who answers for it, its own person, or who entered it."""
    data = parse(RegisterItemDone, command.data)
    row, directory = await _entry(tx, data.entry), await tx.directory()
    if data.item > len(row.items):
        raise Refused(Code.field_invalid, f"item: 这项登记有 {len(row.items)} 项", field="item")
    items = [dict(each) for each in row.items]
    item = items[data.item - 1]
    if item["done_at"] is not None:
        raise Refused(Code.state_not_allowed, f"第 {data.item} 项已完成")
    people = [item["who"], row.entered_by, *answerers(directory, row.company, row.department, row.project_id, tx.now)]
    _require(directory, command, [one for one in people if one is not None], tx)
    item |= {"done_at": tx.now.isoformat(), "done_by": command.actor.id, "note": data.note or item["note"]}
    await run(tx.session, update(REGISTER).where(REGISTER.c.id == row.id).values(items=items))
    return {"entry": str(row.id), "item": data.item}


def _require(directory: Directory, command: Command, people: list[str], tx: Tx) -> None:
    if command.actor.person is None or acts_as(directory, command.actor.person, people, tx.now) is None:
        raise Refused(Code.role_not_allowed, f"{command.name}: 只限该项登记的责任人")


def _kind(room: Room, directory: Directory, data: EnterRegister) -> tuple[Policy, Register]:
    """The kind by its id: of the policy named, else of the project's, else of the default one, else of any."""
    project = directory.project(data.project or "")
    first = [data.policy] if data.policy else [project.policy if project else None, DEFAULT_POLICY, *room.policies.ids]
    known: list[str] = []
    for policy_id in first:
        if policy_id is None or policy_id not in room.policies.ids:
            continue
        policy = room.policies.versions(policy_id)[-1]
        known += [kind.id for kind in policy.register_kind]
        for kind in policy.register_kind:
            if kind.id == data.kind:
                return policy, kind
    raise Refused(Code.field_invalid, f"kind: 可用 {'、'.join(dict.fromkeys(known)) or '（无）'}", field="kind")


def _fits(kind: Register, directory: Directory, data: EnterRegister) -> None:
    pattern, example = PERIODS[kind.every]
    if not pattern.fullmatch(data.period):
        raise Refused(Code.field_invalid, f"period: 应为 {example} 这样的期间", field="period")
    for name in NEEDED[kind.about]:
        if getattr(data, name) is None:
            raise Refused(Code.field_missing, f"缺少必填项 {name}", field=name)
    company = directory.company(data.company) if data.company is not None else None
    if data.company is not None and company is None:
        raise Refused(Code.field_invalid, f"company: 没有公司 {data.company[:100]}", field="company")
    if data.department is not None and (
        company is None or data.department not in {unit.id for unit in company.departments}
    ):
        raise Refused(Code.field_invalid, f"department: 该公司没有部门 {data.department[:100]}", field="department")
    if data.project is not None and directory.project(data.project) is None:
        raise Refused(Code.field_invalid, f"project: 没有项目 {data.project[:100]}", field="project")
    for each in data.items:
        if each.who is not None and directory.person(each.who) is None:
            raise Refused(Code.field_invalid, f"items: 通讯录中没有 {each.who[:100]}", field="items")


def _enterers(policy: Policy, kind: Register, directory: Directory, project: str | None, tx: Tx) -> set[str | None]:
    standing = CaseStanding(project or "", None, policy.record.default_severity, None)
    return holders_of(kind.by, policy, directory, standing, tx.now)


def answerers(
    directory: Directory, company: str | None, department: str | None, project: str | None, at: datetime
) -> list[str]:
    """Who may answer; the first is who is told."""
    people: list[str] = []
    if company is not None and department is not None:
        people += directory.holders(Post.department_head, company, department, at)
    if company is not None:
        people += directory.holders(Post.chairman, company, None, at)
    if project is not None:
        people += directory.holders(Post.service_officer, project, None, at)
        people += directory.holders(Post.project_general_manager, project, None, at)
    return people


async def _entry(tx: Tx, entry: UUID) -> Row[Any]:
    rows = await fetch(tx.session, select(REGISTER).where(REGISTER.c.id == entry).with_for_update())
    if not rows:
        raise Refused(Code.not_found, "没有这项登记")
    return rows[0]


async def registers(
    room: Room, viewer: Actor, filters: Mapping[str, str | None], *, cursor: str | None = None, limit: int = 50
) -> dict[str, Any]:
    """The entries the viewer's place covers, the latest first; what is overdue is marked. Filters: kind, period,
    company, project.
    """
    now = room.clock.now()
    names = {"project": "project_id"}
    wanted = [REGISTER.c[names.get(name, name)] == value for name, value in filters.items() if value is not None]
    async with room.db.read() as session:
        directory = await room.directory(session)
        wanted += _within(directory, place_of(directory, viewer, now))
        if cursor is not None:
            try:
                wanted.append(REGISTER.c.id < UUID(cursor))
            except ValueError:
                raise Refused(Code.field_invalid, "cursor: 不是本接口给出的游标", field="cursor") from None
        rows = await fetch(session, select(REGISTER).where(*wanted).order_by(REGISTER.c.id.desc()).limit(limit + 1))
    items = [_shown(room, directory, row, now) for row in rows[:limit]]
    return {"items": items, "next_cursor": str(rows[limit - 1].id) if len(rows) > limit else None}


def _within(directory: Directory, scope: Scope) -> list[ColumnElement[bool]]:
    if scope.everything:
        return []
    projects = set(scope.projects) | {
        project.id for project in directory.projects if {project.company, project.property_company} & scope.companies
    }
    ways: list[ColumnElement[bool]] = [
        REGISTER.c.company.in_(sorted(scope.companies)),
        REGISTER.c.project_id.in_(sorted(projects)),
    ]
    ways += [
        and_(REGISTER.c.company == company, REGISTER.c.department == unit)
        for company, unit in sorted(scope.departments)
    ]
    return [or_(false(), *ways)]


def _shown(room: Room, directory: Directory, row: Row[Any], now: Any) -> dict[str, Any]:
    policy = room.policies.versions(row.policy_id)[-1] if row.policy_id in room.policies.ids else None
    kind = next((kind for kind in policy.register_kind if kind.id == row.kind), None) if policy else None
    today = str(now.astimezone(directory.zone(row.project_id or "")).date())
    return {
        "id": str(row.id),
        "policy": row.policy_id,
        "kind": row.kind,
        "name": kind.name if kind else row.kind,
        "clause": kind.clause if kind else None,
        "period": row.period,
        "company": row.company,
        "department": row.department,
        "project": row.project_id,
        "text": row.text,
        "items": [
            {**each, "overdue": each["done_at"] is None and each["due"] is not None and each["due"] < today}
            for each in row.items
        ],
        "entered_by": row.entered_by,
        "entered_at": row.entered_at.isoformat(),
        "due_at": row.due_at.isoformat() if row.due_at else None,
        "answer": row.answer,
        "answered_by": row.answered_by,
        "answered_at": row.answered_at.isoformat() if row.answered_at else None,
        "overdue": row.due_at is not None and (row.answered_at or now) > row.due_at,
    }
