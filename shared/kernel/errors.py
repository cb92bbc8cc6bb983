"""What can go wrong, told apart by who must act. Rules know no HTTP; `shared.web.errors` maps once."""

from enum import StrEnum


class Code(StrEnum):
    """The stable refusal codes of the command contract."""

    state_not_allowed = "state.not_allowed"
    role_not_allowed = "role.not_allowed"
    scope_not_allowed = "scope.not_allowed"
    field_missing = "field.missing"
    field_invalid = "field.invalid"
    policy_not_allowed = "policy.not_allowed"
    centre_closed = "centre.closed"
    not_found = "not_found"
    version_conflict = "version.conflict"
    region_elsewhere = "region.elsewhere"


class Refused(Exception):
    """A rule says no: nothing was changed. The detail says what was refused and what would be accepted."""

    def __init__(self, code: Code, detail: str, *, field: str | None = None) -> None:
        super().__init__(f"{code}: {detail}")
        self.code = code
        self.detail = detail
        self.field = field


class Transient(Exception):
    """Could not be done now; the same call may go through later."""


class Away(Transient):
    """What everything here rests on, the database, cannot be used now: whatever else is tried would fail alike."""


class Poison(Exception):
    """A message that can never be understood: it goes to the dead-letter queue at once."""


class InvalidDocument(Exception):
    """A policy, directory or scenario file was refused whole. `problems` are lines "file: key or line: reason"."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems
