"""I1, I2: who is owed which reminder as of an instant. Pure; that each goes out once is the database's part."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.org.acting import acting_for
from shared.org.confidential import in_confidence
from shared.org.liability import CaseStanding, holder
from shared.org.model import Directory
from shared.policy.clocks import DigestReminder, OverdueReminder
from shared.policy.model import Policy

Recurring = DigestReminder | OverdueReminder


@dataclass(frozen=True, slots=True)
class OpenCase:
    """An unfinished case at the reminder's instant: issued by then, and no closure application pending or accepted."""

    complaint_id: UUID
    number: str
    policy: Policy
    standing: CaseStanding
    due_at: datetime | None


@dataclass(frozen=True, slots=True)
class Owed:
    """One message owed; `key` is unique for good. `on_behalf_of`: the absent people in whose place he is told."""

    key: str
    template: str
    channel: str
    recipient: str
    local_date: date
    cases: tuple[OpenCase, ...]
    on_behalf_of: tuple[str, ...] = ()


def recurring(policy: Policy) -> list[Recurring]:
    return [reminder for reminder in policy.reminder if reminder.type != "event"]


def instant_on(reminder: Recurring, day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, reminder.at, zone)


def owed(template: str, cases: Iterable[OpenCase], directory: Directory, at: datetime, day: date) -> list[Owed]:
    """What is owed under a template at the instant, over the cases of every policy that has it.

    A digest is one message a recipient; an overdue reminder is one a case and recipient. For who is away his delegate
    is told; of a confidential case only who sees it.
    """
    digests: dict[str, list[OpenCase]] = {}
    absent: dict[str, dict[str, None]] = {}
    messages: list[Owed] = []
    channel = "sms"
    for case in cases:
        for reminder in recurring(case.policy):
            if reminder.template != template:
                continue
            channel = reminder.channel
            people: dict[str, list[str]] = {}
            for post in reminder.to:
                person = holder(post, case.policy, directory, case.standing, at)
                if person is not None and in_confidence(case.policy, directory, case.standing, person, at):
                    told = person if case.standing.confined_to else acting_for(directory, person, at)
                    people.setdefault(told, []).extend([person] if told != person else [])
            if isinstance(reminder, DigestReminder):
                for person, away in people.items():
                    digests.setdefault(person, []).append(case)
                    absent.setdefault(person, {}).update(dict.fromkeys(away))
            elif is_overdue(reminder, case, at):
                for person, away in people.items():
                    key = f"{template}:{case.complaint_id}:{person}:{day}"
                    messages.append(Owed(key, template, channel, person, day, (case,), tuple(dict.fromkeys(away))))
    for person, listed in digests.items():
        listed.sort(key=lambda case: case.number)
        key, away = f"{template}:{person}:{day}", sorted(absent[person])
        messages.append(Owed(key, template, channel, person, day, tuple(listed), tuple(away)))
    return messages


def is_overdue(reminder: OverdueReminder, case: OpenCase, at: datetime) -> bool:
    """Late at the instant, and by more than the reminder says."""
    if case.due_at is None or at <= case.due_at:
        return False
    limit = reminder.more_than.elapsed if reminder.more_than else None
    return limit is None or at - case.due_at > limit
