"""Two policies compared: what was added, taken away or changed, by the place where it stands. Pure."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.policy.model import Policy

NAMES = ("id", "command", "rule", "template")


@dataclass(frozen=True, slots=True)
class Difference:
    """`place` as in `clock[visit].length.hours`. None where the place is in one of the two only."""

    place: str
    before: Any
    after: Any


def differences(before: Policy, after: Policy) -> list[Difference]:
    """In the order of their places."""
    first, second = dict(leaves_of(before)), dict(leaves_of(after))
    return [
        Difference(place, first.get(place), second.get(place))
        for place in sorted(first.keys() | second.keys())
        if first.get(place) != second.get(place)
    ]


def lines_of(policy: Policy) -> list[str]:
    """One line a leaf."""
    return [f"{place} = {json.dumps(value, ensure_ascii=False)}" for place, value in leaves_of(policy)]


def leaves_of(policy: Policy) -> Iterator[tuple[str, Any]]:
    """(place, value) of all that the policy says."""
    return _leaves(policy.model_dump(mode="json", by_alias=True))


def _leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """(place, value); a list of things with an id is told by the id, so that moving one changes nothing."""
    if isinstance(value, dict):
        for key in sorted(value):
            yield from _leaves(value[key], f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value and all(isinstance(part, dict) for part in value):
        keys = [str(next((part[k] for k in NAMES if part.get(k)), i)) for i, part in enumerate(value)]
        for key, part in sorted(zip(keys, value, strict=True), key=lambda entry: entry[0]):
            yield from _leaves(part, f"{path}[{key}]")
    else:
        yield path, value
