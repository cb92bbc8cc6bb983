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
        "cooperation_task",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("department", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", UtcDateTime(), nullable=False),
        sa.Column("asked_by", sa.String(), nullable=False),
        sa.Column("head", sa.String(), nullable=True),
        sa.Column("due_at", UtcDateTime(), nullable=True),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("answered_by", sa.String(), nullable=True),
        sa.Column("answer", sa.Text(), nullable=True),
        sa.Column("reported_at", UtcDateTime(), nullable=True),
        sa.Column("reported_by", sa.String(), nullable=True),
        sa.Column("report_reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cooperation_task")),
        schema="dispatch",
    )
    op.create_index(
        op.f("ix_cooperation_task_complaint_id"), "cooperation_task", ["complaint_id"], unique=False, schema="dispatch"
    )
    op.create_table(
        "drawing",
        sa.Column("act_id", sa.Uuid(), nullable=False),
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("image", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_drawing")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_drawing_complaint_id"), "drawing", ["complaint_id"], unique=False, schema="dispatch")
    op.create_table(
        "ended_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_session")),
        schema="dispatch",
    )
    op.create_table(
        "read_log",
        sa.Column("complaint_id", sa.Uuid(), nullable=False),
        sa.Column("person", sa.String(length=200), nullable=False),
        sa.Column("hour", sa.String(length=10), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("complaint_id", "person", "hour", name=op.f("pk_read_log")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_read_log_at"), "read_log", ["at"], unique=False, schema="dispatch")
    op.create_table(
        "session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("login", sa.String(), nullable=False),
        sa.Column("person_id", sa.String(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("ended_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_session")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_session_login"), "session", ["login"], unique=False, schema="dispatch")
    op.create_table(
        "sign_in_failure",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_failure")),
        schema="dispatch",
    )
    op.create_index(op.f("ix_sign_in_failure_address"), "sign_in_failure", ["address"], unique=False, schema="dispatch")
    op.create_index(op.f("ix_sign_in_failure_at"), "sign_in_failure", ["at"], unique=False, schema="dispatch")
    op.create_index(op.f("ix_sign_in_failure_name"), "sign_in_failure", ["name"], unique=False, schema="dispatch")
    op.add_column(
        "account",
        sa.Column("must_change", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        schema="dispatch",
    )
    op.add_column("account", sa.Column("disabled_at", UtcDateTime(), nullable=True), schema="dispatch")
    op.add_column("account", sa.Column("last_sign_in_at", UtcDateTime(), nullable=True), schema="dispatch")
    op.create_index("ix_audit_at", "audit", ["at", "id"], unique=False, schema="dispatch")
    op.add_column(
        "complaint", sa.Column("asked", Json, server_default=sa.text("'[]'"), nullable=False), schema="dispatch"
    )
    op.add_column("complaint", sa.Column("confined_to", sa.String(), nullable=True), schema="dispatch")
    op.add_column(
        "complaint",
        sa.Column("extreme", sa.Boolean(), server_default=sa.text("(false)"), nullable=False),
        schema="dispatch",
    )
    op.add_column("complaint", sa.Column("guardian", sa.String(), nullable=True), schema="dispatch")
    op.create_index(op.f("ix_complaint_confined_to"), "complaint", ["confined_to"], unique=False, schema="dispatch")
    op.create_index(
        "ix_complaint_live",
        "complaint",
        ["state_since", "complaint_id"],
        unique=False,
        schema="dispatch",
        postgresql_where=sa.text("closed_at IS NULL OR open_ends"),
        sqlite_where=sa.text("closed_at IS NULL OR open_ends"),
    )
    op.add_column(
        "supervision_order", sa.Column("verification_code", sa.String(length=20), nullable=True), schema="dispatch"
    )
    op.create_index(
        op.f("ix_supervision_order_verification_code"),
        "supervision_order",
        ["verification_code"],
        unique=True,
        schema="dispatch",
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_supervision_order_verification_code"), table_name="supervision_order", schema="dispatch")
    op.drop_column("supervision_order", "verification_code", schema="dispatch")
    op.drop_index(
        "ix_complaint_live",
        table_name="complaint",
        schema="dispatch",
        postgresql_where=sa.text("closed_at IS NULL OR open_ends"),
        sqlite_where=sa.text("closed_at IS NULL OR open_ends"),
    )
    op.drop_index(op.f("ix_complaint_confined_to"), table_name="complaint", schema="dispatch")
    op.drop_column("complaint", "guardian", schema="dispatch")
    op.drop_column("complaint", "extreme", schema="dispatch")
    op.drop_column("complaint", "confined_to", schema="dispatch")
    op.drop_column("complaint", "asked", schema="dispatch")
    op.drop_index("ix_audit_at", table_name="audit", schema="dispatch")
    op.drop_column("account", "last_sign_in_at", schema="dispatch")
    op.drop_column("account", "disabled_at", schema="dispatch")
    op.drop_column("account", "must_change", schema="dispatch")
    op.drop_index(op.f("ix_sign_in_failure_name"), table_name="sign_in_failure", schema="dispatch")
    op.drop_index(op.f("ix_sign_in_failure_at"), table_name="sign_in_failure", schema="dispatch")
    op.drop_index(op.f("ix_sign_in_failure_address"), table_name="sign_in_failure", schema="dispatch")
    op.drop_table("sign_in_failure", schema="dispatch")
    op.drop_index(op.f("ix_session_login"), table_name="session", schema="dispatch")
    op.drop_table("session", schema="dispatch")
    op.drop_index(op.f("ix_read_log_at"), table_name="read_log", schema="dispatch")
    op.drop_table("read_log", schema="dispatch")
    op.drop_table("ended_session", schema="dispatch")
    op.drop_index(op.f("ix_drawing_complaint_id"), table_name="drawing", schema="dispatch")
    op.drop_table("drawing", schema="dispatch")
    op.drop_index(op.f("ix_cooperation_task_complaint_id"), table_name="cooperation_task", schema="dispatch")
    op.drop_table("cooperation_task", schema="dispatch")
