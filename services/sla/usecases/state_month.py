"""H5, 003§36: the monthly statement of all sums per person: made once, frozen, and told to HR and finance."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import Row, and_, bindparam, insert, or_, select

from services.sla.domain.facts import in_order
from services.sla.domain.statements import latest_cut_off, month_hash, totals
from services.sla.repository import (
    CASE,
    CHARGE,
    JOURNAL,
    LINE,
    STATEMENT,
    STATEMENT_RUN,
    calendars,
    facts_of_all,
    jurisdictions,
    ledger_of,
)
from services.sla.usecases.convert import convert
from services.sla.usecases.post import entries_of, new_entries, write
from shared.db.statements import UuidList, among, fetch, insert_new, run
from shared.events.sla import PersonSum, ReminderDueV1, StatementFrozenV1
from shared.org.model import Post
from shared.policy.model import Statement
from shared.room.room import Room, Tx

BATCH = 500


async def state_months(room: Room) -> None:
    """Makes the statements of the months that have closed, in every zone where they are still missing: where nobody was
    there for months, each of them in turn.

    The policies of a zone share one statement; the last that states a rule gives the cut-off.
    A month that was over before the zone had a case has none.
    """
    rules: dict[str, tuple[Statement, datetime]] = {}
    for zone, policy, since in await jurisdictions(room):
        if policy.statement is not None:
            rules[zone] = (policy.statement, min(since, rules[zone][1])) if zone in rules else (policy.statement, since)
    for zone, (rule, since) in rules.items():
        for month, at in await _missing(room, rule, zone, since):
            await close_books(room, zone, at)
            await _state(room, rule, month, zone, at, await convert(room, zone, month, at))


async def _missing(room: Room, rule: Statement, zone: str, since: datetime) -> list[tuple[str, datetime]]:
    """The closed months from the last that was stated on, or from the zone's first case; oldest first."""
    made = select(STATEMENT_RUN.c.month, STATEMENT_RUN.c.cut_off_at).where(STATEMENT_RUN.c.zone == zone)
    async with room.db.read() as session:
        last = next(iter(await fetch(session, made.order_by(STATEMENT_RUN.c.cut_off_at.desc()).limit(1))), None)
    found: list[tuple[str, datetime]] = []
    month, at = latest_cut_off(rule, room.clock.now(), ZoneInfo(zone))
    while at >= since and (last is None or (month != last.month and at > last.cut_off_at)):
        found.append((month, at))
        month, at = latest_cut_off(rule, at - timedelta(seconds=1), ZoneInfo(zone))
    return found[::-1]


async def close_books(room: Room, zone: str, at: datetime) -> None:
    """Writes what still grows into the journal, as far as it had come at the cut-off, and what is due and was not
    computed: where nobody was there at the cut-off, the statement is the same as far as its facts have come in.
    """
    growing = (
        select(CHARGE.c.complaint_id)
        .join(CASE, CASE.c.complaint_id == CHARGE.c.complaint_id)
        .where(CHARGE.c.growing, CASE.c.zone == zone)
    )
    # A case that was never computed has no zone yet. A fact that comes in makes its case due at once, whenever it was.
    here = or_(CASE.c.zone == zone, CASE.c.zone.is_(None))
    overlooked = select(CASE.c.complaint_id).where(CASE.c.next_change_at <= room.clock.now(), here)
    async with room.db.read() as session:
        waiting = [row.complaint_id for row in await fetch(session, growing.union(overlooked))]
    for start in range(0, len(waiting), BATCH):
        await _close(room, zone, waiting[start : start + BATCH], at)


_LOCK = (
    select(CASE.c.complaint_id)
    .where(among(CASE.c.complaint_id, bindparam("ids", type_=UuidList)))
    .order_by(CASE.c.complaint_id)
    .with_for_update()
)


async def _close(room: Room, zone: str, complaint_ids: list[UUID], at: datetime) -> None:
    async with room.begin() as tx:
        await run(tx.session, _LOCK, {"ids": complaint_ids})
        directory = await tx.directory()
        working = await calendars(room, tx.session)
        before = await entries_of(tx.session, complaint_ids)
        rows: list[dict[str, Any]] = []
        for complaint_id, facts in (await facts_of_all(tx.session, complaint_ids)).items():
            ledger = ledger_of(room.policies, directory, in_order(f for f in facts if f.at <= at), at, working)
            if ledger is None or str(ledger.office.directory.zone(ledger.case.project_id)) != zone:
                continue
            # An entry of after the cut-off (the statement is late) already says more than was owed at it.
            if all(row.at <= at for row in before[complaint_id]):
                rows += new_entries(complaint_id, ledger, before[complaint_id], at, growing=True)
        await write(tx.session, rows)


async def _state(
    room: Room, rule: Statement, month: str, zone: str, at: datetime, pending: set[tuple[UUID, int]]
) -> None:
    async with room.begin() as tx:
        made = {"month": month, "zone": zone, "cut_off_at": at, "made_at": tx.now}
        if not await insert_new(tx.session, STATEMENT_RUN, made):
            return
        line = and_(LINE.c.complaint_id == JOURNAL.c.complaint_id, LINE.c.seq == JOURNAL.c.seq)
        fresh = (
            select(JOURNAL)
            .outerjoin(LINE, line)
            .where(JOURNAL.c.zone == zone, JOURNAL.c.at <= at, LINE.c.seq.is_(None))
            .order_by(JOURNAL.c.complaint_id, JOURNAL.c.seq)
        )
        entries = await fetch(tx.session, fresh)
        lines = [{"complaint_id": row.complaint_id, "seq": row.seq, "month": month} for row in entries]
        rows = _statements(entries, pending, month, zone, at)
        if lines:
            await run(tx.session, insert(LINE), lines)
            await run(tx.session, insert(STATEMENT), rows)
        _publish(tx, month, zone, at, rows)
        await _tell(tx, rule, month, zone, at)


def _publish(tx: Tx, month: str, zone: str, at: datetime, rows: list[dict[str, Any]]) -> None:
    """Also where nobody owes anything: that the month is closed is what is told."""
    people = [PersonSum(**{name: row[name] for name in PersonSum.model_fields}) for row in rows]
    tx.emit(
        StatementFrozenV1,
        month=month,
        zone=zone,
        cut_off_at=at,
        people=sorted(people, key=lambda each: each.person),
        entries=sum(each.entries for each in people),
        total_fen=sum(each.total_fen for each in people),
        sha256=month_hash((each.person, each.sha256) for each in people),
    )


def _statements(
    entries: Iterable[Row[Any]], pending: set[tuple[UUID, int]], month: str, zone: str, at: datetime
) -> list[dict[str, Any]]:
    return [
        {
            "month": month,
            "zone": zone,
            "person": person,
            "entries": total.entries,
            "total_fen": total.total_fen,
            "pending": total.pending,
            "sha256": total.sha256,
            "cut_off_at": at,
        }
        for person, total in totals(entries, pending).items()
    ]


async def _tell(tx: Tx, rule: Statement, month: str, zone: str, at: datetime) -> None:
    """Once a recipient and month, whatever happens: the key says so."""
    directory = await tx.directory()
    for post in rule.to:
        recipient = directory.holder(Post(post), directory.group, None, at)
        if recipient is not None:
            tx.emit(
                ReminderDueV1,
                key=f"statement.monthly:{recipient}:{zone}:{month}",
                template="statement.monthly",
                channel="sms",
                recipient=recipient,
                local_date=at.astimezone(ZoneInfo(zone)).date(),
                complaints=[],
                numbers=[month],
            )
