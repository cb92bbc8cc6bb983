"""The gateway's table: which address belongs to which room, read off the rooms themselves."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import takewhile

from fastapi import APIRouter
from fastapi.routing import APIRoute

from shared.room.room import Room
from shared.web.commands import PREFIX

DEFAULT = "dispatch"
"""Takes what is nobody's: the first page, the sign-in, an unknown address."""


def table(rooms: Iterable[Room]) -> dict[str, list[str]]:
    """For each room but the default one the addresses that are its own, each with everything below.

    An address is as short as it can be without reaching into another room's.
    """
    paths = {room.name: _paths(room) for room in rooms}
    found: dict[str, list[str]] = {}
    for name, own in paths.items():
        if name != DEFAULT:
            others = [path for other, theirs in paths.items() if other != name for path in theirs]
            found[name] = sorted({_shortest(path, others) for path in own})
    return found


def _paths(room: Room) -> list[tuple[str, ...]]:
    """The fixed segments at the beginning of each route."""
    commands = [f"{PREFIX}/{name}" for name in room.commands]
    routes = [path for router in room.routers for path in _routes(router)]
    return [_fixed(path) for path in dict.fromkeys(commands + routes)]


def _routes(router: APIRouter) -> Iterator[str]:
    for route in router.routes:
        if isinstance(route, APIRoute):
            yield route.path
        elif isinstance(inner := getattr(route, "original_router", None), APIRouter):
            yield from _routes(inner)


def _fixed(path: str) -> tuple[str, ...]:
    return tuple(takewhile(lambda segment: "{" not in segment, path.strip("/").split("/")))


def _shortest(path: tuple[str, ...], others: Sequence[tuple[str, ...]]) -> str:
    """Raises ValueError where another room has the very same address: no gateway could tell them apart."""
    for length in range(1, len(path) + 1):
        if not any(other[:length] == path[:length] for other in others):
            return f"/{'/'.join(path[:length])}"
    raise ValueError(f"two rooms answer /{'/'.join(path)}")


def nginx(found: Mapping[str, Sequence[str]]) -> str:
    """The same as a map of nginx, from the address to the room."""
    lines = [
        "# Written by `ccrm gateway`; a test says when it is out of date.",
        "map $uri $room {",
        f"    default {DEFAULT};",
    ]
    lines += [f'    "~^{re.escape(path)}(/|$)" {room};' for room in sorted(found) for path in found[room]]
    return "\n".join([*lines, "}"]) + "\n"
