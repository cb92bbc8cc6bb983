"""The words of each message: short, without 【】, as operators ask. One has a link: the customer's own."""

from collections.abc import Callable, Mapping, Sequence

MOST_NUMBERS = 60
"""So many numbers stand in one text; the rest is counted."""

Write = Callable[[Sequence[str], Mapping[str, str]], str]


def text_of(template: str, numbers: Sequence[str], words: Mapping[str, str]) -> str:
    """The text of a message about these complaints. `words` are what the template may name besides.

    A policy may name a template that has no words of its own; what is for a customer is called `customer.…`.
    """
    if template.startswith("report."):
        return _report(numbers, words)
    write = TEMPLATES.get(template) or (_customer if template.startswith("customer.") else _plain)
    return write(numbers, words)


def listed(numbers: Sequence[str]) -> str:
    shown = "、".join(numbers[:MOST_NUMBERS])
    return shown if len(numbers) <= MOST_NUMBERS else f"{shown}等{len(numbers)}单"


def _order_issued(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    order = words.get("order")
    named = f"客户投诉督办令{order}" if order else "客户投诉督办令"
    return f"{named}（投诉编号{listed(numbers)}）已签发，您是处理责任人，请立即安排上门回访并按要求时间办结。"


def _daily(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"您有{len(numbers)}件未完成投诉：{listed(numbers)}。请督促按时办结并每日录入处理进展。"


def _urge_leader(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"投诉{listed(numbers)}已超期未完成，请您督促责任部门尽快办结。"


def _urge_chairman(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"投诉{listed(numbers)}已严重超期未完成，请您亲自督促尽快办结。"


def _registered(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    if words.get("closed"):
        said = f"尊敬的客户，您反映的问题（编号{listed(numbers)}）已登记并当场解决，感谢您的反馈。"
    else:
        usual = "责任部门将尽快与您联系上门回访" if words.get("visit") else "我们将尽快核实并与您联系"
        then = "，".join(part for part in (words.get("next") or usual, words.get("expected")) if part)
        said = f"尊敬的客户，您反映的问题已登记，编号{listed(numbers)}，{then}，请保持电话畅通。"
    asks = f"如有疑问请联系{words['contact']}。" if words.get("contact") else ""
    return said + asks + (f"查询进度 {words['link']}" if words.get("link") else "")


def _survey(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"尊敬的客户，您反映的问题（编号{listed(numbers)}）已办结，如对处理结果有意见，请告知项目售后服务中心。"


def _statement(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"{listed(numbers)}投诉处理扣罚统计表已生成，请登录系统查看。"


def _rotation(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"以下客服专员在本项目任职期满，请安排轮岗：{listed(numbers)}。"


def _referral(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"有客户向{listed(numbers)}反映问题，该项目售后服务中心已停止受理，现转贵公司，请登录系统查看并与客户联系。"


def _calendar_missing(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"{listed(numbers)}年节假日安排尚未载入，涉及的工作日时限均为暂定，请安排系统管理员载入。"


def _transferred(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"尊敬的客户，您反映的问题（编号{listed(numbers)}）已转相关部门处理，请保持电话畅通。"


def _dispatched(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"派工单（投诉编号{listed(numbers)}）已下达您的部门，请登录系统查看并及时处理。"


def _cooperation_asked(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"投诉{listed(numbers)}需贵部门配合处理，请登录系统查看要求和完成时间，完成后及时回复。"


def _cooperation_reported(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"投诉{listed(numbers)}的第一责任部门上报有部门拒不配合，请登录系统核查。"


def _working_group(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"您被列为投诉{listed(numbers)}现场督促工作小组成员，请登录系统查看任务并到现场督促解决。"


def _register(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"{'，'.join(numbers)}有需要您处理的事项，请登录系统查看，并在规定时间内整改或答复。"


def _report(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    """`numbers` are the report's name, its period, and how many lines it has."""
    name, period, lines = (*numbers, "", "", "")[:3]
    return f"{name}（{period}）已生成，共{lines}项，请登录系统查看并督促处理。"


def _customer(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"尊敬的客户，您反映的问题（编号{listed(numbers)}）有新的进展，我们将与您联系，请保持电话畅通。"


def _plain(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"您有一条投诉处理通知（投诉编号{listed(numbers)}），请登录系统查看并及时处理。"


def _major(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"收到重大投诉（编号{listed(numbers)}），请登录系统查看并指示处理。"


def _extreme(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"投诉{listed(numbers)}的客户扬言采取过激行为，请登录系统查看，落实专人负责和防范措施。"


def _guardian(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"您被指定为投诉{listed(numbers)}的专人负责人，客户扬言采取过激行为，请立即登录系统查看并做好防范。"


def _whistleblowing(numbers: Sequence[str], words: Mapping[str, str]) -> str:
    return f"收到举报、检举信件（编号{listed(numbers)}），仅限您与相关领导查阅，请登录系统处理，注意保密。"


TEMPLATES: Mapping[str, Write] = {
    "alert.major": _major,
    "alert.extreme": _extreme,
    "alert.whistleblowing": _whistleblowing,
    "guardian.named": _guardian,
    "order.issued": _order_issued,
    "reminder.daily": _daily,
    "urge.leader": _urge_leader,
    "urge.chairman": _urge_chairman,
    "customer.registered": _registered,
    "customer.survey": _survey,
    "customer.transferred": _transferred,
    "order.dispatched": _dispatched,
    "statement.monthly": _statement,
    "calendar.missing": _calendar_missing,
    "rotation.due": _rotation,
    "referral.property": _referral,
    "working_group.formed": _working_group,
    "register.entered": _register,
    "cooperation.asked": _cooperation_asked,
    "cooperation.reported": _cooperation_reported,
}
