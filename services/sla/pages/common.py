"""What the ledger's pages have in common: words for states and sums, and what lists of several pages filter by."""

import re
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Any

from fastapi import Depends, Request
from starlette.responses import HTMLResponse

from services.sla.usecases.authorise import step_of
from shared.org.authority import KIND_OF_POST
from shared.org.model import Directory, Post
from shared.room.room import Room
from shared.room.trails import note
from shared.web.console import Viewer, console
from shared.web.edge import room_named
from shared.web.listing import Column, Row
from shared.web.pages import Pages

_pages = Pages("services.sla")

Sla = Annotated[Room, Depends(room_named("sla"))]
Viewing = Annotated[Viewer, Depends(console("sla"))]

STATES = {
    "running": "正在累计", "settled": "已入账", "appealed": "申诉中", "waived": "已免除", "reversed": "已冲回",
}  # fmt: skip
TONES = {"running": "bad", "settled": "", "appealed": "warn", "waived": "good", "reversed": "info"}
KINDS = {"debit": "扣罚", "reversal": "冲回", "conversion": "折算", "growing": "正在累计"}
BASES = {"monthly_bonus": "月度综合奖金"}
CLOCKS = {
    "running": ("计时中", "info"), "met": ("按时完成", "good"), "breached": ("超时", "bad"), "cancelled": ("取消", ""),
}  # fmt: skip
PROPOSALS = {"proposed": ("待决定", "warn"), "imposed": ("已决定处分", "bad"), "dismissed": ("不予处分", "good")}
FINDINGS = {
    "poor_visit": "回访质量较差", "attitude": "服务态度、工作不到位", "concealment": "瞒报、漏报",
    "false_record": "弄虚作假", "shirking": "推诿扯皮", "covering_up": "包庇隐瞒", "long_unsolved": "长期拖延不解决",
    "uncorrected": "整改不到位", "no_cooperation": "拒不配合", "misleading": "误导客户",
}  # fmt: skip
MOST_CHOICES = 500


def show(request: Request, template: str, viewer: Viewer, *, status: int = 200, **data: Any) -> HTMLResponse:
    def named(text: str) -> str:
        return with_names(text, viewer.directory)

    words: dict[str, Any] = {
        "states": STATES,
        "tones": TONES,
        "kinds": KINDS,
        "clock_states": CLOCKS,
        "proposal_states": PROPOSALS,
    }
    return _pages.render(
        request, template, status=status, viewer=viewer, money=money, owed=owed, named=named, **words, **data
    )


def money(amount: str | Decimal | None) -> str:
    """1,234.50 元 of a sum in yuan; a sum in whole yuan without its zeros."""
    if amount is None:
        return ""
    value = Decimal(amount)
    return f"{value:,.0f} 元" if value == value.to_integral_value() else f"{value:,.2f} 元"


def owed(row: Mapping[str, Any]) -> str:
    """The sum of an entry, or its percentage of what."""
    if row["amount"] is not None:
        return money(row["amount"])
    base = BASES.get(row["of"], row["of"] or "")
    return f"{row['percent']}% {base}" if row["percent"] is not None else ""


_ID = re.compile(r"[a-z][a-z0-9]*(?:[._-][a-z0-9]+)+")


def with_names(text: str, directory: Directory) -> str:
    """An explanation keeps ids, which hold for good; a reader is told the names."""
    return _ID.sub(lambda found: directory.name_of(found[0]), text)


def finding(kind: str | None, rules: Sequence[str] = ()) -> str:
    return FINDINGS.get(kind or "", "、".join(rules) or kind or "")


def holders(room: Room, command: str) -> frozenset[Post]:
    """The posts that some policy lets give the command; nobody in particular where every employee may."""
    steps = (step_of(policy, command) for policy in room.policies.all())
    return frozenset().union(*(KIND_OF_POST.get(post, frozenset()) for step in steps if step for post in step.by))


def may(room: Room, viewer: Viewer, command: str) -> bool:
    posts = holders(room, command)
    return bool(posts) and viewer.holds(posts)


def projects(viewer: Viewer) -> list[tuple[str, str]]:
    own = set(viewer.projects)
    return [(one.id, one.name) for one in viewer.directory.projects if one.id in own]


def companies(viewer: Viewer) -> list[tuple[str, str]]:
    """Those of the projects in his place."""
    own = set(viewer.projects)
    known = {place for one in viewer.directory.projects if one.id in own
             for place in (one.company, one.property_company)}  # fmt: skip
    return [(one.id, one.name) for one in viewer.directory.companies if one.id in known]


def departments(viewer: Viewer) -> list[tuple[str, str]]:
    known = {one for one, _ in companies(viewer)}
    return list(
        {
            unit.id: (unit.id, unit.name)
            for one in viewer.directory.companies
            if one.id in known
            for unit in one.departments
        }.values()
    )


def people_like(directory: Directory, text: str) -> list[str]:
    """The ids of everybody whose name or id has the text in it."""
    wanted = text.strip().lower()
    return [one.id for one in directory.people if wanted in one.name.lower() or wanted in one.id.lower()]


def people_choices(directory: Directory) -> list[tuple[str, str]]:
    """To choose from while typing; where there are too many for a page, ids are typed."""
    return [(one.id, one.name) for one in directory.people] if len(directory.people) <= MOST_CHOICES else []


def rules(room: Room) -> list[tuple[str, str]]:
    """Every rule that charges, by name; where policies share an id, the first name stands."""
    found: dict[str, str] = {}
    for policy in room.policies.all():
        for rule in policy.penalty:
            found.setdefault(rule.rule, rule.name)
    return list(found.items())


def case_column(title: str = "投诉") -> Column:
    return Column(
        title,
        lambda row: row["number"],
        href=lambda row: f"/cases/{row['complaint']}" if row["complaint"] else None,
        kind="fixed",
    )


def state_of(row: Row) -> str:
    return STATES[row["state"]]


def tone_of(row: Row) -> str:
    return TONES.get(row["state"], "")


async def noted(room: Room, viewer: Viewer, what: str, query: Mapping[str, str], form: str) -> None:
    """A6: an export is on record."""
    await note(room, viewer.actor, "ledger.export", list=what, kind=form, asked=dict(query))


def chosen(query: Mapping[str, str], names: Iterable[str]) -> dict[str, str | None]:
    return {name: query.get(name) for name in names}
