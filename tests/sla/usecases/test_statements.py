"""H3, H5: statements to read and to take out, percentages that become money, and a chain that shows every change."""

import csv
import io
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import delete, update

from services.sla.repository import JOURNAL
from services.sla.usecases import statements as pages
from services.sla.usecases import verify_journal as verifying
from services.sla.usecases.export_statement import csv_lines, note_export, write_xlsx
from services.sla.usecases.set_bonus_bases import import_bonus_bases
from services.sla.usecases.statements import months, statement
from services.sla.usecases.tick import tick
from services.sla.usecases.verify_journal import verify_journal
from shared.db.statements import run
from shared.events.dispatch import DirectoryPublishedV1, VisitRecordedV1
from shared.kernel.errors import Code, InvalidDocument, Refused
from tests.kit.desk import SYSTEM, Desk, demo, person
from tests.sla.usecases.cases import at, go, open_case, story

HEAD = "person,month,yuan\n"
MARCH, APRIL, MAY = "2026-03", "2026-04", "2026-05"


async def give(desk: Desk, *lines: str) -> int:
    async with desk.room.begin() as tx:
        return await import_bonus_bases(tx, HEAD + "\n".join(lines), "hr.csv")


async def totals(desk: Desk, month: str) -> dict[str, int]:
    return {row.person: row.total_fen for row in await desk.rows("statement") if row.month == month}


async def conversions(desk: Desk) -> list[tuple[int | None, str]]:
    rows = [row for row in await desk.rows("journal") if row.kind == "conversion"]
    return [(row.amount_fen, row.explanation) for row in rows]


async def holds(desk: Desk) -> None:
    """The chain holds, and all statements together are all that stands in the journal in money."""
    assert (await verify_journal(desk.room)).problem is None
    lines = {(row.complaint_id, row.seq) for row in await desk.rows("statement_line")}
    stated = sum(row.amount_fen or 0 for row in await desk.rows("journal") if (row.complaint_id, row.seq) in lines)
    assert sum(row.total_fen for row in await desk.rows("statement")) == stated


async def visited_in_time_after_all(desk: Desk, case: UUID) -> None:
    """A visit of the day of issue that is entered late: visit.missed was owed and is no more."""
    visit = desk.fact(VisitRecordedV1, complaint_id=case, project_id="jinbi-bay", by="wu.gang", state_before="handling",
                      state="handling", outcome="agreed", has_plan=True, at=at("03-02 10:00"))  # fmt: skip
    await desk.hears(visit)
    await tick(desk.room)


class TestPercent:
    async def test_a_base_known_before_the_cut_off_makes_money_in_that_statement(self, desk: Desk) -> None:
        await open_case(desk)
        await go(desk, "03-10 00:00")
        assert await give(desk, "wu.gang,2026-03,8000.05") == 1
        await go(desk, "03-31 20:00")
        assert await conversions(desk) == [(160_001, "003§35：2026-03 基数 8000.05 元 × 20%，折算 1600.01 元")]
        (row,) = [row for row in await desk.rows("statement") if row.person == "wu.gang"]
        assert row.pending == []
        assert row.total_fen == 230_000 + 29 * 20_000 + 160_001
        await holds(desk)

    async def test_a_base_known_after_the_statement_makes_money_in_the_next(self, desk: Desk) -> None:
        await open_case(desk)
        await go(desk, "03-31 20:00")
        march = await totals(desk, MARCH)
        (row,) = [row for row in await desk.rows("statement") if row.person == "wu.gang"]
        assert row.pending == [{"rule": "visit.missed", "percent": 20, "of": "monthly_bonus"}]
        desk.clock.move_to(at("04-05 10:00"))
        await give(desk, "wu.gang,2026-03,8000")
        await go(desk, "04-30 20:00")
        assert [fen for fen, _ in await conversions(desk)] == [160_000]
        assert (await totals(desk, APRIL))["wu.gang"] == 30 * 20_000 + 160_000
        assert await totals(desk, MARCH) == march
        await go(desk, "05-31 20:00")
        assert len(await conversions(desk)) == 1
        await holds(desk)

    async def test_a_corrected_base_is_a_counter_entry_in_the_next(self, desk: Desk) -> None:
        await open_case(desk)
        await give(desk, "wu.gang,2026-03,8000")
        await go(desk, "03-31 20:00")
        desk.clock.move_to(at("04-05 10:00"))
        await give(desk, "wu.gang,2026-03,7000")
        await go(desk, "04-30 20:00")
        assert [fen for fen, _ in await conversions(desk)] == [160_000, -20_000]
        assert (await conversions(desk))[1][1].endswith("折算 1400 元，已折算 1600 元")
        await holds(desk)

    async def test_a_reversal_takes_back_the_same_money_whatever_the_base_of_its_own_month(self, desk: Desk) -> None:
        case = await open_case(desk)
        await give(desk, "wu.gang,2026-03,8000.05", "wu.gang,2026-04,9999")
        await go(desk, "03-31 20:00")
        desk.clock.move_to(at("04-05 10:00"))
        await visited_in_time_after_all(desk, case)
        await go(desk, "04-30 20:00")
        assert [fen for fen, _ in await conversions(desk)] == [160_001, -160_001]
        assert all(row.pending == [] for row in await desk.rows("statement"))
        await holds(desk)

    async def test_what_was_pending_and_is_taken_back_never_becomes_money(self, desk: Desk) -> None:
        case = await open_case(desk)
        await go(desk, "03-31 20:00")
        desk.clock.move_to(at("04-05 10:00"))
        await visited_in_time_after_all(desk, case)
        await go(desk, "04-30 20:00")
        pending = [row.pending for row in await desk.rows("statement") if (row.month, row.person) == (APRIL, "wu.gang")]
        assert pending == [[{"rule": "visit.missed", "percent": -20, "of": "monthly_bonus"}]]
        desk.clock.move_to(at("05-05 10:00"))
        await give(desk, "wu.gang,2026-03,8000")
        await go(desk, "05-31 20:00")
        assert await conversions(desk) == []
        await holds(desk)

    async def test_the_ledger_s_next_entries_do_not_mind_a_conversion(self, desk: Desk) -> None:
        await open_case(desk)
        await give(desk, "wu.gang,2026-03,8000")
        await go(desk, "03-31 20:00")
        await go(desk, "04-30 20:00")
        percents = [row.percent for row in await desk.rows("journal") if row.rule == "visit.missed" and row.percent]
        assert percents == [20]


class TestOutage:
    async def test_a_statement_made_late_says_what_one_made_at_the_cut_off_would(self, desk: Desk) -> None:
        """Nobody was there from the third to the first: what fell due and what grew meanwhile is of March."""
        await open_case(desk)
        await open_case(desk, "TS-2")
        await go(desk, "04-01 09:00")
        march = await totals(desk, MARCH)
        assert march["wu.gang"] == 2 * (230_000 + 29 * 20_000)
        await go(desk, "04-30 20:00")
        april = await totals(desk, APRIL)
        assert march["wu.gang"] + april["wu.gang"] == 2 * (230_000 + 59 * 20_000)
        await holds(desk)

    async def test_a_case_heard_of_before_the_outage_and_never_computed_is_stated_too(self, desk: Desk) -> None:
        await open_case(desk)
        case = desk.other_ids.new()
        for fact in story(desk, case, number="TS-2"):
            await desk.hears(fact)
        await go(desk, "04-01 09:00")
        assert (await totals(desk, MARCH))["wu.gang"] == 2 * (230_000 + 29 * 20_000)

    async def test_facts_that_waited_over_the_cut_off_are_stated_when_they_come_before_the_first_tick(
        self, desk: Desk
    ) -> None:
        await open_case(desk)
        case = desk.other_ids.new()
        waited = story(desk, case, number="TS-2")
        desk.clock.move_to(at("04-01 09:00"))
        for fact in waited:
            await desk.hears(fact)
        await tick(desk.room)
        assert (await totals(desk, MARCH))["wu.gang"] == 2 * (230_000 + 29 * 20_000)
        await holds(desk)

    async def test_every_month_of_a_long_outage_has_its_statement(self, desk: Desk) -> None:
        await open_case(desk)
        await go(desk, "05-02 09:00")
        march, april = await totals(desk, MARCH), await totals(desk, APRIL)
        assert march["wu.gang"] == 230_000 + 29 * 20_000
        assert april["wu.gang"] == 30 * 20_000
        await go(desk, "05-02 09:01")
        assert (await totals(desk, MARCH), await totals(desk, APRIL)) == (march, april)
        await holds(desk)

    async def test_a_case_of_another_zone_is_closed_at_the_cut_off_of_its_own(self, desk: Desk) -> None:
        """Tokyo's month ends an hour before Shanghai's, and the case was not computed when both were over."""
        projects = [
            project.model_copy(update={"timezone": "Asia/Tokyo"} if project.id == "lakeside" else {})
            for project in demo().projects
        ]
        directory = demo().with_changes(projects=projects)
        await desk.hears(desk.fact(DirectoryPublishedV1, version=2, directory=directory))
        await open_case(desk)
        await open_case(desk, "TS-2", project_id="lakeside", officer="sun.yue")
        case = desk.other_ids.new()
        for fact in story(desk, case, number="TS-3", project_id="lakeside", officer="sun.yue"):
            await desk.hears(fact)
        await go(desk, "04-01 09:00")
        march = await totals(desk, MARCH)
        assert march["shi.lei"] == 2 * march["wu.gang"] == 2 * (230_000 + 29 * 20_000)
        await holds(desk)


class TestBases:
    async def test_one_bad_line_and_nothing_is_imported(self, desk: Desk) -> None:
        with pytest.raises(InvalidDocument) as caught:
            await give(desk, "wu.gang,2026-03,8000", "no.body,2026-03,1", "ma.chao,2026-3,x")
        assert [line.split(": ")[0] for line in caught.value.problems] == ["hr.csv:3", "hr.csv:4", "hr.csv:4"]
        assert await desk.rows("bonus_base") == []

    async def test_hr_alone_may_set_them(self, desk: Desk) -> None:
        base = {"person": "wu.gang", "month": MARCH, "yuan": "8000.5"}
        for who in ("gao.feng", "finance.centre", "wu.gang"):
            await desk.refused(Code.role_not_allowed, "bonus.set", who, bases=[base])
        assert await desk.do("bonus.set", "hr.centre", bases=[base]) == {"set": 1}
        assert [(row.person, row.month, row.fen) for row in await desk.rows("bonus_base")] == [
            ("wu.gang", MARCH, 800_050)
        ]

    @pytest.mark.parametrize(
        "bad", [{"person": "nobody"}, {"month": "2026-00"}, {"yuan": "-1"}, {"yuan": 1.5}, {"yuan": True}, {"x": 1}]
    )
    async def test_what_cannot_be_is_refused(self, desk: Desk, bad: dict[str, Any]) -> None:
        base = {"person": "wu.gang", "month": MARCH, "yuan": 8000}
        await desk.refused(
            Code.field_invalid, "bonus.set", "hr.centre", bases=[base, {**base, **bad, "month": "2026-13"}]
        )
        await desk.refused(Code.field_invalid, "bonus.set", "hr.centre", bases=[base, base])
        await desk.refused(Code.field_missing, "bonus.set", "hr.centre")


class TestReads:
    async def test_hr_finance_and_group_posts_see_all_and_a_person_his_own(self, desk: Desk) -> None:
        await open_case(desk)
        await go(desk, "03-31 20:00")
        for who in ("hr.centre", "finance.centre", "gao.feng"):
            shown = await statement(desk.room, person(who), MARCH)
            assert [row["person"] for row in shown["items"]] == ["ma.chao", "wu.gang"]
        (own,) = (await statement(desk.room, person("ma.chao"), MARCH))["items"]
        assert (own["person"], own["person_name"], own["total"], own["entries"]) == ("ma.chao", "马超", "1150", 1)
        assert own["lines"][0]["kind"] == "debit"
        assert own["lines"][0]["clause"] == "003§36.1-2"
        assert own["lines"][0]["number"] == "TS-1"
        assert "1150 元" in own["lines"][0]["explanation"]
        assert (await statement(desk.room, person("ma.chao"), MARCH, person="wu.gang"))["items"] == []
        assert (await statement(desk.room, person("wang.min"), MARCH))["items"] == []
        (month,) = (await months(desk.room, person("hr.centre")))["items"]
        assert (month["month"], month["people"], month["total"]) == (MARCH, 2, str(1150 + 2300 + 29 * 200))
        (mine,) = (await months(desk.room, person("ma.chao")))["items"]
        assert (mine["people"], mine["total"]) == (1, "1150")
        (none,) = (await months(desk.room, person("wang.min")))["items"]
        assert (none["people"], none["total"]) == (0, "0")

    async def test_a_page_goes_on_where_the_last_ended(self, desk: Desk) -> None:
        await open_case(desk)
        await go(desk, "03-31 20:00")
        first = await statement(desk.room, SYSTEM, MARCH, limit=1)
        then = await statement(desk.room, SYSTEM, MARCH, limit=1, cursor=first["next_cursor"])
        assert [row["person"] for row in first["items"] + then["items"]] == ["ma.chao", "wu.gang"]
        assert then["next_cursor"] is None
        with pytest.raises(Refused, match=Code.field_invalid.value):
            await statement(desk.room, SYSTEM, MARCH, cursor="x")

    @pytest.mark.parametrize(("month", "code"), [("2026-13", Code.field_invalid), ("2026-02", Code.not_found)])
    async def test_a_month_that_is_not_stated_is_refused(self, desk: Desk, month: str, code: Code) -> None:
        with pytest.raises(Refused, match=code.value):
            await statement(desk.room, SYSTEM, month)


class TestFiles:
    async def test_the_csv_has_every_entry_and_each_sum(self, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(pages, "PEOPLE_A_TIME", 1)
        await open_case(desk, "=cmd|' /C calc'!A0")
        await go(desk, "03-31 20:00")
        text = "".join([piece async for piece in csv_lines(desk.room, SYSTEM, MARCH)])
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"))))
        entries = [row for row in rows if row[4] in ("扣罚", "冲回", "折算")]
        assert len(entries) == len(await desk.rows("journal"))
        assert {row[3] for row in entries} == {"'=cmd|' /C calc'!A0"}
        sums = {row[2]: row[9] for row in rows if row[4] == "合计"}
        assert sums == {"ma.chao": "1150", "wu.gang": str(2300 + 29 * 200)}
        assert [row[11] for row in rows if row[4] == "合计" and row[2] == "wu.gang"] == ["待定：visit.missed 20%"]

    async def test_the_workbook_opens_with_numbers_as_numbers(self, desk: Desk, tmp_path: Path) -> None:
        await open_case(desk)
        await go(desk, "03-31 20:00")
        await write_xlsx(desk.room, SYSTEM, MARCH, tmp_path / "m.xlsx")
        content = (tmp_path / "m.xlsx").read_bytes()
        assert content.startswith(b"PK")
        await note_export(desk.room, person("hr.centre"), MARCH, "xlsx")
        assert [(row.actor, row.command) for row in await desk.rows("audit")] == [("hr.centre", "statement.export")]


class TestVerify:
    async def test_the_first_entry_that_does_not_hold_is_told(
        self, desk: Desk, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(verifying, "BATCH", 2)
        first = await open_case(desk, "TS-1")
        await open_case(desk, "TS-2")
        await go(desk, "04-30 20:00")
        found = await verify_journal(desk.room)
        assert found.problem is None
        assert (found.cases, found.entries) == (2, len(await desk.rows("journal")))
        assert found.statements == len(await desk.rows("statement"))
        await self.meddle(desk, update(JOURNAL).where(*self.entry(first, 2)).values(amount_fen=1))
        assert (await verify_journal(desk.room)).problem == "TS-1 第 2 笔与其校验码不符"
        await self.meddle(desk, delete(JOURNAL).where(*self.entry(first, 2)))
        assert (await verify_journal(desk.room)).problem == "TS-1 缺第 2 笔"

    async def test_an_entry_taken_from_the_end_shows_in_its_statement(self, desk: Desk) -> None:
        case = await open_case(desk)
        await go(desk, "03-31 20:00")
        last = max(row.seq for row in await desk.rows("journal"))
        who = next(row.person for row in await desk.rows("journal") if row.seq == last)
        await self.meddle(desk, delete(JOURNAL).where(*self.entry(case, last)))
        assert (await verify_journal(desk.room)).problem == f"2026-03 {who} 的扣罚统计与其校验码不符"

    @staticmethod
    def entry(case: UUID, seq: int) -> tuple[Any, Any]:
        return JOURNAL.c.complaint_id == case, JOURNAL.c.seq == seq

    @staticmethod
    async def meddle(desk: Desk, statement: Any) -> None:
        async with desk.room.begin() as tx:
            await run(tx.session, statement)


async def test_an_order_never_submitted_stands_in_the_statement_although_nothing_happened_since(desk: Desk) -> None:
    """Its first five minutes are over before any tick finds a sum; the case wakes for it by itself."""
    from tests.notify.facts import registered

    await desk.hears(registered(desk, desk.other_ids.new(), contact_ended_at=at("03-02 09:30")))
    await tick(desk.room)
    await go(desk, "03-02 10:00:01")
    await go(desk, "03-02 10:05:01")
    assert [row.rule for row in await desk.rows("charge")] == ["order.submit.late"]
    await go(desk, "03-31 20:00")
    assert (await totals(desk, MARCH))["wang.min"] > 0
    await holds(desk)
