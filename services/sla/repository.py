"""sla's rows to facts and ledgers, and back."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Table, bindparam, delete, func, select, tuple_, update
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.calendars import Calendars, Day, LoadedYear
from services.sla.domain.confidence import placed
from services.sla.domain.facts import Fact, in_order
from services.sla.domain.ledger import Ledger, compute, has_case
from services.sla.domain.penalties import explain_charge
from services.sla.domain.reminders import recurring
from services.sla.domain.standing import STANDING, standing_of
from services.sla.tables import (
    BonusBase,
    CalendarChange,
    CalendarDay,
    CalendarYear,
    CaseRow,
    ChargeRow,
    DecisionRow,
    FactRow,
    JournalRow,
    Jurisdiction,
    ProposalRow,
    RegisterRow,
    ReportRow,
    ReportRun,
    StatementLine,
    StatementRow,
    StatementRun,
)
from shared.db.statements import UuidList, among, fetch, insert_new, run, upsert
from shared.events.base import CaseFact, fact_name, keepable, payload
from shared.org.confidential import stored
from shared.org.model import Directory
from shared.policy.library import PolicyLibrary
from shared.policy.model import Policy
from shared.room.room import Room, Tx


def table_of(model: type[SQLModel]) -> Table:
    return model.__table__  # type: ignore[attr-defined,no-any-return]


FACT, CASE, CHARGE, JOURNAL = (table_of(model) for model in (FactRow, CaseRow, ChargeRow, JournalRow))
LINE, STATEMENT, STATEMENT_RUN, BASE = (
    table_of(model) for model in (StatementLine, StatementRow, StatementRun, BonusBase)
)
JURISDICTION, PROPOSAL, DECISION = (table_of(model) for model in (Jurisdiction, ProposalRow, DecisionRow))
CALENDAR_DAY, CALENDAR_YEAR, CALENDAR_CHANGE = (
    table_of(model) for model in (CalendarDay, CalendarYear, CalendarChange)
)


REPORT, REPORT_RUN, REGISTER = (table_of(model) for model in (ReportRow, ReportRun, RegisterRow))


async def remember(session: AsyncSession, event: CaseFact, now: datetime) -> None:
    """Keeps the fact and marks its case as to be computed: the tick does it once for all facts that came together."""
    row = {
        "event_id": event.event_id,
        "complaint_id": event.complaint_id,
        "name": fact_name(event.topic),
        "at": event.occurred_at,
        "recorded_at": event.recorded_at,
        "by": event.by,
        "data": payload(keepable(event)),
    }
    await insert_new(session, FACT, row)
    case = {"complaint_id": event.complaint_id, "project_id": event.project_id, "next_change_at": now}
    if not await insert_new(session, CASE, case):
        await run(session, _MARK, {"case_id": event.complaint_id, "marked_at": now})


_MARK = update(CASE).where(CASE.c.complaint_id == bindparam("case_id")).values(next_change_at=bindparam("marked_at"))


async def note_jurisdiction(tx: Tx, ledger: Ledger) -> None:
    """Keeps that a zone has cases under a policy version. `known` are those seen committed: they cost nothing."""
    known: set[tuple[str, str, str]] = tx.room.extra.setdefault("jurisdictions", set())
    policy = ledger.office.policy
    key = (str(ledger.office.directory.zone(ledger.case.project_id)), policy.id, policy.version)
    if key in known:
        return
    row = {"zone": key[0], "policy_id": key[1], "policy_version": key[2], "since": tx.now}
    if await insert_new(tx.session, JURISDICTION, row):
        tx.forget("jurisdictions")
    else:
        known.add(key)


_JURISDICTIONS = select(JURISDICTION).order_by(*JURISDICTION.primary_key)


async def jurisdictions(room: Room) -> list[tuple[str, Policy, datetime]]:
    """(zone, policy, since when) of all that has cases, in a fixed order."""
    kept: list[tuple[str, Policy, datetime]] | None = room.kept("jurisdictions")
    if kept is None:
        async with room.db.read() as session:
            rows = await fetch(session, _JURISDICTIONS)
        kept = [(row.zone, room.policies.get(row.policy_id, row.policy_version), row.since) for row in rows]
        room.keep("jurisdictions", kept)
    return kept


def as_fact(row: Row[Any]) -> Fact:
    return Fact(row.event_id, row.name, row.at, row.recorded_at, row.by, row.data)


async def facts_of(session: AsyncSession, complaint_id: UUID) -> list[Fact]:
    rows = await fetch(session, select(FACT).where(FACT.c.complaint_id == complaint_id))
    return in_order(as_fact(row) for row in rows)


_FACTS_OF = select(FACT).where(among(FACT.c.complaint_id, bindparam("ids", type_=UuidList)))


async def facts_of_all(session: AsyncSession, complaint_ids: Sequence[UUID]) -> dict[UUID, list[Fact]]:
    """The facts of many cases in few statements."""
    found: dict[UUID, list[Fact]] = {complaint_id: [] for complaint_id in complaint_ids}
    for start in range(0, len(complaint_ids), 500):
        chunk = complaint_ids[start : start + 500]
        for row in (await run(session, _FACTS_OF, {"ids": chunk})).all():
            found[row.complaint_id].append(as_fact(row))
    return found


def policy_of(policies: PolicyLibrary, facts: Iterable[Fact]) -> Policy:
    """The version under which the case was registered."""
    registered = next(fact for fact in facts if fact.name == "complaint_registered")
    return policies.get(registered.data["policy_id"], registered.data["policy_version"])


_CALENDAR_VERSION = select(func.max(CALENDAR_CHANGE.c.version))


async def calendars(room: Room, session: AsyncSession) -> Calendars:
    """The working calendar as loaded, read once a version: an unchanged one costs one look at its version."""
    kept: Calendars | None = room.kept("calendars")
    if kept is not None:
        return kept
    ((version,),) = await fetch(session, _CALENDAR_VERSION)
    held: tuple[int | None, Calendars] | None = room.extra.get("calendars")
    if held is None or held[0] != version:
        held = version, await _stored_calendars(session)
        room.extra["calendars"] = held
    room.keep("calendars", held[1])
    return held[1]


async def _stored_calendars(session: AsyncSession) -> Calendars:
    days: dict[str, dict[date, Day]] = {}
    for row in await fetch(session, select(CALENDAR_DAY)):
        days.setdefault(row.scope, {})[row.day] = Day(row.working, row.note)
    years: dict[str, dict[int, LoadedYear]] = {}
    for row in await fetch(session, select(CALENDAR_YEAR)):
        years.setdefault(row.scope, {})[row.year] = LoadedYear(row.loaded_at, row.provisional_until)
    return Calendars(days, years)


def ledger_of(
    policies: PolicyLibrary, directory: Directory, facts: list[Fact], now: datetime, working: Calendars
) -> Ledger | None:
    """The ledger at `now`, or None while the registration has not arrived."""
    if not has_case(facts):
        return None
    policy = policy_of(policies, facts)
    project_id = next(fact for fact in facts if fact.name == "complaint_registered").data["project_id"]
    zone, hours = directory.zone(project_id), directory.sessions(project_id)
    return compute(policy, directory, facts, now, working.of(policy, project_id, zone, hours))


Computed = tuple[UUID, Ledger | None, list[Fact]]
"""A case, its ledger (None while its registration has not arrived) and its facts."""


async def keep(session: AsyncSession, computed: Sequence[Computed], now: datetime) -> None:
    """Writes what ticks, reminders and lists look up, for many cases in few statements."""
    unknown = [complaint_id for complaint_id, ledger, _ in computed if ledger is None]
    if unknown:
        await run(session, update(CASE).where(CASE.c.complaint_id.in_(unknown)).values(next_change_at=None))
    known = [(complaint_id, ledger, facts) for complaint_id, ledger, facts in computed if ledger is not None]
    if not known:
        return
    await run(session, _KEEP_CASE, [case_row(each, ledger, facts, now) for each, ledger, facts in known])
    ids = [complaint_id for complaint_id, _, _ in known]
    await _replace(session, CHARGE, ids, [row for each, ledger, _ in known for row in charge_rows(each, ledger, now)])
    await _replace(session, PROPOSAL, ids, [row for each, ledger, _ in known for row in _proposal_rows(each, ledger)])


@cache
def _keys_of(table: Table) -> Select[Any]:
    key = (table.c.complaint_id, table.c.rule, table.c.person)
    return select(*key).where(among(table.c.complaint_id, bindparam("ids", type_=UuidList)))


async def _replace(session: AsyncSession, table: Table, cases: list[UUID], rows: list[dict[str, Any]]) -> None:
    """The rows become all that the table has of these cases; one a case, rule and person."""
    key = (table.c.complaint_id, table.c.rule, table.c.person)
    kept = {(row["complaint_id"], row["rule"], row["person"]) for row in rows}
    stored = (await run(session, _keys_of(table), {"ids": cases})).all()
    gone = [tuple(row) for row in stored if tuple(row) not in kept]
    if gone:
        await run(session, delete(table).where(tuple_(*key).in_(gone)))
    await upsert(session, table, rows, ["complaint_id", "rule", "person"])


def _proposal_rows(complaint_id: UUID, ledger: Ledger) -> list[dict[str, Any]]:
    rows = {
        (proposal.rule, proposal.person or ""): {
            "complaint_id": complaint_id,
            "rule": proposal.rule,
            "person": proposal.person or "",
            "name": proposal.name,
            "clause": proposal.clause,
            "range": proposal.range,
            "state": proposal.state,
            "explanation": proposal.explanation,
        }
        for proposal in ledger.proposals
    }
    return list(rows.values())


def case_row(complaint_id: UUID, ledger: Ledger, facts: list[Fact], now: datetime) -> dict[str, Any]:
    """All that is kept of a case, as of `now`; its id under `case_id`."""
    case, policy = ledger.case, ledger.office.policy
    standing = case.history[-1].standing
    clock = next((reminder.clock for reminder in recurring(policy)), None)
    work = next((r for r in ledger.runs if r.clock.id == clock), None)
    return {
        "case_id": complaint_id,
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
        **standing_of(ledger, facts, now),
        "confined_to": stored(placed(ledger).confined_to),
    }


KEPT = (
    "number", "zone", "policy_id", "policy_version", "category", "severity", "officer", "first_department",
    "work_started_at", "work_due_at", "work_stopped_at", "last_fact_at", "next_change_at", *STANDING,
    "confined_to",
)  # fmt: skip
_KEEP_CASE = (
    update(CASE).where(CASE.c.complaint_id == bindparam("case_id")).values({name: bindparam(name) for name in KEPT})
)


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
