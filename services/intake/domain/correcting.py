"""F7: what a correction changes, in the record's own names. Pure."""

from collections.abc import Mapping
from typing import Any

NESTED = ("customer", "fields")


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """(before, after) of what differs; of customer and fields only the entries that do, null where there is none."""
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for name, value in after.items():
        was = before[name]
        if was == value:
            continue
        if name in NESTED:
            keys = [key for key in {**was, **value} if was.get(key) != value.get(key)]
            old[name], new[name] = ({key: one.get(key) for key in keys} for one in (was, value))
        else:
            old[name], new[name] = was, value
    return old, new


def names(changed: Mapping[str, Any]) -> list[str]:
    """Dotted: customer.phone, content, fields.subject."""
    return [
        dotted
        for name, value in changed.items()
        for dotted in ([f"{name}.{key}" for key in value] if name in NESTED else [name])
    ]
