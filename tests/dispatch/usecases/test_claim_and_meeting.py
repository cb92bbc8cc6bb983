"""003§33.2,34: claims in their order and by authority; meetings and their minutes."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from services.dispatch.usecases.reads import tasks
from shared.events.dispatch import ClaimDecidedV1, ClaimFiledV1, ClaimRaisedV1, MeetingHeldV1, MeetingMinutedV1
from shared.kernel.errors import Code
from tests.dispatch.handling import Handling
from tests.kit.desk import MORNING, person


async def test_a_claim_is_reported_decided_and_filed_in_this_order(desk: Handling) -> None:
    case = await desk.handling()
    for command, who, data in (
        ("claim.report", "wu.gang", {}),
        ("claim.decide", "ma.chao", {"decision": "approve"}),
        ("claim.file", "wu.gang", {}),
    ):
        await desk.refused(Code.state_not_allowed, command, who, case, **data)
    answer = await desk.do("claim.raise", "wang.min", case, amount="3000.50")
    raised = await desk.last()
    assert isinstance(raised, ClaimRaisedV1)
    assert (raised.amount_fen, str(raised.claim_id)) == (300_050, answer["claim"])
    await desk.refused(Code.state_not_allowed, "claim.decide", "ma.chao", case, decision="approve")
    await desk.do("claim.report", "wu.gang", case)
    await desk.refused(Code.state_not_allowed, "claim.report", "wu.gang", case)
    await desk.refused(Code.state_not_allowed, "claim.file", "wu.gang", case)
    await desk.do("claim.decide", "ma.chao", case, decision="approve", amount=2000)
    decided = await desk.last()
    assert isinstance(decided, ClaimDecidedV1)
    assert (decided.decision, decided.amount_fen, decided.claim_id) == ("approve", 200_000, raised.claim_id)
    await desk.do("claim.file", "wu.gang", case)
    assert isinstance(await desk.last(), ClaimFiledV1)
    await desk.refused(Code.state_not_allowed, "claim.file", "wu.gang", case)
    assert (await desk.row(case)).state == "handling"


@pytest.mark.parametrize(
    ("severity", "claimed", "decision", "leader_may"),
    [
        ("general", 10_000, {"decision": "approve"}, True),
        ("general", "10000.01", {"decision": "approve"}, False),
        ("general", 50_000, {"decision": "approve", "amount": 10_000}, True),
        ("general", 5_000, {"decision": "approve", "amount": 10_001}, False),
        ("general", 50_000, {"decision": "reject", "amount": 1}, False),
        ("general", 5_000, {"decision": "reject"}, True),
        ("general", None, {"decision": "approve"}, False),
        ("general", None, {"decision": "approve", "amount": 1}, True),
        ("major", 1, {"decision": "approve"}, False),
    ],
)
async def test_the_claim_authority_decides_and_the_chairman_always_may(
    desk: Handling, severity: str, claimed: Any, decision: dict[str, Any], leader_may: bool
) -> None:
    case = await desk.handling()
    await desk.do("claim.raise", "wang.min", case, **({} if claimed is None else {"amount": claimed}))
    await desk.do("claim.report", "wu.gang", case)
    if severity != "general":
        await desk.hears(desk.classification(case, severity=severity))
    if leader_may:
        await desk.do("claim.decide", "ma.chao", case, **decision)
    else:
        # In a major case the supervising leader has no part at all.
        code = Code.role_not_allowed if severity == "general" else Code.scope_not_allowed
        await desk.refused(code, "claim.decide", "ma.chao", case, **decision)
        await desk.do("claim.decide", "lin.fang", case, **decision)
    granted = (await desk.last()).amount_fen
    assert (granted is None) == (decision["decision"] == "reject" or (claimed is None and "amount" not in decision))


async def test_of_several_claims_one_may_be_named(desk: Handling) -> None:
    case, other = await desk.handling(), await desk.handling()
    first = (await desk.do("claim.raise", "wang.min", case, amount=1))["claim"]
    desk.wait(minutes=1)
    second = (await desk.do("claim.raise", "wang.min", case, amount=2))["claim"]
    foreign = (await desk.do("claim.raise", "wang.min", other))["claim"]
    assert (await desk.do("claim.report", "wu.gang", case))["claim"] == second
    await desk.refused(Code.state_not_allowed, "claim.report", "wu.gang", case, claim=second)
    assert (await desk.do("claim.report", "wu.gang", case, claim=first))["claim"] == first
    for claim in (foreign, str(uuid4()), "x"):
        refused = await desk.refused(
            Code.field_invalid, "claim.decide", "ma.chao", case, claim=claim, decision="approve"
        )
        assert refused.field == "claim"
    assert (await desk.do("claim.decide", "ma.chao", case, decision="approve", claim=first))["claim"] == first
    waiting = [task["command"] for task in await tasks(desk.room, person("wu.gang")) if task["complaint"] == str(case)]
    assert waiting == ["visit.record", "claim.file"]
    assert [t["command"] for t in await tasks(desk.room, person("ma.chao"))] == ["claim.decide"]


@pytest.mark.parametrize("amount", [-1, "NaN", "1e99", True, "0.001", 10**400])
async def test_a_bad_amount_is_refused(desk: Handling, amount: Any) -> None:
    case = await desk.handling()
    refused = await desk.refused(Code.field_invalid, "claim.raise", "wang.min", case, amount=amount)
    assert refused.field == "amount"


async def test_a_meeting_is_dated_by_its_end_and_minuted_once(desk: Handling) -> None:
    case = await desk.handling(severity="major")
    await desk.refused(Code.state_not_allowed, "meeting.minutes", "lin.fang", case, actions=["x"])
    desk.wait(hours=2)
    actions = [{"who": "wu.gang", "what": "更换防水层", "due": "2026-03-05"}]
    await desk.do("meeting.hold", "lin.fang", case, ended_at="2026-03-02T10:40:00+08:00", actions=actions)
    held = await desk.last()
    assert isinstance(held, MeetingHeldV1)
    assert held.occurred_at == MORNING + timedelta(hours=1)
    assert [t["command"] for t in await tasks(desk.room, person("lin.fang"))][-1] == "meeting.minutes"
    await desk.do("meeting.minutes", "lin.fang", case)
    minuted = await desk.last()
    assert isinstance(minuted, MeetingMinutedV1)
    assert minuted.actions == actions
    await desk.refused(Code.state_not_allowed, "meeting.minutes", "lin.fang", case)
    await desk.do("meeting.hold", "lin.fang", case)
    assert (await desk.last()).occurred_at == MORNING + timedelta(hours=2)
    await desk.do("meeting.minutes", "lin.fang", case, actions="继续跟进")


@pytest.mark.parametrize("ended_at", ["2026-03-02T09:40:01+08:00", "2026-03-02T09:29:59+08:00", "2026-03-02"])
async def test_a_meeting_ends_between_the_complaint_and_now(desk: Handling, ended_at: str) -> None:
    case = await desk.handling()
    refused = await desk.refused(Code.field_invalid, "meeting.hold", "lin.fang", case, ended_at=ended_at)
    assert refused.field == "ended_at"
