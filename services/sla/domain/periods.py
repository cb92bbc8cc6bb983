"""The periods a dashboard is asked for: a calendar month, quarter or year, and the one before it. Pure."""

import re
from dataclasses import dataclass
from datetime import date, timedelta

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
LENGTHS = {"this_month": 1, "last_month": 1, "this_quarter": 3, "this_year": 12}
NAMES = {"this_month": "本月", "last_month": "上月", "this_quarter": "本季", "this_year": "本年"}


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months: from the first to the last local day, both included."""

    first: date
    months: int

    @property
    def last(self) -> date:
        return _moved(self.first, self.months) - timedelta(days=1)

    @property
    def before(self) -> "Period":
        """The period of the same length before it."""
        return Period(_moved(self.first, -self.months), self.months)

    @property
    def step(self) -> str:
        """What a trend over it goes by: a month's by day, a longer one's by month."""
        return "day" if self.months == 1 else "month"

    @property
    def name(self) -> str:
        if self.months == 1:
            return f"{self.first:%Y-%m}"
        return (
            f"{self.first.year} 年" if self.months == 12 else f"{self.first.year} 年第 {self.first.month // 3 + 1} 季度"
        )

    def part(self, key: str) -> tuple[date, date]:
        """The first and last day of one step of the trend."""
        if self.step == "day":
            return date.fromisoformat(key), date.fromisoformat(key)
        one = Period(date.fromisoformat(f"{key}-01"), 1)
        return one.first, one.last

    def steps(self, until: date) -> list[str]:
        """The key of every step that has begun by the day, so that one in which nothing happened is shown too."""
        end = min(self.last, until)
        if self.step == "month":
            begun = (_moved(self.first, number) for number in range(self.months))
            return [f"{month:%Y-%m}" for month in begun if month <= end]
        days = (self.first + timedelta(days=number) for number in range((end - self.first).days + 1))
        return [day.isoformat() for day in days]


def period_of(name: str | None, month: str | None, today: date) -> Period:
    """The month, where one is given, else the named period; what is neither is this month."""
    if month and MONTH.fullmatch(month):
        return Period(date.fromisoformat(f"{month}-01"), 1)
    this = today.replace(day=1)
    match name:
        case "last_month":
            return Period(_moved(this, -1), 1)
        case "this_quarter":
            return Period(this.replace(month=(this.month - 1) // 3 * 3 + 1), 3)
        case "this_year":
            return Period(this.replace(month=1), 12)
        case _:
            return Period(this, 1)


def _moved(first: date, months: int) -> date:
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)
