"""What notify stores: every message that is owed or was sent, and the facts of a case its texts need."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Index, String
from sqlalchemy.orm import registry
from sqlmodel import Field, SQLModel

from shared.db.sealed import Keyed, SealedJson, SealedText
from shared.db.tables import common_tables, room_metadata
from shared.db.types import Json, UtcDateTime

METADATA = room_metadata("notify")
COMMON = common_tables(METADATA)


class Base(SQLModel, registry=registry(metadata=METADATA)):
    metadata = METADATA


class MessageRow(Base, table=True):
    """One message; `key` is unique for good, so that it is owed once whoever asks twice.

    `recipient` is a person id or `customer`; `address` his number, null while none is known.
    `via` is the channel it goes by where its own could not take it; `note` says why. `said` is what the text was made
    of, for gateways that send approved templates. `zone` is where its day begins; `charged` the day's limit that it was
    counted against. `called_at` is the last call; `asked` counts questions after its receipt, `again` the calls after
    one that was proven not to have arrived.
    """

    __tablename__ = "message"
    __table_args__ = (
        Index("ix_message_due", "status", "next_try_at"),
        Index("ix_message_to", "recipient", "id"),
        Index("ix_message_reference", "reference"),
    )

    id: UUID = Field(primary_key=True)
    key: str = Field(unique=True, sa_type=String(400))
    template: str = Field(sa_type=String(100))
    channel: str = Field(sa_type=String(50))
    recipient: str = Field(sa_type=String(200))
    address: str | None = Field(sa_type=SealedText("notify.message.address", length=200))
    text: str = Field(sa_type=SealedText("notify.message.text"))
    complaints: list[str] = Field(sa_type=Json)
    local_date: date
    status: str = Field(sa_type=String(20))
    created_at: datetime = Field(sa_type=UtcDateTime)
    sent_at: datetime | None = Field(sa_type=UtcDateTime)
    attempts: int
    next_try_at: datetime | None = Field(sa_type=UtcDateTime)
    expires_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    gateway: str | None = Field(sa_type=String(50))
    reference: str | None = Field(sa_type=String(200))
    detail: str | None = Field(sa_type=SealedText("notify.message.detail"))
    correlation_id: UUID
    via: str | None = Field(default=None, sa_type=String(50))
    note: str | None = Field(default=None, sa_type=SealedText("notify.message.note"))
    said: dict[str, Any] | None = Field(default=None, sa_type=SealedJson("notify.message.said"))
    zone: str | None = Field(default=None, sa_type=String(64))
    charged: str | None = Field(default=None, sa_type=String(100))
    called_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    delivered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    asked: int = Field(default=0, sa_column_kwargs={"server_default": "0"})
    again: int = Field(default=0, sa_column_kwargs={"server_default": "0"})


class Budget(Base, table=True):
    """How many messages an address got in one stretch of time (a day, a minute). The address is kept as its hash."""

    __tablename__ = "budget"

    channel: str = Field(primary_key=True, sa_type=String(50))
    address: str = Field(primary_key=True, sa_type=Keyed("notify.budget.address"))
    slot: str = Field(primary_key=True, sa_type=String(200))
    taken: int
    over: datetime = Field(sa_type=UtcDateTime, index=True)


class MessageCase(Base, table=True):
    """Which messages speak of a case."""

    __tablename__ = "message_case"

    complaint_id: UUID = Field(primary_key=True)
    message_id: UUID = Field(primary_key=True)


class CaseSeen(Base, table=True):
    """One row a case: two facts of it that arrive at once wait for each other here, or each would miss the other.

    `confined_to`: the posts that alone see the case (B9), null for most.
    """

    __tablename__ = "case_seen"

    complaint_id: UUID = Field(primary_key=True)
    facts: int
    confined_to: str | None = Field(default=None, sa_type=String(300), index=True)


class CaseFactRow(Base, table=True):
    """The facts of a case that messages need. `done` once what is owed for it is written: the facts that overtook
    the registration wait for it here.
    """

    __tablename__ = "case_fact"
    __table_args__ = (Index("ix_case_fact_case", "complaint_id", "done"),)

    event_id: UUID = Field(primary_key=True)
    complaint_id: UUID
    topic: str = Field(sa_type=String(100))
    body: dict[str, Any] = Field(sa_type=SealedJson("notify.case_fact.body"))
    recorded_at: datetime = Field(sa_type=UtcDateTime)
    done: bool
