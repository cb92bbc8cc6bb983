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
        "budget",
        sa.Column("channel", sa.String(length=50), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.Column("slot", sa.String(length=200), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("over", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("channel", "address", "slot", name=op.f("pk_budget")),
        schema="notify",
    )
    op.create_index(op.f("ix_budget_over"), "budget", ["over"], unique=False, schema="notify")
    op.create_table(
        "ended_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("until", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ended_session")),
        schema="notify",
    )
    op.create_index("ix_audit_at", "audit", ["at", "id"], unique=False, schema="notify")
    op.add_column("case_seen", sa.Column("confined_to", sa.String(length=300), nullable=True), schema="notify")
    op.create_index(op.f("ix_case_seen_confined_to"), "case_seen", ["confined_to"], unique=False, schema="notify")
    op.add_column("message", sa.Column("via", sa.String(length=50), nullable=True), schema="notify")
    op.add_column("message", sa.Column("note", sa.Text(), nullable=True), schema="notify")
    op.add_column("message", sa.Column("said", Json, nullable=True), schema="notify")
    op.add_column("message", sa.Column("zone", sa.String(length=64), nullable=True), schema="notify")
    op.add_column("message", sa.Column("charged", sa.String(length=100), nullable=True), schema="notify")
    op.add_column("message", sa.Column("called_at", UtcDateTime(), nullable=True), schema="notify")
    op.add_column("message", sa.Column("delivered_at", UtcDateTime(), nullable=True), schema="notify")
    op.add_column("message", sa.Column("asked", sa.Integer(), server_default="0", nullable=False), schema="notify")
    op.add_column("message", sa.Column("again", sa.Integer(), server_default="0", nullable=False), schema="notify")
    op.create_index("ix_message_reference", "message", ["reference"], unique=False, schema="notify")


def downgrade() -> None:
    op.drop_index("ix_message_reference", table_name="message", schema="notify")
    op.drop_column("message", "again", schema="notify")
    op.drop_column("message", "asked", schema="notify")
    op.drop_column("message", "delivered_at", schema="notify")
    op.drop_column("message", "called_at", schema="notify")
    op.drop_column("message", "charged", schema="notify")
    op.drop_column("message", "zone", schema="notify")
    op.drop_column("message", "said", schema="notify")
    op.drop_column("message", "note", schema="notify")
    op.drop_column("message", "via", schema="notify")
    op.drop_index(op.f("ix_case_seen_confined_to"), table_name="case_seen", schema="notify")
    op.drop_column("case_seen", "confined_to", schema="notify")
    op.drop_index("ix_audit_at", table_name="audit", schema="notify")
    op.drop_table("ended_session", schema="notify")
    op.drop_index(op.f("ix_budget_over"), table_name="budget", schema="notify")
    op.drop_table("budget", schema="notify")
