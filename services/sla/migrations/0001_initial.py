"""initial"""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Json, UtcDateTime

revision: str = "0001"
down_revision: str | None = None
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("command", sa.String(length=100), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("accepted_as", sa.Uuid(), nullable=True),
        sa.Column("code", sa.String(length=50), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit")),
        schema="sla",
    )
    op.create_index(op.f("ix_audit_complaint_id"), "audit", ["complaint_id"], unique=False, schema="sla")
    op.create_table(
        "bonus_base",
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("fen", sa.BigInteger(), nullable=False),
        sa.Column("set_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("person", "month", name=op.f("pk_bonus_base")),
        schema="sla",
    )
    op.create_table(
        "calendar_change",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("what", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_calendar_change")),
        schema="sla",
    )
    op.create_table(
        "calendar_day",
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("working", sa.Boolean(), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("scope", "day", name=op.f("pk_calendar_day")),
        schema="sla",
    )
    op.create_table(
        "calendar_year",
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("loaded_at", UtcDateTime(), nullable=True),
        sa.Column("provisional_until", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("scope", "year", name=op.f("pk_calendar_year")),
        schema="sla",
    )
    op.create_table(
        "case",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("number", sa.String(length=60), nullable=True),
        sa.Column("zone", sa.String(length=60), nullable=True),
        sa.Column("policy_id", sa.String(length=100), nullable=True),
        sa.Column("policy_version", sa.String(length=20), nullable=True),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("severity", sa.String(length=60), nullable=True),
        sa.Column("officer", sa.String(length=200), nullable=True),
        sa.Column("first_department", sa.String(length=100), nullable=True),
        sa.Column("work_started_at", UtcDateTime(), nullable=True),
        sa.Column("work_due_at", UtcDateTime(), nullable=True),
        sa.Column("work_stopped_at", UtcDateTime(), nullable=True),
        sa.Column("last_fact_at", UtcDateTime(), nullable=True),
        sa.Column("next_change_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_case")),
        schema="sla",
    )
    op.create_index(op.f("ix_case_next_change_at"), "case", ["next_change_at"], unique=False, schema="sla")
    op.create_index("ix_case_work", "case", ["zone", "work_stopped_at", "work_started_at"], unique=False, schema="sla")
    op.create_table(
        "charge",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("of", sa.String(), nullable=True),
        sa.Column("growing", sa.Boolean(), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("computed_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "rule", "person", name=op.f("pk_charge")),
        schema="sla",
    )
    op.create_index(op.f("ix_charge_person"), "charge", ["person"], unique=False, schema="sla")
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dead_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        schema="sla",
    )
    op.create_table(
        "directory",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_directory")),
        schema="sla",
    )
    op.create_table(
        "fact",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=60), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_fact")),
        schema="sla",
    )
    op.create_index(op.f("ix_fact_complaint_id"), "fact", ["complaint_id"], unique=False, schema="sla")
    op.create_index(
        "ix_fact_personal",
        "fact",
        ["name"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("name IN ('finding_recorded', 'window_rated', 'proposal_decided')"),
        sqlite_where=sa.text("name IN ('finding_recorded', 'window_rated', 'proposal_decided')"),
    )
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
        schema="sla",
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
        schema="sla",
    )
    op.create_table(
        "journal",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("units", sa.Integer(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("of", sa.String(), nullable=True),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "seq", name=op.f("pk_journal")),
        schema="sla",
    )
    op.create_index(op.f("ix_journal_at"), "journal", ["at"], unique=False, schema="sla")
    op.create_index(op.f("ix_journal_person"), "journal", ["person"], unique=False, schema="sla")
    op.create_table(
        "jurisdiction",
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("policy_id", sa.String(length=100), nullable=False),
        sa.Column("policy_version", sa.String(length=20), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("zone", "policy_id", "policy_version", name=op.f("pk_jurisdiction")),
        schema="sla",
    )
    op.create_table(
        "outbox",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(length=100), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_outbox")),
        sa.UniqueConstraint("event_id", name=op.f("uq_outbox_event_id")),
        schema="sla",
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["seq"],
        unique=False,
        schema="sla",
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "proposal",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("rule", sa.String(length=100), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("clause", sa.String(), nullable=False),
        sa.Column("range", sa.String(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("explanation", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "rule", "person", name=op.f("pk_proposal")),
        schema="sla",
    )
    op.create_index(op.f("ix_proposal_person"), "proposal", ["person"], unique=False, schema="sla")
    op.create_table(
        "reminder",
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("recipient", sa.String(length=200), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_reminder")),
        schema="sla",
    )
    op.create_table(
        "reminder_run",
        sa.Column("template", sa.String(length=60), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("local_date", sa.Date(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("template", "zone", "local_date", name=op.f("pk_reminder_run")),
        schema="sla",
    )
    op.create_table(
        "statement",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("entries", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.BigInteger(), nullable=False),
        sa.Column("pending", Json, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("cut_off_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("month", "zone", "person", name=op.f("pk_statement")),
        schema="sla",
    )
    op.create_table(
        "statement_line",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "seq", name=op.f("pk_statement_line")),
        schema="sla",
    )
    op.create_index(op.f("ix_statement_line_month"), "statement_line", ["month"], unique=False, schema="sla")
    op.create_table(
        "statement_run",
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("cut_off_at", UtcDateTime(), nullable=False),
        sa.Column("made_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("month", "zone", name=op.f("pk_statement_run")),
        schema="sla",
    )


def downgrade() -> None:
    op.drop_table("statement_run", schema="sla")
    op.drop_index(op.f("ix_statement_line_month"), table_name="statement_line", schema="sla")
    op.drop_table("statement_line", schema="sla")
    op.drop_table("statement", schema="sla")
    op.drop_table("reminder_run", schema="sla")
    op.drop_table("reminder", schema="sla")
    op.drop_index(op.f("ix_proposal_person"), table_name="proposal", schema="sla")
    op.drop_table("proposal", schema="sla")
    op.drop_index(
        "ix_outbox_unsent",
        table_name="outbox",
        schema="sla",
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )
    op.drop_table("outbox", schema="sla")
    op.drop_table("jurisdiction", schema="sla")
    op.drop_index(op.f("ix_journal_person"), table_name="journal", schema="sla")
    op.drop_index(op.f("ix_journal_at"), table_name="journal", schema="sla")
    op.drop_table("journal", schema="sla")
    op.drop_table("inbox", schema="sla")
    op.drop_table("idempotency", schema="sla")
    op.drop_index(
        "ix_fact_personal",
        table_name="fact",
        schema="sla",
        postgresql_where=sa.text("name IN ('finding_recorded', 'window_rated', 'proposal_decided')"),
        sqlite_where=sa.text("name IN ('finding_recorded', 'window_rated', 'proposal_decided')"),
    )
    op.drop_index(op.f("ix_fact_complaint_id"), table_name="fact", schema="sla")
    op.drop_table("fact", schema="sla")
    op.drop_table("directory", schema="sla")
    op.drop_table("dead_letter", schema="sla")
    op.drop_index(op.f("ix_charge_person"), table_name="charge", schema="sla")
    op.drop_table("charge", schema="sla")
    op.drop_index("ix_case_work", table_name="case", schema="sla")
    op.drop_index(op.f("ix_case_next_change_at"), table_name="case", schema="sla")
    op.drop_table("case", schema="sla")
    op.drop_table("calendar_year", schema="sla")
    op.drop_table("calendar_day", schema="sla")
    op.drop_table("calendar_change", schema="sla")
    op.drop_table("bonus_base", schema="sla")
    op.drop_index(op.f("ix_audit_complaint_id"), table_name="audit", schema="sla")
    op.drop_table("audit", schema="sla")
