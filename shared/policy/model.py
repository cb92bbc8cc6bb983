"""A policy (制度) as data: everything a document fixes, each number and list beside its clause. Pure."""

from collections.abc import Mapping
from datetime import date, time
from functools import cached_property
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from shared.policy.base import CaseCondition, Frozen, TimeOfDay, Yuan
from shared.policy.check import problems_of
from shared.policy.clocks import Clock, Penalty, Proposal, Reminder, facts_of
from shared.policy.evidence import Evidence
from shared.policy.protection import ChannelChecks, Confidential, Told
from shared.policy.reports import Form, Ranking, Register, Report, Watch

NotNegative = Annotated[int, Field(ge=0)]

INCONSISTENT = "inconsistent"
"""The type of the error that carries, one a line, everything that does not fit together."""


class Named(Frozen):
    id: str
    name: str


class Category(Frozen):
    """A category with its first responsible and cooperating departments and the leader's field (003§20,21)."""

    id: str
    name: str
    clause: str
    first: str = Field(min_length=1)
    cooperating: list[str] = Field([], alias="with")
    field: str = Field(min_length=1)
    sub: list[str] = []


class SeverityRule(Frozen):
    """The first rule that holds gives the severity: any flag set, or any number reached; every `and_at_least` besides.

    The numbers are fields of the registration: people_count, loss_amount (yuan), or the policy's own.
    """

    severity: str
    clause: str
    reason: str
    flags: list[str] = []
    at_least: dict[str, NotNegative] = {}
    and_at_least: dict[str, NotNegative] = {}


class LiableRule(Frozen):
    """The first rule that fits the case gives the post (003§5, 21)."""

    post: str
    clause: str
    severity: list[str] | None = None
    company: Literal["regional", "property"] | None = None
    city_tier: str | None = None


class RecordField(Frozen):
    """A field to be recorded besides the contract's own. `id` is its dotted place: fields.subject, customer.address.

    With `options` only those are accepted, several where `many`; where `yes_no`, only true or false.
    """

    id: str
    name: str
    clause: str
    many: bool = False
    yes_no: bool = False
    options: list[Named] = []

    def accepts(self, value: object) -> bool:
        """Whether the value may stand here: one, or several where the field takes many."""
        if self.yes_no:
            return isinstance(value, bool)
        given = value if isinstance(value, list) and self.many else [value]
        allowed = {option.id for option in self.options}
        return all(
            isinstance(one, str | int | float | bool) and (not allowed or one in allowed) for one in given
        )  # fmt: skip


class Step(Frozen):
    """One command: in which states, by whom, and where it leads. Absent from a policy, the command is refused.

    `to` is the next state, or by the decision, outcome or purpose `decisions`; from a state it `stays` in, none. Empty:
    no change. `fields` are what may be recorded with it. `waits`: it is somebody's task while it may be done, or in the
    states listed. `by_purpose`: of `by`, who may call the customer for that purpose; any of them for one not listed.
    `by_closed`: of `by`, who may still do it once the case is closed; any of them where none is listed.
    """

    command: str
    clause: str
    name: str
    by: list[str] = Field(min_length=1)
    by_purpose: dict[str, list[str]] = {}
    by_closed: list[str] = []
    states: list[str] = []
    to: str | None = None
    decisions: dict[str, str] = {}
    required: list[str] = []
    case: CaseCondition = CaseCondition()
    waits: bool | list[str] = True
    stays: list[str] = []
    fields: list[RecordField] = []

    def waits_in(self, state: str) -> bool:
        """Whether somebody is waited for to do it while the case is in the state."""
        return state in self.states if self.waits is True else self.waits is not False and state in self.waits


class Record(Frozen):
    """B1-B4: how a complaint comes in and what must be recorded.

    `required` are dotted names; `a|b` asks for one of the two. `fields` are shown for entry beside them.
    """

    clause: str
    channels: list[str] = Field(min_length=1)
    required: list[str]
    fields: list[RecordField] = []
    kinds: list[Named] = Field(min_length=1)
    default_kind: str
    validities: list[Named] = []
    severities: list[Named] = Field(min_length=1)
    default_severity: str
    default_category: str | None = None
    open_months_after_handover: int | None = Field(None, ge=0, le=120)


class ClaimTier(Frozen):
    """Up to so many yuan (without: any amount) the post may decide a claim (003§34)."""

    up_to_yuan: Yuan | None = None
    post: str
    severity: list[str] | None = None


class ClosingGround(Frozen):
    """A ground on which a case may be closed without the approval chain (000§3.4.2)."""

    id: str
    name: str
    clause: str
    required: list[str] = []
    letter_months: int | None = Field(None, gt=0)
    needs_call: str | None = None


class Session(Frozen):
    """Working hours of a working day, local time."""

    start: TimeOfDay
    end: TimeOfDay


USUAL_SESSIONS = [Session(start=time(8, 30), end=time(12)), Session(start=time(14), end=time(17, 30))]
"""Our reading, scenario.md Working time: where a document names no hours."""


class Calendar(Frozen):
    """When clocks in working time run on a working day."""

    clause: str = ""
    sessions: list[Session] = Field(USUAL_SESSIONS, min_length=1)


class Escalation(Frozen):
    """A level of reporting upward: an obstacle goes to the first, the next one reported to the second, and so on."""

    id: str
    name: str
    clause: str
    post: str


class Statement(Frozen):
    """H5: the monthly statement is cut off on `day` (31: the month's last) at `at` local time, and told to `to`."""

    clause: str
    day: int = Field(31, ge=1, le=31)
    at: TimeOfDay
    to: list[Literal["hr_centre", "finance_centre"]] = Field(min_length=1)


class Recurrence(Frozen):
    """B11, C6: what is suggested as a repeat, and from how many alike within how many days one severity is proposed.

    Without `count` nothing is proposed. `scope`: alike at one project, or in one company (regional or property).
    """

    clause: str = ""
    repeat_days: int = Field(90, gt=0, le=3660)
    count: int | None = Field(None, gt=1, le=500)
    days: int = Field(30, gt=0, le=3660)
    scope: Literal["project", "company"] = "project"
    severity: str | None = None

    @model_validator(mode="after")
    def _proposes_something(self) -> Self:
        if (self.count is None) != (self.severity is None):
            raise ValueError("count and severity go together: how many make it, and what is proposed then")
        return self


class Rotation(Frozen):
    """003§43: a service officer leaves his project after so many months; `to` is told so many days before."""

    clause: str
    months: int = Field(gt=0, le=120)
    remind_days: int = Field(ge=0, le=365)
    at: TimeOfDay
    channel: str = "sms"
    to: list[str] = Field(min_length=1)


class Cooperation(Frozen):
    """003§4, 20: whether issuing the order asks every cooperating department of the category to help, and with what
    words; its due time is the case's required completion time.
    """

    clause: str
    at_issue: bool = False
    text: str = Field("", max_length=500)


class Policy(Frozen):
    """One document as the engine runs it. `version` is the date from which it is in force."""

    id: str
    name: str
    document: str
    effective_from: date
    timezone: str = "Asia/Shanghai"
    calendar: Calendar = Calendar()
    record: Record
    states: list[Named] = Field(min_length=2)
    initial_state: str
    closed_states: list[str] = Field(min_length=1)
    property_departments: list[str] = []
    category: list[Category] = Field(min_length=1)
    severity_rule: list[SeverityRule] = []
    liable: list[LiableRule] = Field(min_length=1)
    leader: list[LiableRule] = []
    step: list[Step] = Field(min_length=1)
    clock: list[Clock] = []
    penalty: list[Penalty] = []
    proposal: list[Proposal] = []
    reminder: list[Reminder] = []
    claim_tier: list[ClaimTier] = []
    ground: list[ClosingGround] = []
    escalation: list[Escalation] = []
    form: list[Form] = []
    report: list[Report] = []
    register_kind: list[Register] = []
    watch: Watch = Watch()
    ranking: Ranking = Ranking()
    waive_by: list[str] = []
    statement: Statement | None = None
    rotation: Rotation | None = None
    recurrence: Recurrence = Recurrence()
    cooperation: Cooperation | None = None
    confidential: list[Confidential] = []
    told: Told | None = None
    channels: ChannelChecks | None = None
    evidence: list[Evidence] = []

    @property
    def version(self) -> str:
        return self.effective_from.isoformat()

    @cached_property
    def steps(self) -> dict[str, Step]:
        return {step.command: step for step in self.step}

    @cached_property
    def categories(self) -> dict[str, Category]:
        return {category.id: category for category in self.category}

    @cached_property
    def clocks(self) -> dict[str, Clock]:
        return {clock.id: clock for clock in self.clock}

    @cached_property
    def watched(self) -> dict[str, frozenset[str]]:
        """For each clock, the names of the facts it looks at: a long case has many, a clock cares for few."""
        return {clock.id: facts_of(clock) for clock in self.clock}

    @cached_property
    def conditional(self) -> frozenset[str]:
        """The clocks that not every case has."""
        return frozenset(clock.id for clock in self.clock if clock.case != CaseCondition())

    @cached_property
    def state_names(self) -> dict[str, str]:
        return {state.id: state.name for state in self.states}

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy without the indexes over what may have changed."""
        made = super().model_copy(update=update, deep=deep)
        for index in ("steps", "categories", "clocks", "state_names"):
            made.__dict__.pop(index, None)
        return made

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [f"{key}: {reason}" for key, reason in problems_of(self)]
        if problems:
            raise PydanticCustomError(INCONSISTENT, "{lines}", {"lines": "\n".join(problems)})
        return self
