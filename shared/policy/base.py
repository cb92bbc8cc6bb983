"""Small parts of the policy model: lengths, conditions, triggers, holders."""

from collections.abc import Mapping
from datetime import time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer, model_validator


class Frozen(BaseModel):
    """A part of a policy document: immutable, and an unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _time_of_day(value: Any) -> Any:
    if isinstance(value, str):
        return time.fromisoformat(value if len(value) > 4 else f"0{value}")
    return value


TimeOfDay = Annotated[time, BeforeValidator(_time_of_day), PlainSerializer(lambda v: v.strftime("%H:%M"))]

Yuan = Annotated[int, Field(ge=0, le=100_000_000)]
"""Whole yuan in a policy document; never negative."""

Value = str | bool | int


class Length(Frozen):
    """How long a clock runs: exactly one unit. Working units run on the policy's working calendar."""

    minutes: int | None = Field(None, gt=0)
    hours: int | None = Field(None, gt=0)
    days: int | None = Field(None, gt=0)
    months: int | None = Field(None, gt=0)
    working_hours: int | None = Field(None, gt=0)
    half_working_days: int | None = Field(None, gt=0)
    working_days: int | None = Field(None, gt=0)

    @model_validator(mode="after")
    def _one_unit(self) -> "Length":
        if len(self.model_dump(exclude_none=True)) != 1:
            raise ValueError("a length has exactly one unit")
        return self

    @property
    def elapsed(self) -> timedelta | None:
        """The fixed span, or None where a calendar is needed."""
        if self.months is not None or self.in_working_time:
            return None
        return timedelta(minutes=self.minutes or 0, hours=self.hours or 0, days=self.days or 0)

    @property
    def in_working_time(self) -> bool:
        """Whether it runs on the working calendar only."""
        return any((self.working_hours, self.half_working_days, self.working_days))

    @property
    def label(self) -> str:
        ((unit, number),) = self.model_dump(exclude_none=True).items()
        if unit == "half_working_days":
            return "半个工作日" if number == 1 else f"{number} 个半工作日"
        names = {"minutes": "分钟", "hours": "小时", "days": "天", "months": "个月"}
        names |= {"working_hours": "个工作小时", "working_days": "个工作日"}
        return f"{number} {names[unit]}"


def values(value: Value | list[Value]) -> list[Value]:
    return value if isinstance(value, list) else [value]


UNSET = "unset"
"""In a list of values: the case has none yet (a validity or category nobody has judged)."""

ASPECTS = ("kind", "validity", "category", "severity", "channel")


class CaseCondition(Frozen):
    """What a case must be for a rule to apply; every key given must hold, a list means any of.

    Of `any_of`, where given, one must hold besides.
    """

    kind: list[str] | None = None
    validity: list[str] | None = None
    category: list[str] | None = None
    severity: list[str] | None = None
    channel: list[str] | None = None
    fields: dict[str, Value] | None = None
    without_fields: dict[str, Value] | None = None
    any_of: list["CaseCondition"] = []

    def holds(self, case: Mapping[str, str | None], fields: Mapping[str, Any]) -> bool:
        """Whether it holds for a case of these aspects; an absent field counts as false."""
        for aspect in ASPECTS:
            allowed: list[str] | None = getattr(self, aspect)
            if allowed is not None and (case.get(aspect) or UNSET) not in allowed:
                return False
        if any(fields.get(name, False) != wanted for name, wanted in (self.fields or {}).items()):
            return False
        if any(fields.get(name, False) == unwanted for name, unwanted in (self.without_fields or {}).items()):
            return False
        return not self.any_of or any(one.holds(case, fields) for one in self.any_of)


class Trigger(Frozen):
    """A fact that starts, stops or cancels a clock. `at` names the instant of the fact that counts."""

    on: str
    at: str = "occurred_at"
    when: dict[str, Value | list[Value]] = {}


class Holder(Frozen):
    """Who answers for a clock: `post`, `until` the named fact has happened since the clock started."""

    post: str
    until: str | None = None


class Cash(Frozen):
    """A sum in yuan."""

    kind: Literal["cash"] = "cash"
    yuan: Yuan


class Share(Frozen):
    """A percentage of a bonus; becomes money only when HR's base is known."""

    kind: Literal["share"] = "share"
    percent: int = Field(gt=0, le=100)
    of: str = "monthly_bonus"
