"""The dashboard's tables: each a chart's data, a list with links to the cases behind every number, and an export."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import urlencode

from services.sla.pages.common import money
from services.sla.usecases.dashboard import Dashboard
from shared.web.listing import Column, Listing

Row = Mapping[str, Any]
Link = Callable[..., str]

CASES = "/ledger/dashboard/cases"
BY = {"company": "公司", "project": "项目", "officer": "客服专员", "department": "部门"}
GROUPS = {
    "company": "公司综合排名", "project": "项目综合排名",
    "officer": "客服专员按时完成率", "department": "部门按时完成率",
}  # fmt: skip


@dataclass(frozen=True)
class Measure:
    """A column. `value` is the number a chart draws where `charted`; `href` leads to the cases behind it."""

    title: str
    value: Callable[[Row], Any]
    text: Callable[[Any], str] = str
    href: Callable[[Row], str | None] = lambda row: None
    charted: bool = False

    def drawn(self, row: Row) -> Any:
        """The number as its chart has it: a share as a percentage."""
        value = self.value(row)
        return round(100 * value, 2) if self.text is percent and value is not None else value

    def shown(self, row: Row) -> str:
        value = self.value(row)
        return "" if value is None else self.text(value)


@dataclass(frozen=True)
class Figure:
    """`key` names the column of names and its rows' names; `wide` takes the whole width, `folded` hides the table."""

    id: str
    title: str
    clause: str
    key: str
    measures: Sequence[Measure]
    rows: Sequence[Row]
    chart: Literal["bar", "bars", "line", "pie"] | None = None
    unit: str = ""
    empty: str = "本期没有数据。"
    wide: bool = False
    folded: bool = False

    def listing(self, path: str, query: Mapping[str, str]) -> Listing:
        columns = [Column(self.key, lambda row: row["name"] or "未定")]
        columns += [Column(one.title, one.shown) for one in self.measures]
        return Listing(title=self.title, path=path, columns=columns, rows=self.rows, query=query)


def percent(share: float) -> str:
    return f"{100 * share:.1f}%"


def decimal(number: float) -> str:
    return f"{number:.2f}".rstrip("0").rstrip(".")


class Links:
    """Addresses of the cases behind a number: the period, what was chosen, and what the row narrows it to."""

    def __init__(self, first: str, last: str, filters: Mapping[str, str | None]) -> None:
        self._base: dict[str, str] = {"from": first, "to": last, **{k: v for k, v in filters.items() if v}}

    def of(self, measure: str, **narrowed: str) -> str:
        return f"{CASES}?{urlencode({**self._base, 'measure': measure, **narrowed})}"

    def row(self, measure: str, part: str) -> Callable[[Row], str | None]:
        """None for the row of what has no such part: no filter asks for that."""
        return lambda row: self.of(measure, **{part: row["key"]}) if row["key"] else None


def _count(title: str, name: str, links: Links, part: str, *, charted: bool = False) -> Measure:
    return Measure(title, lambda row: row[name], str, links.row(name, part), charted)


def _rate(title: str, name: str, measure: str, links: Links, part: str, *, charted: bool = False) -> Measure:
    return Measure(title, lambda row: row[name], percent, links.row(measure, part), charted)


def _mean(title: str, name: str, of: Callable[[Row], str | None]) -> Measure:
    return Measure(title, lambda row: row[name], decimal, of, charted=True)


def _penalties(of: Callable[[Row], str | None], *, charted: bool = True) -> Measure:
    return Measure("扣罚", lambda row: row["penalties"], money, of, charted)


def groups(found: Dashboard, by: str, links: Links, clause: str) -> Figure:
    scored = [Measure("综合得分", lambda row: row["score"], decimal, links.row("closed", by), charted=True)]
    return Figure(
        "groups", GROUPS[by], clause, BY[by],
        [
            Measure("名次", lambda row: row["rank"]),
            *(scored if by in ("company", "project") else []),
            _rate("按时完成率", "on_time_rate", "due", links, by, charted=True),
            Measure("平均处理小时", lambda row: row["mean_hours"], decimal, links.row("closed", by)),
            Measure("满意度", lambda row: row["satisfaction"], decimal, links.row("satisfied", by)),
            _rate("现场处理完成率", "on_the_spot_rate", "on_the_spot", links, by),
            _count("受理", "registered", links, by),
            _count("结案", "closed", links, by),
            _count("到期", "due", links, by),
        ],
        found.groups, "bar", wide=True,
    )  # fmt: skip


def trend(found: Dashboard, step: str, days: Callable[[str], tuple[str, str]], links: Links) -> Figure:
    def of(measure: str) -> Callable[[Row], str]:
        return lambda row: links.of(measure, **dict(zip(("from", "to"), days(row["key"]), strict=True)))

    return Figure(
        "trend", "按日趋势" if step == "day" else "按月趋势", "003§38", "日期" if step == "day" else "月份",
        [
            Measure("受理", lambda row: row["registered"], str, of("registered"), charted=True),
            Measure("结案", lambda row: row["closed"], str, of("closed"), charted=True),
            Measure("到期", lambda row: row["due"], str, of("due")),
            Measure("按时", lambda row: row["on_time"], str, of("on_time"), charted=True),
        ],
        found.trend, "line", folded=True,
    )  # fmt: skip


def kinds(found: Dashboard, links: Links) -> list[Figure]:
    def measures(part: str) -> list[Measure]:
        return [
            _count("受理", "registered", links, part, charted=True),
            _rate("按时完成率", "on_time_rate", "due", links, part),
        ]

    return [
        Figure("severities", "级别分布", "003§33", "级别", measures("severity"), found.severities, "pie"),
        Figure("categories", "类别分布", "003§20", "类别", measures("category"), found.categories, "bars"),
    ]


def clocks(found: Dashboard, links: Links) -> Figure:
    def of(measure: str) -> Callable[[Row], str]:
        return lambda row: links.of(measure, clock=row["key"])

    return Figure(
        "clocks", "各时限按时率", "003§14-34", "时限",
        [
            Measure("按时率", lambda row: row["on_time_rate"], percent, of("breached"), charted=True),
            Measure("按时", lambda row: row["met"], str, of("met")),
            Measure("超时", lambda row: row["breached"], str, of("breached")),
            Measure("条款", lambda row: row["clause"]),
        ],
        found.clocks, "bars", unit="%", empty="本期没有结案的投诉。",
    )  # fmt: skip


def people(found: Dashboard, links: Links) -> list[Figure]:
    return [
        Figure(
            "officers", "客服专员窗口评价排名", "003§16", "客服专员",
            [
                Measure("名次", lambda row: row["rank"]),
                _mean("窗口评价", "window_rating", links.row("rated", "officer")),
                Measure("评价次数", lambda row: row["window_ratings"], str, links.row("rated", "officer")),
            ],
            found.officers, "bar", unit="星", empty="本期还没有客户评价。",
        ),
        Figure(
            "centres", "售后服务中心考评", "003§39", "项目",
            [
                Measure("名次", lambda row: row["rank"]),
                _mean("考评得分", "centre_score", links.row("registered", "project")),
                Measure("查处次数", lambda row: row["findings"], str, links.row("found", "project")),
                _rate("现场处理完成率", "on_the_spot_rate", "on_the_spot", links, "project"),
                _rate("处理完成率", "completion_rate", "completed", links, "project"),
            ],
            found.centres, "bar", unit="分", wide=True,
        ),
        Figure(
            "people", "扣罚（按人）", "003§18,35,36", "姓名",
            [_penalties(links.row("penalised", "person"))], found.people, "bars", unit="元",
            empty="本期没有入账的扣罚。",
        ),
        Figure(
            "companies", "扣罚（按公司）", "003§18,35,36", "公司",
            [_penalties(links.row("penalised", "company"))], found.companies, "bars", unit="元",
            empty="本期没有入账的扣罚。",
        ),
    ]  # fmt: skip
