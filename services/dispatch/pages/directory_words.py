"""The words of a directory on screen: its posts and places, what an import changes, and what is wrong with a file."""

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from shared.org.changes import Change
from shared.org.model import POST_LABELS, Directory, Post
from shared.web.console import Viewer
from shared.web.pages import local

SHEETS = {
    "group": "集团", "people": "人员", "companies": "公司", "departments": "部门", "projects": "项目", "posts": "岗位",
    "absences": "请假",
}  # fmt: skip
ACTS = {"added": ("新增", "good"), "changed": ("变更", "info"), "ended": ("卸任", "warn"), "removed": ("删除", "bad")}
FIELDS = {
    "id": "编号", "name": "名称", "timezone": "时区", "mobile": "手机", "kind": "类别", "company": "地区公司",
    "property_company": "物业公司", "city": "城市", "city_tier": "城市级别", "opened_on": "开盘日期",
    "last_handover_on": "末次交付日期", "policy": "适用制度", "delegate": "代理人", "until": "至", "since": "自",
}  # fmt: skip
VALUES = {
    "regional": "地区公司", "property": "物业公司", "provincial_capital": "省会及以上", "third_tier": "三线城市",
}  # fmt: skip


def place_name(directory: Directory, scope: str) -> str:
    """The group's, a company's or a project's name; the id where there is none."""
    if scope == directory.group:
        return directory.group_name
    found = directory.company(scope) or directory.project(scope)
    return found.name if found else scope


def unit_name(directory: Directory, scope: str, unit: str | None) -> str:
    """A department by its name; a supervised field by its department's, else its id."""
    company = directory.company(scope)
    for department in company.departments if company else ():
        if department.id == unit:
            return department.name
    return unit or ""


def told(change: Change, directory: Directory, viewer: Viewer) -> dict[str, Any]:
    """A line of a preview. `directory` is the new one: it has names for what is new."""
    thing = change.after or change.before
    title, tone = ACTS[change.act]
    return {
        "sheet": SHEETS[change.kind],
        "act": title,
        "tone": tone,
        "what": _what(change.kind, thing, directory, viewer),
        "fields": [
            (FIELDS.get(name, name), _value(change.before.get(name), viewer), _value(change.after.get(name), viewer))
            for name in change.fields
        ],
        "rewrites": change.rewrites,
    }


def _what(kind: str, thing: Mapping[str, Any], directory: Directory, viewer: Viewer) -> str:
    def name_of(person: str) -> str:
        known = directory.person(person)
        return known.name if known else viewer.directory.name_of(person)

    def place(scope: str) -> str:
        found = place_name(directory, scope)
        return place_name(viewer.directory, scope) if found == scope else found

    match kind:
        case "posts":
            unit = unit_name(directory, thing["scope"], thing["unit"])
            where = " · ".join(part for part in (place(thing["scope"]), unit) if part)
            since = f"，自 {local(thing['since'], viewer)}" if thing["since"] else ""
            return f"{where} {POST_LABELS[Post(thing['post'])]}：{name_of(thing['person'])}{since}"
        case "absences":
            return f"{name_of(thing['person'])} 自 {local(thing['since'], viewer)}，代理人 {name_of(thing['delegate'])}"
        case "departments":
            return f"{place(thing['company'])} · {thing['name']}"
        case _:
            return f"{thing['name']}（{thing['id']}）"


def _value(value: Any, viewer: Viewer) -> str:
    match value:
        case None | "":
            return "无"
        case datetime():
            return local(value, viewer)
        case date():
            return value.isoformat()
        case _:
            return VALUES.get(str(value), str(value))


_PLACE = re.compile(r"^(?P<file>.*?):(?:(?P<sheet>\w+)!)?(?P<line>\d+): (?P<reason>.*)$", re.DOTALL)

_REASONS: list[tuple[str, str | Callable[[re.Match[str]], str]]] = [
    (r"the sheet (\w+) is missing", lambda m: f"缺少工作表 {m[1]}（{SHEETS.get(m[1], m[1])}）"),
    (r"unknown sheet (.+?); there are (.+)", r"不认识的工作表 \1；应有 \2"),
    (r"unknown column (.+?); there are (.+)", r"不认识的列 \1；应有 \2"),
    (r"unknown key (.+)", r"不认识的项目 \1"),
    (r"more than (\d+) rows", r"超过 \1 行"),
    (r"id is missing", "缺少编号（id）"),
    (r"(?:\w+: )?(\S+) is there twice", r"编号 \1 重复"),
    (r"'?(.*?)'? is not among the companies", r"没有公司 \1"),
    (r"(?:absence: )?(?:(\w+)[: ] ?)?'?(\S*?)'? is not among the people", r"人员表中没有 \2"),
    (r"'?(.*?)'? is no post; there are (.+)", r"没有岗位 \1；可用 \2"),
    (r"unit, the field he supervises, is missing", "缺少 unit：分管领导须注明分管领域"),
    (r"(\S+): there is no '?(.*?)'? with '?(.*?)'?", r"\1：单位 \2 没有部门或领域 \3"),
    (r"(\S+): there is no '?(.*?)'?", r"\1：没有单位 \2"),
    (r"\S+: (.*) names no person", "没有写明人员（person）"),
    (r"\S+: (\S+) leaves before he starts", r"\1 的结束时间早于开始时间"),
    (r"company (\S+): post chairman is missing", r"公司 \1 没有董事长"),
    (r"company (\S+): department (\S+) has no head", r"公司 \1 的部门 \2 没有一把手"),
    (r"company (\S+): kind is regional or property, not (.+)", r"公司 \1 的 kind 应为 regional 或 property，而不是 \2"),
    (r"company (\S+): (\w+) is a mapping", r"公司 \1 的 \2 写法不对"),
    (r"project (\S+): (\w+) '?(.*?)'? is no regional company", r"项目 \1 的 \2：\3 不是地区公司"),
    (r"project (\S+): (\w+) '?(.*?)'? is no property company", r"项目 \1 的 \2：\3 不是物业公司"),
    (r"project (\S+): post general_manager is missing \(third_tier\)", r"三线项目 \1 没有项目总经理"),
    (r"project (\S+): (\w+): .*", r"项目 \1 的 \2 填写有误"),
    (r"person (\S+): (\w+): .*", r"人员 \1 的 \2 填写有误"),
    (r"group_service_centre: post (\S+) is missing", r"集团售后服务中心缺少岗位 \1"),
    (r"group_service_centre: unknown post (\S+)", r"集团售后服务中心没有岗位 \1"),
    (r"group_service_centre with its posts is missing", "缺少集团售后服务中心及其岗位"),
    (r"group needs an id and a name", "集团须有编号（id）和名称（name）"),
    (r"no time zone is named (.+)", r"没有时区 \1"),
    (r"(companies|projects) is missing", lambda m: f"没有{SHEETS[m[1]]}"),
    (r"absence: from is missing", "请假缺少开始时间（from）"),
    (r"absence of (\S+) ends before it begins", r"\1 的请假结束早于开始"),
    (r"absence: (\S+) cannot be his own delegate", r"\1 不能以本人为代理人"),
    (r"(?:\w+: )?Invalid isoformat string: (.+)", r"不是日期或时间：\1"),
    (r"not an Excel workbook \(\.xlsx\).*", "不是有效的 Excel (.xlsx) 文件"),
    (r"not YAML: .*", "不是有效的 YAML 文本，请检查这一行的缩进与引号"),
    (r"a directory is a mapping of group, companies and projects", "内容不是组织机构：应有 group、companies、projects"),
]


def problem(line: str) -> tuple[str, str]:
    """Where, and what is wrong, in Chinese; what has no words of its own stays as it is."""
    found = _PLACE.match(line)
    if found is None:
        return "", line.partition(": ")[2] or line
    sheet, number, reason = found["sheet"], found["line"], found["reason"]
    where = f"{SHEETS.get(sheet, sheet)}（{sheet}）第 {number} 行" if sheet else f"第 {number} 行"
    for pattern, words in _REASONS:
        if matched := re.fullmatch(pattern, reason, re.DOTALL):
            return where, words(matched) if callable(words) else matched.expand(words)
    return where, reason
