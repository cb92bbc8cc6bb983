"""A policy's ids in the words of a reader: posts, facts, conditions, lengths, and the places of a comparison."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from services.sla.domain.ledger import FACT_LABELS
from shared.org.model import Directory
from shared.policy.base import Cash, Share, Trigger
from shared.policy.clocks import Clock
from shared.policy.model import Policy
from shared.policy.names import CHANNEL_NAMES

POSTS = {
    "officer": "客服专员", "employee": "员工", "customer": "客户", "system": "系统", "liable": "责任人",
    "leader": "分管领导",
    "chairman": "董事长", "first_department_head": "第一责任部门一把手",
    "deputy_general_manager": "集团售后服务中心副总经理",
    "general_manager": "集团售后服务中心总经理", "vice_president": "集团副总裁", "auditor": "集团稽核",
    "hr_centre": "人力资源中心", "finance_centre": "财务中心", "project_general_manager": "三线项目总经理",
    "cooperating_head": "配合部门一把手", "guardian": "陪同人员", "supervising_leader": "分管领导",
}  # fmt: skip
FACTS = FACT_LABELS | {
    "complaint_signed": "客户签字", "complaint_linked": "关联投诉", "complaint_guarded": "指定专人负责",
    "complaint_replied": "答复客户", "window_rated": "窗口评价", "order_reviewed": "督办令审核",
    "progress_entered": "进展录入", "closure_verified": "结案核查", "closure_reviewed": "结案审核",
    "closure_returned": "结案退回", "extension_granted": "延期批准", "claim_reported": "索赔书面报告",
    "claim_filed": "索赔报备", "meeting_held": "会议结束", "meeting_minuted": "会议纪要报备",
    "finding_recorded": "稽核查处", "working_group_formed": "成立工作小组", "working_group_ended": "工作小组结束",
    "cooperation_asked": "请求配合", "cooperation_done": "完成配合", "cooperation_refused": "拒绝配合",
    "cooperation_reported": "上报拒不配合",
}  # fmt: skip
MESSAGES = {
    "order.issued": "督办令签发", "order.submitted": "呈报审阅", "order.dispatched": "派工单下达",
    "cooperation.asked": "请求配合", "cooperation.reported": "拒不配合上报", "reminder.daily": "每日未完成清单",
    "urge.leader": "督促分管领导", "urge.chairman": "督促董事长", "obstacle.superior": "阻碍上报上级",
    "obstacle.customer_service": "阻碍上报客户服务部", "obstacle.manager": "阻碍上报经理",
    "obstacle.director": "阻碍上报主任", "alert.major": "重大投诉上报", "alert.extreme": "过激行为上报",
    "alert.whistleblowing": "举报、检举上报", "guardian.named": "专人负责", "complaint.transferred": "转办通知",
    "customer.registered": "登记告知客户", "customer.transferred": "转办告知客户", "customer.survey": "结案告知客户",
}  # fmt: skip
FIELDS = {
    "customer.name": "客户姓名", "customer.phone": "电话", "customer.room": "房号", "customer.address": "地址",
    "until": "延期至", "department": "部门", "reason": "理由", "letter_sent_at": "挂号信发出时间",
    "ground": "结案依据",
    "signed_by": "签发人", "signature": "客户签字", "text": "内容", "people_count": "人数",
    "loss_amount": "损失（元）",
    "lawsuit": "诉讼", "media": "媒体曝光", "danger": "危险", "urgent": "紧急", "violation": "违规",
    "other_unit": "须其他单位处理", "whistleblowing": "举报、检举",
}  # fmt: skip
ASPECTS = {
    "kind": "性质", "kind_before": "原性质", "validity": "有效性", "category": "类别", "severity": "级别",
    "channel": "渠道",
    "purpose": "事由", "outcome": "结果", "ground": "结案依据", "escalated_to": "上报至", "state": "状态",
    "raised": "过激行为",
    "named": "已指定", "has_plan": "附处理方案", "at_issue": "随督办令", "handed_in": "代客户反映",
    "closes": "即行结案",
}  # fmt: skip
VALUES = {
    "unset": "未定", "agreed": "商谈一致", "unreachable": "未能上门", "refused": "客户拒绝",
    "callback": "材料录入后回访",
    "receipt": "收到投诉致歉", "plan": "告知方案", "completion": "完成后回访", "followup": "结案后回访",
    "contact": "联系客户",
    "approve": "同意", "return": "退回", "reject": "不同意", "approved": "审批结案", "on_the_spot": "现场处理",
    "signed": "客户签字", "major": "重大投诉", "True": "是", "False": "否", "any": "任一事由",
    "customer_service": "客户服务部", "manager": "经理", "director": "主任", "superior": "上级", "replied": "已答复",
}  # fmt: skip
PERIODS = {"day": "每日", "week": "每周", "month": "每月", "quarter": "每季", "year": "每年"}
CONTENTS = {
    "unfinished": "未结案", "overdue": "处理超期", "slow": "进展缓慢", "leftover": "期前遗留",
    "registered": "期内受理",
    "closed": "期内结案", "ranking": "公司、项目综合排名", "officers": "专员窗口评价", "centres": "服务中心考评",
    "summary": "分类汇总",
}  # fmt: skip
WEEKDAYS = {
    "monday": "周一", "tuesday": "周二", "wednesday": "周三", "thursday": "周四", "friday": "周五",
    "saturday": "周六",
    "sunday": "周日",
}  # fmt: skip
BONUSES = {"monthly_bonus": "月度综合奖金"}
FILES = {
    "letter": "来函", "fax": "传真", "photo": "照片", "recording": "录音", "plan": "方案", "material": "材料",
    "signature": "签字", "other": "其他", "before": "前", "during": "中", "after": "后",
}  # fmt: skip


class Words:
    """Of one policy, with the names of the directory's departments."""

    def __init__(self, policy: Policy, directory: Directory) -> None:
        self._policy = policy
        self._departments = {unit.id: unit.name for company in directory.companies for unit in company.departments}
        record = policy.record
        own: list[Any] = [
            *record.kinds, *record.validities, *record.severities, *policy.category, *policy.states, *policy.ground,
            *policy.escalation, *(option for field in record.fields for option in field.options),
        ]  # fmt: skip
        self._own = {one.id: one.name for one in own}
        self._fields = {field.id: field.name for field in record.fields}
        self._fields |= {field.id: field.name for step in policy.step for field in step.fields}

    def posts(self, posts: Iterable[str]) -> str:
        return "、".join(POSTS.get(post, post) for post in posts)

    def department(self, unit: str) -> str:
        return self._departments.get(unit, unit)

    def field(self, name: str) -> str:
        """`a|b` asks for one of the two."""
        return "或".join(
            self._fields.get(one) or self._fields.get(f"fields.{one}") or FIELDS.get(one.removeprefix("fields."), one)
            for one in name.split("|")
        )

    def value(self, value: Any) -> str:
        if isinstance(value, list):
            return "、".join(self.value(one) for one in value)
        text = str(value)
        return VALUES.get(text, text) if isinstance(value, bool) else self._own.get(text) or VALUES.get(text, text)

    def state(self, state: str) -> str:
        return self._policy.state_names.get(state, state)

    def case(self, condition: Any) -> str:
        """When a rule applies; empty for every case."""
        said = []
        for aspect in ("kind", "validity", "category", "severity", "channel"):
            given = getattr(condition, aspect)
            if given is not None:
                names = CHANNEL_NAMES if aspect == "channel" else {}
                said.append(f"{ASPECTS[aspect]}为{'、'.join(names.get(one) or self.value(one) for one in given)}")
        said += [f"{self.field(name)}为{self.value(wanted)}" for name, wanted in (condition.fields or {}).items()]
        said += [f"{self.field(name)}不为{self.value(not_)}" for name, not_ in (condition.without_fields or {}).items()]
        if condition.any_of:
            said.append("或".join(self.case(one) for one in condition.any_of))
        return "，".join(said)

    def fact(self, name: str, when: Mapping[str, Any] | None = None) -> str:
        told = "，".join(f"{ASPECTS.get(key, key)}：{self.value(value)}" for key, value in (when or {}).items())
        return f"{FACTS.get(name, name)}{f'（{told}）' if told else ''}"

    def triggers(self, triggers: Iterable[Trigger]) -> str:
        return "；".join(
            self.fact("contact_ended_at" if one.at == "contact_ended_at" else one.on, one.when) for one in triggers
        )

    def clock(self, clock_id: str) -> str:
        clock = self._policy.clocks.get(clock_id)
        return clock.name if clock else clock_id

    def holders(self, clock: Clock) -> str:
        told = ((POSTS.get(one.post, one.post), one.until) for one in clock.liable)
        return "；".join(f"{post}（至{self.fact(until)}）" if until else post for post, until in told)


def amount(given: Cash | Share) -> str:
    return f"{given.yuan} 元" if isinstance(given, Cash) else f"{BONUSES.get(given.of, given.of)}的 {given.percent}%"


# ---- the places of a comparison

PARTS = {
    "clock": "时限", "penalty": "扣罚", "proposal": "处分建议", "step": "步骤", "category": "类别",
    "reminder": "提醒",
    "report": "报表", "register_kind": "台账", "form": "表单", "ground": "结案依据", "escalation": "上报层级",
    "severity_rule": "定级规则", "liable": "责任人", "leader": "分管领导", "claim_tier": "索赔权限", "record": "受理",
    "states": "状态", "watch": "超期与进展慢", "ranking": "排名权重", "statement": "月度报表", "rotation": "轮岗",
    "recurrence": "共性问题", "cooperation": "部门配合", "confidential": "保密", "told": "告知客户",
    "channels": "渠道核对",
    "evidence": "材料", "calendar": "工作时间",
}  # fmt: skip
KEYS = {
    "length": "时长", "minutes": "分钟", "hours": "小时", "days": "天", "months": "月", "working_hours": "工作小时",
    "working_days": "工作日", "half_working_days": "半个工作日", "amount": "金额", "yuan": "元", "percent": "百分比",
    "name": "名称", "clause": "条款", "by": "由谁", "to": "发给 / 至", "at": "时刻", "every": "每",
    "brackets": "分段",
    "first": "起", "last": "止", "post": "岗位", "required": "必填", "effective_from": "生效日期", "version": "版本",
    "liable": "责任岗位", "start": "开始", "stop": "停止", "cancel": "取消", "case": "适用于", "measure": "措施",
    "document": "文件", "up_to_yuan": "至多（元）", "count": "次数", "day": "日", "type": "类型", "id": "编号",
}  # fmt: skip
_PLACE = re.compile(r"([a-z_]+)(?:\[([^\]]*)\])?")


def place_of(place: str, *policies: Policy) -> tuple[str, str, str]:
    """(part, whose, what) of `clock[visit].length.hours`: 时限, 上门回访, 时长 · 小时."""
    parts = _PLACE.findall(place)
    part, key = parts[0]
    rest = parts[1:]
    whose = next((name for policy in policies if (name := _entry(policy, part, key))), number_of(key))
    if not rest and not key:
        return PARTS.get(part, "概要"), "", KEYS.get(part, PARTS.get(part, part))
    words = [f"{KEYS.get(name, PARTS.get(name, name))}{f' {number_of(own)}' if own else ''}" for name, own in rest]
    return PARTS.get(part, part), whose, " · ".join(words)


def number_of(key: str) -> str:
    return f"第 {int(key) + 1} 项" if key.isdigit() else key


def _entry(policy: Policy, part: str, key: str) -> str:
    for one in getattr(policy, part, ()) if key else ():
        given = {getattr(one, name, None) for name in ("id", "command", "rule", "template")}
        if key in given:
            return str(getattr(one, "name", "") or MESSAGES.get(key, key))
    return ""


def said(value: Any) -> str:
    """A leaf of a policy as a cell."""
    if value is None:
        return "—"
    if isinstance(value, bool):
        return VALUES[str(value)]
    if isinstance(value, list):
        return "、".join(POSTS.get(str(one), str(one)) for one in value) or "（空）"
    return POSTS.get(str(value), str(value))
