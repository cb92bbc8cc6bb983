"""What a case has to say on paper, in words: the value of every column that a document's form may ask for (J7)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Sheet:
    """One case as its reader may see it; times are local. What is not known is empty and stays white on paper.

    `more` are the fields of the policy's own, by the name it gives them.
    """

    number: str
    project: str
    state: str
    day: str
    time: str
    name: str
    phone: str
    place: str
    content: str
    channel: str
    category: str
    severity: str
    department: str
    cooperating: str
    officer: str
    liable: str
    leader: str
    required_by: str
    registered_at: str
    order_number: str = ""
    sent_at: str = ""
    sent_by: str = ""
    plan: str = ""
    steps: tuple[tuple[str, str, str, str], ...] = ()
    progress: str = ""
    result: str = ""
    completed_at: str = ""
    opinion: str = ""
    satisfaction: str = ""
    signed: str = ""
    verifier: str = ""
    note: str = ""
    more: Mapping[str, str] = field(default_factory=dict)


def _reached(sheet: Sheet) -> str:
    return "　".join(part for part in (sheet.place, sheet.phone) if part)


COLUMNS: Mapping[str, Callable[[Sheet], str]] = {
    "时间": lambda sheet: f"{sheet.day} {sheet.time}",
    "日期": lambda sheet: sheet.day,
    "投诉日期": lambda sheet: sheet.day,
    "投诉日期及时间": lambda sheet: f"{sheet.day} {sheet.time}",
    "投诉编号": lambda sheet: sheet.number,
    "处理表号码": lambda sheet: sheet.number,
    "项目": lambda sheet: sheet.project,
    "投诉人或单位": lambda sheet: sheet.name,
    "投诉人姓名": lambda sheet: sheet.name,
    "投诉者姓名": lambda sheet: sheet.name,
    "投诉者": lambda sheet: sheet.name,
    "业主姓名": lambda sheet: sheet.name,
    "姓名": lambda sheet: sheet.name,
    "联系方式": lambda sheet: sheet.phone,
    "联系电话": lambda sheet: sheet.phone,
    "电话": lambda sheet: sheet.phone,
    "住址": lambda sheet: sheet.place,
    "房号": lambda sheet: sheet.place,
    "投诉者地址及联络电话": _reached,
    "投诉内容": lambda sheet: sheet.content,
    "客户诉求": lambda sheet: sheet.content,
    "问题描述": lambda sheet: sheet.content,
    "具体事由": lambda sheet: sheet.category,
    "投诉方式": lambda sheet: sheet.channel,
    "要求回复时间": lambda sheet: sheet.required_by,
    "要求完成时间": lambda sheet: sheet.required_by,
    "备注": lambda sheet: sheet.note,
    "第一责任部门": lambda sheet: sheet.department,
    "处理部门": lambda sheet: sheet.department,
    "配合部门": lambda sheet: sheet.cooperating,
    "责任人": lambda sheet: sheet.liable,
    "分管领导": lambda sheet: sheet.leader,
    "记录人": lambda sheet: sheet.officer,
    "督办令号": lambda sheet: sheet.order_number,
    "派工单号": lambda sheet: sheet.order_number,
    "通知单号": lambda sheet: sheet.order_number,
    "派工人": lambda sheet: sheet.sent_by,
    "处理方案": lambda sheet: sheet.plan,
    "处理意见": lambda sheet: sheet.plan,
    "处理措施": lambda sheet: sheet.plan or sheet.progress,
    "处理经过": lambda sheet: _told(sheet),
    "处理过程": lambda sheet: _told(sheet),
    "处理情况": lambda sheet: sheet.progress or sheet.plan,
    "处理结果": lambda sheet: sheet.result,
    "处理意见及结果": lambda sheet: "\n".join(part for part in (sheet.plan, sheet.result) if part),
    "开始时间": lambda sheet: sheet.sent_at,
    "完成时间": lambda sheet: sheet.completed_at,
    "客户意见": lambda sheet: sheet.opinion,
    "业主意见": lambda sheet: sheet.opinion,
    "客户满意程度": lambda sheet: sheet.satisfaction,
    "满意度": lambda sheet: sheet.satisfaction,
    "客户签字": lambda sheet: sheet.signed,
    "客户确认": lambda sheet: sheet.signed,
    "验证人": lambda sheet: sheet.verifier,
}
"""By the name a document gives its column. A name that is not here is looked for among the policy's own fields."""

SERIAL = "序号"
ORDER_NUMBERS = frozenset({"督办令号", "派工单号", "通知单号"})
WIDE = frozenset(
    {"投诉内容", "客户诉求", "问题描述", "处理意见", "处理结果", "处理意见及结果", "处理措施", "处理方案", "处理经过",
     "处理过程", "处理情况", "业主意见", "客户意见", "上级批示", "改进措施", "期望的解决方案", "证据材料",
     "问题根源", "备注"}
)  # fmt: skip
"""Columns that hold sentences: over the whole width of a form, and twice as wide in a register."""


def value_of(sheet: Sheet, column: str) -> str:
    """What stands under the column; empty where the system does not know it."""
    if column in sheet.more:
        return sheet.more[column]
    known = COLUMNS.get(column)
    return known(sheet) if known else ""


def _told(sheet: Sheet) -> str:
    return "\n".join("　".join(part for part in step if part) for step in sheet.steps)
