"""console"""

import sqlalchemy as sa
from alembic import op

from shared.db.types import Json, UtcDateTime

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | None = None
depends_on: str | None = None


def upgrade() -> None:
    op.create_table(
        "attachment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=True),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("phase", sa.String(length=20), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("media_type", sa.String(length=100), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=True),
        sa.Column("height", sa.Integer(), nullable=True),
        sa.Column("thumbnail", sa.String(length=64), nullable=True),
        sa.Column("received_sha256", sa.String(length=64), nullable=False),
        sa.Column("received_size", sa.BigInteger(), nullable=False),
        sa.Column("client_key", sa.String(length=64), nullable=True),
        sa.Column("uploaded_by", sa.String(length=200), nullable=False),
        sa.Column("uploaded_at", UtcDateTime(), nullable=False),
        sa.Column("attached_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attachment")),
        sa.UniqueConstraint("client_key", name=op.f("uq_attachment_client_key")),
        schema="intake",
    )
    op.create_index(op.f("ix_attachment_complaint_id"), "attachment", ["complaint_id"], unique=False, schema="intake")
    op.create_index(
        "ix_attachment_loose",
        "attachment",
        ["uploaded_at"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("complaint_id IS NULL"),
        sqlite_where=sa.text("complaint_id IS NULL"),
    )
    op.create_index(op.f("ix_attachment_sha256"), "attachment", ["sha256"], unique=False, schema="intake")
    op.create_index(op.f("ix_attachment_thumbnail"), "attachment", ["thumbnail"], unique=False, schema="intake")
    op.create_table(
        "blob",
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("stored_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_blob")),
        schema="intake",
    )
    op.create_table(
        "channel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("address", sa.String(length=500), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("entered_at", UtcDateTime(), nullable=False),
        sa.Column("entered_by", sa.String(length=200), nullable=False),
        sa.Column("checked_at", UtcDateTime(), nullable=True),
        sa.Column("checked_by", sa.String(length=200), nullable=True),
        sa.Column("found", sa.String(length=20), nullable=True),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.Column("ended_by", sa.String(length=200), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
        schema="intake",
    )
    op.create_index(op.f("ix_channel_project_id"), "channel", ["project_id"], unique=False, schema="intake")
    op.create_table(
        "channel_check",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("channel_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("found", sa.String(length=20), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel_check")),
        schema="intake",
    )
    op.create_index(op.f("ix_channel_check_channel_id"), "channel_check", ["channel_id"], unique=False, schema="intake")
    op.create_table(
        "correction",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.Column("after", Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_correction")),
        schema="intake",
    )
    op.create_index(op.f("ix_correction_complaint_id"), "correction", ["complaint_id"], unique=False, schema="intake")
    op.create_table(
        "customer_step",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("fact", sa.String(length=50), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_customer_step")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_customer_step_complaint_id"), "customer_step", ["complaint_id"], unique=False, schema="intake"
    )
    op.create_table(
        "ended_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_session")),
        schema="intake",
    )
    op.create_table(
        "read_log",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("hour", sa.String(length=10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "person", "hour", name=op.f("pk_read_log")),
        schema="intake",
    )
    op.create_index(op.f("ix_read_log_at"), "read_log", ["at"], unique=False, schema="intake")
    op.create_index("ix_audit_at", "audit", ["at", "id"], unique=False, schema="intake")
    op.add_column("complaint", sa.Column("confined_to", sa.String(length=300), nullable=True), schema="intake")
    op.add_column(
        "complaint",
        sa.Column("extreme", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        schema="intake",
    )
    op.add_column("complaint", sa.Column("guardian", sa.String(length=200), nullable=True), schema="intake")


def downgrade() -> None:
    op.drop_column("complaint", "guardian", schema="intake")
    op.drop_column("complaint", "extreme", schema="intake")
    op.drop_column("complaint", "confined_to", schema="intake")
    op.drop_index("ix_audit_at", table_name="audit", schema="intake")
    op.drop_index(op.f("ix_read_log_at"), table_name="read_log", schema="intake")
    op.drop_table("read_log", schema="intake")
    op.drop_table("ended_session", schema="intake")
    op.drop_index(op.f("ix_customer_step_complaint_id"), table_name="customer_step", schema="intake")
    op.drop_table("customer_step", schema="intake")
    op.drop_index(op.f("ix_correction_complaint_id"), table_name="correction", schema="intake")
    op.drop_table("correction", schema="intake")
    op.drop_index(op.f("ix_channel_check_channel_id"), table_name="channel_check", schema="intake")
    op.drop_table("channel_check", schema="intake")
    op.drop_index(op.f("ix_channel_project_id"), table_name="channel", schema="intake")
    op.drop_table("channel", schema="intake")
    op.drop_table("blob", schema="intake")
    op.drop_index(op.f("ix_attachment_thumbnail"), table_name="attachment", schema="intake")
    op.drop_index(op.f("ix_attachment_sha256"), table_name="attachment", schema="intake")
    op.drop_index(
        "ix_attachment_loose",
        table_name="attachment",
        schema="intake",
        postgresql_where=sa.text("complaint_id IS NULL"),
        sqlite_where=sa.text("complaint_id IS NULL"),
    )
    op.drop_index(op.f("ix_attachment_complaint_id"), table_name="attachment", schema="intake")
    op.drop_table("attachment", schema="intake")
