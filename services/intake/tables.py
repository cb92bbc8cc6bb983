"""What intake stores: the record of each complaint, and what was done to it here."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint, text
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.sealed import Blind, SealedJson, SealedText
from shared.db.tables import common_tables, read_log, room_metadata
from shared.db.types import Json, UtcDateTime

METADATA = room_metadata("intake")
COMMON = common_tables(METADATA)
READ_LOG = read_log(METADATA)


class Base(SQLModel, registry=registry(metadata=METADATA)):
    metadata = METADATA


class Complaint(Base, table=True):
    """One complaint. `severity` is in force; `computed_severity` is what the facts give (C5).

    `merged_into` is the complaint of which it turned out to be a duplicate: it is closed by that.

    `phone` and `room` repeat the customer's, to find earlier complaints (B11): by what stands for them in `phone_blind`
    and `room_blind`; their own indexes serve the rows that a version before wrote plain. `tracking` is the customer's
    key (A7): whoever has it sees the case, so it is sealed and found likewise.

    `confined_to` are the posts that alone see the case, null for most (B9). `extreme`: a threat of extreme behaviour;
    `guardian` is the person named to accompany the case (B10).
    """

    __tablename__ = "complaint"

    id: UUID = Field(primary_key=True)
    number: str = Field(unique=True, sa_type=String(40))
    project_id: str = Field(sa_type=String(100))
    policy_id: str = Field(sa_type=String(100))
    policy_version: str = Field(sa_type=String(10))
    channel: str = Field(sa_type=String(50))
    contact_ended_at: datetime = Field(sa_type=UtcDateTime)
    registered_at: datetime = Field(sa_type=UtcDateTime)
    registered_by: str = Field(sa_type=String(200))
    officer: str | None = Field(sa_type=String(200))
    handed_in: bool
    kind: str = Field(sa_type=String(50))
    validity: str | None = Field(sa_type=String(50))
    category: str | None = Field(sa_type=String(100))
    severity: str = Field(sa_type=String(50))
    severity_reason: str = Field(sa_type=SealedText("intake.complaint.severity_reason"))
    computed_severity: str = Field(sa_type=String(50))
    computed_reason: str = Field(sa_type=Text)
    required_by: datetime | None = Field(sa_type=UtcDateTime)
    people_count: int | None
    loss_fen: int | None = Field(sa_type=BigInteger)
    lawsuit: bool
    media: bool
    customer: dict[str, Any] = Field(sa_type=SealedJson("intake.complaint.customer"))
    phone: str = Field(sa_type=SealedText("intake.complaint.phone", length=40), index=True)
    room: str | None = Field(sa_type=SealedText("intake.complaint.room", length=200))
    phone_blind: str | None = Field(default=None, sa_type=Blind("intake.complaint.phone", of="phone"), index=True)
    room_blind: str | None = Field(default=None, sa_type=Blind("intake.complaint.room", of="room"))
    content: str = Field(sa_type=SealedText("intake.complaint.content"))
    note: str | None = Field(sa_type=SealedText("intake.complaint.note"))
    on_the_spot: bool
    signed: bool
    closed: bool
    merged_into: UUID | None = Field(index=True)
    confined_to: str | None = Field(sa_type=String(300))
    extreme: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})
    guardian: str | None = Field(sa_type=String(200))
    fields: dict[str, Any] = Field(sa_type=SealedJson("intake.complaint.fields"))
    tracking: str = Field(unique=True, sa_type=SealedText("intake.complaint.tracking", length=64))
    tracking_blind: str | None = Field(
        default=None, sa_type=Blind("intake.complaint.tracking", of="tracking"), index=True
    )
    version: int

    __table_args__ = (
        Index("ix_complaint_place", "project_id", "room"),
        Index("ix_complaint_place_blind", "project_id", "room_blind"),
        Index("ix_complaint_alike", "project_id", "category", "registered_at"),
    )


class Signature(Base, table=True):
    """B3: a signature with the text that was signed; `text_sha256` shows a later change of the text."""

    __tablename__ = "signature"

    id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    signature: str = Field(sa_type=SealedText("intake.signature.signature"))
    text: str = Field(sa_type=SealedText("intake.signature.text"))
    text_sha256: str = Field(sa_type=String(64))
    signed_at: datetime = Field(sa_type=UtcDateTime)
    taken_by: str = Field(sa_type=String(200))


class Classification(Base, table=True):
    """C5: each change of kind, validity, category or severity, with what was there before."""

    __tablename__ = "classification"

    id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(sa_type=String(200))
    before: dict[str, Any] = Field(sa_type=Json)
    after: dict[str, Any] = Field(sa_type=Json)
    reason: str | None = Field(sa_type=SealedText("intake.classification.reason"))


class Correction(Base, table=True):
    """F7: each correction of the record: what differs, as it was and as it is right; of money in fen."""

    __tablename__ = "correction"

    id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(sa_type=String(200))
    before: dict[str, Any] = Field(sa_type=SealedJson("intake.correction.before"))
    after: dict[str, Any] = Field(sa_type=SealedJson("intake.correction.after"))
    reason: str = Field(sa_type=SealedText("intake.correction.reason"))


class Link(Base, table=True):
    """B11: this complaint duplicates, belongs with, or repeats another."""

    __tablename__ = "link"
    __table_args__ = (UniqueConstraint("complaint_id", "to_id", "relation"),)

    id: UUID = Field(primary_key=True)
    complaint_id: UUID
    to_id: UUID = Field(index=True)
    relation: str = Field(sa_type=String(20))
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(sa_type=String(200))


class WindowRating(Base, table=True):
    """B5: the customer's stars for the window service, once; the officer never reads it."""

    __tablename__ = "window_rating"

    complaint_id: UUID = Field(primary_key=True)
    stars: int
    officer: str | None = Field(sa_type=String(200))
    rated_at: datetime = Field(sa_type=UtcDateTime)


class CaseState(Base, table=True):
    """Where dispatch has the case, by the latest act heard of; no row before the first. Departments likewise."""

    __tablename__ = "case_state"

    complaint_id: UUID = Field(primary_key=True)
    state: str = Field(sa_type=String(50))
    state_at: datetime = Field(sa_type=UtcDateTime)
    state_event: UUID
    first_department: str | None = Field(sa_type=String(100))
    cooperating: list[str] | None = Field(sa_type=Json)
    department_at: datetime | None = Field(sa_type=UtcDateTime)
    department_event: UUID | None
    required_by: datetime | None = Field(sa_type=UtcDateTime)
    issued: bool


class CustomerStep(Base, table=True):
    """What was done about a case that its customer may read of (B8): the fact's name, once an event."""

    __tablename__ = "customer_step"

    event_id: UUID = Field(primary_key=True)
    complaint_id: UUID = Field(index=True)
    fact: str = Field(sa_type=String(50))
    at: datetime = Field(sa_type=UtcDateTime)


class Recurrence(Base, table=True):
    """C6: alike complaints registered after `since` went over the policy's threshold: a proposal, for a person.

    `place` is a project or a company, as `scope` says. There is one open proposal for all these.
    """

    __tablename__ = "recurrence"
    __table_args__ = (
        Index(
            "ix_recurrence_open",
            "policy_id",
            "category",
            "scope",
            "place",
            unique=True,
            postgresql_where=text("state = 'open'"),
            sqlite_where=text("state = 'open'"),
        ),
    )

    id: UUID = Field(primary_key=True)
    policy_id: str = Field(sa_type=String(100))
    clause: str = Field(sa_type=String(100))
    category: str = Field(sa_type=String(100))
    scope: str = Field(sa_type=String(20))
    place: str = Field(sa_type=String(100))
    threshold: int
    days: int
    severity: str = Field(sa_type=String(50))
    since: datetime = Field(sa_type=UtcDateTime)
    proposed_at: datetime = Field(sa_type=UtcDateTime)
    state: str = Field(sa_type=String(20))
    decided_at: datetime | None = Field(sa_type=UtcDateTime)
    decided_by: str | None = Field(sa_type=String(200))
    reason: str | None = Field(sa_type=Text)


class Referral(Base, table=True):
    """A2: what a customer said to a centre that takes no complaints, handed to the property company.

    `digest` is of customer, place, text and local day: who tries again the same day is not handed over twice.
    """

    __tablename__ = "referral"

    id: UUID = Field(primary_key=True)
    digest: str = Field(unique=True, sa_type=String(64))
    project_id: str = Field(sa_type=String(100))
    property_company: str = Field(sa_type=String(100), index=True)
    department: str | None = Field(sa_type=String(100))
    channel: str = Field(sa_type=String(50))
    customer: dict[str, Any] = Field(sa_type=SealedJson("intake.referral.customer"))
    content: str = Field(sa_type=SealedText("intake.referral.content"))
    reason: str = Field(sa_type=Text)
    referred_to: str | None = Field(sa_type=String(200))
    by: str = Field(sa_type=String(200))
    at: datetime = Field(sa_type=UtcDateTime)


class Blob(Base, table=True):
    """A content that is, or is about to be, in the file store. Its row is the lock under which it comes and goes."""

    __tablename__ = "blob"

    sha256: str = Field(primary_key=True, sa_type=String(64))
    stored_at: datetime = Field(sa_type=UtcDateTime)


class Attachment(Base, table=True):
    """B7: a file of a case, for good; without a complaint it waits for the registration it belongs to.

    `sha256` is of what is kept, `received_sha256` and `received_size` of what came: a picture is made anew.
    `client_key` is a digest of whose file it is and of the client's key, so that sending again makes no second one.
    """

    __tablename__ = "attachment"
    __table_args__ = (
        Index(
            "ix_attachment_loose",
            "uploaded_at",
            postgresql_where=text("complaint_id IS NULL"),
            sqlite_where=text("complaint_id IS NULL"),
        ),
    )

    id: UUID = Field(primary_key=True)
    complaint_id: UUID | None = Field(index=True)
    kind: str = Field(sa_type=String(20))
    phase: str | None = Field(sa_type=String(20))
    name: str = Field(sa_type=SealedText("intake.attachment.name", length=200))
    media_type: str = Field(sa_type=String(100))
    sha256: str = Field(sa_type=String(64), index=True)
    size: int = Field(sa_type=BigInteger)
    width: int | None
    height: int | None
    thumbnail: str | None = Field(sa_type=String(64), index=True)
    received_sha256: str = Field(sa_type=String(64))
    received_size: int = Field(sa_type=BigInteger)
    client_key: str | None = Field(unique=True, sa_type=String(64))
    uploaded_by: str = Field(sa_type=String(200))
    uploaded_at: datetime = Field(sa_type=UtcDateTime)
    attached_at: datetime | None = Field(sa_type=UtcDateTime)


class Address(Base, table=True):
    """B13: where a project takes complaints: a hotline, a mailbox, an owners' forum. `found` is the last check's."""

    __tablename__ = "channel"

    id: UUID = Field(primary_key=True)
    project_id: str = Field(sa_type=String(100), index=True)
    kind: str = Field(sa_type=String(20))
    address: str = Field(sa_type=String(500))
    note: str | None = Field(sa_type=Text)
    entered_at: datetime = Field(sa_type=UtcDateTime)
    entered_by: str = Field(sa_type=String(200))
    checked_at: datetime | None = Field(sa_type=UtcDateTime)
    checked_by: str | None = Field(sa_type=String(200))
    found: str | None = Field(sa_type=String(20))
    ended_at: datetime | None = Field(sa_type=UtcDateTime)
    ended_by: str | None = Field(sa_type=String(200))


class AddressCheck(Base, table=True):
    """B13: each check of an address: by whom, when, and what was found."""

    __tablename__ = "channel_check"

    id: UUID = Field(primary_key=True)
    channel_id: UUID = Field(index=True)
    at: datetime = Field(sa_type=UtcDateTime)
    by: str = Field(sa_type=String(200))
    found: str = Field(sa_type=String(20))
    note: str | None = Field(sa_type=Text)


DAY_NUMBER = Table(
    "day_number",
    METADATA,
    Column("day", String(8), primary_key=True),
    Column("last", Integer, nullable=False),
)
"""The last complaint number given on each local day."""
