"""B9: of a confidential case nobody else sees a charge, a reminder, a proposal or a line of a statement."""

import pytest

from services.sla.usecases.export_statement import csv_lines
from services.sla.usecases.reads import ledger, penalties
from services.sla.usecases.statements import statement
from shared.kernel.errors import Code, Refused
from shared.policy.base import CaseCondition
from shared.policy.library import PolicyLibrary
from shared.policy.protection import Confidential
from tests.kit.desk import SYSTEM, Desk, person
from tests.sla.usecases.cases import go, open_case, reminders

OTHERS = ["wu.gang", "lin.fang", "sun.li", "qian.hui", "hr.centre", "finance.centre", "wang.min"]


@pytest.fixture
def secretive(desk: Desk) -> Desk:
    """003, in which a case of the visit channel is told to its leader and the general manager only."""
    rule = Confidential(
        id="secret",
        name="保密",
        clause="003§1",
        case=CaseCondition(channel=["visit"]),
        visible_to=["leader", "general_manager"],
    )
    policies = [
        one.model_copy(update={"confidential": [rule]}) if one.id == "group-after-sales" else one
        for one in desk.room.policies.all()
    ]
    desk.room.policies = PolicyLibrary(policies)
    return desk


async def test_only_leader_and_general_manager_see_its_ledger_and_its_charges(secretive: Desk) -> None:
    case = await open_case(secretive, channel="visit")
    await go(secretive, "03-10 00:00")
    for name in OTHERS:
        with pytest.raises(Refused) as caught:
            await ledger(secretive.room, person(name), case)
        assert caught.value.code is Code.not_found
        assert (await penalties(secretive.room, person(name)))["items"] == [], name
    assert (await ledger(secretive.room, person("ma.chao"), case))["penalties"]
    seen = (await penalties(secretive.room, person("gao.feng")))["items"]
    assert {item["complaint"] for item in seen} == {str(case)}


async def test_only_they_are_reminded_of_it(secretive: Desk) -> None:
    await open_case(secretive, "TS-1", channel="visit")
    await open_case(secretive, "TS-2")
    await go(secretive, "03-03 09:30")
    told = {who: numbers for who, _, numbers in await reminders(secretive)}
    assert told == {"ma.chao": ["TS-1", "TS-2"], "wu.gang": ["TS-2"], "lin.fang": ["TS-2"]}


async def test_a_statement_keeps_the_sum_and_not_the_case(secretive: Desk) -> None:
    case = await open_case(secretive, channel="visit")
    await go(secretive, "03-31 20:00")
    for name in ("hr.centre", "wu.gang"):
        told = await statement(secretive.room, person(name), "2026-03")
        (mine,) = [one for one in told["items"] if one["person"] == "wu.gang"]
        assert mine["lines"]
        assert {(line["complaint"], line["number"], line["explanation"]) for line in mine["lines"]} == {
            (None, "—", "保密案件")
        }
        exported = "".join([part async for part in csv_lines(secretive.room, person(name), "2026-03")])
        assert "TS-1" not in exported
        assert str(case) not in exported
    whole = await statement(secretive.room, SYSTEM, "2026-03")
    (row,) = [one for one in whole["items"] if one["person"] == "wu.gang"]
    assert (row["total"], {line["number"] for line in row["lines"]}) == (mine["total"], {"TS-1"})


async def test_its_commands_are_unknown_to_whoever_does_not_see_it(secretive: Desk) -> None:
    case = await open_case(secretive, channel="visit")
    for name in ("qian.hui", "wang.min", "sun.li"):
        await secretive.refused(Code.not_found, "finding.record", name, case, kind="attitude")
