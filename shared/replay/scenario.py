"""A replay file read into a Scenario: every problem told with its place, local times made aware."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import yaml

from shared.kernel.errors import InvalidDocument

LOCAL_TIME = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})[ T](\d{1,2}):(\d{2})(?::(\d{2}))?(Z|[+-]\d{2}:?\d{2})?")
TIME_KEYS = re.compile(r".*_(at|by)|from|until")
LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
ROOMS = ("intake", "dispatch", "sla", "notify", "broker")
KEYS = {"policy", "org", "timezone", "start", "until", "steps", "expect"}
STEP_KEYS = {"at", "as", "do", "ref", "complaint", "with"}


@dataclass(frozen=True, slots=True)
class Step:
    """`number` counts from 1 in file order, outages not counted. `actor` is a person id, `customer` or `system`."""

    number: int
    at: datetime
    actor: str
    command: str
    ref: str | None
    complaint: str | None
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Outage:
    """The rooms (or the broker) that are down in [begins, ends)."""

    down: tuple[str, ...]
    begins: datetime
    ends: datetime


@dataclass(frozen=True, slots=True)
class Scenario:
    policy: str
    org: Any
    zone: ZoneInfo
    start: datetime
    until: datetime
    steps: tuple[Step, ...]
    outages: tuple[Outage, ...]
    expect: Mapping[str, Any] | None
    folder: Path = field(default_factory=Path)


def read_scenario(path: Path) -> Scenario:
    """Raises InvalidDocument, one line a problem."""
    try:
        document = yaml.load(path.read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 - a safe loader
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise InvalidDocument([f"{path}: {error}"]) from None
    return scenario_from(document, file=str(path), folder=path.parent)


def scenario_from(document: Any, *, file: str, folder: Path) -> Scenario:
    if not isinstance(document, dict):
        raise InvalidDocument([f"{file}: a scenario is a mapping with policy, org, start and steps"])
    reader = _Reader(file, document)
    scenario = reader.read(folder)
    if reader.problems or scenario is None:
        raise InvalidDocument(reader.problems)
    return scenario


def local_moment(value: Any, zone: ZoneInfo) -> datetime:
    """A time of the file: local to `zone` unless it has an offset. Raises ValueError for anything else."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=zone)
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day, tzinfo=zone)
    match = LOCAL_TIME.fullmatch(str(value).strip())
    if match is None:
        raise ValueError(f"{value!r} is no time like 2026-03-02 09:40")
    year, month, day, hour, minute, second, offset = match.groups()
    moment = datetime(int(year), int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=zone)
    if offset is None:
        return moment
    zoned = datetime.fromisoformat(f"{moment:%Y-%m-%dT%H:%M:%S}{'+00:00' if offset == 'Z' else offset}")
    return zoned.astimezone(zone)


class _Reader:
    def __init__(self, file: str, document: dict[str, Any]) -> None:
        self.file = file
        self.document = document
        self.problems: list[str] = []
        self.zone = ZoneInfo("Asia/Shanghai")

    def problem(self, where: str, reason: object) -> None:
        self.problems.append(f"{self.file}: {where}: {reason}")

    def moment(self, where: str, value: Any) -> datetime | None:
        try:
            return local_moment(value, self.zone)
        except ValueError as error:
            self.problem(where, error)
            return None

    def read(self, folder: Path) -> Scenario | None:
        doc = self.document
        for key in doc.keys() - KEYS:
            self.problem(str(key), "unknown key")
        try:
            self.zone = ZoneInfo(str(doc.get("timezone", "Asia/Shanghai")))
        except (KeyError, ValueError):
            self.problem("timezone", f"no time zone is named {doc['timezone']!r}")
        entries = doc.get("steps")
        if not isinstance(entries, list):
            self.problem("steps", "a list of steps is missing")
            return None
        steps, outages = self.steps(entries)
        first = min((step.at for step in steps), default=None)
        start = self.moment("start", doc["start"]) if "start" in doc else first
        if start is None:
            self.problem("start", "missing")
            return None
        for step in steps:
            if step.at < start:
                self.problem(f"step {step.number}", "lies before start")
        last = max([start, *(step.at for step in steps)])
        until = self.moment("until", doc["until"]) if "until" in doc else last
        expect = doc.get("expect")
        if expect is not None and not isinstance(expect, dict):
            self.problem("expect", "is a mapping")
        return Scenario(
            policy=str(doc.get("policy", "group-after-sales")),
            org=doc.get("org", "demo"),
            zone=self.zone,
            start=start,
            until=max(until or last, last),
            steps=tuple(sorted(steps, key=lambda step: step.at)),
            outages=tuple(outages),
            expect=expect,
            folder=folder,
        )

    def steps(self, entries: list[Any]) -> tuple[list[Step], list[Outage]]:
        steps: list[Step] = []
        outages: list[Outage] = []
        for entry in entries:
            if isinstance(entry, dict) and "down" in entry:
                self.outage(entry, outages)
                continue
            number = len(steps) + 1
            where = f"step {number}"
            if not isinstance(entry, dict) or "at" not in entry or "do" not in entry:
                self.problem(where, "a step has at, as and do")
                steps.append(Step(number, datetime.max.replace(tzinfo=self.zone), "", "", None, None, {}))
                continue
            for key in entry.keys() - STEP_KEYS:
                self.problem(where, f"unknown key {key}")
            at = self.moment(f"{where}: at", entry["at"])
            data = entry.get("with") or {}
            if not isinstance(data, dict):
                self.problem(f"{where}: with", "is a mapping")
                data = {}
            steps.append(
                Step(
                    number,
                    at or datetime.max.replace(tzinfo=self.zone),
                    str(entry.get("as", "system")),
                    str(entry["do"]),
                    None if entry.get("ref") is None else str(entry["ref"]),
                    None if entry.get("complaint") is None else str(entry["complaint"]),
                    {str(key): self.plain(str(key), value) for key, value in data.items()},
                )
            )
        return steps, outages

    def outage(self, entry: dict[str, Any], outages: list[Outage]) -> None:
        named = entry["down"]
        down = tuple(str(name) for name in (named if isinstance(named, list) else [named]))
        for name in down:
            if name not in ROOMS:
                self.problem("down", f"{name} is not one of {', '.join(ROOMS)}")
        begins, ends = self.moment("down: from", entry.get("from")), self.moment("down: to", entry.get("to"))
        if begins and ends:
            if ends < begins:
                self.problem("down", "ends before it begins")
            outages.append(Outage(down, begins, ends))

    def plain(self, key: str, value: Any) -> Any:
        """A value as JSON would carry it; a local time under a time key becomes an instant with offset."""
        if isinstance(value, dict):
            return {str(name): self.plain(str(name), part) for name, part in value.items()}
        if isinstance(value, list):
            return [self.plain(key, part) for part in value]
        if isinstance(value, date) or (
            isinstance(value, str) and TIME_KEYS.fullmatch(key) and LOCAL_TIME.fullmatch(value.strip())
        ):
            try:
                return local_moment(value, self.zone).isoformat()
            except ValueError:
                return value if isinstance(value, str) else value.isoformat()
        return value
