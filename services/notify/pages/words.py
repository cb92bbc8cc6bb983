"""The words of messages on screen."""

from services.notify.domain.message import Status

TEMPLATES = {
    "order.issued": "督办令签发",
    "order.submitted": "呈报审阅",
    "order.dispatched": "派工单下达",
    "cooperation.asked": "请求配合",
    "cooperation.reported": "拒不配合上报",
    "reminder.daily": "每日提醒",
    "urge.leader": "督促分管领导",
    "urge.chairman": "督促董事长",
    "obstacle.superior": "阻碍上报",
    "obstacle.customer_service": "阻碍上报",
    "obstacle.manager": "阻碍上报",
    "obstacle.director": "阻碍上报",
    "alert.major": "重大投诉上报",
    "alert.extreme": "过激行为上报",
    "alert.whistleblowing": "举报、检举上报",
    "guardian.named": "专人负责",
    "complaint.transferred": "转办通知",
    "customer.registered": "登记告知客户",
    "customer.transferred": "转办告知客户",
    "customer.survey": "结案告知客户",
    "statement.monthly": "月度报表",
    "working_group.formed": "现场督促小组",
    "register.entered": "检查与整改",
    "referral.property": "转物业公司",
    "rotation.due": "轮岗提醒",
    "calendar.missing": "节假日安排未载入",
}
CHANNELS = {
    "sms": "短信", "email": "邮件", "wecom": "企业微信", "wechat": "微信", "dingtalk": "钉钉", "app": "客户端",
    "outbox": "站内",
}  # fmt: skip
TONES = {
    Status.queued: "info", Status.sending: "info", Status.sent: "good", Status.delivered: "good",
    Status.failed: "bad", Status.uncertain: "warn", Status.expired: "warn",
}  # fmt: skip


def template_name(template: str) -> str:
    """A periodic report has a name of its own in its policy; here it is one of its kind."""
    return "定期报告" if template.startswith("report.") else TEMPLATES.get(template, template)


def channel_name(channel: str) -> str:
    return CHANNELS.get(channel, channel)
