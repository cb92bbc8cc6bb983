"""J1-J3, J5: the tables of a period that a report is made of: rankings, the centres' scores, and the summary."""

from dataclasses import dataclass, field
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.kpi import ranked
from services.sla.domain.reports import Slot
from services.sla.repository import CASE
from services.sla.usecases.kpi import By, Question, item, numbers_of
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.policy.reports import Report

LEVELS: dict[By, str] = {
    "company": "公司", "project": "项目", "officer": "客服专员", "category": "类别", "severity": "级别",
    "department": "部门",
}  # fmt: skip
NUMBERS = {
    "rank": "名次", "level": "层级", "name": "名称", "score": "综合得分", "centre_score": "考评得分",
    "registered": "受理", "closed": "结案", "due": "到期", "on_time_rate": "按时完成率", "mean_hours": "平均处理小时",
    "satisfaction": "满意度", "on_the_spot_rate": "现场处理完成率", "completion_rate": "处理完成率",
    "findings": "查处次数", "window_rating": "窗口评价", "window_ratings": "评价次数",
}  # fmt: skip
SHOWN: dict[str, tuple[tuple[By, ...], str, tuple[str, ...]]] = {
    "ranking": (
        ("company", "project"), "score",
        ("level", "rank", "name", "score", "on_time_rate", "mean_hours", "satisfaction", "registered", "closed", "due"),
    ),
    "centres": (
        ("project",), "centre_score",
        ("rank", "name", "centre_score", "findings", "on_the_spot_rate", "completion_rate", "registered"),
    ),
    "officers": (("officer",), "window_rating", ("rank", "name", "window_rating", "window_ratings")),
    "summary": (
        ("category", "company", "department"), "registered",
        ("level", "name", "registered", "closed", "on_time_rate", "mean_hours", "satisfaction"),
    ),
}  # fmt: skip
"""Of each content: over what, by what it is ranked, and its columns."""


@dataclass(slots=True)
class Table:
    """Rows in order, their columns as (key, heading), and the companies that stand in it."""

    columns: list[list[str]]
    rows: list[dict[str, Any]] = field(default_factory=list)
    companies: list[str] = field(default_factory=list)


async def ranking_report(
    session: AsyncSession, directory: Directory, policy: Policy, report: Report, slot: Slot, zone: str
) -> Table:
    """The policy's cases of the zone over the slot's days, judged as of its instant."""
    groups, by, columns = SHOWN[report.of]
    table = Table([[key, NUMBERS[key]] for key in columns])
    names = {category.id: category.name for category in policy.categories.values()}
    for group in groups:
        where = [CASE.c.zone == zone, CASE.c.policy_id == policy.id, CASE.c.confined_to.is_(None)]
        found = await numbers_of(session, directory, Question(slot.first, slot.last, group, where), slot.at)
        items = [item(key, numbers, group, directory, policy.ranking) for key, numbers in sorted(found.items()) if key]
        for row in ranked(items, by):
            if report.of == "officers" and row["window_rating"] is None:
                continue
            row |= {"level": LEVELS[group], "name": names.get(row["key"], row["name"])}
            table.rows.append({"key": row["key"], **{key: row[key] for key in columns}})
        if group == "company":
            table.companies = [row["key"] for row in items]
    return table
