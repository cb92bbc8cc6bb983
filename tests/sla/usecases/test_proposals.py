"""H4: proposals with the counts they rest on; a person decides, once, with reason."""

import asyncio
from typing import Any

from services.sla.usecases.cross_case import proposals
from services.sla.usecases.reads import ledger
from services.sla.usecases.tick import tick
from shared.events.intake import WindowRatedV1
from shared.events.sla import RankingDecidedV1
from shared.kernel.errors import Code, Refused
from tests.kit.desk import SYSTEM, Desk, person
from tests.sla.usecases.cases import at, go, open_case


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


async def ranked(desk: Desk) -> dict[str, Any]:
    """wang.min was the last of eleven for three months: a proposal that belongs to no case."""
    case = await open_case(desk)
    for month in ("01", "02", "03"):
        for number in range(11):
            officer, stars = (f"o{number:02d}", 5) if number else ("wang.min", 1)
            rating = desk.fact(WindowRatedV1, at=at(f"{month}-15 10:00"), complaint_id=case, project_id="jinbi-bay",
                               by="customer", stars=stars, officer=officer)  # fmt: skip
            await desk.hears(rating)
    await go(desk, "04-01 09:00")
    return await of_wang(desk)


async def of_wang(desk: Desk) -> dict[str, Any]:
    (found,) = [one for one in await proposals(desk.room, person("gao.feng"))
                if (one["person"], one["rule"]) == ("wang.min", "ranking.bottom")]  # fmt: skip
    return found


async def test_a_proposal_of_no_case_is_decided_once_by_those_named_for_proposals(desk: Desk) -> None:
    found = await ranked(desk)
    assert (found["complaint"], found["state"]) == (None, "proposed")
    data = {"proposal": found["id"], "decision": "impose", "measure": "降一级"}
    refused = desk.refused
    await refused(Code.role_not_allowed, "proposal.decide", "sun.li", None, **data, reason="x")
    await refused(Code.role_not_allowed, "proposal.decide", "wang.min", None, **data, reason="x")
    await refused(Code.not_found, "proposal.decide", "wu.gang", None, **data, reason="x")
    await refused(Code.not_found, "proposal.decide", SYSTEM, None, **data | {"proposal": str(desk.other_ids.new())})
    await refused(Code.field_missing, "proposal.decide", "tang.bo", None, **data, reason=" ")
    answer = await desk.do("proposal.decide", "tang.bo", None, key="k", **data, reason="三个月垫底")
    assert await desk.do("proposal.decide", "tang.bo", None, key="k", **data, reason="三个月垫底") == answer

    shown = await of_wang(desk)
    assert shown["state"] == "imposed"
    assert shown["explanation"].endswith("tang.bo 决定处分（降一级）：三个月垫底")
    (event,) = [one for one in await desk.events() if isinstance(one, RankingDecidedV1)]
    assert (str(event.proposal), event.person) == (found["id"], "wang.min")
    assert (event.period, event.by) == ("2026-03", "tang.bo")
    audit = (await desk.rows("audit"))[-1]
    assert (audit.command, audit.actor, audit.complaint_id, audit.code) == ("proposal.decide", "tang.bo", None, None)
    await refused(Code.state_not_allowed, "proposal.decide", "gao.feng", None, **data, reason="再议")


async def test_two_decisions_about_a_proposal_of_no_case_at_once_leave_one(desk: Desk) -> None:
    data = {"proposal": (await ranked(desk))["id"], "reason": "x"}
    results = await asyncio.gather(
        desk.do("proposal.decide", "tang.bo", None, **data, decision="impose"),
        desk.do("proposal.decide", "gao.feng", None, **data, decision="dismiss"),
        return_exceptions=True,
    )
    assert [one.code for one in results if isinstance(one, Refused)] == [Code.state_not_allowed]
    assert len(await desk.rows("decision")) == 1


async def test_a_proposal_of_a_case_still_needs_its_rule_and_person(desk: Desk) -> None:
    case = await open_case(desk)
    for missing in ("rule", "person"):
        data = {"rule": "completion.severe", "person": "wu.gang", "decision": "impose", "reason": "x"}
        del data[missing]
        assert (await desk.refused(Code.field_missing, "proposal.decide", "tang.bo", case, **data)).field == missing
    await desk.refused(Code.not_found, "proposal.decide", "tang.bo", None, rule="x", person="y", decision="impose")


async def test_a_group_shows_what_a_region_decided_however_often_it_is_told(desk: Desk) -> None:
    found = await ranked(desk)
    assert desk.room.observing is not None
    desk.room.consumers = desk.room.observing.consumers
    told = desk.fact(RankingDecidedV1, proposal=found["id"], rule=found["rule"], person="wang.min", period="2026-03",
                     decision="dismiss", reason="已调岗", by="tang.bo")  # fmt: skip
    for _ in range(2):
        await desk.hears(told)
    assert (await of_wang(desk))["state"] == "dismissed"
