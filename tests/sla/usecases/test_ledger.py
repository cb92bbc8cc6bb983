"""G3: nothing but the set of facts decides the ledger; and what the journal, waivers and statements make of it."""

import itertools
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from services.sla.domain.journal import GENESIS, Amount, Posting, chained
from services.sla.usecases.reads import ledger, penalties
from services.sla.usecases.tick import tick
from services.sla.usecases.try_policy import try_policy
from shared.events.dispatch import ClosureAppliedV1, VisitRecordedV1
from shared.events.sla import ReminderDueV1
from shared.kernel.errors import Code
from shared.policy.library import parse_policy
from tests.kit.desk import SYSTEM, Desk, person
from tests.sla.usecases.cases import at, go, open_case, story

DOCUMENT = Path("shared/policy/documents/group-after-sales.toml").read_text(encoding="utf-8")


async def amounts(desk: Desk, case: UUID) -> dict[str, str | None]:
    return {row["rule"]: row["amount"] for row in (await ledger(desk.room, SYSTEM, case))["penalties"]}


async def test_facts_in_any_order_and_number_give_the_same_ledger(desk: Desk) -> None:
    outcomes = []
    for order in itertools.permutations(range(3)):
        case = desk.other_ids.new()
        facts = story(desk, case)
        for index in order:
            await desk.hears(facts[index])
            await desk.hears(facts[index])
            await tick(desk.room)
        shown = await ledger(desk.room, SYSTEM, case)
        outcomes.append(shown)
    assert all(shown == outcomes[0] for shown in outcomes)
    assert {row["clock"] for row in outcomes[0]["clocks"]} >= {"order.submit", "order.issue", "visit", "completion"}


async def test_a_running_delay_is_derived_on_read(desk: Desk) -> None:
    case = await open_case(desk)
    await go(desk, "03-06 18:00:01")
    desk.clock.move_to(at("03-08 18:00:00"))
    shown = await penalties(desk.room, SYSTEM, complaint_id=case)
    assert {row["rule"]: row["amount"] for row in shown["items"]}["completion.late"] == "200"


async def test_a_person_sees_his_own_charges_and_not_those_of_others(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-08 00:00")
    for who, seen in (("wu.gang", {"wu.gang"}), ("ma.chao", {"ma.chao"}), ("wang.min", set())):
        rows = (await penalties(desk.room, person(who)))["items"]
        assert {row["person"] for row in rows} == seen
    assert {row["person"] for row in (await penalties(desk.room, person("gao.feng")))["items"]} == {
        "wu.gang",
        "ma.chao",
    }


def journal_holds(rows: list[Any]) -> None:
    """Every entry's hash covers the entry and the hash before it."""
    head = {row.complaint_id: GENESIS for row in rows}
    for row in rows:
        posting = Posting(row.rule, row.person, row.kind, row.name, row.clause,
                          Amount(row.units, row.amount_fen, row.percent), row.of, row.explanation)  # fmt: skip
        head[row.complaint_id] = chained(
            head[row.complaint_id], row.seq, str(row.complaint_id), row.at.isoformat(), posting
        )
        assert row.hash == head[row.complaint_id]


async def test_the_journal_takes_back_by_a_reversal_what_a_later_entry_corrects(desk: Desk) -> None:
    case = await open_case(desk)
    await go(desk, "03-02 12:00")
    desk.clock.move_to(at("03-02 13:00"))
    visit = desk.fact(VisitRecordedV1, complaint_id=case, project_id="jinbi-bay", by="wu.gang", state_before="handling",
                      state="handling", outcome="agreed", has_plan=True, at=at("03-02 10:00"))  # fmt: skip
    await desk.hears(visit)
    await tick(desk.room)
    rows = await desk.rows("journal")
    assert [(row.rule, row.kind, row.percent) for row in rows] == [
        ("visit.missed", "debit", 20),
        ("visit.missed", "reversal", -20),
    ]
    journal_holds(rows)


async def test_the_statement_is_made_once_at_the_cut_off_and_what_changes_later_stands_in_the_next(desk: Desk) -> None:
    case = await open_case(desk)
    await go(desk, "03-31 19:59:59")
    assert await desk.rows("statement") == []
    await go(desk, "03-31 20:00")
    await go(desk, "03-31 21:00")
    march = {row.person: row for row in await desk.rows("statement")}
    # Overdue since 03-06 18:00, all brackets used up: 2300 and 1150; 29 days without progress at 200.
    assert march["ma.chao"].total_fen == 115_000
    assert march["wu.gang"].total_fen == 230_000 + 29 * 20_000
    assert march["wu.gang"].pending == [{"rule": "visit.missed", "percent": 20, "of": "monthly_bonus"}]
    told = [
        e.recipient for e in await desk.events() if isinstance(e, ReminderDueV1) and e.template == "statement.monthly"
    ]
    assert sorted(told) == ["finance.centre", "hr.centre"]

    desk.clock.move_to(at("04-02 12:00"))
    applied = desk.fact(ClosureAppliedV1, complaint_id=case, project_id="jinbi-bay", by="wu.gang", state_before="x",
                        state="y", at=at("03-05 12:00"))  # fmt: skip
    await desk.hears(applied)
    await tick(desk.room)
    await go(desk, "04-30 20:00")
    april = {row.person: row.total_fen for row in await desk.rows("statement") if row.month == "2026-04"}
    assert april["ma.chao"] == -115_000
    assert {row.person: row.total_fen for row in await desk.rows("statement") if row.month == "2026-03"} == {
        name: row.total_fen for name, row in march.items()
    }
    journal_holds(await desk.rows("journal"))


async def test_statements_sum_to_the_journal(desk: Desk) -> None:
    for number in range(3):
        await open_case(desk, f"TS-{number}")
    await go(desk, "03-31 20:00")
    entries = sum(row.amount_fen or 0 for row in await desk.rows("journal"))
    assert sum(row.total_fen for row in await desk.rows("statement")) == entries > 0


class TestAppealAndWaiver:
    async def test_only_the_person_charged_may_appeal(self, desk: Desk) -> None:
        case = await open_case(desk)
        await go(desk, "03-05 00:00")
        await desk.refused(Code.role_not_allowed, "penalty.appeal", "ma.chao", case, entry="progress.missed")
        await desk.do("penalty.appeal", "wu.gang", case, entry="progress.missed", reason="现场停电")
        states = {row["rule"]: row["state"] for row in (await ledger(desk.room, SYSTEM, case))["penalties"]}
        assert states["progress.missed"] == "appealed"

    async def test_a_waiver_is_a_counter_entry_and_needs_authority_and_a_reason(self, desk: Desk) -> None:
        case = await open_case(desk)
        await go(desk, "03-05 00:00")
        await desk.refused(Code.role_not_allowed, "penalty.waive", "sun.li", case, entry="progress.missed", reason="x")
        await desk.refused(Code.field_missing, "penalty.waive", "tang.bo", case, entry="progress.missed")
        await desk.refused(Code.field_invalid, "penalty.waive", "tang.bo", case, entry="no.such.rule", reason="x")
        await desk.do("penalty.waive", "tang.bo", case, entry="progress.missed", reason="现场停电")
        rows = [r for r in (await ledger(desk.room, SYSTEM, case))["penalties"] if r["rule"] == "progress.missed"]
        assert [(row["amount"], row["state"]) for row in rows] == [("400", "settled"), ("-400", "waived")]
        await desk.refused(
            Code.state_not_allowed, "penalty.waive", "tang.bo", case, entry="progress.missed", reason="x"
        )
        await go(desk, "03-05 18:01")
        rows = [r for r in (await ledger(desk.room, SYSTEM, case))["penalties"] if r["rule"] == "progress.missed"]
        assert [row["amount"] for row in rows] == ["600", "-400"]

    async def test_an_appeal_is_turned_down_with_a_reason_and_moves_no_money(self, desk: Desk) -> None:
        case = await open_case(desk)
        await go(desk, "03-05 00:00")
        entry = {"rule": "progress.missed", "person": "wu.gang"}
        await desk.refused(Code.state_not_allowed, "penalty.uphold", "tang.bo", case, entry=entry, reason="没有申诉")
        await desk.do("penalty.appeal", "wu.gang", case, entry=entry, reason="现场停电")
        await desk.refused(Code.role_not_allowed, "penalty.uphold", "sun.li", case, entry=entry, reason="x")
        await desk.refused(Code.role_not_allowed, "penalty.uphold", "wu.gang", case, entry=entry, reason="x")
        await desk.refused(Code.field_missing, "penalty.uphold", "tang.bo", case, entry=entry, reason=" ")
        before = len(await desk.rows("journal")), (await desk.counts())["outbox"]
        await desk.do("penalty.uphold", "tang.bo", case, entry=entry, reason="当日供电正常")
        await tick(desk.room)
        rows = [r for r in (await ledger(desk.room, SYSTEM, case))["penalties"] if r["rule"] == "progress.missed"]
        assert [(row["amount"], row["state"]) for row in rows] == [("400", "settled")]
        assert (len(await desk.rows("journal")), (await desk.counts())["outbox"]) == (before[0], before[1] + 1)
        await desk.refused(Code.state_not_allowed, "penalty.uphold", "tang.bo", case, entry=entry, reason="再说一次")

    async def test_who_was_turned_down_appeals_again_only_with_something_new_to_say(self, desk: Desk) -> None:
        case = await open_case(desk)
        await go(desk, "03-05 00:00")
        entry = {"rule": "progress.missed", "person": "wu.gang"}
        await desk.do("penalty.appeal", "wu.gang", case, entry=entry, reason="现场停电")
        await desk.do("penalty.uphold", "gao.feng", case, entry=entry, reason="当日供电正常")
        for old in (" 现场停电 ", "", None):
            await desk.refused(Code.field_invalid, "penalty.appeal", "wu.gang", case, entry=entry, reason=old)
        await desk.do("penalty.appeal", "wu.gang", case, entry=entry, reason="停电通知附后")
        await desk.do("penalty.waive", "gao.feng", case, entry=entry, reason="属实")
        states = [r["state"] for r in (await ledger(desk.room, SYSTEM, case))["penalties"]
                  if r["rule"] == "progress.missed"]  # fmt: skip
        assert states == ["settled", "waived"]

    async def test_a_finding_outside_the_policy_or_the_directory_is_refused(self, desk: Desk) -> None:
        case = await open_case(desk)
        refused = desk.refused
        await refused(Code.field_invalid, "finding.record", "qian.hui", case, kind="no_such", person="wang.min")
        await refused(Code.field_invalid, "finding.record", "qian.hui", case, kind="attitude", person="nobody")
        await refused(Code.role_not_allowed, "finding.record", "wang.min", case, kind="attitude", person="wang.min")
        await refused(Code.not_found, "finding.record", "qian.hui", desk.other_ids.new(), kind="attitude", person="x")
        await desk.do("finding.record", "qian.hui", case, kind="attitude", person="wang.min")
        proposals = (await ledger(desk.room, SYSTEM, case))["proposals"]
        assert [(p["person"], p["rule"]) for p in proposals] == [("wang.min", "attitude")]


async def test_trying_a_policy_tells_what_would_change_and_touches_nothing(desk: Desk) -> None:
    await open_case(desk)
    await go(desk, "03-05 00:00")
    before = await desk.counts()
    dearer = DOCUMENT.replace('amount = { kind = "cash", yuan = 200 }', 'amount = { kind = "cash", yuan = 250 }')
    cases, changed = await try_policy(
        desk.room, parse_policy(dearer, file="dearer"), date(2026, 3, 1), date(2026, 3, 31)
    )
    assert cases == 1
    assert [(d.company, d.person, d.charged_fen, d.amended_fen) for d in changed] == [
        ("物业华南公司", "wu.gang", 40_000, 50_000)
    ]
    none, nothing = await try_policy(desk.room, parse_policy(dearer, file="x"), date(2026, 4, 1), date(2026, 4, 30))
    assert (none, nothing) == (0, [])
    assert await desk.counts() == before


@pytest.mark.parametrize("cursor", ["-1", "x", "9" * 12])
async def test_a_cursor_of_no_ones_making_is_refused(desk: Desk, cursor: str) -> None:
    with pytest.raises(Exception, match=Code.field_invalid.value):
        await penalties(desk.room, SYSTEM, cursor=cursor)
