"""sla's rows to facts and ledgers, and back."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Table, delete, select, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.facts import Fact, in_order
from services.sla.domain.ledger import Ledger, compute, has_case
from services.sla.domain.penalties import explain_charge
from services.sla.domain.reminders import recurring
from services.sla.domain.working import calendar_of
from services.sla.tables import (
    BonusBase,
    CaseRow,
    ChargeRow,
    FactRow,
    JournalRow,
    Jurisdiction,
    StatementLine,
    StatementRow,
    StatementRun,
)
from shared.db.statements import fetch, insert_new, run, upsert
from shared.events.base import CaseFact, fact_name, payload
from shared.org.model import Directory
from shared.policy.library import PolicyLibrary
from shared.policy.model import Policy
from shared.room.room import Room


def table_of(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]


FACT, CASE, CHARGE, JOURNAL = (table_of(model) for model in (FactRow, CaseRow, ChargeRow, JournalRow))
LINE, STATEMENT, STATEMENT_RUN, BASE = (
    table_of(model) for model in (StatementLine, StatementRow, StatementRun, BonusBase)
)
JURISDICTION = table_of(Jurisdiction)


async def remember(session: AsyncSession, event: CaseFact, now: datetime) -> None:
    """Keeps the fact and marks its case as to be computed: the tick does it once for all facts that came together."""
    row = {
        "event_id": event.event_id,
        "complaint_id": event.complaint_id,
        "name": fact_name(event.topic),
        "at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "by": event.by,
        "data": payload(event),
    }
    await insert_new(session, FACT, row)
    case = {"complaint_id": event.complaint_id, "project_id": event.project_id, "next_change_at": now}
    if not await insert_new(session, CASE, case):
        await run(session, update(CASE).where(CASE.c.complaint_id == event.complaint_id).values(next_change_at=now))


async def note_jurisdiction(
    session: AsyncSession, ledger: Ledger, now: datetime, known: set[tuple[str, str, str]]
) -> None:
    """Keeps that a zone has cases under a policy version. `known` are those seen committed: they cost nothing."""
    policy = ledger.office.policy
    key = (str(ledger.office.directory.zone(ledger.case.project_id)), policy.id, policy.version)
    if key in known:
        return
    row = {"zone": key[0], "policy_id": key[1], "policy_version": key[2], "since": now}
    if not await insert_new(session, JURISDICTION, row):
        known.add(key)


async def jurisdictions(room: Room) -> list[tuple[str, Policy, datetime]]:
    """(zone, policy, since when) of all that has cases, in a fixed order."""
    async with room.db.read() as session:
        rows = await fetch(session, select(JURISDICTION).order_by(*JURISDICTION.primary_key))
    return [(row.zone, room.policies.get(row.policy_id, row.policy_version), row.since) for row in rows]


def as_fact(row: Row[Any]) -> Fact:
    return Fact(row.event_id, row.name, row.at, row.recorded_at, row.by, row.data)


async def facts_of(session: AsyncSession, complaint_id: UUID) -> list[Fact]:
    rows = await fetch(session, select(FACT).where(FACT.c.complaint_id == complaint_id))
    return in_order(as_fact(row) for row in rows)


async def facts_of_all(session: AsyncSession, complaint_ids: Sequence[UUID]) -> dict[UUID, list[Fact]]:
    """The facts of many cases in few statements."""
    found: dict[UUID, list[Fact]] = {complaint_id: [] for complaint_id in complaint_ids}
    for start in range(0, len(complaint_ids), 500):
        chunk = complaint_ids[start : start + 500]
        for row in await fetch(session, select(FACT).where(FACT.c.complaint_id.in_(chunk))):
            found[row.complaint_id].append(as_fact(row))
    return found


def policy_of(policies: PolicyLibrary, facts: Iterable[Fact]) -> Policy:
    """The version under which the case was registered."""
    registered = next(fact for fact in facts if fact.name == "complaint_registered")
    return policies.get(registered.data["policy_id"], registered.data["policy_version"])


def ledger_of(policies: PolicyLibrary, directory: Directory, facts: list[Fact], now: datetime) -> Ledger | None:
    """The ledger at `now`, or None while the registration has not arrived."""
    if not has_case(facts):
        return None
    policy = policy_of(policies, facts)
    project_id = next(fact for fact in facts if fact.name == "complaint_registered").data["project_id"]
    return compute(policy, directory, facts, now, calendar_of(policy, directory.zone(project_id)))


async def keep(
    session: AsyncSession, complaint_id: UUID, ledger: Ledger | None, facts: list[Fact], now: datetime
) -> None:
    """Writes what ticks, reminders and lists look up."""
    if ledger is None:
        await run(session, update(CASE).where(CASE.c.complaint_id == complaint_id).values(next_change_at=None))
        return
    case, policy = ledger.case, ledger.office.policy
    standing = case.history[-1].standing
    clock = next((reminder.clock for reminder in recurring(policy)), None)
    work = next((r for r in ledger.runs if r.clock.id == clock), None)
    values = {
        "number": case.number,
        "zone": str(ledger.office.directory.zone(case.project_id)),
        "policy_id": policy.id,
        "policy_version": policy.version,
        "category": standing.category,
        "severity": standing.severity,
        "officer": standing.officer,
        "first_department": standing.first_department,
        "work_started_at": work.started_at if work else None,
        "work_due_at": work.due_at if work else None,
        "work_stopped_at": work.stopped_at if work else None,
        "last_fact_at": facts[-1].at,
        "next_change_at": ledger.next_change_at,
    }
    await run(session, update(CASE).where(CASE.c.complaint_id == complaint_id).values(**values))
    rows = charge_rows(complaint_id, ledger, now)
    kept = {(row["rule"], row["person"]) for row in rows}
    stored = await fetch(session, select(CHARGE.c.rule, CHARGE.c.person).where(CHARGE.c.complaint_id == complaint_id))
    for row in stored:
        rule, person = row.rule, row.person
        if (rule, person) not in kept:
            await run(
                session,
                delete(CHARGE).where(
                    CHARGE.c.complaint_id == complaint_id, CHARGE.c.rule == rule, CHARGE.c.person == person
                ),
            )
    await upsert(session, CHARGE, rows, ["complaint_id", "rule", "person"])


def charge_rows(complaint_id: UUID, ledger: Ledger, now: datetime) -> list[dict[str, Any]]:
    return [
        {
            "complaint_id": complaint_id,
            "rule": charge.rule,
            "person": charge.person or "",
            "name": charge.name,
            "clause": charge.clause,
            "units": charge.units,
            "amount_fen": charge.amount,
            "percent": charge.percent,
            "of": charge.of,
            "growing": charge.growing,
            "explanation": explain_charge(charge),
            "computed_at": now,
        }
        for charge in ledger.charges
    ]
