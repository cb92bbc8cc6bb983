"""What a customer reads of his case: where it is, what was done, what comes next. Nothing of who decided what. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

DONE: dict[str, str] = {
    "order_submitted": "已报请安排处理",
    "order_issued": "已下达督办，责任部门开始处理",
    "order_dispatched": "已派责任部门处理",
    "complaint_transferred": "已转责任部门",
    "complaint_replied": "已答复您",
    "visit_recorded": "责任部门已回访",
    "plan_entered": "已拟定处理方案",
    "progress_entered": "处理有新进展",
    "customer_called": "已与您通话",
    "extension_granted": "处理期限已调整",
    "closure_applied": "责任部门已报处理完毕",
    "closure_returned": "核查后继续处理",
    "case_closed": "已结案",
}
"""Of the acts on a case those that are a customer's business, by fact, in his words."""

NEXT: dict[str, str] = {
    "order_submitted": "处理安排确定后，责任部门将与您联系",
    "order_issued": "责任部门将与您联系",
    "order_dispatched": "责任部门将与您联系",
    "complaint_transferred": "责任部门将与您联系",
    "complaint_replied": "如对答复有疑问，请与我们联系",
    "visit_recorded": "责任部门将按与您商定的办法处理",
    "plan_entered": "责任部门按处理方案办理",
    "progress_entered": "责任部门继续办理",
    "closure_applied": "我们将向您核实处理结果",
    "closure_returned": "责任部门继续办理",
}

REGISTERED, HANDLING, CHECKING, CLOSED = "已登记", "处理中", "处理完毕，正在核查", "已结案"


@dataclass(frozen=True, slots=True)
class Standing:
    """`state` and `next` as they are told to the customer; `next` is empty when all is done."""

    state: str
    next: str


def standing_of(closed: bool, steps: Sequence[str], promised: str | None) -> Standing:
    """`steps` are the facts in the order in which they happened; `promised` what the policy tells at registration."""
    if closed:
        return Standing(CLOSED, "")
    turning = [step for step in steps if step in NEXT]
    if not turning:
        return Standing(REGISTERED, promised or "客服专员将安排处理，并与您联系")
    last = turning[-1]
    return Standing(CHECKING if last == "closure_applied" else HANDLING, NEXT[last])


@dataclass(frozen=True, slots=True)
class Done:
    """One line of what was done, and when."""

    at: datetime
    what: str
