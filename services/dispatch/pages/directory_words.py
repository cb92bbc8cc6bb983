"""The words of a directory on screen: its posts and places, what an import changes, and what is wrong with a file."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from shared.org.changes import Change
from shared.org.model import POST_LABELS, Directory, Post
from shared.web.console import Viewer
from shared.web.pages import local
from shared.web.phrases import joined, phrase, words

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
            post = phrase("%(where)s %(post)s", where=where, post=words(POST_LABELS[Post(thing["post"])]))
            since = phrase("自 %(at)s", at=local(thing["since"], viewer)) if thing["since"] else ""
            return joined("，", (joined("：", (post, name_of(thing["person"]))), since))
        case "absences":
            away, delegate = name_of(thing["person"]), name_of(thing["delegate"])
            return phrase(
                "%(person)s 自 %(at)s，代理人 %(delegate)s",
                person=away, at=local(thing["since"], viewer), delegate=delegate,
            )  # fmt: skip
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

_REASONS: list[tuple[str, str]] = [
    (r"the sheet (\w+) is missing", "缺少工作表 %(a)s"),
    (r"unknown sheet (.+?); there are (.+)", "不认识的工作表 %(a)s；应有 %(b)s"),
    (r"unknown column (.+?); there are (.+)", "不认识的列 %(a)s；应有 %(b)s"),
    (r"unknown key (.+)", "不认识的项目 %(a)s"),
    (r"more than (\d+) rows", "超过 %(a)s 行"),
    (r"id is missing", "缺少编号（id）"),
    (r"(?:\w+: )?(\S+) is there twice", "编号 %(a)s 重复"),
    (r"'?(.*?)'? is not among the companies", "没有公司 %(a)s"),
    (r"(?:absence: )?(?:(\w+)[: ] ?)?'?(\S*?)'? is not among the people", "人员表中没有 %(b)s"),
    (r"'?(.*?)'? is no post; there are (.+)", "没有岗位 %(a)s；可用 %(b)s"),
    (r"unit, the field he supervises, is missing", "缺少 unit：分管领导须注明分管领域"),
    (r"(\S+): there is no '?(.*?)'? with '?(.*?)'?", "%(a)s：单位 %(b)s 没有部门或领域 %(c)s"),
    (r"(\S+): there is no '?(.*?)'?", "%(a)s：没有单位 %(b)s"),
    (r"\S+: (.*) names no person", "没有写明人员（person）"),
    (r"\S+: (\S+) leaves before he starts", "%(a)s 的结束时间早于开始时间"),
    (r"company (\S+): post chairman is missing", "公司 %(a)s 没有董事长"),
    (r"company (\S+): department (\S+) has no head", "公司 %(a)s 的部门 %(b)s 没有一把手"),
    (
        r"company (\S+): kind is regional or property, not (.+)",
        "公司 %(a)s 的 kind 应为 regional 或 property，而不是 %(b)s",
    ),
    (r"company (\S+): (\w+) is a mapping", "公司 %(a)s 的 %(b)s 写法不对"),
    (r"project (\S+): (\w+) '?(.*?)'? is no regional company", "项目 %(a)s 的 %(b)s：%(c)s 不是地区公司"),
    (r"project (\S+): (\w+) '?(.*?)'? is no property company", "项目 %(a)s 的 %(b)s：%(c)s 不是物业公司"),
    (r"project (\S+): post general_manager is missing \(third_tier\)", "三线项目 %(a)s 没有项目总经理"),
    (r"project (\S+): (\w+): .*", "项目 %(a)s 的 %(b)s 填写有误"),
    (r"person (\S+): (\w+): .*", "人员 %(a)s 的 %(b)s 填写有误"),
    (r"group_service_centre: post (\S+) is missing", "集团售后服务中心缺少岗位 %(a)s"),
    (r"group_service_centre: unknown post (\S+)", "集团售后服务中心没有岗位 %(a)s"),
    (r"group_service_centre with its posts is missing", "缺少集团售后服务中心及其岗位"),
    (r"group needs an id and a name", "集团须有编号（id）和名称（name）"),
    (r"no time zone is named (.+)", "没有时区 %(a)s"),
    (r"companies is missing", "没有公司"),
    (r"projects is missing", "没有项目"),
    (r"absence: from is missing", "请假缺少开始时间（from）"),
    (r"absence of (\S+) ends before it begins", "%(a)s 的请假结束早于开始"),
    (r"absence: (\S+) cannot be his own delegate", "%(a)s 不能以本人为代理人"),
    (r"(?:\w+: )?Invalid isoformat string: (.+)", "不是日期或时间：%(a)s"),
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
    row = phrase("第 %(n)s 行", n=number)
    table = phrase("%(name)s（%(sheet)s）", name=words(SHEETS.get(sheet, sheet)), sheet=sheet) if sheet else ""
    where = joined("", (table, row))
    for pattern, said in _REASONS:
        if matched := re.fullmatch(pattern, reason, re.DOTALL):
            given = zip("abc", matched.groups(), strict=False)
            return where, phrase(said, **dict(given))
    return where, reason
