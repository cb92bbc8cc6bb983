"""One policy as tables for a reader: every rule in words, its numbers beside its clause."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from services.sla.pages.policy_words import (
    BONUSES,
    CONTENTS,
    FILES,
    MESSAGES,
    PERIODS,
    WEEKDAYS,
    Words,
    amount,
)
from shared.org.model import Directory
from shared.policy.clocks import Clock, SpanClock
from shared.policy.model import Policy
from shared.policy.names import CHANNEL_NAMES
from shared.policy.sentences import cost_of_delay


@dataclass(frozen=True)
class Section:
    """`columns` head the rows; the last column of every row is its clause."""

    id: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]


def sections(policy: Policy, directory: Directory) -> list[Section]:
    """Those that the document has anything for, in the order in which a case meets them."""
    words = Words(policy, directory)
    deciding = policy.steps.get("claim.decide")
    made = (
        Section("record", "受理", ("事项", "内容"), list(_record(policy, words))),
        Section("categories", "类别与部门", ("类别", "第一责任部门", "配合部门", "分管领导归口", "细类"), [
            (one.name, words.department(one.first), "、".join(map(words.department, one.cooperating)),
             words.department(one.field), "、".join(one.sub), one.clause) for one in policy.category
        ]),
        Section("severities", "定级", ("级别", "条件", "依据"), [
            (words.value(one.severity), _reached(one, words), one.reason, one.clause) for one in policy.severity_rule
        ]),
        Section("liable", "责任人与分管领导", ("由谁负责", "适用"), [*_liable(policy, words)]),
        Section("steps", "步骤", ("步骤", "由谁办理", "所在状态", "办理后", "必填"), [*_steps(policy, words)]),
        Section("clocks", "时限", ("时限", "时长", "计时方式", "自", "至", "责任岗位", "逾期"), [
            (one.name, _length(one), _calendar(one), words.triggers(one.start), _until(one, words), words.holders(one),
             cost_of_delay(policy, one.id), one.clause) for one in policy.clock
        ]),
        Section("penalties", "扣罚", ("事项", "标准", "对谁"), [*_penalties(policy, words)]),
        Section("proposals", "处分建议", ("事项", "情形", "建议"), [*_proposals(policy, words)]),
        Section("reminders", "提醒与通知", ("消息", "何时", "发给"), [*_reminders(policy, words)]),
        Section("reports", "定期报表", ("报表", "何时", "内容", "发给"), [
            (one.name, _when(one), CONTENTS[one.of] + (f"（{words.case(one.case)}）" if words.case(one.case) else ""),
             words.posts(one.to), one.clause) for one in policy.report
        ]),
        Section("registers", "检查与整改台账", ("台账", "多久一次", "由谁登记", "答复期限"), [
            (one.name, PERIODS[one.every], words.posts(one.by), f"{one.answer_days} 天" if one.answer_days else "",
             one.clause) for one in policy.register_kind
        ]),
        Section("forms", "表单", ("表单", "份数", "签字", "栏目"), [
            (one.name, str(one.copies), words.posts(one.signatories), "、".join(one.columns), one.clause)
            for one in policy.form
        ]),
        Section("grounds", "结案依据", ("依据", "须具备"), [
            (one.name, _ground(one, words), one.clause) for one in policy.ground
        ]),
        Section("claims", "索赔权限", ("金额", "由谁审批", "适用级别"), [
            (f"{one.up_to_yuan} 元以内" if one.up_to_yuan is not None else "不限金额", words.posts([one.post]),
             words.value(one.severity) if one.severity else "全部", deciding.clause if deciding else "")
            for one in policy.claim_tier
        ]),
        Section("escalations", "逐级上报", ("层级", "岗位"), [
            (one.name, words.posts([one.post]), one.clause) for one in policy.escalation
        ]),
        Section("evidence", "应有的材料", ("材料", "形式", "适用类别"), [
            (one.name, FILES[one.kind] + (f"（{'、'.join(FILES[each] for each in one.phases)}）" if one.phases else ""),
             words.value(one.category) if one.category else "全部", one.clause) for one in policy.evidence
        ]),
        Section("others", "统计与管理", ("事项", "内容"), [*_others(policy, words)]),
    )  # fmt: skip
    return [one for one in made if one.rows]


def _record(policy: Policy, words: Words) -> Iterator[Sequence[str]]:
    record = policy.record
    yield "投诉渠道", "、".join(CHANNEL_NAMES.get(one, one) for one in record.channels), record.clause
    yield "必填", "、".join(words.field(one) for one in record.required) or "无另外要求", record.clause
    yield "性质", "、".join(one.name for one in record.kinds), record.clause
    if record.validities:
        yield "有效性", "、".join(one.name for one in record.validities), record.clause
    yield "级别", "、".join(one.name for one in record.severities), record.clause
    if record.open_months_after_handover is not None:
        yield "服务中心保留", f"最后一次交付后 {record.open_months_after_handover} 个月", record.clause
    for field in record.fields:
        options = "、".join(option.name for option in field.options) or ("是或否" if field.yes_no else "填写")
        yield field.name, options + ("（可多选）" if field.many else ""), field.clause
    hours = "、".join(f"{one.start:%H:%M}–{one.end:%H:%M}" for one in policy.calendar.sessions)
    yield "工作时间", hours, policy.calendar.clause


def _reached(rule: Any, words: Words) -> str:
    either = [words.field(flag) for flag in rule.flags]
    either += [f"{words.field(key)} ≥ {value}" for key, value in rule.at_least.items()]
    both = [f"{words.field(key)} ≥ {value}" for key, value in rule.and_at_least.items()]
    return "，且".join(filter(None, ("或".join(either), "，且".join(both))))


def _liable(policy: Policy, words: Words) -> Iterator[Sequence[str]]:
    companies = {"regional": "地区公司", "property": "物业公司"}
    for title, rules in (("责任人", policy.liable), ("分管领导", policy.leader)):
        for rule in rules:
            where = [words.value(rule.severity)] if rule.severity else []
            where += [companies[rule.company]] if rule.company else []
            where += ["三线项目" if rule.city_tier == "third_tier" else rule.city_tier] if rule.city_tier else []
            yield f"{title}：{words.posts([rule.post])}", "，".join(where) or "其余情形", rule.clause


def _steps(policy: Policy, words: Words) -> Iterator[Sequence[str]]:
    for step in policy.step:
        leads = [words.state(step.to)] if step.to else []
        leads += [f"{words.value(key)}：{words.state(state)}" for key, state in step.decisions.items()]
        nearly_all = len(step.states) >= len(policy.states) - 1
        states = "结案前各状态" if nearly_all else "、".join(map(words.state, step.states))
        name = step.name + (f"（{words.case(step.case)}）" if words.case(step.case) else "")
        yield (
            name, words.posts(step.by), states if step.states else "不限", "；".join(leads),
            "、".join(map(words.field, step.required)), step.clause,
        )  # fmt: skip


def _length(clock: Clock) -> str:
    match clock.type:
        case "span":
            extended = f"（延期后 {clock.extended.label}）" if clock.extended else ""
            return clock.length.label + extended
        case "daily":
            return f"每日 {clock.by:%H:%M} 前"
        case _:
            return "至要求或商谈的完成时间"


def _calendar(clock: Clock) -> str:
    if isinstance(clock, SpanClock):
        return "按工作时间" if clock.length.in_working_time else "连续计时"
    return "每个自然日" if clock.type == "daily" else "连续计时"


def _until(clock: Clock, words: Words) -> str:
    return words.triggers(clock.entries if clock.type == "daily" else clock.stop)


def _penalties(policy: Policy, words: Words) -> Iterator[Sequence[str]]:
    for rule in policy.penalty:
        match rule.type:
            case "per_interval":
                told = f"每{'满' if rule.count == 'full' else '开始'} {rule.every.label} {amount(rule.amount)}"
                whom = f"{words.clock(rule.clock)}的责任岗位"
            case "per_breach":
                told, whom = f"每次 {amount(rule.amount)}", f"{words.clock(rule.clock)}的责任岗位"
            case "per_day":
                parts = [f"第 {one.first}–{one.last} 天每天 {one.yuan} 元" for one in rule.brackets]
                how = "分段累计" if rule.method == "marginal" else "按达到的一档计全部天数"
                told, whom = f"{'；'.join(parts)}（{how}）", words.posts([rule.post])
            case "per_finding":
                told, whom = f"每次查处 {amount(rule.amount)}", "被查处人"
        yield rule.name, told, whom, rule.clause


def _proposals(policy: Policy, words: Words) -> Iterator[Sequence[str]]:
    for rule in policy.proposal:
        match rule.type:
            case "delay":
                when = f"{words.clock(rule.clock)}超期第 {rule.from_day} 天起"
                what = "；".join(
                    f"{words.posts([one.post])}：{BONUSES['monthly_bonus']} {one.percent_min}–{one.percent_max}%"
                    f"{''.join(f'、{each}' for each in one.also)}" for one in rule.for_
                )  # fmt: skip
            case "finding":
                many = rule.more_than_a_month
                when, what = f"当月查处超过 {many} 次" if many else "稽核查处", rule.measure
            case "report":
                when, what = words.fact(rule.on), rule.measure
            case "ranking":
                when, what = f"窗口评价连续 {rule.months} 个月列最后 {rule.bottom} 名", rule.measure
        yield rule.name, when, what, rule.clause


def _reminders(policy: Policy, words: Words) -> Iterator[Sequence[str]]:
    for one in policy.reminder:
        match one.type:
            case "digest":
                when = f"每日 {one.at:%H:%M}，列出未完成的投诉"
            case "overdue":
                more = f"超过 {one.more_than.label}" if one.more_than else ""
                when = f"每日 {one.at:%H:%M}，{words.clock(one.clock)}超期{more}的每宗一条"
            case "event":
                when = f"{words.fact(one.on, one.when)}时"
        yield MESSAGES.get(one.template, one.template), when, words.posts(one.to), one.clause


def _when(report: Any) -> str:
    day = WEEKDAYS[report.weekday] if report.weekday else "" if report.every == "day" else f"后 {report.day} 日"
    return f"{PERIODS[report.every]}{day} {report.at:%H:%M}"


def _ground(one: Any, words: Words) -> str:
    needs = [words.field(name) for name in one.required]
    needs += [f"挂号信发出满 {one.letter_months} 个月"] if one.letter_months else []
    needs += [f"电话联系过客户（{words.value(one.needs_call)}）"] if one.needs_call else []
    return "、".join(needs) or "—"


def _others(policy: Policy, words: Words) -> Iterator[Sequence[str]]:
    ranking, watch, recurrence = policy.ranking, policy.watch, policy.recurrence
    weights: Callable[[Any], str] = lambda given: "、".join(  # noqa: E731
        f"{_WEIGHTS[name]} {number}%" for name, number in given.model_dump().items() if number
    )
    if ranking.clause:
        yield "综合排名", f"{weights(ranking.weights)}；处理 {ranking.worst_hours} 小时效率计零分", ranking.clause
        yield "服务中心考评", f"{weights(ranking.centre)}；每查处一次扣 {ranking.finding_points} 分", ranking.clause
    if watch.clause:
        yield "严重超期、现场督促", f"超期 {watch.severe.label}以上；{words.value(watch.at_once)}即时", watch.clause
    if recurrence.count is not None:
        told = f"{recurrence.days} 天内 {recurrence.count} 宗同类投诉，建议定为{words.value(recurrence.severity)}"
        yield "共性问题", told, recurrence.clause
    if policy.statement is not None:
        one = policy.statement
        day = "月末" if one.day == 31 else f"每月 {one.day} 日"
        yield "月度扣罚报表", f"{day} {one.at:%H:%M} 截止，报{words.posts(one.to)}", one.clause
    if policy.rotation is not None:
        turn = policy.rotation
        told = f"客服专员在一个项目 {turn.months} 个月，提前 {turn.remind_days} 天提醒{words.posts(turn.to)}"
        yield "轮岗", told, turn.clause
    if policy.cooperation is not None:
        yield "部门配合", policy.cooperation.text or "按请求配合", policy.cooperation.clause
    if policy.told is not None:
        yield "登记时告知客户", policy.told.next, policy.told.clause
    if policy.channels is not None:
        yield "投诉渠道核对", f"每 {policy.channels.check_days} 天", policy.channels.clause
    for kept in policy.confidential:
        yield f"保密：{kept.name}", f"只限{words.posts(kept.visible_to)}查看和办理", kept.clause


_WEIGHTS = {
    "on_time": "按时完成率", "efficiency": "处理效率", "satisfaction": "满意度", "discipline": "规范与纪律",
    "on_the_spot": "现场处理完成率", "completion": "处理完成率",
}  # fmt: skip
