"""B9, B8: messages about a confidential case are there for those who see it; a customer's key for nobody but him."""

from typing import Any
from uuid import UUID

from services.notify.usecases.reads import messages
from tests.kit.desk import SYSTEM, Desk, person
from tests.notify.facts import classified, due, registered

FINANCE = {"policy_id": "finance", "category": "business", "channel": "letter"}


async def letter(desk: Desk, kind: str = "whistleblowing", number: str = "TS-9") -> UUID:
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case, **FINANCE, kind=kind, number=number))
    return case


async def read(desk: Desk, who: str, **asked: Any) -> list[dict[str, Any]]:
    return list((await messages(desk.room, person(who), **asked))["messages"])


async def test_only_leader_and_general_manager_are_told_and_see_that_they_were(desk: Desk) -> None:
    case = await letter(desk)
    assert {(row.template, row.recipient) for row in await desk.rows("message")} == {
        ("alert.whistleblowing", "chen.wei"),
        ("alert.whistleblowing", "gao.feng"),
    }
    for who in ("chen.wei", "gao.feng"):
        assert len(await read(desk, who, complaint_id=case)) == 2, who
    for who in ("hr.centre", "qian.hui", "sun.li", "wang.min"):
        assert await read(desk, who) == await read(desk, who, complaint_id=case) == [], who
    assert len((await messages(desk.room, SYSTEM))["messages"]) == 2


async def test_what_he_was_sent_before_the_letter_was_sorted_out_he_no_longer_sees(desk: Desk) -> None:
    case, other = await letter(desk, "complaint", "TS-1"), await letter(desk, "complaint", "TS-2")
    await desk.hears(due(desk, "k1", recipient="deng.min", complaints=[case], numbers=["TS-1"]))
    await desk.hears(due(desk, "k2", recipient="deng.min", complaints=[case, other], numbers=["TS-1", "TS-2"]))
    assert len(await read(desk, "deng.min")) == 2
    await desk.hears(classified(desk, case, kind="whistleblowing", kind_before="complaint", category="business"))
    (digest,) = await read(desk, "deng.min")
    assert (digest["text"], digest["complaints"]) == (None, [str(other)])


async def test_the_list_never_shows_a_customers_key(desk: Desk) -> None:
    desk.room.extra["public_url"] = "https://ccrm.example.cn"
    case = desk.other_ids.new()
    await desk.hears(registered(desk, case, tracking="k" * 43))
    (sent,) = await desk.rows("message")
    assert f"https://ccrm.example.cn/t/{'k' * 43}" in sent.text
    for who in ("gao.feng", "wang.min"):
        (shown,) = await read(desk, who, complaint_id=case)
        assert "https://ccrm.example.cn/t/***" in shown["text"]
