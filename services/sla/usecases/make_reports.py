"""I2-I5, J1-J4: each report of a policy is made once a period, frozen, and told to who gets it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import or_, select

from services.sla.domain.facts import in_order
from services.sla.domain.ledger import has_case
from services.sla.domain.reports import (
    COLUMNS,
    MOST_ROWS,
    Slot,
    is_current,
    is_listed,
    latest_slot,
    next_slot,
    shown,
    span,
    summary_of,
)
from services.sla.repository import (
    CASE,
    REPORT,
    REPORT_RUN,
    calendars,
    case_row,
    facts_of_all,
    jurisdictions,
    ledger_of,
)
from services.sla.usecases.rankings import ranking_report
from shared.db.statements import fetch, insert_new, insert_rows
from shared.events.sla import ReminderDueV1
from shared.org.acting import acting_for
from shared.org.liability import PLAIN_GROUP_POSTS, CaseStanding, holder
from shared.org.model import Directory, Post
from shared.policy.model import Policy
from shared.policy.reports import RANKINGS, Report
from shared.room.room import Room, Tx

GROUP = "group"
"""The scope of what the group's posts get: all cases, in one report."""

MOST_NAMED = 200
"""So many complaints are named in the message; the report has them all."""

SEEN = "reports_made"


@dataclass(frozen=True, slots=True)
class Due:
    """A report that has come: the policy's version last in use in the zone states it."""

    policy: Policy
    report: Report
    zone: ZoneInfo
    slot: Slot

    @property
    def key(self) -> tuple[str, str, str, str]:
        return self.policy.id, self.report.id, str(self.zone), self.slot.period


@dataclass(frozen=True, slots=True)
class Contents:
    """What one recipient scope gets. `rows` may be cut short; `number` and `summary` count all."""

    number: int
    summary: Mapping[str, Any]
    columns: list[list[str]]
    rows: list[dict[str, Any]]
    complaints: list[UUID]


async def make_reports(room: Room) -> None:
    """All that has come and is not made. After an outage a day's report is made the same local day or not at all, a
    longer period's until the next one; each as of its own instant.
    """
    made = room.extra.setdefault(SEEN, set())
    for due in [due for due in await _due(room) if due.key not in made]:
        async with room.db.read() as session:
            same = (column == value for column, value in zip(REPORT_RUN.primary_key, due.key, strict=True))
            known = await fetch(session, select(REPORT_RUN.c.at).where(*same))
        if not known:
            await _make(room, due)
        made.add(due.key)


async def next_reports(room: Room) -> list[datetime]:
    """When each report in use falls due next."""
    now = room.clock.now()
    return [next_slot(report, now, zone) for policy, zone, _ in await _in_use(room) for report in policy.report]


async def _in_use(room: Room) -> list[tuple[Policy, ZoneInfo, datetime]]:
    """(latest version in use, zone, since when the zone has cases under the policy)."""
    latest: dict[tuple[str, str], tuple[Policy, ZoneInfo, datetime]] = {}
    for zone, policy, since in await jurisdictions(room):
        known = latest.get((zone, policy.id))
        newer = policy if known is None or policy.version > known[0].version else known[0]
        latest[zone, policy.id] = newer, ZoneInfo(zone), min(since, known[2]) if known else since
    return list(latest.values())


async def _due(room: Room) -> list[Due]:
    now = room.clock.now()
    found = [
        Due(policy, report, zone, slot)
        for policy, zone, since in await _in_use(room)
        for report in policy.report
        if (slot := latest_slot(report, now, zone)).at >= since and is_current(report, slot, now, zone)
    ]
    return sorted(found, key=lambda due: (due.slot.at, due.key))


async def _make(room: Room, due: Due) -> None:
    async with room.begin() as tx:
        run_row = dict(zip(("policy_id", "report", "zone", "period"), due.key, strict=True))
        if not await insert_new(tx.session, REPORT_RUN, {**run_row, "at": due.slot.at, "made_at": tx.now}):
            return
        directory = await tx.directory()
        parts: Iterable[tuple[str, list[str], Contents]]
        if due.report.of in RANKINGS:
            parts = await _ranking_parts(tx, directory, due)
        else:
            parts = _case_parts(directory, due, await _cases(tx, directory, due))
        for scope, recipients, contents in parts:
            report_id = tx.new_id()
            await insert_rows(
                tx.session,
                REPORT,
                {
                    "id": report_id,
                    **run_row,
                    "scope": scope,
                    "name": due.report.name,
                    "clause": due.report.clause,
                    "recipients": recipients,
                    "first_day": due.slot.first,
                    "last_day": due.slot.last,
                    "at": due.slot.at,
                    "made_at": tx.now,
                    "number": contents.number,
                    "summary": contents.summary,
                    "columns": contents.columns,
                    "rows": contents.rows[:MOST_ROWS],
                },
            )
            for recipient in recipients:
                _tell(tx, due, recipient, contents)


def _tell(tx: Tx, due: Due, recipient: str, contents: Contents) -> None:
    local = due.slot.at.astimezone(due.zone).date()
    tomorrow = datetime.combine(local + timedelta(days=1), time.min, due.zone)
    tx.emit(
        ReminderDueV1,
        key=f"report.{':'.join(due.key)}:{recipient}",
        template=f"report.{due.report.id}",
        channel=due.report.channel,
        recipient=recipient,
        local_date=tx.now.astimezone(due.zone).date(),
        complaints=contents.complaints[:MOST_NAMED],
        numbers=[due.report.name, due.slot.period, str(contents.number)],
        expires_at=tomorrow if due.report.every == "day" else None,
    )


async def _cases(tx: Tx, directory: Directory, due: Due) -> list[dict[str, Any]]:
    """The cases to be listed as they stood at the instant, by number. What changed since is computed from the facts
    dated until then.
    """
    at = due.slot.at
    since, _ = span(due.report, due.slot, due.zone)
    near = or_(
        CASE.c.closed_at.is_(None), CASE.c.closed_at > since, CASE.c.registered_at > since, CASE.c.last_fact_at > at
    )
    # What is confidential stands in no list that goes round (004§7(二)).
    own = CASE.c.zone == str(due.zone), CASE.c.policy_id == due.policy.id, CASE.c.confined_to.is_(None)
    asked = select(CASE).where(*own, near)
    rows = [dict(row._mapping) for row in await fetch(tx.session, asked)]
    changed = [row["complaint_id"] for row in rows if row["last_fact_at"] > at]
    facts = await facts_of_all(tx.session, changed)
    working = await calendars(tx.room, tx.session)
    found: list[dict[str, Any]] = []
    for row in rows:
        if row["last_fact_at"] > at:
            known = in_order(fact for fact in facts[row["complaint_id"]] if fact.at <= at)
            ledger = ledger_of(tx.room.policies, directory, known, at, working) if has_case(known) else None
            if ledger is None:
                continue
            row |= case_row(row["complaint_id"], ledger, known, at)
        if is_listed(due.report, due.policy, due.slot, row, due.zone):
            found.append(row)
    return sorted(found, key=lambda row: str(row["number"]))


def _case_parts(
    directory: Directory, due: Due, cases: list[dict[str, Any]]
) -> Iterator[tuple[str, list[str], Contents]]:
    """(scope, recipients, contents). Nobody is told that there is nothing."""
    at = due.slot.at
    group: dict[str, None] = {}
    own: dict[str, list[dict[str, Any]]] = {}
    for post in due.report.to:
        if post in PLAIN_GROUP_POSTS:
            group |= dict.fromkeys(_group_holder(directory, due, post))
            continue
        for case in cases:
            standing = CaseStanding(
                case["project_id"], case["category"], case["severity"], case["officer"], case["first_department"]
            )
            person = holder(post, due.policy, directory, standing, at)
            if person is not None:
                listed = own.setdefault(acting_for(directory, person, at), [])
                if case not in listed[-1:]:
                    listed.append(case)
    if group and cases:
        yield GROUP, list(group), _contents(directory, due, cases)
    for person, listed in own.items():
        if person not in group:
            yield person, [person], _contents(directory, due, _once(listed))


def _once(cases: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    unique = {case["complaint_id"]: case for case in cases}
    return sorted(unique.values(), key=lambda case: str(case["number"]))


def _group_holder(directory: Directory, due: Due, post: str) -> list[str]:
    """Who holds the group's post then, or acts for him, or stands in while it is vacant."""
    nobody = CaseStanding("", None, due.policy.record.default_severity, None)
    person = holder(post, due.policy, directory, nobody, due.slot.at)
    return [] if person is None else [acting_for(directory, person, due.slot.at)]


def _contents(directory: Directory, due: Due, cases: list[dict[str, Any]]) -> Contents:
    lines = [shown(case, due.policy, directory, due.slot.at) for case in cases]
    columns = [list(column) for column in COLUMNS]
    return Contents(len(lines), summary_of(lines), columns, lines, [case["complaint_id"] for case in cases])


async def _ranking_parts(tx: Tx, directory: Directory, due: Due) -> list[tuple[str, list[str], Contents]]:
    """One ranking for all who get it: the group's posts, and everybody who holds the post in a company it names."""
    found = await ranking_report(tx.session, directory, due.policy, due.report, due.slot, str(due.zone))
    if not found.rows:
        return []
    people: dict[str, None] = {}
    for post in due.report.to:
        if post in PLAIN_GROUP_POSTS:
            people |= dict.fromkeys(_group_holder(directory, due, post))
        elif post == "chairman":
            held = (directory.holder(Post.chairman, company, None, due.slot.at) for company in found.companies)
            people |= {acting_for(directory, one, due.slot.at): None for one in held if one is not None}
    contents = Contents(len(found.rows), {}, found.columns, found.rows, [])
    return [(GROUP, list(people), contents)]
