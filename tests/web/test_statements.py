"""The calendar, the statements and the bonus bases over HTTP."""

import io
import zipfile
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from sqlalchemy import select

from services.sla.usecases.tick import tick
from shared.db.statements import fetch
from shared.events.base import decode
from shared.events.sla import StatementFrozenV1
from tests.web.test_papers import text_of
from tests.web.world import World, refusal

MARCH = "/api/v1/statements/2026-03"


async def stated(world: World) -> None:
    """One order whose completion is overdue, and the end of the month."""
    case = str((await world.registered())["complaint"])
    approved = {"decision": "approve"}
    for who, name, data in (
        ("wang.min", "order.submit", {}),
        ("sun.li", "order.review", approved),
        ("gao.feng", "order.issue", approved),
    ):
        world.clock.advance(timedelta(minutes=1))
        assert (await world.do(who, name, case, **data)).status_code == 200
    await world.running.settled()
    world.clock.move_to(datetime(2026, 3, 31, 12, tzinfo=UTC))
    await tick(world.running.rooms["sla"])


async def frozen_events(world: World) -> list[StatementFrozenV1]:
    room = world.running.rooms["sla"]
    async with room.db.read() as session:
        rows = await fetch(session, select(room.tables.outbox))
    events = [decode(row.topic, row.body) for row in rows]
    return [event for event in events if isinstance(event, StatementFrozenV1)]


async def test_statements_are_read_and_taken_out_by_those_who_may(world: World) -> None:
    async with world.client("hr.centre") as client:
        assert refusal(await client.get(MARCH)) == (404, "not_found", None)
        assert refusal(await client.get("/api/v1/statements/2026-13.csv")) == (422, "field.invalid", "month")
    await stated(world)
    async with world.client("hr.centre") as client:
        (month,) = (await client.get("/api/v1/statements")).json()["items"]
        people = (await client.get(MARCH)).json()["items"]
        assert (month["month"], month["people"]) == ("2026-03", len(people))
        assert {row["person"] for row in people} >= {"wu.gang", "ma.chao"}
        listed = await client.get(f"{MARCH}.csv", params={"person": "ma.chao"})
        assert listed.headers["content-type"] == "text/csv; charset=utf-8"
        assert listed.headers["content-disposition"] == 'attachment; filename="statement-2026-03.csv"'
        assert "马超" in listed.text
        assert "wu.gang" not in listed.text
        book = await client.get(f"{MARCH}.xlsx")
        assert "xl/worksheets/sheet2.xml" in zipfile.ZipFile(io.BytesIO(book.content)).namelist()
        paper = await client.get(f"{MARCH}.pdf")
        assert (paper.status_code, paper.headers["content-type"]) == (200, "application/pdf")
        said = text_of(paper.content)
        (frozen,) = await frozen_events(world)
        assert (frozen.month, frozen.sha256 in said) == ("2026-03", True)
        for person in people:
            assert person["person_name"] in said
            assert f"{Decimal(person['total']):,.2f}" in said
        assert {each.person: each.total_fen for each in frozen.people} == {
            row["person"]: int(Decimal(row["total"]) * 100) for row in people
        }
        assert frozen.total_fen == sum(each.total_fen for each in frozen.people)
    async with world.client("wang.min") as client:
        assert (await client.get(MARCH)).json()["items"] == []
        assert "本月没有扣罚" in text_of((await client.get(f"{MARCH}.pdf")).content)
    async with world.client() as client:
        files = (f"{MARCH}.csv", f"{MARCH}.xlsx", f"{MARCH}.pdf")
        for path in (MARCH, *files, "/api/v1/statements", "/api/v1/calendar/status"):
            assert refusal(await client.get(path))[:2] == (401, "unauthenticated")


async def test_bonus_bases_are_hr_s(world: World) -> None:
    body = {"bases": [{"person": "wu.gang", "month": "2026-03", "yuan": "8000.50"}]}
    async with world.client("wang.min") as client:
        assert refusal(await client.post("/api/v1/bonus-bases", json=body))[:2] == (403, "role.not_allowed")
    async with world.client("hr.centre") as client:
        key = {"Idempotency-Key": "march"}
        for _ in range(2):
            answer = await client.post("/api/v1/bonus-bases", json=body, headers=key)
            assert (answer.status_code, answer.json()) == (200, {"set": 1})
        body["bases"].append({"person": "nobody", "month": "2026-03", "yuan": "1"})
        assert refusal(await client.post("/api/v1/bonus-bases", json=body)) == (422, "field.invalid", "bases.1")
        assert refusal(await client.post("/api/v1/bonus-bases", json=body, headers=key))[0] == 422
        assert refusal(await client.post("/api/v1/bonus-bases", content=b"x"))[0] == 415


async def test_anybody_may_read_the_calendar(world: World) -> None:
    async with world.client("wang.min") as client:
        found = (await client.get("/api/v1/calendar", params={"year": 2026})).json()
        assert (found["known"], found["source"], len(found["days"])) == (True, "statutory", 365)
        assert {"day": "2026-02-17", "working": False, "note": "春节"} in found["days"]
        assert (await client.get("/api/v1/calendar", params={"year": 2027})).json()["source"] == "provisional"
        assert refusal(await client.get("/api/v1/calendar", params={"year": 9999})) == (422, "field.invalid", "year")
        assert (await client.get("/api/v1/calendar/status")).json()["warning"] is None
