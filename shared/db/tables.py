"""The tables every room has: outbox, inbox, audit log, idempotency keys, dead letters, its copy of the directory,
and the sessions that were ended while their tokens still run. What may name a customer in them is sealed.
"""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Column, Index, Integer, MetaData, String, Table, Uuid

from shared.db.sealed import SealedJson, SealedText
from shared.db.types import UtcDateTime

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

Serial = BigInteger().with_variant(Integer(), "sqlite")


@dataclass(frozen=True, slots=True)
class CommonTables:
    outbox: Table
    inbox: Table
    audit: Table
    idempotency: Table
    dead_letter: Table
    directory: Table
    ended_session: Table


def room_metadata(room: str) -> MetaData:
    """The metadata of a room: its schema is its name, on both databases."""
    return MetaData(schema=room, naming_convention=NAMING)


def common_tables(metadata: MetaData) -> CommonTables:
    """Adds the tables every room has to the room's metadata."""
    room = metadata.schema
    outbox = Table(
        "outbox",
        metadata,
        Column("seq", Serial, primary_key=True, autoincrement=True),
        Column("event_id", Uuid, nullable=False, unique=True),
        Column("topic", String(100), nullable=False),
        Column("body", SealedText(f"{room}.outbox.body"), nullable=False),
        Column("correlation_id", Uuid, nullable=False),
        Column("created_at", UtcDateTime, nullable=False),
        Column("sent_at", UtcDateTime),
    )
    Index(
        "ix_outbox_unsent",
        outbox.c.seq,
        postgresql_where=outbox.c.sent_at.is_(None),
        sqlite_where=outbox.c.sent_at.is_(None),
    )
    inbox = Table(
        "inbox",
        metadata,
        Column("event_id", Uuid, primary_key=True),
        Column("received_at", UtcDateTime, nullable=False),
    )
    audit = Table(
        "audit",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("at", UtcDateTime, nullable=False),
        Column("actor", String(200), nullable=False),
        Column("command", String(100), nullable=False),
        Column("complaint_id", Uuid, index=True),
        Column("accepted_as", Uuid),
        Column("code", String(50)),
        Column("detail", SealedText(f"{room}.audit.detail")),
        Column("data", SealedJson(f"{room}.audit.data"), nullable=False),
    )
    Index("ix_audit_at", audit.c.at, audit.c.id)
    idempotency = Table(
        "idempotency",
        metadata,
        Column("actor", String(200), primary_key=True),
        Column("key", String(200), primary_key=True),
        Column("request_sha256", String(64), nullable=False),
        Column("answer", SealedJson(f"{room}.idempotency.answer"), nullable=False),
        Column("at", UtcDateTime, nullable=False),
    )
    dead_letter = Table(
        "dead_letter",
        metadata,
        Column("id", String(200), primary_key=True),
        Column("topic", String(200), nullable=False),
        Column("body", SealedText(f"{room}.dead_letter.body"), nullable=False),
        Column("correlation_id", Uuid),
        Column("reason", SealedText(f"{room}.dead_letter.reason"), nullable=False),
        Column("dead_at", UtcDateTime, nullable=False),
    )
    directory = Table(
        "directory",
        metadata,
        Column("version", Integer, primary_key=True, autoincrement=False),
        Column("body", SealedText(f"{room}.directory.body"), nullable=False),
        Column("received_at", UtcDateTime, nullable=False),
    )
    ended_session = Table(
        "ended_session",
        metadata,
        Column("id", Uuid, primary_key=True),
        Column("until", UtcDateTime, nullable=False),
    )
    return CommonTables(outbox, inbox, audit, idempotency, dead_letter, directory, ended_session)


def read_log(metadata: MetaData) -> Table:
    """A6: who read which case in full, once a person, case and hour; for the rooms that show personal data."""
    return Table(
        "read_log",
        metadata,
        Column("complaint_id", Uuid, primary_key=True),
        Column("person", String(200), primary_key=True),
        Column("hour", String(10), primary_key=True),
        Column("at", UtcDateTime, nullable=False, index=True),
    )
