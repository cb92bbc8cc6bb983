"""Which cases a new directory touches: posts that changed hands otherwise than was known. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from shared.org.model import Assignment, Directory

EVER = datetime(1970, 1, 1, tzinfo=UTC)

Key = tuple[str, str, str | None]


@dataclass(frozen=True, slots=True)
class Moved:
    """The projects whose people are others than was known, and from which instant on."""

    projects: frozenset[str]
    since: datetime


def moved(before: Directory, after: Directory) -> Moved | None:
    """None where everybody who answers for a case is the same at every instant."""
    scopes: dict[str, datetime] = {}
    old, new = _terms(before), _terms(after)
    for key in old.keys() | new.keys():
        since = _first_difference(old.get(key, []), new.get(key, []))
        if since is not None:
            scopes[key[1]] = min(since, scopes.get(key[1], since))
    places = {project.id: project for project in before.projects}
    projects: dict[str, datetime] = {}
    for project in after.projects:
        known = places.get(project.id)
        instants = [
            scopes[s] for s in (after.group, project.id, project.company, project.property_company) if s in scopes
        ]
        if known is not None and known != project:
            instants.append(EVER)
        if instants:
            projects[project.id] = min(instants)
    return Moved(frozenset(projects), min(projects.values())) if projects else None


def _terms(directory: Directory) -> dict[Key, list[Assignment]]:
    found: dict[Key, list[Assignment]] = {}
    for one in directory.assignments:
        found.setdefault((one.post, one.scope, one.unit), []).append(one)
    return found


def _first_difference(old: list[Assignment], new: list[Assignment]) -> datetime | None:
    """The first instant at which others hold the post; between two changes nobody comes or goes."""
    if old == new:
        return None
    changes = {at for one in (*old, *new) for at in (one.since, one.until) if at is not None}
    for at in sorted({EVER, *changes}):
        if _holders(old, at) != _holders(new, at):
            return at
    return None


def _holders(terms: Iterable[Assignment], at: datetime) -> list[str]:
    return [one.person for one in terms if one.covers(at)]
