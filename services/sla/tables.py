"""sla's tables. Facts are what is remembered; everything in `case` and `charge` can be computed again from them."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.sealed import SealedJson
from shared.db.tables import common_tables, room_metadata
from shared.db.types import Json, UtcDateTime

METADATA = room_metadata("sla")
COMMON = common_tables(METADATA)


OPEN, SLOW = "done_at IS NULL", "slow_due_at IS NOT NULL"
OPEN_INDEXES = {
    "due": ("due_at", "complaint_id"),
    "project": ("project_id",),
    "company": ("company",),
    "department": ("department",),
    "liable": ("liable",),
}
"""Few cases are open at a time: lists of them need small indexes only."""

GROUPS = "name IN ('working_group_formed', 'working_group_ended')"
PERSONAL = "name IN ('finding_recorded', 'window_rated', 'proposal_decided')"


class Base(SQLModel, registry=registry(metadata=METADATA)):
    metadata = METADATA


class FactRow(Base, table=True):
    """One event about a case, as it was published."""

    __tablename__ = "fact"
    __table_args__ = (
        Index("ix_fact_personal", "name", postgresql_where=text(PERSONAL), sqlite_where=text(PERSONAL)),
        Index("ix_fact_groups", "name", postgresql_where=text(GROUPS), sqlite_where=text(GROUPS)),
    )

    event_id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    name: str = Field(max_length=60)
    at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(max_length=200)
    data: dict[str, Any] = Field(sa_type=SealedJson("sla.fact.data"))


class CaseRow(Base, table=True):
    """What ticks, reminders, lists and rates look up without reading facts: it follows from them and can be computed
    again. `work_*` is the run of the policy's reminder clock; the fields from `kind` on are those of domain/standing.
    """

    __tablename__ = "case"
    __table_args__ = (
        Index("ix_case_work", "zone", "work_stopped_at", "work_started_at"),
        *(Index(f"ix_case_open_{name}", *columns, postgresql_where=text(OPEN), sqlite_where=text(OPEN))
          for name, columns in OPEN_INDEXES.items()),
        Index("ix_case_slow", "slow_due_at", "complaint_id", postgresql_where=text(SLOW), sqlite_where=text(SLOW)),
    )  # fmt: skip

    complaint_id: UUID = Field(primary_key=True)
    project_id: str = Field(max_length=100)
    number: str | None = Field(default=None, max_length=60)
    zone: str | None = Field(default=None, max_length=60)
    policy_id: str | None = Field(default=None, max_length=100)
    policy_version: str | None = Field(default=None, max_length=20)
    category: str | None = Field(default=None, max_length=100)
    severity: str | None = Field(default=None, max_length=60)
    officer: str | None = Field(default=None, max_length=200)
    first_department: str | None = Field(default=None, max_length=100)
    work_started_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    work_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    work_stopped_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_fact_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    next_change_at: datetime | None = Field(default=None, sa_type=UtcDateTime, index=True)
    kind: str | None = Field(default=None, max_length=60)
    company: str | None = Field(default=None, max_length=100)
    department: str | None = Field(default=None, max_length=100)
    liable: str | None = Field(default=None, max_length=200)
    state: str | None = Field(default=None, max_length=60)
    registered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    issued_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    slow_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    closed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handling_minutes: int | None = None
    merged: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    on_the_spot: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    satisfaction: int | None = None
    stars: int | None = None
    rated_officer: str | None = Field(default=None, max_length=200)
    registered_on: date | None = Field(default=None, index=True)
    due_on: date | None = Field(default=None, index=True)
    closed_on: date | None = Field(default=None, index=True)
    rated_on: date | None = Field(default=None, index=True)
    runs: str | None = Field(default=None, sa_type=Text)
    confined_to: str | None = Field(default=None, max_length=300, index=True)


class Jurisdiction(Base, table=True):
    """Every (zone, policy version) that has cases, since the first: what ticks ask instead of reading the cases."""

    __tablename__ = "jurisdiction"

    zone: str = Field(primary_key=True, max_length=60)
    policy_id: str = Field(primary_key=True, max_length=100)
    policy_version: str = Field(primary_key=True, max_length=20)
    since: datetime = Field(sa_type=UtcDateTime)


class ChargeRow(Base, table=True):
    """What a person owed in a case when it was last computed; while `growing`, it is computed again on read."""

    __tablename__ = "charge"

    complaint_id: UUID = Field(primary_key=True)
    rule: str = Field(primary_key=True, max_length=100)
    person: str = Field(primary_key=True, max_length=200, index=True)
    name: str
    clause: str
    units: int
    amount_fen: int | None = Field(sa_type=BigInteger)
    percent: int | None
    of: str | None
    growing: bool
    explanation: str = Field(sa_type=Text)
    computed_at: datetime = Field(sa_type=UtcDateTime)


class ReminderRow(Base, table=True):
    """A reminder that was owed. The primary key is what makes it go out once, whoever finds it due."""

    __tablename__ = "reminder"

    key: str = Field(primary_key=True, max_length=300)
    template: str = Field(max_length=60)
    recipient: str = Field(max_length=200)
    local_date: date
    created_at: datetime = Field(sa_type=UtcDateTime)


class ReminderRun(Base, table=True):
    """A reminder's instant of a local day that has been worked through. Taken away again when a late fact arrives."""

    __tablename__ = "reminder_run"

    template: str = Field(primary_key=True, max_length=60)
    zone: str = Field(primary_key=True, max_length=60)
    local_date: date = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime)


class ProposalRow(Base, table=True):
    """A disciplinary proposal of a case, as it was last computed."""

    __tablename__ = "proposal"

    complaint_id: UUID = Field(primary_key=True)
    rule: str = Field(primary_key=True, max_length=100)
    person: str = Field(primary_key=True, max_length=200, index=True)
    name: str
    clause: str
    range: str
    state: str = Field(max_length=20)
    explanation: str = Field(sa_type=Text)


class DecisionRow(Base, table=True):
    """H4: what was decided about a proposal that belongs to no case; one decision a proposal."""

    __tablename__ = "decision"

    proposal: UUID = Field(primary_key=True)
    rule: str = Field(max_length=100)
    person: str = Field(max_length=200)
    period: str = Field(max_length=10)
    decision: str = Field(max_length=20)
    measure: str | None = Field(default=None, sa_type=Text)
    reason: str = Field(sa_type=Text)
    by: str = Field(max_length=200)
    at: datetime = Field(sa_type=UtcDateTime)


class JournalRow(Base, table=True):
    """H5: one debit or reversal. Rows are only ever added; each hash covers the row and the hash before it."""

    __tablename__ = "journal"

    complaint_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    zone: str = Field(max_length=60)
    person: str = Field(max_length=200, index=True)
    rule: str = Field(max_length=100)
    kind: str = Field(max_length=20)
    name: str
    clause: str
    units: int
    amount_fen: int | None = Field(sa_type=BigInteger)
    percent: int | None
    of: str | None
    explanation: str = Field(sa_type=Text)
    hash: str = Field(max_length=64)


class StatementLine(Base, table=True):
    """Which statement a journal entry stands in: the first whose cut-off it did not pass. One entry, one statement."""

    __tablename__ = "statement_line"

    complaint_id: UUID = Field(primary_key=True)
    seq: int = Field(primary_key=True)
    month: str = Field(max_length=7, index=True)


class StatementRow(Base, table=True):
    """H5: what a person owes for a month, frozen at the cut-off. `pending` lists percentages without a bonus base."""

    __tablename__ = "statement"

    month: str = Field(primary_key=True, max_length=7)
    zone: str = Field(primary_key=True, max_length=60)
    person: str = Field(primary_key=True, max_length=200)
    entries: int
    total_fen: int = Field(sa_type=BigInteger)
    pending: list[dict[str, Any]] = Field(sa_type=Json)
    sha256: str = Field(max_length=64)
    cut_off_at: datetime = Field(sa_type=UtcDateTime)


class StatementRun(Base, table=True):
    """A month's statement that was made, for all people of a time zone; its primary key makes it once."""

    __tablename__ = "statement_run"

    month: str = Field(primary_key=True, max_length=7)
    zone: str = Field(primary_key=True, max_length=60)
    cut_off_at: datetime = Field(sa_type=UtcDateTime)
    made_at: datetime = Field(sa_type=UtcDateTime)


class BonusBase(Base, table=True):
    """HR's monthly bonus of a person: what a percent penalty of that month is a percentage of."""

    __tablename__ = "bonus_base"

    person: str = Field(primary_key=True, max_length=200)
    month: str = Field(primary_key=True, max_length=7)
    fen: int = Field(sa_type=BigInteger)
    set_at: datetime = Field(sa_type=UtcDateTime)


class CalendarDay(Base, table=True):
    """G1: a day as an administrator has loaded it. `scope`: all (empty), a policy's id or a project's id."""

    __tablename__ = "calendar_day"

    scope: str = Field(primary_key=True, max_length=100)
    day: date = Field(primary_key=True)
    working: bool
    note: str = Field(max_length=200)


class CalendarYear(Base, table=True):
    """A year that was loaded. Without `loaded_at`: due times rest on it and nobody has loaded it yet.

    Until `provisional_until` those due times were provisional; nothing is charged for what was incurred by then.
    """

    __tablename__ = "calendar_year"

    scope: str = Field(primary_key=True, max_length=100)
    year: int = Field(primary_key=True)
    loaded_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    provisional_until: datetime | None = Field(default=None, sa_type=UtcDateTime)


class CalendarChange(Base, table=True):
    """Every time the calendar changed; the last version is what tells a room that its copy is out of date."""

    __tablename__ = "calendar_change"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    at: datetime = Field(sa_type=UtcDateTime)
    scope: str = Field(max_length=100)
    what: str = Field(sa_type=Text)


class ReportRow(Base, table=True):
    """A report as it was made, frozen. `scope` is the person it was made for, or the group's; once a period."""

    __tablename__ = "report"
    __table_args__ = (UniqueConstraint("policy_id", "report", "zone", "period", "scope"),)

    id: UUID = Field(primary_key=True)
    policy_id: str = Field(max_length=100)
    report: str = Field(max_length=60)
    zone: str = Field(max_length=60)
    period: str = Field(max_length=10)
    scope: str = Field(max_length=200, index=True)
    name: str
    clause: str
    recipients: list[str] = Field(sa_type=Json)
    first_day: date
    last_day: date
    at: datetime = Field(sa_type=UtcDateTime, index=True)
    made_at: datetime = Field(sa_type=UtcDateTime)
    number: int
    summary: dict[str, Any] = Field(sa_type=Json)
    columns: list[list[str]] = Field(sa_type=Json)
    rows: list[dict[str, Any]] = Field(sa_type=Json)


class ReportRun(Base, table=True):
    """A report's period that was worked through, also where there was nothing to report; its key makes it once."""

    __tablename__ = "report_run"

    policy_id: str = Field(primary_key=True, max_length=100)
    report: str = Field(primary_key=True, max_length=60)
    zone: str = Field(primary_key=True, max_length=60)
    period: str = Field(primary_key=True, max_length=10)
    at: datetime = Field(sa_type=UtcDateTime)
    made_at: datetime = Field(sa_type=UtcDateTime)


class RegisterRow(Base, table=True):
    """J4-J6: an entry in the group's register, with items to be rectified and, where one is asked for, an answer."""

    __tablename__ = "register"

    id: UUID = Field(primary_key=True)
    policy_id: str = Field(max_length=100)
    kind: str = Field(max_length=60, index=True)
    period: str = Field(max_length=10)
    company: str | None = Field(default=None, max_length=100)
    department: str | None = Field(default=None, max_length=100)
    project_id: str | None = Field(default=None, max_length=100)
    text: str = Field(sa_type=Text)
    items: list[dict[str, Any]] = Field(sa_type=Json)
    entered_by: str = Field(max_length=200)
    entered_at: datetime = Field(sa_type=UtcDateTime)
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    answer: str | None = Field(default=None, sa_type=Text)
    answered_by: str | None = Field(default=None, max_length=200)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class TrialRow(Base, table=True):
    """A trial of an amended policy, for whoever waits for it in whichever process; nothing else rests on it.

    `done` of `total` cases are computed; `rows` are its result. One that nobody has `touched` for long has died.
    """

    __tablename__ = "trial"

    id: UUID = Field(primary_key=True)
    person: str = Field(max_length=200)
    file: str = Field(max_length=200)
    policy_id: str = Field(max_length=100)
    policy_version: str = Field(max_length=20)
    first_day: date
    last_day: date
    made_at: datetime = Field(sa_type=UtcDateTime, index=True)
    touched_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(max_length=20)
    done: int = 0
    total: int = 0
    cases: int = 0
    rows: list[dict[str, Any]] = Field(sa_type=Json)
