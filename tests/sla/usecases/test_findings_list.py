"""003§17,35,37: findings as the group sees them, by kind and page, and the case that a finding is about."""

import pytest

from services.sla.usecases.findings import case_to_audit, findings
from shared.kernel.errors import Code, Refused
from tests.kit.desk import Desk, person
from tests.sla.usecases.cases import open_case

AUDITOR = person("qian.hui")


async def test_findings_are_listed_by_kind_and_page(desk: Desk) -> None:
    for number in range(3):
        case = await open_case(desk, f"TS-{number}")
        await desk.do("finding.record", "qian.hui", case, kind="shirking", person="wu.gang", evidence=f"第 {number} 次")
    await desk.do("finding.record", "qian.hui", case, kind="attitude", person="ma.chao", evidence="录像")
    first = await findings(desk.room, AUDITOR, reported=False, kind="shirking", limit=2)
    rest = await findings(desk.room, AUDITOR, reported=False, kind="shirking", limit=2, cursor=first["next_cursor"])
    told = [item["evidence"] for item in (*first["items"], *rest["items"])]
    assert sorted(told) == ["第 0 次", "第 1 次", "第 2 次"]
    assert rest["next_cursor"] is None
    (other,) = (await findings(desk.room, AUDITOR, reported=False, kind="attitude"))["items"]
    assert (other["person_name"], other["by_name"]) == ("马超", "钱慧")
    assert (await findings(desk.room, AUDITOR, reported=True))["items"] == []
    with pytest.raises(Refused) as refused:
        await findings(desk.room, AUDITOR, reported=False, cursor="x")
    assert refused.value.code is Code.field_invalid


async def test_a_case_is_audited_by_its_number_with_its_kinds_and_its_people(desk: Desk) -> None:
    await open_case(desk, "TS-7")
    found = await case_to_audit(desk.room, AUDITOR, "TS-7")
    assert "concealment" in found["kinds"]
    assert ("wu.gang", "吴刚") in found["people"]
    for who, name in ((AUDITOR, "TS-8"), (person("jiang.nan"), "TS-7")):
        with pytest.raises(Refused) as refused:
            await case_to_audit(desk.room, who, name)
        assert refused.value.code is Code.not_found
