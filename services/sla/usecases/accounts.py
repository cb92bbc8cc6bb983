"""H5, H6: the ledger by entries: what was written into the journal, and what still grows beside it."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Row, and_, func, or_, select
from sqlmodel.ext.asyncio.session import AsyncSession

from services.sla.domain.counters import APPEALED, UPHELD, WAIVED, appealed, upheld
from services.sla.domain.facts import in_order
from services.sla.domain.sheets import MONTH
from services.sla.repository import (
    CASE,
    CHARGE,
    FACT,
    JOURNAL,
    as_fact,
    calendars,
    charge_rows,
    facts_of_all,
    ledger_of,
)
from services.sla.usecases.answers import answer_of
from services.sla.usecases.confiding import secrets_from
from services.sla.usecases.post import entries_of
from services.sla.usecases.seen import place_of, within
from services.sla.usecases.statements import VEILED
from shared.db.statements import fetch
from shared.kernel.errors import Code, Refused
from shared.kernel.money import Fen, yuan
from shared.org.model import Directory
from shared.room.room import Actor, Room

CONVERSION = "conversion"
MOST_GROWING = 500

Key = tuple[UUID, str, str]
"""(case, rule, person)"""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list of entries is asked for; empty means all. `people` are ids, `month` a local month as 2026-03."""

    people: Collection[str] | None = None
    company: str | None = None
    project: str | None = None
    month: str | None = None
    rule: str | None = None

    def conditions(self, table: Any) -> list[ColumnElement[bool]]:
        found: list[ColumnElement[bool]] = []
        if self.people is not None:
            found.append(table.c.person.in_(sorted(self.people)))
        if self.company is not None:
            found.append(CASE.c.company == self.company)
        if self.project is not None:
            found.append(CASE.c.project_id == self.project)
        if self.rule is not None:
            found.append(table.c.rule == self.rule)
        return found


def month_bounds(month: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The first instant of a local month and of the one after it. Raises Refused(field.invalid)."""
    if not MONTH.fullmatch(month) or not "2000" <= month < "2100":
        raise Refused(Code.field_invalid, "month: 应为 2026-03 这样的月份", field="month")
    year, number = int(month[:4]), int(month[5:])
    after = (year + 1, 1) if number == 12 else (year, number + 1)
    return datetime(year, number, 1, tzinfo=zone), datetime(*after, 1, tzinfo=zone)


async def entries(
    room: Room, viewer: Actor, wanted: Wanted, *, cursor: str | None = None, limit: int = 25
) -> dict[str, Any]:
    """The journal, the latest first, of the cases in the viewer's place and of himself; none of confidential cases."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        asked = [*wanted.conditions(JOURNAL), *_seen(directory, viewer, room.clock.now(), JOURNAL)]
        asked += _during(wanted, directory)
        if cursor is not None:
            asked.append(_before(cursor))
        order = JOURNAL.c.at.desc(), JOURNAL.c.complaint_id.desc(), JOURNAL.c.seq.desc()
        rows = await fetch(session, _journal().where(*asked).order_by(*order).limit(limit + 1))
        items = await _with_states(session, directory, rows[:limit])
    last = rows[limit - 1] if len(rows) > limit else None
    on = f"{last.at.isoformat()}~{last.complaint_id}~{last.seq}" if last is not None else None
    return {"items": items, "next_cursor": on}


async def sums(room: Room, viewer: Actor, wanted: Wanted) -> list[dict[str, Any]]:
    """Each person's sum of the same entries, the highest first; what still grows is not in it."""
    async with room.db.read() as session:
        directory = await room.directory(session)
        asked = [*wanted.conditions(JOURNAL), *_seen(directory, viewer, room.clock.now(), JOURNAL)]
        asked += _during(wanted, directory)
        total, number = func.coalesce(func.sum(JOURNAL.c.amount_fen), 0), func.count()
        rows = await fetch(
            session,
            select(JOURNAL.c.person, total.label("fen"), number.label("entries"))
            .join(CASE, CASE.c.complaint_id == JOURNAL.c.complaint_id)
            .where(*asked)
            .group_by(JOURNAL.c.person)
            .order_by(total.desc(), JOURNAL.c.person),
        )
    return [
        {"person": row.person, "person_name": directory.name_of(row.person), "entries": row.entries,
         "amount": yuan(Fen(int(row.fen)))}
        for row in rows
    ]  # fmt: skip


async def growing(
    room: Room, viewer: Actor, wanted: Wanted, *, cursor: str | None = None, limit: int = 25
) -> dict[str, Any]:
    """What grows at this moment and is not yet written, the newest case first. A month asks for nothing here."""
    offset = int(cursor) if cursor and cursor.isdigit() and len(cursor) < 8 else 0
    async with room.db.read() as session:
        directory = await room.directory(session)
        asked = [CHARGE.c.growing, *wanted.conditions(CHARGE)]
        asked += _seen(directory, viewer, room.clock.now(), CHARGE)
        order = CHARGE.c.complaint_id.desc(), CHARGE.c.rule, CHARGE.c.person
        statement = _charges().where(*asked).order_by(*order).offset(offset).limit(limit + 1)
        rows = await fetch(session, statement)
        items = await _grown(room, session, directory, rows[:limit])
    return {"items": items, "next_cursor": str(offset + limit) if len(rows) > limit else None}


async def own(room: Room, viewer: Actor) -> list[dict[str, Any]]:
    """All that stands against the viewer himself, the latest first; of a case he may not hear of, only the sum."""
    person = viewer.person or ""
    async with room.db.read() as session:
        directory = await room.directory(session)
        secret = await secrets_from(room, session, directory, viewer)
        rows = await fetch(session, _charges().where(CHARGE.c.growing, CHARGE.c.person == person).limit(MOST_GROWING))
        found = await _grown(room, session, directory, rows)
        order = JOURNAL.c.at.desc(), JOURNAL.c.complaint_id.desc(), JOURNAL.c.seq.desc()
        written = await fetch(session, _journal().where(JOURNAL.c.person == person).order_by(*order))
        found += await _with_states(session, directory, written)
    return [_veiled(item) if UUID(item["complaint"]) in secret else item for item in found]


async def open_appeals(room: Room, viewer: Actor) -> list[dict[str, Any]]:
    """Charges under appeal in the cases of the viewer's place and his own, with the reason, the latest first."""
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        cases = select(FACT.c.complaint_id).join(CASE, CASE.c.complaint_id == FACT.c.complaint_id)
        scope = within(directory, place_of(directory, viewer, now))
        told = await _told(session, cases.where(FACT.c.name == APPEALED, *scope))
        numbers = {
            row.complaint_id: row for row in await fetch(session, select(CASE).where(CASE.c.complaint_id.in_(told)))
        }
        owed = {(row.complaint_id, row.rule, row.person): row
                for row in await fetch(session, _charges().where(CHARGE.c.complaint_id.in_(told)))}  # fmt: skip
        fresh = {_key_of(row): row for row in await _grown(room, session, directory, [
            row for row in owed.values() if row.growing], whole=True)}  # fmt: skip
    found = []
    for case, facts in told.items():
        for rule, person in sorted(appealed(facts)):
            row = owed.get((case, rule, person))
            if row is None:
                continue
            about = [fact for fact in facts if (fact.data["rule"], fact.data["person"]) == (rule, person)]
            last = [fact for fact in about if fact.name == APPEALED][-1]
            before = [fact for fact in about if fact.name == UPHELD]
            item = fresh.get((case, rule, person)) or _item(row, directory, "settled")
            found.append(item | {"number": numbers[case].number, "state": "appealed", "appealed_at": last.at,
                                 "reason": last.data.get("reason"),
                                 "upheld": answer_of(before[-1] if before else None, directory)})  # fmt: skip
    return sorted(found, key=lambda item: item["appealed_at"], reverse=True)


def _journal() -> Any:
    place = CASE.c.number, CASE.c.project_id
    return select(JOURNAL, *place).join(CASE, CASE.c.complaint_id == JOURNAL.c.complaint_id)


def _charges() -> Any:
    place = CASE.c.number, CASE.c.project_id, CASE.c.zone
    return select(CHARGE, *place).join(CASE, CASE.c.complaint_id == CHARGE.c.complaint_id)


def _seen(directory: Directory, viewer: Actor, now: datetime, table: Any) -> list[ColumnElement[bool]]:
    scope = and_(*within(directory, place_of(directory, viewer, now)))
    return [or_(scope, and_(table.c.person == (viewer.person or ""), CASE.c.confined_to.is_(None)))]


def _during(wanted: Wanted, directory: Directory) -> list[ColumnElement[bool]]:
    if wanted.month is None:
        return []
    since, until = month_bounds(wanted.month, ZoneInfo(directory.timezone))
    return [JOURNAL.c.at >= since, JOURNAL.c.at < until]


def _before(cursor: str) -> ColumnElement[bool]:
    try:
        at_text, case_text, seq_text = cursor.split("~")
        at, case, seq = datetime.fromisoformat(at_text), UUID(case_text), int(seq_text)
        if at.tzinfo is None or not 0 <= seq < 2**31:
            raise ValueError
    except ValueError:
        raise Refused(Code.field_invalid, "cursor: 不是本接口给出的游标", field="cursor") from None
    place = JOURNAL.c.at, JOURNAL.c.complaint_id, JOURNAL.c.seq
    return or_(
        place[0] < at,
        and_(place[0] == at, place[1] < case),
        and_(place[0] == at, place[1] == case, place[2] < seq),
    )


async def _told(session: AsyncSession, cases: Any) -> dict[UUID, list[Any]]:
    """The appeals of these cases and the answers to them, in order."""
    wanted = select(FACT).where(FACT.c.complaint_id.in_(cases), FACT.c.name.in_((APPEALED, WAIVED, UPHELD)))
    found: dict[UUID, list[Any]] = {}
    for row in await fetch(session, wanted):
        found.setdefault(row.complaint_id, []).append(as_fact(row))
    return {case: in_order(facts) for case, facts in found.items()}


async def _grown(
    room: Room, session: AsyncSession, directory: Directory, rows: Sequence[Row[Any]], *, whole: bool = False
) -> list[dict[str, Any]]:
    """The rows as of now, less what was written of them at a cut-off (`whole`: with it)."""
    now = room.clock.now()
    cases = list({row.complaint_id for row in rows})
    working = await calendars(room, session)
    fresh: dict[Key, dict[str, Any]] = {}
    for case, facts in (await facts_of_all(session, cases)).items():
        found = ledger_of(room.policies, directory, facts, now, working)
        for one in charge_rows(case, found, now) if found else ():
            fresh[case, one["rule"], one["person"]] = one
    written: dict[Key, int] = {}
    for case, posted in (await entries_of(session, cases)).items():
        for entry in posted:
            if entry.kind != CONVERSION:
                key = case, entry.rule, entry.person
                written[key] = written.get(key, 0) + (entry.amount_fen or 0)
    told = await _told(session, cases)
    items = []
    for row in rows:
        key = row.complaint_id, row.rule, row.person
        facts, about = told.get(row.complaint_id, []), (row.rule, row.person)
        item = _item(row, directory, "appealed" if about in appealed(facts) else "running", fresh.get(key))
        item["upheld"] = answer_of(upheld(facts).get(about), directory)
        before = 0 if whole else written.get(key, 0)
        if before and item["fen"] is not None:
            item |= _money(item["fen"] - before)
            item["explanation"] += f"；其中 {yuan(Fen(before))} 元此前已入账"
        items.append(item | {"at": now, "kind": "growing"})
    return items


async def _with_states(session: AsyncSession, directory: Directory, rows: Sequence[Row[Any]]) -> list[dict[str, Any]]:
    """Journal rows with what became of them: settled, appealed, waived or reversed."""
    cases = list({row.complaint_id for row in rows})
    told = await _told(session, cases)
    nets: dict[Key, int] = {}
    for case, posted in (await entries_of(session, cases)).items():
        for entry in posted:
            if entry.kind != CONVERSION:
                key = case, entry.rule, entry.person
                nets[key] = nets.get(key, 0) + (entry.amount_fen or entry.percent or 0)
    items = []
    for row in rows:
        facts, about = told.get(row.complaint_id, []), (row.rule, row.person)
        waived = any(fact.name == WAIVED and (fact.data["rule"], fact.data["person"]) == about for fact in facts)
        gone = "waived" if waived else "reversed"
        net = nets.get((row.complaint_id, *about), 0)
        state = gone if row.kind == "reversal" or not net else "appealed" if about in appealed(facts) else "settled"
        item = _item(row, directory, state) | {"at": row.at, "kind": row.kind, "left": net > 0}
        items.append(item | {"upheld": answer_of(upheld(facts).get(about), directory)})
    return items


def _item(row: Row[Any], directory: Directory, state: str, fresh: Mapping[str, Any] | None = None) -> dict[str, Any]:
    values = fresh or row._mapping
    project = directory.project(row.project_id)
    return {
        "complaint": str(row.complaint_id),
        "number": row.number,
        "project": row.project_id,
        "project_name": project.name if project else row.project_id,
        "zone": row.zone,
        "person": row.person,
        "person_name": directory.name_of(row.person),
        "rule": row.rule,
        "left": True,
        "state": state,
        **{name: values[name] for name in ("name", "clause", "units", "percent", "of", "explanation")},
        **_money(values["amount_fen"]),
    }


def _money(fen: int | None) -> dict[str, Any]:
    return {"fen": fen, "amount": None if fen is None else yuan(Fen(fen))}


def _key_of(item: Mapping[str, Any]) -> Key:
    return UUID(item["complaint"]), item["rule"], item["person"]


def _veiled(item: dict[str, Any]) -> dict[str, Any]:
    veil = {"complaint": None, "number": VEILED, "project_name": "", "explanation": "保密案件", "left": False,
            "upheld": None}  # fmt: skip
    return item | veil


def by_month(items: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The entries under the local month in which they were made, those of one case and rule together, with the
    month's sum in yuan and its percentages. The explanation of the last entry tells of all before it.
    """
    months: dict[str, dict[str, Any]] = {}
    for item in items:
        month = item["at"].astimezone(ZoneInfo(item["zone"] or "UTC")).strftime("%Y-%m")
        found = months.setdefault(month, {"month": month, "amount": Decimal(0), "percent": 0, "items": {}})
        found["amount"] += Decimal(item["amount"] or 0)
        found["percent"] += item["percent"] or 0
        found["items"].setdefault((item["complaint"], item["rule"]), []).append(item)
    return [
        months[month] | {"items": [_together(parts) for parts in months[month]["items"].values()]}
        for month in sorted(months, reverse=True)
    ]


def _together(parts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """One row of what a rule costs in a case, the latest entry first in `parts`."""
    standing = next((part for part in parts if part["kind"] not in ("reversal", CONVERSION)), parts[0])
    sums = [part["fen"] for part in parts if part["fen"] is not None]
    percents = [part["percent"] for part in parts if part["percent"] is not None]
    return parts[0] | {
        "state": standing["state"],
        "left": any(part["left"] for part in parts),
        **_money(sum(sums) if sums else None),
        "percent": sum(percents) if percents else None,
        "parts": list(parts),
    }
