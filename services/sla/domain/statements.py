"""H5: the monthly statement: when it is cut off, and what a percentage comes to. Pure."""

import calendar as gregorian
import hashlib
import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from shared.kernel.money import Fen, yuan
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


@dataclass(frozen=True, slots=True)
class Percent:
    """A journal entry in percent: where it stands in its case's journal, and the month of its statement."""

    seq: int
    month: str
    percent: int


@dataclass(frozen=True, slots=True)
class Shares:
    """What percentages come to in money. `terms` is the arithmetic; `pending` are the entries without a base."""

    fen: int
    terms: tuple[str, ...]
    pending: frozenset[int]


def shares(entries: Iterable[Percent], bases: Mapping[str, int]) -> Shares:
    """Of one person and rule in one case: each percentage of the base of its month.

    A reversal takes back what was debited last, at the base of that month and not of its own.
    """
    lots: list[Percent] = []
    pending: set[int] = set()
    for entry in sorted(entries, key=lambda entry: entry.seq):
        left = entry.percent
        while left < 0 and lots:
            lot = lots.pop()
            if lot.month not in bases:
                pending.add(entry.seq)
            rest = lot.percent + left
            left = min(rest, 0)
            if rest > 0:
                lots.append(Percent(lot.seq, lot.month, rest))
        if left:
            lots.append(Percent(entry.seq, entry.month, left))
            if entry.month not in bases:
                pending.add(entry.seq)
    known = [(lot, bases[lot.month]) for lot in lots if lot.month in bases]
    terms = tuple(f"{lot.month} 基数 {yuan(Fen(base))} 元 × {lot.percent}%" for lot, base in known)
    return Shares(sum(share_of(lot.percent, base) for lot, base in known), terms, frozenset(pending))


@dataclass(slots=True)
class PersonTotal:
    """One person's sum of a month; `pending` are the percentages whose base HR has not given."""

    entries: int = 0
    total_fen: int = 0
    pending: list[dict[str, Any]] = field(default_factory=list)
    hashes: list[str] = field(default_factory=list)

    @property
    def sha256(self) -> str:
        return statement_hash(self.hashes, self.total_fen, self.pending)


def statement_hash(hashes: Iterable[str], total_fen: int, pending: Iterable[Mapping[str, Any]]) -> str:
    """Over the hashes of its entries and the sum: a changed or missing entry shows."""
    content = json.dumps([sorted(hashes), total_fen, list(pending)], ensure_ascii=False, sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def month_hash(people: Iterable[tuple[str, str]]) -> str:
    """Over (person, hash of his statement): one figure by which a whole month is compared."""
    return hashlib.sha256(json.dumps(sorted(people), ensure_ascii=False).encode()).hexdigest()


def totals(entries: Iterable[Any], pending: Collection[tuple[UUID, int]]) -> dict[str, PersonTotal]:
    """Each person's total over journal entries (rows with complaint_id, seq, person, amount_fen, percent, rule, of,
    hash). `pending` are (complaint, seq) of the percentages without a base; the others have their conversion.
    """
    people: dict[str, PersonTotal] = {}
    for entry in entries:
        total = people.setdefault(entry.person, PersonTotal())
        total.entries += 1
        total.hashes.append(entry.hash)
        total.total_fen += entry.amount_fen or 0
        if entry.percent and (entry.complaint_id, entry.seq) in pending:
            total.pending.append({"rule": entry.rule, "percent": entry.percent, "of": entry.of})
    return people
