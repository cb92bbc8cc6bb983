"""A6: the page of a room's audit log, the same in every room: a few lines say whose it is."""

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Request
from sqlalchemy import Select, select
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.responses import Response

from shared.db.statements import fetch
from shared.org.model import POST_LABELS, Directory
from shared.policy.names import CHANNEL_NAMES
from shared.room.reading import READ
from shared.room.room import Actor, Room
from shared.room.trails import Wanted, entries, note
from shared.web.commands import step_names
from shared.web.console import Viewer, allowed, console
from shared.web.edge import room_named
from shared.web.errors import TITLES
from shared.web.listing import Column, Filter, Listing, asked, export_of, exported, whole
from shared.web.pages import Pages, local
from shared.web.phrases import cut, joined, words

PATH = "/admin/audit"
TABS = (
    (PATH, "督办"),
    ("/intake/audit", "受理"),
    ("/ledger/audit", "时限与扣罚"),
    ("/messages/audit", "消息"),
)  # fmt: skip
"""Each room answers for its own log: one that is away takes only its tab with it."""

ACTS: dict[str, str] = {
    READ: "查阅案件", "paper.print": "打印表单", "attachment.add": "上传附件", "statement.export": "导出月度报表",
    "report.export": "导出定期报告", "ledger.export": "导出台账", "cases.export": "导出投诉",
    "audit.export": "导出操作日志", "messages.export": "导出消息", "directory.export": "导出组织机构",
    "directory.preview": "预览组织机构导入", "directory.import": "导入组织机构", "account.open": "开通账号",
    "account.reset": "重置密码", "account.disable": "停用账号", "account.enable": "启用账号",
    "account.sign_out": "强制退出登录", "password.change": "修改密码", "session.end": "退出登录",
    "letter.replay": "重新处理事件",
}  # fmt: skip
"""What stands in the log besides the commands of the policies."""

_WORDS = {
    "login": "账号", "person": "人员", "to": "接任人", "from": "自", "until": "至", "post": "岗位", "scope": "单位",
    "unit": "部门", "delegate": "代理人", "on_behalf_of": "代", "paper": "表单", "kind": "形式", "month": "月份",
    "report": "报告", "period": "期间", "list": "清单", "letter": "事件", "topic": "类别", "file": "文件",
    "satisfaction": "满意度", "outcome": "结果", "plan": "方案", "agreed_completion_at": "商谈完成", "amount": "金额",
    "purpose": "事由", "opinion": "客户意见", "project": "项目", "channel": "渠道", "category": "类别",
    "contact_ended_at": "接待结束", "required_by": "要求完成", "relation": "关系", "stars": "评价", "ground": "依据",
    "department": "部门", "due_at": "应完成", "name": "名称", "severity": "级别", "validity": "有效性",
    "visited_at": "回访时间", "claim": "索赔", "obstacle": "遇到阻碍", "signed": "已签字", "lawsuit": "诉讼",
    "media": "媒体", "people_count": "人数", "version": "版本", "base": "原版本",
    "added": "新增", "changed": "变更", "ended": "结束", "removed": "删除", "decision": "意见",
    "reason": "理由", "note": "说明", "text": "内容", "rows": "条数", "problems": "问题数", "way": "评价途径",
    "network": "来源网络", "measure": "处分内容",
}  # fmt: skip
_VALUES = {
    "approve": "同意", "return": "退回", "agreed": "已商定", "refused": "拒绝", "absent": "未遇", "repeat": "再次投诉",
    "duplicate": "重复投诉", "same_group": "同一群体", "own": "客户链接", "code": "回执二维码", "window": "窗口终端",
    "impose": "处分", "dismiss": "不予处分", "csv": "CSV", "xlsx": "Excel", "jsonl": "JSON",
    **{post.value: name for post, name in POST_LABELS.items()}, **CHANNEL_NAMES,
}  # fmt: skip
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*")
_UNSAID = frozenset({"id", "sha256", "session", "asked"})
_LONGEST = 240
_pages = Pages("shared.web")

Hidden = Callable[[Room, AsyncSession, Directory, Actor], Awaitable[Collection[UUID]]]


@dataclass(frozen=True)
class Trail:
    """A room's log. `cases` selects the room's cases as (id, number); `hidden` tells which of them a viewer may not
    hear of; `acts` are what it notes besides its commands.
    """

    room: str
    path: str
    hidden: Hidden
    acts: Collection[str] = ()
    cases: Select[*tuple[Any, ...]] | None = None


def audit_page(trail: Trail) -> APIRouter:
    router = APIRouter()
    viewing, in_room = console(trail.room), room_named(trail.room)

    @router.get(trail.path)
    async def page(
        request: Request, viewer: Annotated[Viewer, Depends(viewing)], room: Annotated[Room, Depends(in_room)]
    ) -> Response:
        viewer.require(allowed(PATH))
        return await _shown(request, viewer, room, trail)

    return router


async def _shown(request: Request, viewer: Viewer, room: Room, trail: Trail) -> Response:
    query, form = asked(request, "who", "command", "case", "day", "result"), export_of(request)
    names = ACTS | step_names(room)
    wanted = await _wanted(room, viewer, trail, query)
    if form:
        await note(room, viewer.actor, "audit.export", kind=form, asked=dict(query))
    if wanted is None:
        found: dict[str, Any] = {"items": [], "next_cursor": None}
    else:
        found = await whole(lambda cursor, limit: entries(room, wanted, cursor=cursor, limit=limit), query, form)
    numbers = await _numbers(room, trail, {row["complaint_id"] for row in found["items"] if row["complaint_id"]})
    known = sorted({*room.commands, *trail.acts, *([READ] if f"{room.name}.read_log" in room.metadata.tables else [])})
    list_ = Listing(
        title="操作日志",
        path=trail.path,
        columns=[
            Column("时间", lambda row: local(row["at"], viewer), kind="fixed"),
            Column("人员", lambda row: who(viewer.directory, row["actor"])),
            Column("操作", lambda row: names.get(row["command"], row["command"])),
            Column(
                "投诉",
                lambda row: numbers.get(row["complaint_id"], "查看" if row["complaint_id"] else ""),
                href=lambda row: f"/cases/{row['complaint_id']}" if row["complaint_id"] else None,
                kind="fixed",
            ),
            Column(
                "结果",
                lambda row: TITLES.get(row["code"], row["code"]) if row["code"] else "已受理",
                kind="tag",
                tone=lambda row: "bad" if row["code"] else "good",
            ),
            Column("说明", lambda row: row["detail"] or told(viewer, row["data"])),
        ],
        rows=found["items"],
        query=query,
        filters=[
            Filter("who", "人员（姓名或账号）", kind="search"),
            Filter("command", "操作", [(one, names.get(one, one)) for one in known]),
            Filter("case", "投诉编号", kind="search"),
            Filter("day", "日期", kind="date"),
            Filter("result", "结果", [("accepted", "已受理"), ("refused", "被拒绝")]),
        ],
        next=found["next_cursor"],
        empty="还没有操作记录。",
        live=False,
    )
    if form:
        return exported(list_, form, f"audit-{trail.room}")
    return _pages.render(
        request, "tabbed.html", viewer=viewer, list=list_, tabs=TABS, tab=trail.path, path=PATH,
        note="谁在何时办理、被拒绝、查阅完整案件、打印或导出，均记录在此，不能修改或删除。",
    )  # fmt: skip


async def _wanted(room: Room, viewer: Viewer, trail: Trail, query: Mapping[str, str]) -> Wanted | None:
    """None where there can be no such entry."""
    async with room.db.read() as session:
        hidden = await trail.hidden(room, session, viewer.directory, viewer.actor)
        case = await _case(session, trail, query["case"]) if "case" in query else None
    if "case" in query and case is None:
        return None
    day = _day(query.get("day"))
    since = datetime.combine(day, datetime.min.time(), viewer.zone) if day else None
    return Wanted(
        actors=_people(viewer.directory, query["who"]) if "who" in query else None,
        command=query.get("command"),
        complaint_id=case,
        since=since,
        until=datetime.combine(day + timedelta(days=1), datetime.min.time(), viewer.zone) if day else None,
        accepted={"accepted": True, "refused": False}.get(query.get("result", "")),
        hidden=hidden,
    )


async def _case(session: AsyncSession, trail: Trail, text: str) -> UUID | None:
    """By number, or by id."""
    try:
        return UUID(text)
    except ValueError:
        pass
    if trail.cases is None or "\x00" in text:
        return None
    known = trail.cases.subquery()
    identity, number = list(known.c)
    rows = await fetch(session, select(identity).where(number == text.upper()).limit(1))
    return UUID(str(rows[0][0])) if rows else None


async def _numbers(room: Room, trail: Trail, ids: Collection[UUID]) -> dict[UUID, str]:
    if trail.cases is None or not ids:
        return {}
    known = trail.cases.subquery()
    identity, number = list(known.c)
    async with room.db.read() as session:
        chosen = select(identity, number).where(identity.in_(list(ids)), number.is_not(None))
        rows: Sequence[Any] = await fetch(session, chosen)
    return {row[0]: str(row[1]) for row in rows}


def _people(directory: Directory, text: str) -> list[str]:
    """Everybody whose name or id has the text in it, and the text itself: it may be the id of somebody who left."""
    wanted = text.lower()
    outside = [one for one, name in _OUTSIDE.items() if name == text]
    like = [one.id for one in directory.people if wanted in one.name.lower() or wanted in one.id.lower()]
    return [*like, *outside, text]


_OUTSIDE = {"customer": "客户", "system": "系统"}


def who(directory: Directory, actor: str) -> str:
    return _OUTSIDE.get(actor) or directory.name_of(actor)


def told(viewer: Viewer, data: Mapping[str, Any]) -> str:
    """What was said with an act, in one line; people by name, instants in the viewer's zone."""
    parts = []
    for key, value in data.items():
        if key in _UNSAID or value in (None, "", [], {}) or isinstance(value, dict | list):
            continue
        parts.append(joined("：", (words(_WORDS.get(key, key)), _plain(viewer, value))))
    return cut(joined("；", parts), _LONGEST)


def _plain(viewer: Viewer, value: Any) -> str:
    if isinstance(value, bool):
        return words("是" if value else "否")
    text = str(value)
    if _INSTANT.fullmatch(text):
        try:
            return local(text, viewer)
        except ValueError:
            return text
    return words(_VALUES[text]) if text in _VALUES else viewer.directory.name_of(text)


def _day(text: str | None) -> date | None:
    """What is no date filters nothing: browsers send the field also when it was not filled in."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None
