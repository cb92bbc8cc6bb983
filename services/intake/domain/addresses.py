"""B13: where a project takes complaints, and whether somebody has made sure lately that it is right. Pure."""

from datetime import datetime, timedelta

from shared.policy.model import Policy

KIND_LABELS = {"hotline": "投诉热线", "mailbox": "投诉信箱", "forum": "业主论坛"}
FOUND_LABELS = {"correct": "正确", "wrong": "有误", "unreachable": "无法接通或打开"}


def overdue(policy: Policy | None, entered_at: datetime, checked_at: datetime | None, now: datetime) -> bool:
    """000§二: unchecked for longer than the policy allows, counted from the last check, else from the entry."""
    due = next_check(policy, entered_at, checked_at)
    return due is not None and now > due


def next_check(policy: Policy | None, entered_at: datetime, checked_at: datetime | None) -> datetime | None:
    """Until when it must be checked again; None where the policy asks for no checks."""
    if policy is None or policy.channels is None:
        return None
    return (checked_at or entered_at) + timedelta(days=policy.channels.check_days)
