"""Who is charged for what: units of delay laid over the periods in which people held the posts."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.sla.domain.clocks import Run
from services.sla.domain.facts import Case
from shared.org.liability import holder
from shared.org.model import Directory
from shared.policy.model import Policy

Person = Callable[[datetime], str | None]


@dataclass(frozen=True)
class Office:
    """The people of one case, asked as of an instant."""

    policy: Policy
    directory: Directory
    case: Case

    def person(self, post: str, at: datetime) -> str | None:
        return holder(post, self.policy, self.directory, self.case.at(at).standing, at)

    def responsible(self, run: Run, at: datetime) -> str | None:
        """Who answers for a run of a clock at the instant."""
        return self.person(run.holder_post(at), at)

    def changes(self, run: Run | None = None) -> list[datetime]:
        """Every instant at which an answer of this office may change."""
        instants = {*self.case.changes(), *self.directory.changes(self.case.project_id)}
        if run is not None:
            instants |= {until for _, until in run.holders if until is not None and until.year < 9999}
        return sorted(instants)


def units_by_person(
    person: Person, changes: Iterable[datetime], first: datetime, every: timedelta, number: int
) -> dict[str | None, int]:
    """How many of the `number` instants first, first + every, … fell to whom.

    Between two changes nobody new takes over, so one question answers for all instants there; an instant that falls
    on a change is asked by itself.
    """
    counts: dict[str | None, int] = {}

    def charge(at: datetime, units: int) -> None:
        if units:
            who = person(at)
            counts[who] = counts.get(who, 0) + units

    last = first + every * (number - 1)
    index = 0
    for change in [c for c in changes if first <= c <= last]:
        steps, rest = divmod(change - first, every)
        on_change = rest == timedelta(0)
        upto = steps if on_change else steps + 1
        charge(first + every * index, upto - index)
        index = upto
        if on_change:
            charge(change, 1)
            index += 1
    charge(first + every * index, number - index)
    return counts
