"""D1, 003§14: the supervision order (督办令) as it will be issued, or was. Pure."""

from dataclasses import dataclass

from services.dispatch.domain.sheet import Sheet
from shared.paper.model import Field, Fields, Notes, Paper, Signature, Signatures, Verification
from shared.policy.clocks import DailyClock, DeadlineClock, SpanClock
from shared.policy.model import Policy

TITLE = "客户投诉督办令"
DRAFT, AWAITING = "草稿", "待签发"
ISSUED = "order_issued"
DEMAND_LINES = 4
SIGN_LINES = 2


@dataclass(frozen=True, slots=True)
class Issuing:
    """How far the order has come: who took each step and when. A returned order is a draft again."""

    submitted: tuple[str, str] | None = None
    reviewed: tuple[str, str] | None = None
    issued: tuple[str, str] | None = None
    chairman: str = ""
    reason: str = ""

    @property
    def stage(self) -> str:
        """What is written across the paper while it is no order yet."""
        if self.issued:
            return ""
        return AWAITING if self.submitted else DRAFT


def order_paper(
    sheet: Sheet, issuing: Issuing, policy: Policy, issuer: str, company: str, verification: Verification | None
) -> Paper:
    issued = issuing.issued
    rows = (
        (Field("投诉编号", sheet.number), Field("项目", sheet.project)),
        (Field("房号", sheet.place), Field("受理方式", sheet.channel)),
        (Field("客户姓名", sheet.name), Field("联系电话", sheet.phone)),
        (Field("投诉时间", f"{sheet.day} {sheet.time}"), Field("登记时间", sheet.registered_at)),
        (Field("投诉类别", sheet.category), Field("投诉级别", sheet.severity)),
        (Field("第一责任部门", sheet.department), Field("配合部门", sheet.cooperating)),
        (Field("责任人", sheet.liable), Field("分管领导", sheet.leader)),
        (Field("责任公司", company), Field("公司董事长", issuing.chairman)),
        (Field("要求完成时间", sheet.required_by),),
        (Field("客户诉求", sheet.content, DEMAND_LINES),),
        (Field("定级依据", issuing.reason),),
        (Field("客户签字", sheet.signed, 1 if sheet.signed else SIGN_LINES),),
    )
    boxes = tuple(
        Signature(title, *(done or ("", "")))
        for title, done in (
            ("报批　项目客服专员", issuing.submitted),
            ("审核　集团售后服务中心副总经理", issuing.reviewed),
            ("签发　集团售后服务中心总经理", issuing.issued),
        )
    )
    return Paper(
        title=TITLE,
        organisation=issuer,
        blocks=(Fields(rows), Signatures(boxes, "审批"), Notes(duties(policy), "办理时限")),
        number=f"编号：{sheet.order_number}" if sheet.order_number else f"编号：（{issuing.stage}）",
        dated=f"签发时间：{issued[1]}" if issued else "尚未签发",
        footer=f"{sheet.order_number or sheet.number}"
        + (f"　核验码 {verification.code}" if verification else "")
        + ("" if issued else f"　{issuing.stage}，未经签发不具效力"),
        watermark=issuing.stage,
        seal=issuer if issued else "",
        official=True,
        verification=verification,
    )


def duties(policy: Policy) -> tuple[str, ...]:
    """What has to be done once the order is issued, as the policy's clocks say, each with its clause."""
    said = []
    for clock in policy.clock:
        if clock.case.severity is not None or not any(trigger.on == ISSUED for trigger in clock.start):
            continue
        match clock:
            case SpanClock():
                when = f"签发后 {clock.length.label}内"
            case DailyClock():
                when = f"每日 {clock.by:%H:%M} 前，直至完成"
            case DeadlineClock():
                when = "以要求完成时间与客户商谈完成时间中较早者为准" if clock.agreed else "于要求完成时间前"
        said.append(f"{clock.name}：{when}（{clock.clause}）")
    return tuple(said)
