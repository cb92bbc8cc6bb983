"""Dispatch's tables: its copy of each case, the acts on it, orders, claims, meetings, tasks of cooperating
departments, and the accounts.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Index, Text, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from services.dispatch.domain.findable import terms_of
from shared.db.sealed import BlindTerms, SealedBytes, SealedJson, SealedText
from shared.db.tables import common_tables, read_log, room_metadata
from shared.db.types import Json, UtcDateTime

METADATA = room_metadata("dispatch")
FOUND_BY = ("customer_name", "customer_phone", "customer_room")
TERMS = BlindTerms("dispatch.complaint.customer", FOUND_BY, terms_of)
COMMON = common_tables(METADATA)
READ_LOG = read_log(METADATA)


LIVE = "closed_at IS NULL OR open_ends"
"""Of all cases few are worked on: what asks for them says so in these words, and their index stays small."""


class Base(SQLModel, registry=registry(metadata=METADATA)):
    metadata = METADATA


class Complaint(Base, table=True):
    """The case as this room knows it. What intake may still change follows its facts; the rest is written here.

    `responsible` is the kind of company whose matter it is. `pending` maps commands to the instant since when they
    wait; `open_ends` is true where it is not empty. `merged_into` is the number of the case it duplicates and ended
    in; `inherited_required_by` the earliest required time of the cases that ended in this one. `asked` are the
    cooperating departments that have a task which is not done yet. `confined_to`: the posts that alone see the case;
    `guardian`: who accompanies it because of a threat (`extreme`). `customer_terms`: the words that find its customer.
    """

    __tablename__ = "complaint"
    __table_args__ = (
        Index("ix_complaint_project_newest", "project_id", "complaint_id"),
        Index("ix_complaint_state_newest", "state", "complaint_id"),
        Index("ix_complaint_department_newest", "first_department", "complaint_id"),
        Index("ix_complaint_live", "state_since", "complaint_id", postgresql_where=text(LIVE), sqlite_where=text(LIVE)),
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
    severity_reason: str = Field(sa_type=SealedText("dispatch.complaint.severity_reason"))
    content: str = Field(sa_type=Text)
    customer: dict[str, Any] = Field(sa_type=SealedJson("dispatch.complaint.customer"))
    extra: dict[str, Any] = Field(sa_type=SealedJson("dispatch.complaint.extra"))
    customer_name: str = Field(sa_type=SealedText("dispatch.complaint.customer_name", varchar=True))
    customer_phone: str = Field(sa_type=SealedText("dispatch.complaint.customer_phone", varchar=True))
    customer_room: str | None = Field(sa_type=SealedText("dispatch.complaint.customer_room", varchar=True))
    customer_terms: Any = Field(default=None, sa_type=TERMS, nullable=True)
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
    asked: list[str] = Field(sa_type=Json, sa_column_kwargs={"server_default": text("'[]'")})
    confined_to: str | None = Field(index=True)
    extreme: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    guardian: str | None


class Cooperation(Base, table=True):
    """A cooperating department of a case: its head sees the case."""

    __tablename__ = "cooperation"

    complaint_id: UUID = Field(primary_key=True)
    department: str = Field(primary_key=True, index=True)


class CooperationTask(Base, table=True):
    """003§4,20: what a cooperating department was asked for: `asked`, then `done` or `refused`.

    `head` is whom it was asked of; `reported_at` when the first responsible department reported refusal or silence.
    """

    __tablename__ = "cooperation_task"

    id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    department: str
    state: str
    text: str = Field(sa_type=SealedText("dispatch.cooperation_task.text"))
    asked_at: datetime = Field(sa_type=UtcDateTime)
    asked_by: str
    head: str | None
    due_at: datetime | None = Field(sa_type=UtcDateTime)
    answered_at: datetime | None = Field(sa_type=UtcDateTime)
    answered_by: str | None
    answer: str | None = Field(sa_type=SealedText("dispatch.cooperation_task.answer"))
    reported_at: datetime | None = Field(sa_type=UtcDateTime)
    reported_by: str | None
    report_reason: str | None = Field(sa_type=SealedText("dispatch.cooperation_task.report_reason"))


class Fact(Base, table=True):
    """What intake published about a case, as it came; it may come before the registration."""

    __tablename__ = "fact"

    event_id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    topic: str
    occurred_at: datetime = Field(sa_type=UtcDateTime)
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    body: str = Field(sa_type=SealedText("dispatch.fact.body"))


class Drawing(Base, table=True):
    """A signature drawn with an act: the PNG, and its SHA-256, which is all that the act itself says of it."""

    __tablename__ = "drawing"

    act_id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    sha256: str
    image: bytes = Field(sa_type=SealedBytes("dispatch.drawing.image"))


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
    data: dict[str, Any] = Field(sa_type=SealedJson("dispatch.act.data"))


class SupervisionOrder(Base, table=True):
    """The order of a case (督办令, or 派工单): one, with a new `version` each time it is submitted again.

    `verification_code` stands on its paper; it stays the same, and orders of before there were codes have none.
    """

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
    return_reason: str | None = Field(sa_type=SealedText("dispatch.supervision_order.return_reason"))
    issued_at: datetime | None = Field(sa_type=UtcDateTime)
    issued_by: str | None
    liable: str | None
    leader: str | None
    chairman: str | None
    verification_code: str | None = Field(unique=True, index=True, max_length=20)


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
    actions: list[Any] = Field(sa_type=SealedJson("dispatch.meeting.actions"))
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
    """Who may sign in, beside the directory. `must_change`: the password was given to him, and is good for one thing
    only, to choose his own.
    """

    __tablename__ = "account"

    login: str = Field(primary_key=True)
    person_id: str = Field(unique=True)
    password_hash: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    must_change: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    disabled_at: datetime | None = Field(sa_type=UtcDateTime)
    last_sign_in_at: datetime | None = Field(sa_type=UtcDateTime)


class Session(Base, table=True):
    """A sign-in: its tokens carry its id. It ends by signing out, by another's hand, or when no token was renewed."""

    __tablename__ = "session"

    id: UUID = Field(primary_key=True)
    login: str = Field(index=True)
    person_id: str
    created_at: datetime = Field(sa_type=UtcDateTime)
    last_seen_at: datetime = Field(sa_type=UtcDateTime)
    expires_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(sa_type=UtcDateTime)


class SignInFailure(Base, table=True):
    """A wrong password for a name from an address: every replica counts them."""

    __tablename__ = "sign_in_failure"

    id: UUID = Field(primary_key=True)
    name: str = Field(index=True)
    address: str = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


COMPLAINT = METADATA.tables["dispatch.complaint"]
COOPERATION = METADATA.tables["dispatch.cooperation"]
COOPERATION_TASK = METADATA.tables["dispatch.cooperation_task"]
FACT = METADATA.tables["dispatch.fact"]
ACT = METADATA.tables["dispatch.act"]
DRAWING = METADATA.tables["dispatch.drawing"]
ORDER = METADATA.tables["dispatch.supervision_order"]
CLAIM = METADATA.tables["dispatch.claim"]
MEETING = METADATA.tables["dispatch.meeting"]
LINK = METADATA.tables["dispatch.link"]
ACCOUNT = METADATA.tables["dispatch.account"]
SESSION = METADATA.tables["dispatch.session"]
SIGN_IN_FAILURE = METADATA.tables["dispatch.sign_in_failure"]
