"""H5: the monthly statement: when it is cut off, and what a percentage comes to. Pure."""

import calendar as gregorian
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from shared.policy.model import Statement


def cut_off(rule: Statement, month: str, zone: ZoneInfo) -> datetime:
    """003§36: the instant at which a month ("2026-03") is closed; a day beyond the month's end is its last day."""
    year, number = (int(part) for part in month.split("-"))
    last = gregorian.monthrange(year, number)[1]
    return datetime.combine(date(year, number, min(rule.day, last)), rule.at, zone)


def latest_cut_off(rule: Statement, now: datetime, zone: ZoneInfo) -> tuple[str, datetime]:
    """The month that was closed last, and when. An entry at the very instant still belongs to it."""
    local = now.astimezone(zone)
    month = f"{local:%Y-%m}"
    at = cut_off(rule, month, zone)
    if at > now:
        month = f"{local.replace(day=1) - timedelta(days=1):%Y-%m}"
        at = cut_off(rule, month, zone)
    return month, at


def next_cut_off(rule: Statement, now: datetime, zone: ZoneInfo) -> datetime:
    local = now.astimezone(zone)
    at = cut_off(rule, f"{local:%Y-%m}", zone)
    if at > now:
        return at
    return cut_off(rule, f"{local.replace(day=28) + timedelta(days=4):%Y-%m}", zone)


def share_of(percent: int, base_fen: int) -> int:
    """So many percent of a base, half-up to the fen; a reversal (negative) rounds the same sum away."""
    fen = (abs(percent) * base_fen * 2 + 100) // 200
    return -fen if percent < 0 else fen


@dataclass(slots=True)
class PersonTotal:
    """One person's sum of a month; `pending` are the percentages whose base HR has not given."""

    entries: int = 0
    total_fen: int = 0
    pending: list[dict[str, Any]] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        """Over the hashes of its entries and the sum: a changed or missing entry shows."""
        content = json.dumps([sorted(self.hashes), self.total_fen, self.pending], ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()


def totals(entries: Iterable[Any], bases: Mapping[str, int]) -> dict[str, PersonTotal]:
    """Each person's total over journal entries (rows with person, amount_fen, percent, rule, of, hash)."""
    people: dict[str, PersonTotal] = {}
    for entry in entries:
        total = people.setdefault(entry.person, PersonTotal())
        total.entries += 1
        total.hashes.append(entry.hash)
        total.total_fen += entry.amount_fen or 0
        if entry.percent:
            base = bases.get(entry.person)
            if base is None:
                total.pending.append({"rule": entry.rule, "percent": entry.percent, "of": entry.of})
            else:
                total.total_fen += share_of(entry.percent, base)
    return people
