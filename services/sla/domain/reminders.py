"""I1, I2: who is owed which reminder as of an instant. Pure; that each goes out once is the database's part."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

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
    """One message owed; `key` is unique for good."""

    key: str
    template: str
    channel: str
    recipient: str
    local_date: date
    cases: tuple[OpenCase, ...]


def recurring(policy: Policy) -> list[Recurring]:
    return [reminder for reminder in policy.reminder if reminder.type != "event"]


def instant_on(reminder: Recurring, day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, reminder.at, zone)


def owed(template: str, cases: Iterable[OpenCase], directory: Directory, at: datetime, day: date) -> list[Owed]:
    """What is owed under a template at the instant, over the cases of every policy that has it.

    A digest is one message a recipient; an overdue reminder is one a case and recipient.
    """
    digests: dict[str, list[OpenCase]] = {}
    messages: list[Owed] = []
    channel = "sms"
    for case in cases:
        for reminder in recurring(case.policy):
            if reminder.template != template:
                continue
            channel = reminder.channel
            people = dict.fromkeys(
                person
                for post in reminder.to
                if (person := holder(post, case.policy, directory, case.standing, at)) is not None
            )
            if isinstance(reminder, DigestReminder):
                for person in people:
                    digests.setdefault(person, []).append(case)
            elif is_overdue(reminder, case, at):
                for person in people:
                    key = f"{template}:{case.complaint_id}:{person}:{day}"
                    messages.append(Owed(key, template, channel, person, day, (case,)))
    for person, listed in digests.items():
        listed.sort(key=lambda case: case.number)
        messages.append(Owed(f"{template}:{person}:{day}", template, channel, person, day, tuple(listed)))
    return messages


def is_overdue(reminder: OverdueReminder, case: OpenCase, at: datetime) -> bool:
    """Late at the instant, and by more than the reminder says."""
    if case.due_at is None or at <= case.due_at:
        return False
    limit = reminder.more_than.elapsed if reminder.more_than else None
    return limit is None or at - case.due_at > limit
