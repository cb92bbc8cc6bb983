"""What taking a new directory would change in the one in force, line by line. Pure."""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from shared.org.model import Assignment, Directory

Kind = Literal["group", "people", "companies", "departments", "projects", "posts", "absences"]
Act = Literal["added", "changed", "ended", "removed"]
Thing = Mapping[str, Any]

_KEYS: Mapping[Kind, tuple[str, ...]] = {
    "group": (),
    "people": ("id",),
    "companies": ("id",),
    "departments": ("company", "id"),
    "projects": ("id",),
    "absences": ("person", "since"),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that changes: how it was and will be, and the names of the fields that differ.

    A term whose holder leaves the post at a known time is `ended`; one that is not there any more is `removed`.
    `rewrites`: what has been so far is told anew, and with it who answers for cases of the past.
    """

    kind: Kind
    act: Act
    before: Thing
    after: Thing
    fields: tuple[str, ...] = ()
    rewrites: bool = False


def changes(before: Directory, after: Directory, now: datetime) -> list[Change]:
    """By kind; within one what goes first, then what changes, then what is new."""
    old, new = _things(before), _things(after)
    found = [change for kind, key in _KEYS.items() for change in _compared(kind, key, old[kind], new[kind])]
    return [*found, *_posts(before.assignments, after.assignments, now)]


def _things(directory: Directory) -> dict[Kind, list[Thing]]:
    return {
        "group": [{"id": directory.group, "name": directory.group_name, "timezone": directory.timezone}],
        "people": [one.model_dump() for one in directory.people],
        "companies": [one.model_dump(exclude={"departments"}) for one in directory.companies],
        "departments": [
            {"company": company.id, **unit.model_dump()}
            for company in directory.companies
            for unit in company.departments
        ],
        "projects": [one.model_dump() for one in directory.projects],
        "absences": [one.model_dump() for one in directory.absences],
    }


def _compared(kind: Kind, key: Sequence[str], before: Iterable[Thing], after: Iterable[Thing]) -> list[Change]:
    def by_key(things: Iterable[Thing]) -> dict[Hashable, Thing]:
        return {tuple(one[name] for name in key): one for one in things}

    old, new = by_key(before), by_key(after)
    gone = [Change(kind, "removed", one, {}) for name, one in old.items() if name not in new]
    changed = [
        Change(kind, "changed", one, new[name], fields, rewrites=kind == "group" and fields != ("name",))
        for name, one in old.items()
        if name in new and (fields := _differing(one, new[name]))
    ]
    return [*gone, *changed, *(Change(kind, "added", {}, one) for name, one in new.items() if name not in old)]


def _differing(before: Thing, after: Thing) -> tuple[str, ...]:
    return tuple(name for name in before if before[name] != after.get(name))


def _posts(before: Sequence[Assignment], after: Sequence[Assignment], now: datetime) -> list[Change]:
    """Terms are the same by post, place, holder and beginning; what differs then is when they end."""
    old, new = _terms(before), _terms(after)
    gone, changed, added = [], [], []
    for key, one in old.items():
        term = new.get(key)
        if term is None:
            gone.append(Change("posts", "removed", one.model_dump(), {}, rewrites=_past(one.since, now)))
        elif term.until != one.until:
            rewrites = any(at is not None and at < now for at in (one.until, term.until))
            act: Act = "ended" if one.until is None else "changed"
            changed.append(Change("posts", act, one.model_dump(), term.model_dump(), ("until",), rewrites))
    for key, term in new.items():
        if key not in old:
            added.append(Change("posts", "added", {}, term.model_dump(), rewrites=_past(term.since, now)))
    return [*gone, *changed, *added]


def _terms(assignments: Iterable[Assignment]) -> dict[Hashable, Assignment]:
    return {(one.post, one.scope, one.unit, one.person, one.since): one for one in assignments}


def _past(since: datetime | None, now: datetime) -> bool:
    """A term without a known beginning has always been."""
    return since is None or since < now
