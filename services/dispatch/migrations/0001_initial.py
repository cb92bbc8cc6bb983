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
        "account",
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("login", name=op.f("pk_account")),
        sa.UniqueConstraint("person_id", name=op.f("uq_account_person_id")),
        schema="dispatch",
    )
    op.create_table(
        "act",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("command", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("state_before", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("data", Json, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_act")),
        schema="dispatch",
    )
    op.create_index("ix_act_case", "act", ["complaint_id", "version"], unique=False, schema="dispatch")
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
        schema="dispatch",
    )
    op.create_index(op.f("ix_audit_complaint_id"), "audit", ["complaint_id"], unique=False, schema="dispatch")
    op.create_table(
        "claim",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("amount_fen", sa.BigInteger(), nullable=True),
        sa.Column("decision", sa.String(), nullable=True),
        sa.Column("decided_fen", sa.BigInteger(), nullable=True),
        sa.Column("decided_by", sa.String(), nullable=True),
        sa.Column("raised_at", UtcDateTime(), nullable=False),
        sa.Column("reported_at", UtcDateTime(), nullable=True),
        sa.Column("decided_at", UtcDateTime(), nullable=True),
        sa.Column("filed_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_claim")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_claim_complaint_id"), "claim", ["complaint_id"], unique=False, schema="dispatch")
    op.create_table(
        "complaint",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("project_id", sa.String(), nullable=False),
        sa.Column("policy_id", sa.String(), nullable=False),
        sa.Column("policy_version", sa.String(), nullable=False),
        sa.Column("officer", sa.String(), nullable=True),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("contact_ended_at", UtcDateTime(), nullable=False),
        sa.Column("registered_at", UtcDateTime(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("validity", sa.String(), nullable=True),
        sa.Column("category", sa.String(), nullable=True),
        sa.Column("severity", sa.String(), nullable=False),
        sa.Column("severity_reason", sa.Text(), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("customer", Json, nullable=False),
        sa.Column("extra", Json, nullable=False),
        sa.Column("customer_name", sa.String(), nullable=False),
        sa.Column("customer_phone", sa.String(), nullable=False),
        sa.Column("customer_room", sa.String(), nullable=True),
        sa.Column("on_the_spot", sa.Boolean(), nullable=False),
        sa.Column("signed", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_since", UtcDateTime(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("order_department", sa.String(), nullable=True),
        sa.Column("first_department", sa.String(), nullable=True),
        sa.Column("responsible", sa.String(), nullable=False),
        sa.Column("cooperating", Json, nullable=False),
        sa.Column("required_by", UtcDateTime(), nullable=True),
        sa.Column("agreed_completion_at", UtcDateTime(), nullable=True),
        sa.Column("extended_until", UtcDateTime(), nullable=True),
        sa.Column("handed_over_at", UtcDateTime(), nullable=True),
        sa.Column("visited_at", UtcDateTime(), nullable=True),
        sa.Column("visit_outcome", sa.String(), nullable=True),
        sa.Column("material_entered", sa.Boolean(), nullable=False),
        sa.Column("planned", sa.Boolean(), nullable=False),
        sa.Column("pending", Json, nullable=False),
        sa.Column("open_ends", sa.Boolean(), nullable=False),
        sa.Column("closed_at", UtcDateTime(), nullable=True),
        sa.Column("closed_ground", sa.String(), nullable=True),
        sa.Column("inherited_required_by", UtcDateTime(), nullable=True),
        sa.Column("merged_into", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("complaint_id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
        schema="dispatch",
    )
    op.create_index(
        "ix_complaint_department_newest",
        "complaint",
        ["first_department", "complaint_id"],
        unique=False,
        schema="dispatch",
    )
    op.create_index(op.f("ix_complaint_open_ends"), "complaint", ["open_ends"], unique=False, schema="dispatch")
    op.create_index(
        "ix_complaint_project_newest", "complaint", ["project_id", "complaint_id"], unique=False, schema="dispatch"
    )
    op.create_index(
        "ix_complaint_state_newest", "complaint", ["state", "complaint_id"], unique=False, schema="dispatch"
    )
    op.create_table(
        "cooperation",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "department", name=op.f("pk_cooperation")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_cooperation_department"), "cooperation", ["department"], unique=False, schema="dispatch")
    op.create_table(
        "dead_letter",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("topic", sa.String(length=200), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Uuid(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("dead_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dead_letter")),
        schema="dispatch",
    )
    op.create_table(
        "directory",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("version", name=op.f("pk_directory")),
        schema="dispatch",
    )
    op.create_table(
        "fact",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("occurred_at", UtcDateTime(), nullable=False),
        sa.Column("recorded_at", UtcDateTime(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_fact")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_fact_complaint_id"), "fact", ["complaint_id"], unique=False, schema="dispatch")
    op.create_table(
        "idempotency",
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("request_sha256", sa.String(length=64), nullable=False),
        sa.Column("answer", Json, nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("actor", "key", name=op.f("pk_idempotency")),
        schema="dispatch",
    )
    op.create_table(
        "inbox",
        sa.Column("event_id", sa.Uuid(), nullable=False),
        sa.Column("received_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name=op.f("pk_inbox")),
        schema="dispatch",
    )
    op.create_table(
        "link",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("to", sa.Uuid(), nullable=False),
        sa.Column("relation", sa.String(), nullable=False),
        sa.Column("linked_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "to", "relation", name=op.f("pk_link")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_link_to"), "link", ["to"], unique=False, schema="dispatch")
    op.create_table(
        "meeting",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=False),
        sa.Column("actions", Json, nullable=False),
        sa.Column("minuted_at", UtcDateTime(), nullable=True),
        sa.Column("minuted_by", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_meeting")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_meeting_complaint_id"), "meeting", ["complaint_id"], unique=False, schema="dispatch")
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
        schema="dispatch",
    )
    op.create_index(
        "ix_outbox_unsent",
        "outbox",
        ["seq"],
        unique=False,
        schema="dispatch",
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )
    op.create_table(
        "supervision_order",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=True),
        sa.Column("first_department", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("cooperating", Json, nullable=False),
        sa.Column("required_by", UtcDateTime(), nullable=True),
        sa.Column("submitted_at", UtcDateTime(), nullable=False),
        sa.Column("submitted_by", sa.String(), nullable=False),
        sa.Column("reviewed_at", UtcDateTime(), nullable=True),
        sa.Column("reviewed_by", sa.String(), nullable=True),
        sa.Column("returned_at", UtcDateTime(), nullable=True),
        sa.Column("return_reason", sa.Text(), nullable=True),
        sa.Column("issued_at", UtcDateTime(), nullable=True),
        sa.Column("issued_by", sa.String(), nullable=True),
        sa.Column("liable", sa.String(), nullable=True),
        sa.Column("leader", sa.String(), nullable=True),
        sa.Column("chairman", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_order")),
        sa.UniqueConstraint("complaint_id", name=op.f("uq_supervision_order_complaint_id")),
        schema="dispatch",
    )


def downgrade() -> None:
    op.drop_table("supervision_order", schema="dispatch")
    op.drop_index(
        "ix_outbox_unsent",
        table_name="outbox",
        schema="dispatch",
        postgresql_where=sa.text("sent_at IS NULL"),
        sqlite_where=sa.text("sent_at IS NULL"),
    )
    op.drop_table("outbox", schema="dispatch")
    op.drop_index(op.f("ix_meeting_complaint_id"), table_name="meeting", schema="dispatch")
    op.drop_table("meeting", schema="dispatch")
    op.drop_index(op.f("ix_link_to"), table_name="link", schema="dispatch")
    op.drop_table("link", schema="dispatch")
    op.drop_table("inbox", schema="dispatch")
    op.drop_table("idempotency", schema="dispatch")
    op.drop_index(op.f("ix_fact_complaint_id"), table_name="fact", schema="dispatch")
    op.drop_table("fact", schema="dispatch")
    op.drop_table("directory", schema="dispatch")
    op.drop_table("dead_letter", schema="dispatch")
    op.drop_index(op.f("ix_cooperation_department"), table_name="cooperation", schema="dispatch")
    op.drop_table("cooperation", schema="dispatch")
    op.drop_index("ix_complaint_state_newest", table_name="complaint", schema="dispatch")
    op.drop_index("ix_complaint_project_newest", table_name="complaint", schema="dispatch")
    op.drop_index(op.f("ix_complaint_open_ends"), table_name="complaint", schema="dispatch")
    op.drop_index("ix_complaint_department_newest", table_name="complaint", schema="dispatch")
    op.drop_table("complaint", schema="dispatch")
    op.drop_index(op.f("ix_claim_complaint_id"), table_name="claim", schema="dispatch")
    op.drop_table("claim", schema="dispatch")
    op.drop_index(op.f("ix_audit_complaint_id"), table_name="audit", schema="dispatch")
    op.drop_table("audit", schema="dispatch")
    op.drop_index("ix_act_case", table_name="act", schema="dispatch")
    op.drop_table("act", schema="dispatch")
    op.drop_table("account", schema="dispatch")
