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
        schema="intake",
    )
    op.create_index(op.f("ix_audit_complaint_id"), "audit", ["complaint_id"], unique=False, schema="intake")
    op.create_table(
        "case_state",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=50), nullable=False),
        sa.Column("state_at", UtcDateTime(), nullable=False),
        sa.Column("state_event", sa.Uuid(), nullable=False),
        sa.Column("first_department", sa.String(length=100), nullable=True),
        sa.Column("cooperating", Json, nullable=True),
        sa.Column("department_at", UtcDateTime(), nullable=True),
        sa.Column("department_event", sa.Uuid(), nullable=True),
        sa.Column("required_by", UtcDateTime(), nullable=True),
        sa.Column("issued", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_case_state")),
        schema="intake",
    )
    op.create_table(
        "classification",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("before", Json, nullable=False),
        sa.Column("after", Json, nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_classification")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_classification_complaint_id"), "classification", ["complaint_id"], unique=False, schema="intake"
    )
    op.create_table(
        "complaint",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("policy_id", sa.String(length=100), nullable=False),
        sa.Column("policy_version", sa.String(length=10), nullable=False),
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("contact_ended_at", UtcDateTime(), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("registered_by", sa.String(length=200), nullable=False),
        sa.Column("officer", sa.String(length=200), nullable=True),
        sa.Column("handed_in", sa.Boolean(), nullable=False),
        sa.Column("kind", sa.String(length=50), nullable=False),
        sa.Column("validity", sa.String(length=50), nullable=True),
        sa.Column("category", sa.String(length=100), nullable=True),
        sa.Column("severity", sa.String(length=50), nullable=False),
        sa.Column("severity_reason", sa.Text(), nullable=False),
        sa.Column("computed_severity", sa.String(length=50), nullable=False),
        sa.Column("computed_reason", sa.Text(), nullable=False),
        sa.Column("required_by", UtcDateTime(), nullable=True),
        sa.Column("people_count", sa.Integer(), nullable=True),
        sa.Column("loss_fen", sa.BigInteger(), nullable=True),
        sa.Column("lawsuit", sa.Boolean(), nullable=False),
        sa.Column("media", sa.Boolean(), nullable=False),
        sa.Column("customer", Json, nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("room", sa.String(length=200), nullable=True),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=True),
        sa.Column("on_the_spot", sa.Boolean(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("closed", sa.Boolean(), nullable=False),
        sa.Column("merged_into", sa.Uuid(), nullable=True),
        sa.Column("fields", Json, nullable=False),
        sa.Column("tracking", sa.String(length=64), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
        sa.UniqueConstraint("tracking", name=op.f("uq_complaint_tracking")),
        schema="intake",
    )
    op.create_index(
        "ix_complaint_alike", "complaint", ["project_id", "category", "registered_at"], unique=False, schema="intake"
    )
    op.create_index(op.f("ix_complaint_merged_into"), "complaint", ["merged_into"], unique=False, schema="intake")
    op.create_index(op.f("ix_complaint_phone"), "complaint", ["phone"], unique=False, schema="intake")
    op.create_index("ix_complaint_place", "complaint", ["project_id", "room"], unique=False, schema="intake")
    op.create_table(
        "day_number",
        sa.Column("day", sa.String(length=8), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("day", name=op.f("pk_day_number")),
        schema="intake",
    )
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dead_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        schema="intake",
    )
    op.create_table(
        "directory",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_directory")),
        schema="intake",
    )
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
        schema="intake",
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
        schema="intake",
    )
    op.create_table(
        "link",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("to_id", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link")),
        sa.UniqueConstraint("complaint_id", "to_id", "relation", name=op.f("uq_link_complaint_id_to_id_relation")),
        schema="intake",
    )
    op.create_index(op.f("ix_link_to_id"), "link", ["to_id"], unique=False, schema="intake")
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
        schema="intake",
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["seq"],
        unique=False,
        schema="intake",
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "recurrence",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("policy_id", sa.String(length=100), nullable=False),
        sa.Column("clause", sa.String(length=100), nullable=False),
        sa.Column("category", sa.String(length=100), nullable=False),
        sa.Column("scope", sa.String(length=20), nullable=False),
        sa.Column("place", sa.String(length=100), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("severity", sa.String(length=50), nullable=False),
        sa.Column("since", UtcDateTime(), nullable=False),
        sa.Column("proposed_at", UtcDateTime(), nullable=False),
        sa.Column("state", sa.String(length=20), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("decided_by", sa.String(length=200), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recurrence")),
        schema="intake",
    )
    op.create_index(
        "ix_recurrence_open",
        "recurrence",
        ["policy_id", "category", "scope", "place"],
        unique=True,
        schema="intake",
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.create_table(
        "referral",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("project_id", sa.String(length=100), nullable=False),
        sa.Column("property_company", sa.String(length=100), nullable=False),
        sa.Column("department", sa.String(length=100), nullable=True),
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("customer", Json, nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("referred_to", sa.String(length=200), nullable=True),
        sa.Column("by", sa.String(length=200), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_referral")),
        sa.UniqueConstraint("digest", name=op.f("uq_referral_digest")),
        schema="intake",
    )
    op.create_index(
        op.f("ix_referral_property_company"), "referral", ["property_company"], unique=False, schema="intake"
    )
    op.create_table(
        "signature",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("signature", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("text_sha256", sa.String(length=64), nullable=False),
        sa.Column("signed_at", UtcDateTime(), nullable=False),
        sa.Column("taken_by", sa.String(length=200), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signature")),
        schema="intake",
    )
    op.create_index(op.f("ix_signature_complaint_id"), "signature", ["complaint_id"], unique=False, schema="intake")
    op.create_table(
        "window_rating",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("stars", sa.Integer(), nullable=False),
        sa.Column("officer", sa.String(length=200), nullable=True),
        sa.Column("rated_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_window_rating")),
        schema="intake",
    )


def downgrade() -> None:
    op.drop_table("window_rating", schema="intake")
    op.drop_index(op.f("ix_signature_complaint_id"), table_name="signature", schema="intake")
    op.drop_table("signature", schema="intake")
    op.drop_index(op.f("ix_referral_property_company"), table_name="referral", schema="intake")
    op.drop_table("referral", schema="intake")
    op.drop_index(
        "ix_recurrence_open",
        table_name="recurrence",
        schema="intake",
        postgresql_where=sa.text("state = 'open'"),
        sqlite_where=sa.text("state = 'open'"),
    )
    op.drop_table("recurrence", schema="intake")
    op.drop_index(
        "ix_outbox_unsent",
        table_name="outbox",
        schema="intake",
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )
    op.drop_table("outbox", schema="intake")
    op.drop_index(op.f("ix_link_to_id"), table_name="link", schema="intake")
    op.drop_table("link", schema="intake")
    op.drop_table("inbox", schema="intake")
    op.drop_table("idempotency", schema="intake")
    op.drop_table("directory", schema="intake")
    op.drop_table("dead_letter", schema="intake")
    op.drop_table("day_number", schema="intake")
    op.drop_index("ix_complaint_place", table_name="complaint", schema="intake")
    op.drop_index(op.f("ix_complaint_phone"), table_name="complaint", schema="intake")
    op.drop_index(op.f("ix_complaint_merged_into"), table_name="complaint", schema="intake")
    op.drop_index("ix_complaint_alike", table_name="complaint", schema="intake")
    op.drop_table("complaint", schema="intake")
    op.drop_index(op.f("ix_classification_complaint_id"), table_name="classification", schema="intake")
    op.drop_table("classification", schema="intake")
    op.drop_table("case_state", schema="intake")
    op.drop_index(op.f("ix_audit_complaint_id"), table_name="audit", schema="intake")
    op.drop_table("audit", schema="intake")
