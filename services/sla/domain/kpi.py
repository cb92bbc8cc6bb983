"""J1-J3: numbers of a period, the rates that follow from them, and the scores that rank. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from shared.kernel.money import Fen, yuan
from shared.policy.reports import Ranking, Weights


@dataclass(slots=True)
class Numbers:
    """Of one group of cases and one range of days.

    registered, on_the_spot and completed are of the cases registered in it (`completed`: closed since); due and on_time
    of those whose handling fell due in it; closed, minutes and satisfaction of those closed in it; stars of the ratings
    given in it; penalties of the entries written in it.
    """

    registered: int = 0
    on_the_spot: int = 0
    completed: int = 0
    due: int = 0
    on_time: int = 0
    closed: int = 0
    minutes: int = 0
    timed: int = 0
    satisfaction: int = 0
    satisfied: int = 0
    stars: int = 0
    rated: int = 0
    findings: int = 0
    penalties_fen: int = 0
    clocks: dict[str, list[int]] = field(default_factory=dict)

    def add_runs(self, counts: Mapping[str, tuple[int, int]], times: int) -> None:
        """The (met, breached) runs of each clock, of so many cases alike."""
        for clock, (met, late) in counts.items():
            total = self.clocks.setdefault(clock, [0, 0])
            total[0] += met * times
            total[1] += late * times


COUNTS = tuple(name for name in Numbers.__dataclass_fields__ if name != "clocks")


def together(many: Iterable[Numbers]) -> Numbers:
    """The numbers of several groups as of one."""
    total = Numbers()
    for one in many:
        for name in COUNTS:
            setattr(total, name, getattr(total, name) + getattr(one, name))
        total.add_runs({clock: (met, late) for clock, (met, late) in one.clocks.items()}, 1)
    return total


def rates(numbers: Numbers) -> dict[str, Any]:
    """The numbers and their rates (0 to 1, four places; null where nothing was counted)."""
    n = numbers
    return {
        "registered": n.registered,
        "on_the_spot": n.on_the_spot,
        "on_the_spot_rate": _share(n.on_the_spot, n.registered),
        "completion_rate": _share(n.completed, n.registered),
        "due": n.due,
        "on_time": n.on_time,
        "on_time_rate": _share(n.on_time, n.due),
        "closed": n.closed,
        "mean_hours": None if not n.timed else round(n.minutes / n.timed / 60, 2),
        "satisfaction": None if not n.satisfied else round(n.satisfaction / n.satisfied, 2),
        "satisfaction_count": n.satisfied,
        "window_rating": None if not n.rated else round(n.stars / n.rated, 2),
        "window_ratings": n.rated,
        "findings": n.findings,
        "penalties": yuan(Fen(n.penalties_fen)),
        "clocks": {
            clock: {"met": met, "breached": late, "on_time_rate": _share(met, met + late)}
            for clock, (met, late) in n.clocks.items()
        },
    }


def _share(part: int, whole: int) -> float | None:
    return None if not whole else round(part / whole, 4)


def parts_of(numbers: Numbers, ranking: Ranking) -> dict[str, float | None]:
    """Each measure on a scale of 0 to 100; None where nothing was counted."""
    n = numbers
    on_time, spot, completed = (
        None if not whole else 100 * part / whole
        for part, whole in ((n.on_time, n.due), (n.on_the_spot, n.registered), (n.completed, n.registered))
    )
    efficiency = None if not n.timed else max(0.0, 100 - 100 * n.minutes / n.timed / 60 / ranking.worst_hours)
    return {
        "on_time": on_time,
        "efficiency": efficiency,
        "satisfaction": None if not n.satisfied else 100 * n.satisfaction / n.satisfied / 5,
        "discipline": max(0.0, 100.0 - ranking.finding_points * n.findings) if n.registered or n.findings else None,
        "on_the_spot": spot,
        "completion": completed,
    }


def score(parts: Mapping[str, float | None], weights: Weights) -> float | None:
    """The weighted mean of what was counted, to two places; what was not leaves its weight to the others."""
    counted = [(value, weight) for name, value in parts.items()
               if value is not None and (weight := getattr(weights, name))]  # fmt: skip
    whole = sum(weight for _, weight in counted)
    return None if not whole else round(sum(value * weight for value, weight in counted) / whole, 2)


def ranked(rows: list[dict[str, Any]], by: str = "score") -> list[dict[str, Any]]:
    """Best first, each with its `rank`; equals share one, told apart by key only in their order. Without: last."""
    ordered = sorted(rows, key=lambda row: (row[by] is None, -(row[by] or 0), str(row["key"])))
    values = [row[by] for row in ordered]
    return [{"rank": None if row[by] is None else values.index(row[by]) + 1, **row} for row in ordered]
