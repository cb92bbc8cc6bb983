"""The words in which pages tell what was done: names of what was said with an act, and of what may be chosen."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from shared.policy.model import Policy
from shared.web import phrases
from shared.web.console import Viewer
from shared.web.pages import local
from shared.web.phrases import joined

LABELS = {
    "decision": "意见", "outcome": "结果", "purpose": "事由", "reason": "理由", "text": "内容", "plan": "处理方案",
    "note": "说明", "opinion": "客户意见", "satisfaction": "满意度", "agreed_completion_at": "商谈完成时间",
    "visited_at": "回访时间", "required_by": "要求完成时间", "first_department": "第一责任部门",
    "department": "部门", "until": "延期至", "ground": "结案依据", "letter_sent_at": "挂号信发出时间",
    "amount": "金额（元）", "ended_at": "会议结束时间", "due_at": "完成时间", "copies": "份数", "signed_by": "签发人",
    "signed": "客户签字", "channel": "渠道", "kind": "性质", "category": "类别", "severity": "级别",
    "severity_reason": "定级依据", "validity": "有效性", "relation": "关系", "number": "关联投诉",
    "obstacle": "遇到阻碍", "escalated_to": "上报至", "extreme": "过激行为", "guardian": "陪同人员",
    "actions": "事项", "who": "责任人", "what": "解决方案", "due": "完成时间", "stage": "环节",
    "text_sha256": "签字文本摘要",
}  # fmt: skip
VALUES: dict[str, dict[str, str]] = {
    "decision": {"approve": "同意", "return": "退回", "reject": "不同意"},
    "outcome": {
        "agreed": "已上门，与客户商谈一致", "unreachable": "因客户原因未能上门", "refused": "客户以不合理要求拒绝",
    },
    "purpose": {
        "callback": "材料录入后的回访", "receipt": "收到投诉致歉", "plan": "告知处理方案", "completion": "完成后回访",
        "followup": "结案后回访", "contact": "联系客户",
    },
    "relation": {"duplicate": "重复投诉", "same_group": "同一群体", "repeat": "再次投诉"},
    "stage": {"verify": "核查", "review": "审核", "approve": "审批"},
    "channel": {
        "visit": "来访", "phone": "电话", "letter": "来信", "app": "移动终端", "web": "网站", "wechat": "微信",
        "hotline": "热线", "email": "邮件", "media": "媒体", "fax": "传真", "hand_in": "代客户反映",
    },
    "claim": {"raised": "待书面报告", "reported": "待审批", "decided": "待报备", "filed": "已报备"},
}  # fmt: skip
FILES = frozenset({"photos", "materials"})
SILENT = frozenset({"on_behalf_of", "to", "role", "claim", "fields", "signature", "signature_image", *FILES})


def told(policy: Policy, viewer: Viewer, data: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """(name, words) of what was said with an act, in the order in which it was said; files and ids are left out."""
    names = _names(policy)
    for key, value in data.items():
        if key in SILENT or value in (None, False, "", [], {}):
            continue
        yield LABELS.get(key, key), _words(key, value, names, viewer)
    for key, value in (data.get("fields") or {}).items():
        yield _field(policy, key, value)


def files(data: Mapping[str, Any]) -> list[tuple[bool, str]]:
    """(whether it is the id of a file, what was given): materials may also be told in words."""
    return [(_is_id(one), one) for key in sorted(FILES) for one in data.get(key) or [] if isinstance(one, str)]


def _is_id(text: str) -> bool:
    try:
        return len(text) == 36 and bool(UUID(text))
    except ValueError:
        return False


def _names(policy: Policy) -> Mapping[str, Mapping[str, str]]:
    return VALUES | {
        "kind": {one.id: one.name for one in policy.record.kinds},
        "validity": {one.id: one.name for one in policy.record.validities},
        "severity": {one.id: one.name for one in policy.record.severities},
        "category": {one.id: one.name for one in policy.category},
        "ground": {one.id: one.name for one in policy.ground},
        "escalated_to": {one.id: one.name for one in policy.escalation},
    }


def _words(key: str, value: Any, names: Mapping[str, Mapping[str, str]], viewer: Viewer) -> str:
    if isinstance(value, bool):
        return phrases.words("是" if value else "否")
    if key == "satisfaction" and isinstance(value, int):
        return f"{'★' * value}{'☆' * (5 - value)}"
    if isinstance(value, Mapping):
        parts = ((LABELS.get(name, name), _words(name, part, names, viewer)) for name, part in value.items() if part)
        return joined("，", (joined("：", (phrases.words(str(name)), part)) for name, part in parts))
    if isinstance(value, list):
        return joined("；", (_words(key, one, names, viewer) for one in value))
    if key.endswith("_at") or key in ("until", "required_by", "due"):
        return _time(value, viewer)
    if key in ("who", "guardian", "signed_by"):
        return viewer.directory.name_of(str(value))
    if key in ("department", "first_department"):
        return department_name(viewer, str(value))
    named: str = names.get(key, {}).get(str(value), str(value))
    return phrases.words(named)


def _time(value: Any, viewer: Viewer) -> str:
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return str(value)
    return str(value) if at.tzinfo is None else local(at, viewer)


def _field(policy: Policy, key: str, value: Any) -> tuple[str, str]:
    for step in policy.step:
        for field in step.fields:
            if field.id.removeprefix("fields.") == key:
                names = {option.id: option.name for option in field.options}
                values = value if isinstance(value, list) else [value]
                words = [
                    phrases.words("是" if one else "否") if isinstance(one, bool) else names.get(str(one), str(one))
                    for one in values
                ]
                return field.name, joined("、", words)
    return key, str(value)


def department_name(viewer: Viewer, unit: str) -> str:
    return next(
        (one.name for company in viewer.directory.companies for one in company.departments if one.id == unit), unit
    )
