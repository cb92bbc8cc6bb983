"""The closed lists a policy may choose from: posts, commands, facts and what their payload tells."""

POSTS = frozenset(
    {
        "officer", "employee", "customer", "system", "liable", "leader", "chairman", "first_department_head",
        "deputy_general_manager", "general_manager", "vice_president", "auditor", "hr_centre", "finance_centre",
        "project_general_manager", "cooperating_head", "guardian",
    }
)  # fmt: skip
"""Everyone a policy can name: `officer` is the case's service officer, `liable` and `leader` follow the policy,
`guardian` is who was named to accompany a case (004§5(二)).
"""

COMMANDS = frozenset(
    {
        "complaint.register", "complaint.sign", "complaint.classify", "complaint.reply", "complaint.transfer",
        "complaint.link", "complaint.guard", "complaint.correct",
        "complaint.rate_window", "order.submit", "order.review", "order.issue", "order.dispatch",
        "visit.record", "visit.material", "customer.call", "plan.enter", "progress.enter", "closure.apply",
        "closure.verify", "closure.review", "closure.approve", "closure.close", "extension.grant", "claim.raise",
        "claim.report", "claim.decide", "claim.file", "meeting.hold", "meeting.minutes", "finding.record",
        "penalty.appeal", "penalty.waive", "proposal.decide", "cooperation.ask", "cooperation.done",
        "cooperation.refuse", "cooperation.report", "working_group.form", "working_group.end",
    }
)  # fmt: skip

CHANNEL_NAMES = {
    "visit": "来访", "phone": "来电", "letter": "来函", "fax": "传真", "email": "电子邮件", "web": "网站",
    "media": "媒体", "social": "社交平台", "hotline": "投诉热线", "suggestion_box": "意见箱",
    "app": "手机应用", "wechat": "微信", "qq": "QQ", "other": "其他",
}  # fmt: skip
"""By which ways a complaint comes in (B1), as screens and papers call them."""

CALLS = frozenset({"callback", "receipt", "plan", "completion", "followup", "contact"})
"""The purposes of a call to the customer."""

ANY_CALL = "any"

SOURCES: dict[str, frozenset[str]] = {
    "complaint_registered": frozenset({"complaint.register"}),
    "complaint_signed": frozenset({"complaint.sign"}),
    "complaint_classified": frozenset({"complaint.classify"}),
    "complaint_corrected": frozenset({"complaint.correct"}),
    "complaint_linked": frozenset({"complaint.link"}),
    "complaint_guarded": frozenset({"complaint.guard", "complaint.register"}),
    "complaint_replied": frozenset({"complaint.reply"}),
    "complaint_transferred": frozenset({"complaint.transfer"}),
    "window_rated": frozenset({"complaint.rate_window"}),
    "order_submitted": frozenset({"order.submit"}),
    "order_reviewed": frozenset({"order.review"}),
    "order_returned": frozenset({"order.review", "order.issue"}),
    "order_issued": frozenset({"order.issue"}),
    "order_dispatched": frozenset({"order.dispatch"}),
    "visit_recorded": frozenset({"visit.record"}),
    "visit_material_entered": frozenset({"visit.material"}),
    "customer_called": frozenset({"customer.call"}),
    "plan_entered": frozenset({"plan.enter"}),
    "progress_entered": frozenset({"progress.enter"}),
    "closure_applied": frozenset({"closure.apply"}),
    "closure_verified": frozenset({"closure.verify"}),
    "closure_reviewed": frozenset({"closure.review"}),
    "closure_returned": frozenset({"closure.verify", "closure.review", "closure.approve"}),
    # A complaint solved on the spot and signed is closed by its registration or signature.
    "case_closed": frozenset({"complaint.register", "closure.close", "closure.approve"}),
    "extension_granted": frozenset({"extension.grant"}),
    "claim_raised": frozenset({"claim.raise"}),
    "claim_reported": frozenset({"claim.report"}),
    "claim_decided": frozenset({"claim.decide"}),
    "claim_filed": frozenset({"claim.file"}),
    "meeting_held": frozenset({"meeting.hold"}),
    "meeting_minuted": frozenset({"meeting.minutes"}),
    "finding_recorded": frozenset({"finding.record"}),
    "working_group_formed": frozenset({"working_group.form"}),
    "working_group_ended": frozenset({"working_group.end"}),
    "cooperation_asked": frozenset({"cooperation.ask", "order.issue"}),
    "cooperation_done": frozenset({"cooperation.done"}),
    "cooperation_refused": frozenset({"cooperation.refuse"}),
    "cooperation_reported": frozenset({"cooperation.report"}),
}
"""Every fact a clock may start, stop or be cancelled by, and the commands of which one brings it about."""

FACTS = frozenset(SOURCES)

OCCURRED_AT = "occurred_at"

INSTANTS: dict[str, frozenset[str]] = {"complaint_registered": frozenset({"contact_ended_at"})}
"""The instants a fact always carries besides the one it is dated by."""

_ACT = frozenset({"by", "state", "state_before"})

TELLS: dict[str, frozenset[str]] = {
    "complaint_registered": frozenset(
        {"by", "channel", "handed_in", "kind", "validity", "category", "severity", "on_the_spot", "signed", "closed",
         "fields"}
    ),
    "complaint_signed": frozenset({"by", "closes"}),
    "complaint_classified": frozenset({"by", "kind", "kind_before", "validity", "category", "severity"}),
    "complaint_guarded": frozenset({"by", "extreme", "guardian", "raised", "named"}),
    "complaint_corrected": frozenset({"by"}),
    "complaint_linked": frozenset({"by", "relation", "role"}),
    "complaint_transferred": _ACT | {"department"},
    "window_rated": frozenset({"by", "stars"}),
    "order_submitted": _ACT | {"first_department", "version"},
    "order_dispatched": _ACT | {"department"},
    "visit_recorded": _ACT | {"outcome", "signed", "has_plan"},
    "customer_called": _ACT | {"purpose", "satisfaction"},
    "plan_entered": _ACT | {"signed"},
    "progress_entered": _ACT | {"escalated_to"},
    "closure_verified": _ACT | {"satisfaction"},
    "closure_returned": _ACT | {"stage", "satisfaction"},
    "case_closed": _ACT | {"ground"},
    "claim_decided": _ACT | {"decision"},
    "finding_recorded": frozenset({"by", "kind", "person"}),
    "working_group_formed": frozenset({"by"}),
    "working_group_ended": frozenset({"by"}),
    "cooperation_asked": _ACT | {"department", "at_issue"},
    "cooperation_done": _ACT | {"department"},
    "cooperation_refused": _ACT | {"department"},
    "cooperation_reported": _ACT | {"department", "person", "ground"},
}  # fmt: skip
"""What a rule may ask of a fact; of an act not listed, who did it and between which states."""


def tells(fact: str) -> frozenset[str]:
    return TELLS.get(fact, _ACT)
