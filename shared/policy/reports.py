"""What a document asks to be listed, reported, ranked and entered in registers, as data. Pure."""

from typing import Literal, Self

from pydantic import Field, model_validator

from shared.policy.base import CaseCondition, Frozen, Length, TimeOfDay

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")

Content = Literal[
    "unfinished", "overdue", "slow", "leftover", "registered", "closed", "ranking", "officers", "centres", "summary"
]
"""What a report lists: cases as they stand at its instant, or what became of the period.

unfinished: registered and not closed · overdue: its handling is past its due time · slow: a clock of the `watch` was
missed · leftover: unfinished since before the period's end · registered, closed: in the period · ranking: companies and
projects · officers: by window rating · centres: service centres · summary: numbers by category and company.
"""

RANKINGS: frozenset[str] = frozenset({"ranking", "officers", "centres", "summary"})


class Form(Frozen):
    """A form or register of the document (J7): in how many copies, and who signs it in turn."""

    id: str
    name: str
    clause: str
    copies: int = Field(1, gt=0)
    signatories: list[str] = []
    columns: list[str] = []


class Report(Frozen):
    """A list or report that is made at regular times, and who gets it.

    At `at` local time: every day; on the `weekday`; or on the `day` of the month after the month, quarter or year it
    is about. A day's and a week's report is about the time since the one before. `case` narrows it by kind, category
    and severity.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    name: str
    clause: str
    every: Literal["day", "week", "month", "quarter", "year"]
    weekday: Weekday | None = None
    day: int = Field(1, ge=1, le=28)
    at: TimeOfDay
    of: Content
    case: CaseCondition = CaseCondition()
    to: list[str] = Field(min_length=1)
    channel: str = "sms"

    @model_validator(mode="after")
    def _has_its_day(self) -> Self:
        if (self.weekday is None) == (self.every == "week"):
            raise ValueError("a weekly report, and no other, has a weekday")
        return self


class Watch(Frozen):
    """I2, I3: when a case is overdue, slow, and so severely overdue that a working group is called for.

    `clock` is the handling of the case; without one a case is overdue by any clock. `slow` are the clocks that show
    that it does not advance; none named: all but the first. A group is proposed when the handling is more than `severe`
    late, or at once for the severities `at_once`.
    """

    clause: str = ""
    clock: str | None = None
    slow: list[str] = []
    severe: Length = Length(days=7)
    at_once: list[str] = []


class Weights(Frozen):
    """Parts of a score out of 100; only what could be measured counts, its weights scaled up to the whole."""

    on_time: int = Field(0, ge=0, le=100)
    efficiency: int = Field(0, ge=0, le=100)
    satisfaction: int = Field(0, ge=0, le=100)
    discipline: int = Field(0, ge=0, le=100)
    on_the_spot: int = Field(0, ge=0, le=100)
    completion: int = Field(0, ge=0, le=100)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if sum(self.model_dump().values()) != 100:
            raise ValueError("the weights add up to 100")
        return self


class Ranking(Frozen):
    """003§38, 39: how a company or project, and a service centre, is scored.

    Efficiency is 100 for handling in no time and falls evenly to 0 at `worst_hours` from issue to closure; discipline
    is 100 less `finding_points` a finding against the centre's officers.
    """

    clause: str = ""
    weights: Weights = Weights(on_time=40, efficiency=30, satisfaction=30)
    centre: Weights = Weights(discipline=40, on_the_spot=30, completion=30)
    worst_hours: int = Field(360, gt=0, le=87_600)
    finding_points: int = Field(10, ge=0, le=100)


class Register(Frozen):
    """J4-J6: a kind of entry in the group's register: who enters it, how often, and who must answer in how many days.

    `by` are posts; `officer` stands for the officers of the project named in the entry. The answer is that of the
    department named, of its company's chairman, or of a project's officer.
    """

    id: str = Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")
    name: str
    clause: str
    every: Literal["week", "month", "quarter", "year"]
    by: list[str] = Field(min_length=1)
    answer_days: int | None = Field(None, gt=0, le=366)
    about: Literal["group", "company", "department", "project"] = "group"
