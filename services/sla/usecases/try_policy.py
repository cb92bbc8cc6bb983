"""What an amended policy would have cost: stored cases computed again under it, and nothing touched."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select

from services.sla.domain.calendars import Calendars
from services.sla.domain.facts import Fact
from services.sla.domain.ledger import Ledger, compute
from services.sla.repository import CASE, calendars, facts_of_all, ledger_of
from shared.db.statements import fetch
from shared.org.liability import company_of
from shared.org.model import Directory
from shared.policy.model import Policy
from shared.room.room import Room


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


async def try_policy(room: Room, amended: Policy, first: date, last: date) -> tuple[int, list[Difference]]:
    """How many cases of that policy were registered from `first` to `last` (local days, both included), and for whom
    the sums would differ, by company and person.
    """
    now = room.clock.now()
    async with room.db.read() as session:
        directory = await room.directory(session)
        working = await calendars(room, session)
        rows = await fetch(session, select(CASE.c.complaint_id).where(CASE.c.policy_id == amended.id))
        stored = await facts_of_all(session, [row.complaint_id for row in rows])
    people: dict[tuple[str, str], Difference] = {}
    cases = 0
    for facts in stored.values():
        before = ledger_of(room.policies, directory, facts, now, working)
        if before is None:
            continue
        zone = directory.zone(before.case.project_id)
        if not first <= before.case.registered.at.astimezone(zone).date() <= last:
            continue
        cases += 1
        after = _amended(amended, directory, facts, before, now, working)
        for ledger, is_amended in ((before, False), (after, True)):
            _add(people, ledger, directory, is_amended)
    changed = [difference for difference in people.values() if not difference.is_none]
    return cases, sorted(changed, key=lambda difference: (difference.company, difference.person))


def _amended(
    policy: Policy, directory: Directory, facts: Iterable[Fact], before: Ledger, now: datetime, working: Calendars
) -> Ledger:
    project = before.case.project_id
    return compute(policy, directory, facts, now, working.of(policy, project, directory.zone(project)))


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
