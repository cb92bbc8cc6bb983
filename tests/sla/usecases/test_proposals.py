"""H4: proposals with the counts they rest on; a person decides, once, with reason."""

from services.sla.usecases.cross_case import proposals
from services.sla.usecases.reads import ledger
from services.sla.usecases.tick import tick
from shared.kernel.errors import Code
from tests.kit.desk import SYSTEM, Desk, person
from tests.sla.usecases.cases import go, open_case


async def test_from_day_16_both_are_proposed_and_each_sees_his_own(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-21 18:00:01")
    rules = {(row["person"], row["rule"]) for row in await proposals(desk.room, person("gao.feng"))}
    assert rules == {("wu.gang", "completion.severe"), ("ma.chao", "completion.severe")}
    assert [row["person"] for row in await proposals(desk.room, person("ma.chao"))] == ["ma.chao"]
    assert await proposals(desk.room, person("wang.min")) == []


async def test_a_decision_needs_authority_a_proposal_and_a_reason_and_is_made_once(desk: Desk) -> None:
    case = await open_case(desk)
    data = {"rule": "completion.severe", "person": "wu.gang", "decision": "impose", "measure": "扣罚 60%"}
    await desk.refused(Code.field_invalid, "proposal.decide", "tang.bo", case, **data, reason="屡次超期")
    await go(desk, "03-21 18:00:01")
    await desk.refused(Code.role_not_allowed, "proposal.decide", "sun.li", case, **data, reason="屡次超期")
    await desk.refused(Code.field_missing, "proposal.decide", "tang.bo", case, **data)
    await desk.do("proposal.decide", "tang.bo", case, **data, reason="屡次超期")
    await tick(desk.room)
    states = {row["person"]: row["state"] for row in (await ledger(desk.room, SYSTEM, case))["proposals"]}
    assert states == {"wu.gang": "imposed", "ma.chao": "proposed"}
    await desk.refused(Code.state_not_allowed, "proposal.decide", "gao.feng", case, **data, reason="再议")


async def test_more_than_two_concealments_in_a_month_propose_dismissal_over_all_cases(desk: Desk) -> None:
    for number in range(3):
        case = await open_case(desk, f"TS-{number}")
        await desk.do("finding.record", "qian.hui", case, kind="concealment", person="wang.min", evidence="录音")
        found = [row["rule"] for row in await proposals(desk.room, person("wang.min"))]
        assert found.count("concealment.dismissal") == (1 if number == 2 else 0)
