"""B9: a letter that informs against somebody is there for two people, and for nobody else in any room."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.__main__ import builders
from services.dispatch.domain.demo import demo_directory
from services.dispatch.usecases.import_directory import import_directory
from shared.bus.port import Message
from shared.kernel.clock import ManualClock
from shared.room.consume import bury
from shared.run.embedded import embedded
from shared.run.settings import Settings
from tests.web.world import COMPLAINT, MORNING, World, refusal

LEADER, MANAGER = "chen.wei", "gao.feng"
"""The chairman, in the place of the vacant leader of finance, and the general manager."""

OTHERS = ["wang.min", "liu.yan", "deng.min", "sun.li", "qian.hui", "hr.centre", "finance.centre", "tang.bo"]
"""The officer who took it, his colleague, the department's head, and the group's other posts."""

LETTER = {"channel": "letter", "category": "business", "content": "举报某员工收受好处", "required_by": None}


@pytest.fixture
async def finance(tmp_path: Path) -> AsyncIterator[World]:
    """The demo group, with its projects under 004."""
    clock = ManualClock(MORNING)
    async with embedded(Settings(data_dir=tmp_path / "var"), builders(), clock=clock) as (running, app):
        demo = demo_directory()
        projects = [project.model_copy(update={"policy": "finance"}) for project in demo.projects]
        async with running.rooms["dispatch"].begin() as tx:
            await import_directory(tx, demo.with_changes(projects=projects))
        running.start()
        await running.settled()
        yield World(app, running, clock)


async def _letter(world: World, **fields: Any) -> dict[str, Any]:
    data = COMPLAINT | LETTER | {"fields": fields or {"whistleblowing": True}}
    response = await world.do("wang.min", "complaint.register", **{k: v for k, v in data.items() if v is not None})
    assert response.status_code == 201, response.text
    return dict(response.json())


LISTS = [
    "/api/v1/complaints", "/api/v1/complaints?state=open", "/api/v1/tasks", "/api/v1/penalties", "/api/v1/proposals",
    "/api/v1/messages", "/api/v1/messages?complaint={case}", "/api/v1/penalties?complaint={case}",
    "/api/v1/parts/intake/earlier?project=jinbi-bay&room_no=3-2-1201", "/api/v1/complaints?q={number}",
    "/api/v1/parts/notify/complaints/{case}",
]  # fmt: skip
WHOLE = [
    "/api/v1/complaints/{case}", "/api/v1/parts/intake/complaints/{case}", "/api/v1/parts/dispatch/complaints/{case}",
    "/api/v1/parts/sla/complaints/{case}",
]  # fmt: skip


async def _traces(world: World, person: str, case: str, number: str) -> list[str]:
    """The reads in which the person finds anything of the case."""
    found = []
    async with world.client(person) as client:
        for path in (*LISTS, *WHOLE):
            response = await client.get(path.format(case=case, number=number))
            if case in response.text or number in response.text:
                found.append(path)
            if path in WHOLE:
                assert response.status_code in (200, 404), path
    return found


@pytest.mark.parametrize("person", OTHERS)
async def test_nobody_else_finds_a_trace_of_it_in_any_room(finance: World, person: str) -> None:
    letter = await _letter(finance)
    assert await _traces(finance, person, letter["complaint"], letter["number"]) == []


@pytest.mark.parametrize("person", [LEADER, MANAGER])
async def test_leader_and_general_manager_find_it_everywhere(finance: World, person: str) -> None:
    letter = await _letter(finance)
    found = set(await _traces(finance, person, letter["complaint"], letter["number"]))
    assert found >= {*WHOLE[:3], *LISTS[:3], LISTS[5], LISTS[6], LISTS[8], LISTS[9]}


async def test_the_officer_has_its_number_as_a_receipt_and_nothing_more(finance: World) -> None:
    letter = await _letter(finance)
    assert letter["number"].startswith("TS20260302-")
    for name, data in (
        ("complaint.classify", {"validity": "valid"}),
        ("complaint.transfer", {"department": "finance"}),
        ("order.submit", {}),
        ("closure.close", {"ground": "lawful"}),
        ("complaint.guard", {"extreme": True}),
        ("finding.record", {"kind": "attitude"}),
    ):
        response = await finance.do("wang.min", name, letter["complaint"], **data)
        assert refusal(response)[:2] == (404, "not_found"), name


async def test_a_letter_sorted_out_later_vanishes_and_comes_back_when_it_was_none(finance: World) -> None:
    letter = await _letter(finance, violation=False)
    case, number = letter["complaint"], letter["number"]
    assert await _traces(finance, "sun.li", case, number)
    sorted_out = await finance.do("wang.min", "complaint.classify", case, kind="whistleblowing")
    assert sorted_out.status_code == 200, sorted_out.text
    for person in ("wang.min", "sun.li", "deng.min"):
        assert await _traces(finance, person, case, number) == [], person
    assert await _traces(finance, LEADER, case, number)
    back = await finance.do(MANAGER, "complaint.classify", case, kind="complaint", reason="并非举报")
    assert back.status_code == 200, back.text
    assert await _traces(finance, "wang.min", case, number)


async def test_it_waits_for_those_who_see_it_and_they_close_it(finance: World) -> None:
    case = (await _letter(finance))["complaint"]
    for person in (LEADER, MANAGER):
        async with finance.client(person) as client:
            tasks = (await client.get("/api/v1/tasks")).json()["items"]
        assert [(one["complaint"], one["command"]) for one in tasks] == [(case, "closure.close")]
    closed = await finance.do(LEADER, "closure.close", case, ground="lawful")
    assert closed.status_code == 200, closed.text
    assert closed.json()["state"] == "closed"


async def test_it_is_linked_with_nothing(finance: World) -> None:
    letter = await _letter(finance)
    other = await _letter(finance, violation=True)
    response = await finance.do(MANAGER, "complaint.classify", letter["complaint"], validity="valid")
    assert response.status_code == 200
    linked = await finance.do("wang.min", "complaint.link", other["complaint"], to=letter["complaint"])
    assert refusal(linked)[:2] == (404, "not_found")
    assert [one["number"] for one in other.get("suggestions", [])] == []


async def test_who_was_named_to_accompany_a_case_sees_it_in_full(finance: World) -> None:
    case = (await _letter(finance, violation=False))["complaint"]
    async with finance.client("he.jun") as client:
        assert refusal(await client.get(f"/api/v1/parts/intake/complaints/{case}"))[0] == 404
    guarded = await finance.do("wang.min", "complaint.guard", case, extreme=True, guardian="he.jun")
    assert guarded.status_code == 200, guarded.text
    async with finance.client("he.jun") as client:
        whole = (await client.get(f"/api/v1/complaints/{case}")).json()
        listed = (await client.get("/api/v1/complaints")).json()["items"]
    assert (whole["record"]["guardian"], whole["record"]["extreme"]) == ("he.jun", True)
    assert (whole["record"]["masked"], whole["case"]["masked"]) == (False, False)
    assert [one["complaint_id"] for one in listed] == [case]
    told = {(message["template"], message["to"]) for message in whole["messages"]}
    assert told == {("alert.extreme", LEADER), ("guardian.named", "he.jun")}


async def test_nobody_is_told_of_it_by_being_named_to_accompany_it(finance: World) -> None:
    case = (await _letter(finance))["complaint"]
    named = await finance.do(MANAGER, "complaint.guard", case, extreme=True, guardian="deng.min")
    assert refusal(named) == (422, "field.invalid", "guardian")
    assert (await finance.do(MANAGER, "complaint.guard", case, extreme=True, guardian=LEADER)).status_code == 200


async def test_who_read_a_case_in_full_is_in_its_trail_once_an_hour(finance: World) -> None:
    case = (await _letter(finance))["complaint"]
    path = f"/api/v1/complaints/{case}"
    async with finance.client(MANAGER) as client:
        for _ in range(3):
            whole = (await client.get(path)).json()
    async with finance.client(LEADER) as client:
        whole = (await client.get(path)).json()
        await client.get("/api/v1/complaints")
    reads = [(one["actor"], one["command"]) for one in whole["audit"] if one["command"] == "complaint.read"]
    assert reads == [(MANAGER, "complaint.read")]


async def test_who_reads_it_masked_is_not_in_the_trail(finance: World) -> None:
    case = (await _letter(finance, violation=False))["complaint"]
    path = f"/api/v1/complaints/{case}"
    async with finance.client("hr.centre") as client:
        assert (await client.get(path)).json()["record"]["masked"] is True
    async with finance.client("wang.min") as client:
        audit = (await client.get(path)).json()["audit"]
    assert "complaint.read" not in {one["command"] for one in audit}


async def test_the_receipt_page_tells_the_officer_the_number_and_nothing_of_the_letter(finance: World) -> None:
    letter = await _letter(finance)
    page = f"/intake/registered/{letter['complaint']}"
    assert (await finance.do(MANAGER, "closure.close", letter["complaint"], ground="lawful")).status_code == 200
    async with finance.client("wang.min", Accept="text/html") as client:
        receipt = await client.get(page)
    assert receipt.status_code == 200
    assert letter["number"] in receipt.text
    for secret in (LETTER["content"], letter["tracking"], "13800000001", "处理完毕"):
        assert secret not in receipt.text
    async with finance.client("liu.yan", Accept="text/html") as client:
        assert (await client.get(page)).status_code == 404


ADMINISTRATION = ["/admin/audit", "/intake/audit", "/ledger/audit", "/messages/audit", "/messages/"]


@pytest.mark.parametrize(("person", "hears"), [(MANAGER, True), ("sun.li", False), ("qian.hui", False)])
async def test_logs_lists_and_files_tell_of_it_only_who_sees_it(finance: World, person: str, hears: bool) -> None:
    letter = await _letter(finance)
    case, number = letter["complaint"], letter["number"]
    traces = []
    async with finance.client(person, Accept="text/html") as client:
        for path in (*ADMINISTRATION, "/admin/export?kind=jsonl&from=2026-03-01&to=2026-03-31"):
            answer = await client.get(path)
            assert answer.status_code == 200, path
            traces += [path] if case in answer.text or number in answer.text else []
        assert "登记" not in (await client.get(f"/intake/audit?case={case}")).text.partition("<tbody>")[2] or hears
        assert ((await client.get(f"/messages/cards/{case}")).status_code == 200) is hears
    assert ("/intake/audit" in traces, bool(traces)) == (hears, hears)


async def test_an_event_of_it_that_a_room_could_not_take_is_not_shown_to_others(finance: World) -> None:
    letter = await _letter(finance)
    room = finance.running.rooms["dispatch"]
    event_id = room.ids.new()
    body = f'{{"complaint_id": "{letter["complaint"]}"}}'
    await bury(room, Message(event_id, "intake.complaint_classified.v1", body, event_id), "why")
    for person, hears in ((MANAGER, True), ("sun.li", False)):
        async with finance.client(person, Accept="text/html") as client:
            assert (str(event_id) in (await client.get("/admin/dead")).text) is hears
            assert ((await client.get(f"/admin/dead/{event_id}")).status_code == 200) is hears
            if not hears:
                assert (await client.post(f"/admin/dead/{event_id}/replay", json={})).status_code == 404
