"""Reads policy documents: TOML in, a validated Policy out; a bad file is refused with file, key and reason."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from functools import lru_cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from shared.kernel.errors import InvalidDocument
from shared.policy.model import INCONSISTENT, Policy

DEFAULT_POLICY = "group-after-sales"
"""What a project is bound to that is bound to nothing else."""

NAMES = ("id", "command", "rule", "template", "severity", "post")
"""What an entry of a list is called by, the first it has."""


def parse_policy(text: str, *, file: str) -> Policy:
    """The policy of a TOML text. Raises InvalidDocument with one line a problem ("file: key: reason")."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidDocument([f"{file}: not TOML: {error}"]) from None
    try:
        return Policy.model_validate(document)
    except ValidationError as error:
        raise InvalidDocument([f"{file}: {line}" for line in _lines(error, document)]) from None


def _lines(error: ValidationError, document: Mapping[str, Any]) -> Iterator[str]:
    """One line "key: reason" a problem."""
    for problem in error.errors(include_url=False):
        if problem["type"] == INCONSISTENT:
            yield from problem["msg"].splitlines()
        else:
            yield f"{_key(problem['loc'], document)}: {problem['msg'].removeprefix('Value error, ')}"


def _key(place: tuple[str | int, ...], document: Any) -> str:
    """The place of a problem as the document's author knows it: `clock dispatch.length`, not `clock.2.span.length`."""
    found, value = "", document
    for part in place:
        if isinstance(part, int):
            value = value[part] if isinstance(value, list) and part < len(value) else None
            named = value if isinstance(value, dict) else {}
            name = next((named[key] for key in NAMES if isinstance(named.get(key), str)), part)
            found += f" {name}"
        elif isinstance(value, dict) and part in (value.get("type"), value.get("kind")) and part not in value:
            continue  # the kind of clock, rule or amount, which chose the model
        else:
            value = value.get(part) if isinstance(value, dict) else None
            found += f".{part}" if found else part
    return found or "policy"


def load_policy(path: Path) -> Policy:
    """The policy of a file. Raises InvalidDocument, also where the file cannot be read as UTF-8 text."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidDocument([f"{path}: {error}"]) from None
    return parse_policy(text, file=str(path))


class PolicyLibrary:
    """Every known version of every policy. A case keeps the version under which it was registered."""

    def __init__(self, policies: Iterable[Policy]) -> None:
        self._versions: dict[str, dict[str, Policy]] = {}
        for policy in policies:
            self._versions.setdefault(policy.id, {})[policy.version] = policy

    @property
    def ids(self) -> list[str]:
        return sorted(self._versions)

    def all(self) -> list[Policy]:
        return [self._versions[i][v] for i in self.ids for v in sorted(self._versions[i])]

    def versions(self, policy_id: str) -> list[Policy]:
        """All versions of a policy, oldest first."""
        return sorted(self._versions.get(policy_id, {}).values(), key=lambda policy: policy.effective_from)

    def get(self, policy_id: str, version: str) -> Policy:
        """Raises KeyError where this version was never loaded."""
        return self._versions[policy_id][version]

    def in_force(self, policy_id: str, on: date) -> Policy | None:
        """The version in force on a day: the latest that is not from the future."""
        versions: Mapping[str, Policy] = self._versions.get(policy_id, {})
        past = [policy for policy in versions.values() if policy.effective_from <= on]
        return max(past, key=lambda policy: policy.effective_from, default=None)

    def with_policy(self, policy: Policy) -> "PolicyLibrary":
        return PolicyLibrary([*self.all(), policy])


@lru_cache(maxsize=1)
def built_in() -> PolicyLibrary:
    """The documents that come with the product, read once a process."""
    folder = files("shared.policy") / "documents"
    return PolicyLibrary(
        parse_policy(entry.read_text(encoding="utf-8"), file=entry.name)
        for entry in sorted(folder.iterdir(), key=lambda e: e.name)
        if entry.name.endswith(".toml")
    )


def library(folder: Path | None = None) -> PolicyLibrary:
    """The built-in documents and those of a folder of the operator's own; a same id and date replaces the built-in."""
    found = built_in()
    for path in sorted(folder.glob("*.toml")) if folder else ():
        found = found.with_policy(load_policy(path))
    return found
