"""What an amended policy would have cost: stored cases computed again under it, and nothing touched."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import or_, select

from services.sla.domain.calendars import Calendars
from services.sla.domain.facts import Fact
from services.sla.domain.ledger import Ledger, compute
from services.sla.repository import CASE, calendars, facts_of_all, ledger_of
from shared.db.statements import fetch
from shared.org.liability import company_of
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.room.room import Room

Progress = Callable[[int, int], Awaitable[None]]
AT_ONCE = 200


@dataclass(slots=True)
class Difference:
    """One person's sums in one company, in fen, and units under percent rules: as charged, and under the amendment."""

    company: str
    person: str
    charged_fen: int = 0
    amended_fen: int = 0
    charged_percent: int = 0
    amended_percent: int = 0

    @property
    def is_none(self) -> bool:
        return self.charged_fen == self.amended_fen and self.charged_percent == self.amended_percent


async def _nobody(done: int, total: int) -> None:
    """Nobody waits to hear how far it is."""


async def try_policy(
    room: Room, amended: Policy, first: date, last: date, progress: Progress = _nobody
) -> tuple[int, list[Difference]]:
    """How many cases of that policy were registered from `first` to `last` (local days, both included), and for whom
    the sums would differ, by company and person. In pieces, each computed in a thread: `progress` hears of each.
    """
    now = room.clock.now()
    days = CASE.c.registered_on.is_(None), CASE.c.registered_on.between(first, last)
    concerned = select(CASE.c.complaint_id).where(CASE.c.policy_id == amended.id, or_(*days))
    async with room.db.read() as session:
        directory = await room.directory(session)
        working = await calendars(room, session)
        ids = [row.complaint_id for row in await fetch(session, concerned)]
    people: dict[tuple[str, str], Difference] = {}
    cases = 0

    def compared(stored: Iterable[list[Fact]]) -> int:
        return sum(_compare(room, amended, directory, facts, now, working, first, last, people) for facts in stored)

    for start in range(0, len(ids), AT_ONCE):
        async with room.db.read() as session:
            stored = await facts_of_all(session, ids[start : start + AT_ONCE])
        cases += await asyncio.to_thread(compared, stored.values())
        await progress(min(start + AT_ONCE, len(ids)), len(ids))
    changed = [difference for difference in people.values() if not difference.is_none]
    return cases, sorted(changed, key=lambda difference: (difference.company, difference.person))


def _compare(
    room: Room, amended: Policy, directory: Directory, facts: list[Fact], now: datetime, working: Calendars,
    first: date, last: date, people: dict[tuple[str, str], Difference],
) -> bool:  # fmt: skip
    """Whether the case is of the days asked about; its sums are added, as charged and as they would be."""
    before = ledger_of(room.policies, directory, facts, now, working)
    if before is None:
        return False
    zone = directory.zone(before.case.project_id)
    if not first <= before.case.registered.at.astimezone(zone).date() <= last:
        return False
    after = _amended(amended, directory, facts, before, now, working)
    for ledger, is_amended in ((before, False), (after, True)):
        _add(people, ledger, directory, is_amended)
    return True


def _amended(
    policy: Policy, directory: Directory, facts: Iterable[Fact], before: Ledger, now: datetime, working: Calendars
) -> Ledger:
    project = before.case.project_id
    calendar = working.of(policy, project, directory.zone(project), directory.sessions(project))
    return compute(policy, directory, facts, now, calendar)


def _add(people: dict[tuple[str, str], Difference], ledger: Ledger, directory: Directory, is_amended: bool) -> None:
    standing = ledger.case.history[-1].standing
    company_id = company_of(ledger.office.policy, directory, standing) or ""
    company = directory.company(company_id)
    name = company.name if company else company_id
    for charge in (*ledger.charges, *ledger.counters):
        if charge.person is None:
            continue
        row = people.setdefault((name, charge.person), Difference(name, charge.person))
        if is_amended:
            row.amended_fen += charge.amount or 0
            row.amended_percent += charge.percent or 0
        else:
            row.charged_fen += charge.amount or 0
            row.charged_percent += charge.percent or 0
