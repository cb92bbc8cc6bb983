"""Dispatch's tables: its copy of each case, the acts on it, orders, claims, meetings, and the accounts."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.tables import common_tables, room_metadata
from shared.db.types import Json, UtcDateTime

METADATA = room_metadata("dispatch")
COMMON = common_tables(METADATA)


class Base(SQLModel, registry=registry(metadata=METADATA)):
    metadata = METADATA


class Complaint(Base, table=True):
    """The case as this room knows it. What intake may still change follows its facts; the rest is written here.

    `responsible` is the kind of company whose matter it is. `pending` maps commands to the instant since when they
    wait; `open_ends` is true where it is not empty. `merged_into` is the number of the case it duplicates and ended
    in; `inherited_required_by` the earliest required time of the cases that ended in this one.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        Index("ix_complaint_project_newest", "project_id", "complaint_id"),
        Index("ix_complaint_state_newest", "state", "complaint_id"),
        Index("ix_complaint_department_newest", "first_department", "complaint_id"),
    )

    complaint_id: UUID = Field(primary_key=True)
    number: str = Field(unique=True)
    project_id: str
    policy_id: str
    policy_version: str
    officer: str | None
    channel: str
    contact_ended_at: datetime = Field(sa_type=UtcDateTime)
    registered_at: datetime = Field(sa_type=UtcDateTime)
    kind: str
    validity: str | None
    category: str | None
    severity: str
    severity_reason: str = Field(sa_type=Text)
    content: str = Field(sa_type=Text)
    customer: dict[str, Any] = Field(sa_type=Json)
    extra: dict[str, Any] = Field(sa_type=Json)
    customer_name: str
    customer_phone: str
    customer_room: str | None
    on_the_spot: bool
    signed: bool
    state: str
    state_since: datetime = Field(sa_type=UtcDateTime)
    version: int
    order_department: str | None
    first_department: str | None
    responsible: str
    cooperating: list[str] = Field(sa_type=Json)
    required_by: datetime | None = Field(sa_type=UtcDateTime)
    agreed_completion_at: datetime | None = Field(sa_type=UtcDateTime)
    extended_until: datetime | None = Field(sa_type=UtcDateTime)
    handed_over_at: datetime | None = Field(sa_type=UtcDateTime)
    visited_at: datetime | None = Field(sa_type=UtcDateTime)
    visit_outcome: str | None
    material_entered: bool
    planned: bool
    pending: dict[str, str] = Field(sa_type=Json)
    open_ends: bool = Field(index=True)
    closed_at: datetime | None = Field(sa_type=UtcDateTime)
    closed_ground: str | None
    inherited_required_by: datetime | None = Field(sa_type=UtcDateTime)
    merged_into: str | None


class Cooperation(Base, table=True):
    """A cooperating department of a case: its head sees the case."""

    __tablename__ = "cooperation"

    complaint_id: UUID = Field(primary_key=True)
    department: str = Field(primary_key=True, index=True)


class Fact(Base, table=True):
    """What intake published about a case, as it came; it may come before the registration."""

    __tablename__ = "fact"

    event_id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    topic: str
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    body: str = Field(sa_type=Text)


class Act(Base, table=True):
    """An accepted act, with what was said. `id` is that of the event it brought forth."""

    __tablename__ = "act"
    __table_args__ = (Index("ix_act_case", "complaint_id", "version"),)

    id: UUID = Field(primary_key=True)
    complaint_id: UUID
    version: int
    command: str
    by: str
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    state_before: str
    state: str
    data: dict[str, Any] = Field(sa_type=Json)


class SupervisionOrder(Base, table=True):
    """The order of a case (督办令, or 派工单): one, with a new `version` each time it is submitted again."""

    __tablename__ = "supervision_order"

    id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(unique=True)
    version: int
    number: str | None
    first_department: str
    named: bool
    cooperating: list[str] = Field(sa_type=Json)
    required_by: datetime | None = Field(sa_type=UtcDateTime)
    submitted_at: datetime = Field(sa_type=UtcDateTime)
    submitted_by: str
    reviewed_at: datetime | None = Field(sa_type=UtcDateTime)
    reviewed_by: str | None
    returned_at: datetime | None = Field(sa_type=UtcDateTime)
    return_reason: str | None = Field(sa_type=Text)
    issued_at: datetime | None = Field(sa_type=UtcDateTime)
    issued_by: str | None
    liable: str | None
    leader: str | None
    chairman: str | None


class Claim(Base, table=True):
    """003§34: a claim of the customer, from raised over reported and decided to filed."""

    __tablename__ = "claim"

    id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    state: str
    amount_fen: int | None = Field(sa_type=BigInteger)
    decision: str | None
    decided_fen: int | None = Field(sa_type=BigInteger)
    decided_by: str | None
    raised_at: datetime = Field(sa_type=UtcDateTime)
    reported_at: datetime | None = Field(sa_type=UtcDateTime)
    decided_at: datetime | None = Field(sa_type=UtcDateTime)
    filed_at: datetime | None = Field(sa_type=UtcDateTime)


class Meeting(Base, table=True):
    """003§33.2: a special meeting, and its minutes once they are filed."""

    __tablename__ = "meeting"

    id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    ended_at: datetime = Field(sa_type=UtcDateTime)
    actions: list[Any] = Field(sa_type=Json)
    minuted_at: datetime | None = Field(sa_type=UtcDateTime)
    minuted_by: str | None


class Link(Base, table=True):
    """003§33.4: a complaint that duplicates, belongs with, or repeats another."""

    __tablename__ = "link"

    complaint_id: UUID = Field(primary_key=True)
    to: UUID = Field(primary_key=True, index=True)
    relation: str = Field(primary_key=True)
    linked_at: datetime = Field(sa_type=UtcDateTime)


class Account(Base, table=True):
    """Who may sign in, beside the directory."""

    __tablename__ = "account"

    login: str = Field(primary_key=True)
    person_id: str = Field(unique=True)
    password_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)


COMPLAINT = METADATA.tables["dispatch.complaint"]
COOPERATION = METADATA.tables["dispatch.cooperation"]
FACT = METADATA.tables["dispatch.fact"]
ACT = METADATA.tables["dispatch.act"]
ORDER = METADATA.tables["dispatch.supervision_order"]
CLAIM = METADATA.tables["dispatch.claim"]
MEETING = METADATA.tables["dispatch.meeting"]
LINK = METADATA.tables["dispatch.link"]
ACCOUNT = METADATA.tables["dispatch.account"]
