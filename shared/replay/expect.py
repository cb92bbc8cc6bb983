"""Holds an outcome against the `expect:` of its file: every listed row must match exactly one row of the outcome."""

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from shared.replay.scenario import local_moment

TIMES = frozenset({"started_at", "due_at", "stopped_at", "sent_at"})
TABLES = ("complaints", "clocks", "penalties", "proposals", "messages", "tasks", "refused")


def differences(expect: Mapping[str, Any], outcome: Mapping[str, Any], zone: ZoneInfo) -> list[str]:
    """What does not hold, one readable line each; empty where all does. A list that is given empty must be empty."""
    found: list[str] = []
    for table, wanted in expect.items():
        if table == "totals":
            found += _totals(wanted or {}, outcome)
        elif table not in TABLES:
            found.append(f"expect: unknown key {table}")
        elif not wanted:
            if outcome[table]:
                found.append(f"{table}: none expected, but there are {len(outcome[table])}: {outcome[table][0]}")
        else:
            for row in wanted:
                found += _row(table, row, outcome[table], zone)
    return found


def totals(outcome: Mapping[str, Any]) -> dict[str, Decimal]:
    """The sum of all money per person, counter-entries included, in yuan."""
    sums: dict[str, Decimal] = {}
    for row in outcome["penalties"]:
        if row["amount"] is not None and row["person"] is not None:
            sums[row["person"]] = sums.get(row["person"], Decimal(0)) + Decimal(row["amount"])
    return sums


def _totals(wanted: Mapping[str, Any], outcome: Mapping[str, Any]) -> list[str]:
    sums = totals(outcome)
    return [
        f"totals: {person} expected {amount}, is {sums.get(person, Decimal(0))}"
        for person, amount in wanted.items()
        if _number(amount) != sums.get(person, Decimal(0))
    ]


def _row(table: str, wanted: Mapping[str, Any], rows: list[dict[str, Any]], zone: ZoneInfo) -> list[str]:
    count = int(wanted.get("count", 1))
    keys = {key: value for key, value in wanted.items() if key != "count"}
    matching = [row for row in rows if all(_same(key, value, row, zone) for key, value in keys.items())]
    if len(matching) == count:
        return []
    lines = [f"{table}: {dict(wanted)} expected {count} row(s), found {len(matching)}"]
    near = sorted(rows, key=lambda row: -sum(_same(key, value, row, zone) for key, value in keys.items()))
    for row in near[:2] if not matching else matching[:3]:
        shown = {key: _shown(key, row) for key in keys}
        lines.append(f"    {'nearest' if not matching else 'matches'}: {shown}")
    return ["\n".join(lines)]


def _shown(key: str, row: Mapping[str, Any]) -> Any:
    return str(row["sent_at"])[:10] if key == "day" else row.get(key, "(no such key)")


def _same(key: str, wanted: Any, row: Mapping[str, Any], zone: ZoneInfo) -> bool:
    if key == "day":
        day = wanted if isinstance(wanted, date) and not isinstance(wanted, datetime) else str(wanted)[:10]
        return str(row.get("sent_at"))[:10] == str(day)
    if key not in row:
        return False
    given = row[key]
    if wanted is None or given is None:
        return wanted is None and given is None
    if key in TIMES:
        try:
            return local_moment(wanted, zone) == datetime.fromisoformat(given)
        except ValueError:
            return False
    if isinstance(given, list):
        return given == list(wanted) if isinstance(wanted, list) else given == [wanted]
    left, right = _number(wanted), _number(given)
    return left == right if left is not None and right is not None else str(wanted) == str(given)


def _number(value: Any) -> Decimal | None:
    if isinstance(value, bool):
        return None
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
