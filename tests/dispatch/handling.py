"""A desk that takes what intake says, and leads a case to the state a test begins in."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from shared.events.base import Event
from shared.events.intake import (
    ComplaintClassifiedV1,
    ComplaintLinkedV1,
    ComplaintRegisteredV1,
    ComplaintSignedV1,
)
from shared.policy.library import parse_policy
from tests.kit.desk import MORNING, Desk

GROUP = ("group-after-sales", "2020-01-01")

OTHER_POLICY = parse_policy(
    """
id = "other"
name = "另一制度"
document = "000"
effective_from = 2020-01-01
initial_state = "registered"
closed_states = ["closed", "replied"]
property_departments = ["property"]
states = [
  { id = "registered", name = "已登记" }, { id = "dispatched", name = "已派工" },
  { id = "transferred", name = "已转办" }, { id = "replied", name = "已答复" }, { id = "closed", name = "已关闭" },
]
[record]
clause = "000§3.1"
channels = ["phone"]
required = []
kinds = [{ id = "complaint", name = "投诉" }, { id = "request", name = "诉求" }]
default_kind = "complaint"
validities = [{ id = "valid", name = "有效" }, { id = "invalid", name = "无效" }]
severities = [{ id = "general", name = "一般" }]
default_severity = "general"
[[category]]
id = "construction_quality"
name = "工程质量类"
clause = "000§3.2.5"
first = "engineering"
field = "engineering"
[[liable]]
post = "first_department_head"
clause = "000"
[[step]]
command = "complaint.register"
clause = "000§3.1"
name = "登记"
by = ["officer"]
to = "registered"
[[step]]
command = "complaint.reply"
clause = "000§3.2.1"
name = "答复"
by = ["officer"]
states = ["registered"]
to = "replied"
case = { validity = ["invalid"] }
[[step]]
command = "complaint.transfer"
clause = "000§3.2.2"
name = "转办"
by = ["officer"]
states = ["registered"]
to = "transferred"
case = { kind = ["request"] }
[[step]]
command = "order.dispatch"
clause = "000§3.3.1"
name = "派工"
by = ["officer"]
states = ["registered", "transferred"]
to = "dispatched"
case = { kind = ["complaint"] }
[[step]]
command = "progress.enter"
clause = "000"
name = "进展"
by = ["liable", "customer"]
states = ["dispatched"]
[[step]]
command = "customer.call"
clause = "000"
name = "电话回访"
by = ["officer"]
waits = false
[[step]]
command = "closure.close"
clause = "000§3.4"
name = "关闭投诉"
by = ["officer"]
states = ["dispatched"]
to = "closed"
[[step]]
command = "extension.grant"
clause = "004§5"
name = "延期"
by = ["general_manager"]
states = ["dispatched"]
waits = false
[[ground]]
id = "signed"
name = "客户签字确认"
clause = "000§3.4.1"
required = ["signature"]
[[ground]]
id = "lawful"
name = "处理符合法规"
clause = "000§3.4.2"
required = ["reason"]
[[ground]]
id = "registered_letter"
name = "挂号信"
clause = "000§3.4.2"
letter_months = 1
[[ground]]
id = "customer_delay"
name = "客户拖延验收"
clause = "000§3.4.2"
needs_call = "completion"
""",
    file="other.toml",
)


@dataclass
class Handling(Desk):
    """`general` and `major` cases of jinbi-bay are the property company's: wu.gang's, and its chairman lin.fang's."""

    def registration(self, complaint: UUID | None = None, **changed: Any) -> ComplaintRegisteredV1:
        complaint = complaint or self.other_ids.new()
        fields: dict[str, Any] = {
            "complaint_id": complaint,
            "project_id": "jinbi-bay",
            "by": "wang.min",
            "number": f"C-{complaint.hex[-6:]}",
            "policy_id": GROUP[0],
            "policy_version": GROUP[1],
            "channel": "phone",
            "contact_ended_at": MORNING - timedelta(minutes=10),
            "officer": "wang.min",
            "handed_in": False,
            "kind": "complaint",
            "validity": None,
            "category": "property_service",
            "severity": "general",
            "severity_reason": "无加重情形",
            "required_by": MORNING + timedelta(days=4),
            "customer": {"name": "张小明", "phone": "+8613800000001", "room": "3-2-1201"},
            "content": "卫生间渗水，来电 13911112222",
            "on_the_spot": False,
            "signed": False,
            "closed": False,
        }
        made: ComplaintRegisteredV1 = self.fact(ComplaintRegisteredV1, **{**fields, **changed})
        return made

    def signature(self, complaint: UUID, *, closes: bool, **changed: Any) -> Event:
        fields = {"project_id": "jinbi-bay", "by": "customer", "text_sha256": "0" * 64, **changed}
        made: Event = self.fact(ComplaintSignedV1, complaint_id=complaint, closes=closes, **fields)
        return made

    def classification(self, complaint: UUID, **changed: Any) -> Event:
        fields = {
            "project_id": "jinbi-bay",
            "by": "wang.min",
            "kind": "complaint",
            "validity": "valid",
            "category": "property_service",
            "severity": "general",
            "severity_reason": "无加重情形",
            "reason": None,
            **changed,
        }
        made: Event = self.fact(ComplaintClassifiedV1, complaint_id=complaint, **fields)
        return made

    def link(self, complaint: UUID, to: UUID, relation: str = "repeat") -> Event:
        made: Event = self.fact(
            ComplaintLinkedV1, complaint_id=complaint, project_id="jinbi-bay", by="wang.min", to=to, relation=relation
        )
        return made

    async def registered(self, **changed: Any) -> UUID:
        fact = self.registration(**changed)
        await self.hears(fact)
        return fact.complaint_id

    async def submitted(self, **changed: Any) -> UUID:
        case = await self.registered(**changed)
        await self.do("order.submit", "wang.min", case)
        return case

    async def reviewed(self, **changed: Any) -> UUID:
        case = await self.submitted(**changed)
        await self.do("order.review", "sun.li", case, decision="approve")
        return case

    async def handling(self, **changed: Any) -> UUID:
        case = await self.reviewed(**changed)
        await self.do("order.issue", "gao.feng", case, decision="approve")
        return case

    async def in_state(self, state: str) -> UUID:
        """A general case of wu.gang's in one of the states of the group's policy."""
        way: list[tuple[str, str, dict[str, Any], str]] = [
            ("order.submit", "wang.min", {}, "order_submitted"),
            ("order.review", "sun.li", {"decision": "approve"}, "order_reviewed"),
            ("order.issue", "gao.feng", {"decision": "approve"}, "handling"),
            ("closure.apply", "wu.gang", {"signature": "张小明"}, "closure_applied"),
            ("closure.verify", "wang.min", {"decision": "approve"}, "closure_verified"),
            ("closure.review", "sun.li", {"decision": "approve"}, "closure_reviewed"),
            ("closure.approve", "gao.feng", {"decision": "approve"}, "closed"),
        ]
        case, reached = await self.registered(), "registered"
        for command, person, data, leads_to in way:
            if reached == state:
                break
            await self.do(command, person, case, **data)
            reached = leads_to
        assert reached == state
        return case

    async def dispatched(self, **changed: Any) -> UUID:
        """A case of the other policy, in the engineering department's hands."""
        case = await self.registered(
            policy_id="other", policy_version="2020-01-01", category="construction_quality", **changed
        )
        await self.do("order.dispatch", "wang.min", case, department="engineering")
        return case

    def wait(self, **span: float) -> None:
        self.clock.advance(timedelta(**span))

    async def row(self, case: UUID, table: str = "complaint") -> Any:
        return next(row for row in await self.rows(table) if row.complaint_id == case)

    async def last(self) -> Any:
        return (await self.events())[-1]
